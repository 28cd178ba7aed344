//! A million random texts for each parser: none panics, none costs more than a fixed number of
//! steps for each of its bytes, every error has a place within the text, and what is accepted
//! prints to a text that is read the same.

use crate::ast::{Condition, Value};
use crate::{
    MAX_DEPTH, ParseError, Pattern, PatternPiece, parse, parse_search, valid_identifier, work,
};

#[path = "../tests/it/differential/chance.rs"]
mod chance;

use chance::Chance;

const TEXTS: usize = 1_000_000;

/// Bytes and tokens looked at for each byte; what is read takes about five.
const STEPS: usize = 12;

const PIECES: &[&str] = &[
    "SELECT ",
    "Id",
    "Name n",
    "a.b.c",
    "FROM ",
    "Account ",
    " WHERE ",
    "(",
    ")",
    "(SELECT ",
    ",",
    "'a'",
    "'",
    "\\",
    "\"",
    "=",
    "<",
    ">=",
    "!=",
    " IN (",
    " NOT ",
    " AND ",
    " OR ",
    " LIKE ",
    " INCLUDES (",
    " GROUP BY ",
    "ROLLUP(",
    " HAVING ",
    " ORDER BY ",
    " DESC",
    " NULLS LAST",
    " LIMIT ",
    " OFFSET ",
    "1",
    "-5.0",
    "+",
    ".",
    "2026-01-01",
    "T00:00:00",
    "Z",
    "+01:00",
    "LAST_N_DAYS",
    ":",
    "TODAY",
    "TYPEOF ",
    " WHEN ",
    " THEN ",
    " ELSE ",
    " END",
    "COUNT",
    "()",
    "DISTANCE(",
    "GEOLOCATION(",
    "FIELDS(ALL)",
    "toLabel(",
    "USD5",
    " USING SCOPE ",
    " WITH ",
    "DATA CATEGORY ",
    " AT ",
    "UserId",
    "RecordVisibilityContext",
    " FOR VIEW",
    " UPDATE TRACKING",
    "\\u00e9",
    "\\ud83d",
    "\\q",
    "é",
    "\u{1f600}",
    "\n",
    "\t",
    "$",
    ";",
    "#",
    "*",
    " ",
    "BIND ",
];

const SEARCH_PIECES: &[&str] = &[
    "FIND ",
    "{",
    "}",
    "a",
    "b*",
    "?",
    "\\",
    "\\?",
    "\"",
    "\"c d\"",
    "(",
    ")",
    " AND ",
    " OR ",
    " NOT ",
    " AND NOT ",
    "-",
    "+",
    "&",
    "|",
    "!",
    "~",
    "^",
    ":",
    "'",
    "[",
    "é",
    "\u{1f600}",
    " ",
    "\n",
    " IN ",
    "ALL FIELDS",
    "NAME FIELDS",
    " RETURNING ",
    "Account",
    "(Id",
    ",",
    " WHERE Id = '1'",
    " LIMIT 5",
    " OFFSET 1",
    " USING ListView=a",
    " ORDER BY Id",
    " WITH ",
    "HIGHLIGHT",
    "SNIPPET",
    "(target_length=5)",
    "NETWORK",
    " = ",
    "'1'",
    "DIVISION",
    "SPELL_CORRECTION=true",
    "METADATA",
    "DATA CATEGORY a AT b",
    " UPDATE ",
    "VIEWSTAT",
    "TRACKING",
];

const LITERAL_PIECES: &[&str] = &[
    "0",
    "1",
    "9",
    "12",
    "2026",
    "-",
    "+",
    ".",
    ":",
    "T",
    "t",
    "Z",
    "z",
    "01",
    "31",
    "'",
    "\\",
    "n",
    "u",
    "U",
    "00e9",
    "d83d",
    "de00",
    "FFFF",
    "%",
    "_",
    "\"",
    "é",
    "\u{1f600}",
    " ",
    "USD",
    "LAST_N_",
    "NEXT_",
    "DAYS",
    "WEEK",
    "FISCAL_YEAR",
    "S_AGO",
    "N_",
    "TODAY",
    "TRUE",
    "NULL",
    "e5",
];

/// Some pieces in a row; now and then one of them very often.
fn soup(chance: &mut Chance, pieces: &[&str], text: &mut String) {
    for _ in 0..chance.below(24) {
        let piece = chance.pick(pieces);
        let times = match chance.below(4000) {
            0 => chance.below(2 * MAX_DEPTH),
            1 => chance.below(2000),
            _ => 1,
        };
        for _ in 0..times {
            text.push_str(piece);
        }
    }
}

/// Reads the texts that `write` makes, and counts the steps.
fn million<T: ToString>(
    seed: u64,
    write: impl Fn(&mut Chance, &mut String),
    read: impl Fn(&str) -> Result<T, ParseError>,
) {
    let mut chance = Chance::new(seed);
    let mut text = String::new();
    let mut accepted = 0;
    for _ in 0..TEXTS {
        text.clear();
        write(&mut chance, &mut text);
        let mut answer = None;
        let steps = work::of(|| answer = Some(read(&text)));
        assert!(steps <= STEPS * (text.len() + 2), "{steps} steps: {text}");
        match answer.unwrap() {
            Ok(tree) => {
                accepted += 1;
                let printed = tree.to_string();
                let again = read(&printed).map(|tree| tree.to_string());
                assert_eq!(again.as_ref(), Ok(&printed), "{text}");
            }
            Err(error) => {
                let piece = text.get(error.span.start..error.span.end);
                assert!(piece.is_some(), "{error:?}: {text}");
                assert!(error.render(&text).ends_with(&error.message), "{text}");
            }
        }
    }
    assert!(accepted >= TEXTS / 2000, "only {accepted} were accepted");
}

// proves SFB-GRAM-5
#[test]
fn a_million_queries() {
    million(
        1,
        |chance, text| {
            if chance.percent(80) {
                text.push_str("SELECT Id FROM A");
            }
            soup(chance, PIECES, text);
        },
        parse,
    );
}

#[test]
fn a_million_searches() {
    million(
        2,
        |chance, text| {
            if chance.percent(80) {
                text.push_str("FIND {a}");
            }
            soup(chance, SEARCH_PIECES, text);
        },
        parse_search,
    );
}

#[test]
fn a_million_search_terms() {
    million(
        3,
        |chance, text| {
            text.push_str("FIND {a ");
            soup(chance, &SEARCH_PIECES[3..28], text);
            text.push('}');
        },
        parse_search,
    );
}

#[test]
fn a_million_literals() {
    million(
        4,
        |chance, text| {
            let quote = chance.pick(&["", "'"]);
            let before = chance.pick(&["B = ", "B LIKE ", "B IN (NULL, ", "C > "]);
            text.push_str("SELECT Id FROM A WHERE ");
            text.push_str(before);
            text.push_str(quote);
            soup(chance, LITERAL_PIECES, text);
            text.push_str(quote);
            if before.contains('(') {
                text.push(')');
            }
        },
        parse,
    );
}

#[test]
fn a_million_texts_mean_themselves_once_escaped() {
    let mut chance = Chance::new(5);
    let mut text = String::new();
    for _ in 0..TEXTS {
        text.clear();
        soup(&mut chance, LITERAL_PIECES, &mut text);
        let query = format!(
            "SELECT Id FROM A WHERE B = '{}' AND C LIKE '{}'",
            crate::escape_string(&text),
            crate::escape_like(&text)
        );
        let Some(Condition::And(both)) = parse(&query).unwrap().filter else {
            panic!("{query}");
        };
        let [Condition::Comparison(equal), Condition::Like(like)] = &both[..] else {
            panic!("{query}");
        };
        assert_eq!(equal.value.value, Value::String(text.clone()));
        assert_eq!(like.pattern.pieces.len(), usize::from(!text.is_empty()));
        // A name that passes the check is one token of a statement and nothing else.
        let named = parse(&format!("SELECT {text} FROM A"));
        if valid_identifier(&text) && !text.contains('.') {
            let reserved = ["TRUE", "NULL"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word));
            assert_eq!(named.is_ok(), !reserved, "{text}");
        }
    }
}

#[test]
fn matching_a_pattern_is_bounded_by_both_lengths() {
    let text = |text: &str| PatternPiece::Text(text.to_owned());
    let mut pieces = Vec::new();
    for _ in 0..300 {
        pieces.extend([PatternPiece::AnyRun, text("a")]);
    }
    pieces.push(text("b"));
    let pattern = Pattern { pieces };
    for length in [0, 1, 1000, 5000] {
        let value = "a".repeat(length);
        let steps = work::of(|| assert!(!pattern.matches(&value)));
        assert!(steps <= 602 * (length + 1), "{steps} steps for {length}");
    }
}

/// What a text is called, and how one of a given size is made.
type Shape = (&'static str, fn(usize) -> String);

/// Shapes that tempt a parser to look twice, each of any size.
fn shapes() -> Vec<Shape> {
    vec![
        ("IN list", |n| {
            format!("SELECT Id FROM A WHERE B IN ({}1)", "1,".repeat(n))
        }),
        ("select list", |n| {
            format!("SELECT {}Id FROM A", "a.b,".repeat(n))
        }),
        ("conjunction", |n| {
            format!("SELECT Id FROM A WHERE {}B=1", "B=1 AND ".repeat(n))
        }),
        ("groups side by side", |n| {
            format!("SELECT Id FROM A WHERE {}B=1", "(B=1)OR ".repeat(n))
        }),
        ("subqueries", |n| {
            format!("SELECT {}Id FROM A", "(SELECT B FROM C),".repeat(n))
        }),
        ("long string", |n| {
            format!("SELECT Id FROM A WHERE B='{}'", r"\n".repeat(n))
        }),
        ("quotes that do not pair", |n| {
            format!("SELECT Id FROM A WHERE B={}'", "''".repeat(n))
        }),
        ("long path", |n| {
            format!("SELECT {}b FROM A", "a.".repeat(n))
        }),
        ("blanks", |n| format!("SELECT{}Id FROM A", " \n".repeat(n))),
        ("refusals", |n| {
            format!("SELECT {}Id FROM A", "f(a),".repeat(n))
        }),
        ("comments", |n| {
            format!("SELECT Id FROM A{}", "$\n".repeat(n))
        }),
        ("parentheses that open", |n| "(".repeat(n)),
        ("TYPEOF", |n| {
            format!("SELECT TYPEOF a{} END FROM A", " WHEN b THEN c".repeat(n))
        }),
        ("words of a search", |n| {
            format!("FIND {{{}}}", "a OR ".repeat(n) + "b")
        }),
        ("operators of a search", |n| {
            format!("FIND {{{}", "NOT ".repeat(n))
        }),
        ("groups of a search", |n| {
            format!("FIND {{{}", "(".repeat(n))
        }),
        ("objects of a search", |n| {
            format!("FIND {{a}} RETURNING {}A", "A(b),".repeat(n))
        }),
    ]
}

// proves SFB-GRAM-5
#[test]
fn twice_the_text_costs_twice_the_steps() {
    for (name, shape) in shapes() {
        let steps = |text: &str| work::of(|| (parse(text).is_ok(), parse_search(text).is_ok()));
        let mut before = steps(&shape(500));
        for size in [1000, 2000, 4000] {
            let now = steps(&shape(size));
            assert!(now <= 2 * before + 100, "{name}: {before}, then {now}");
            before = now;
        }
    }
}
