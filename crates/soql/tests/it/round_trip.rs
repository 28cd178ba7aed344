//! What is printed parses to the same tree; no text makes the parser panic, crash or crawl.

use crate::tree;
use gatelodge_soql::sosl::SearchTerm;
use gatelodge_soql::{MAX_DEPTH, MAX_LENGTH, Pattern, PatternPiece, parse, parse_search, pretty};
use proptest::collection::vec;
use proptest::prelude::*;

fn term() -> impl Strategy<Value = SearchTerm> {
    // A wildcard is never first.
    let starts = |pattern: &Pattern| matches!(pattern.pieces[..], [PatternPiece::Text(_), ..]);
    let word = tree::pattern("[a-z@.\\-+\\\\\u{e9}]{1,4}")
        .prop_filter("wildcard", starts)
        .prop_map(SearchTerm::Word);
    let word = word.prop_filter("operator", |word| !word.to_string().starts_with('"'));
    let phrase = tree::pattern("[a-z \"{}]{1,4}")
        .prop_filter("wildcard", starts)
        .prop_map(SearchTerm::Phrase);
    prop_oneof![word, phrase].prop_recursive(3, 10, 3, |inner| {
        let conjunction = (inner.clone(), vec((any::<bool>(), inner.clone()), 1..3)).prop_map(
            |(first, others)| {
                let others = others.into_iter().map(|(negated, term)| {
                    if negated {
                        SearchTerm::Not(Box::new(term))
                    } else {
                        term
                    }
                });
                SearchTerm::And(std::iter::once(first).chain(others).collect())
            },
        );
        prop_oneof![conjunction, vec(inner, 2..4).prop_map(SearchTerm::Or)]
    })
}

/// Pieces of statements in any order reach deeper into the parser than arbitrary characters.
fn soup() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "SELECT ",
        "Id",
        "FROM ",
        "Account ",
        "WHERE ",
        "(",
        ")",
        ",",
        "'a'",
        "'",
        "\\",
        "=",
        "IN ",
        "NOT ",
        "AND ",
        "LIKE ",
        "GROUP BY ",
        "ORDER BY ",
        "LIMIT ",
        "1",
        ".",
        "2026-01-01",
        "T00:",
        "LAST_N_DAYS",
        ":",
        "TYPEOF ",
        "WHEN ",
        "THEN ",
        "END ",
        "COUNT",
        "DISTANCE",
        "FIND {",
        "}",
        "\"",
        "*",
        "é",
        "\u{1f600}",
        "\n",
        "USD5",
        "-",
        "WITH ",
        "\\ud83d",
        "RETURNING ",
    ]);
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    // A failure prints its smallest input; that belongs into a named test, not into a seed file.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printed_queries_parse_to_the_same_tree(query in tree::query()) {
        let text = query.to_string();
        let parsed = parse(&text).map_err(|error| TestCaseError::fail(error.render(&text)))?;
        prop_assert_eq!(parsed.without_spans(), query.clone(), "{}", text);
        let laid_out = pretty(&query);
        let parsed = parse(&laid_out).map_err(|error| TestCaseError::fail(error.render(&laid_out)))?;
        prop_assert_eq!(parsed.without_spans(), query, "{}", laid_out);
    }

    #[test]
    fn printed_search_terms_parse_to_the_same_tree(term in term()) {
        let text = format!("FIND {{{term}}}");
        let search = parse_search(&text).map_err(|error| TestCaseError::fail(error.render(&text)))?;
        prop_assert_eq!(search.term, term, "{}", text);
    }

    #[test]
    fn no_text_panics(text in prop_oneof![any::<String>(), soup()]) {
        let found = format!("SELECT Id FROM {text}");
        let search = format!("FIND {{{text}");
        for text in [&text, &found, &search] {
            for error in [parse(text).err(), parse_search(text).err()].into_iter().flatten() {
                prop_assert!(error.span.end <= text.len());
                prop_assert!(text.get(error.span.start..error.span.end).is_some());
                prop_assert!(error.render(text).contains(&error.message));
            }
        }
    }

    // proves SFB-SOQL-35, SFB-SOSL-5
    #[test]
    fn escaped_text_means_itself(text in any::<String>()) {
        let query = format!(
            "SELECT Id FROM A WHERE B = '{}' AND C LIKE '{}'",
            gatelodge_soql::escape_string(&text),
            gatelodge_soql::escape_like(&text)
        );
        let filter = parse(&query).unwrap().filter;
        let Some(gatelodge_soql::ast::Condition::And(members)) = filter else {
            return Err(TestCaseError::fail("not two conditions"));
        };
        let [gatelodge_soql::ast::Condition::Comparison(equal), gatelodge_soql::ast::Condition::Like(like)] =
            members.as_slice()
        else {
            return Err(TestCaseError::fail("not the conditions written"));
        };
        prop_assert_eq!(&equal.value.value, &gatelodge_soql::ast::Value::String(text.clone()));
        prop_assert!(like.pattern.matches(&text) && !like.pattern.has_wildcard());
    }
}

fn files() -> impl Iterator<Item = &'static str> {
    let valid = include_str!("../corpus/soql-valid.txt").lines();
    valid.filter(|line| !line.starts_with('#') && !line.is_empty())
}

#[test]
fn every_valid_query_survives_printing() {
    for text in files() {
        let query = parse(text).unwrap();
        let printed = query.to_string();
        let again = parse(&printed).unwrap_or_else(|error| panic!("{}", error.render(&printed)));
        assert_eq!(
            again.without_spans(),
            query.without_spans(),
            "{text}\n{printed}"
        );
    }
}

#[test]
fn every_valid_search_survives_printing() {
    let texts = include_str!("../corpus/sosl-valid.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let more = [
        "FIND {a* AND NOT \"b c\" OR d} IN NAME FIELDS RETURNING Account(toLabel(Type), FIELDS(STANDARD) \
         USING ListView=Mine WHERE Name LIKE 'a%' ORDER BY Name DESC NULLS LAST LIMIT 1 OFFSET 2) \
         WITH DIVISION = 'x' WITH DATA CATEGORY A__c AT b__c WITH HIGHLIGHT WITH SNIPPET(target_length=50) \
         WITH NETWORK IN ('1', '2') WITH PricebookId = '3' WITH METADATA = 'LABELS' \
         WITH SPELL_CORRECTION = false LIMIT 9 UPDATE TRACKING, VIEWSTAT",
        "FIND {a} WITH NETWORK = '1' WITH SNIPPET UPDATE VIEWSTAT",
    ];
    for text in texts.chain(more) {
        let search = parse_search(text).unwrap_or_else(|error| panic!("{}", error.render(text)));
        let printed = search.to_string();
        let again = parse_search(&printed).unwrap_or_else(|e| panic!("{}", e.render(&printed)));
        assert_eq!(
            again.without_spans(),
            search.without_spans(),
            "{text}\n{printed}"
        );
    }
}

#[test]
fn deep_nesting_is_refused_and_the_deepest_allowed_is_read() {
    let nested = |depth: usize| {
        format!(
            "SELECT Id FROM A WHERE {}B = 1{}",
            "(NOT ".repeat(depth),
            ")".repeat(depth)
        )
    };
    parse(&nested(MAX_DEPTH)).unwrap();
    assert!(parse(&nested(MAX_DEPTH + 1)).is_err());

    let children = |depth: usize| {
        format!(
            "SELECT {}Id{} FROM A",
            "(SELECT ".repeat(depth),
            " FROM B)".repeat(depth)
        )
    };
    let query = parse(&children(MAX_DEPTH)).unwrap();
    assert_eq!(
        parse(&query.to_string()).unwrap().without_spans(),
        query.without_spans()
    );

    for hostile in ["(", "SELECT (", "SELECT Id FROM A WHERE (NOT ("] {
        let text = hostile.repeat(90_000 / hostile.len());
        assert!(parse(&text).is_err());
        assert!(parse_search(&format!("FIND {{{text}")).is_err());
    }
}

// proves SFB-SOQL-34: the length of a statement
#[test]
fn overlong_statements_are_refused_by_characters() {
    let padded = |name: &str| format!("SELECT Id FROM A WHERE B = '{name}'");
    let room = MAX_LENGTH - padded("").len();
    parse(&padded(&"é".repeat(room))).unwrap();
    let error = parse(&padded(&"a".repeat(room + 1))).unwrap_err();
    assert_eq!(
        error.message,
        "statement too long: at most 100000 characters"
    );
}
