//! Our parser against Salesforce's own, as it is published on npm: generated queries, damaged ones
//! and the corpora get one verdict from both.
//!
//! The published parser is the vendor's grammar and no more, so what is compared is whether the
//! *grammar* takes a text. What our parser refuses beyond it says so: [`ErrorStage::Refusal`].

pub(crate) mod chance;
mod differences;
pub(crate) mod generator;
mod mutator;
mod oracle;
mod words;

use std::collections::BTreeMap;

use gatelodge_soql::{ErrorStage, parse};

use self::chance::Chance;
use self::differences::Differences;
use self::generator::Generator;
use self::oracle::{Judgement, Oracle};

/// How many queries of each kind are judged.
const QUERIES: usize = 20_000;

/// Any seed serves; a fixed one makes a failure come again.
const SEED: u64 = 20_261_123;

/// How often each production must have been met.
const LEAST: usize = 50;

/// Productions of the vendor's grammar that no query over REST can hold: they stand for Apex
/// (`:bind` variables) and for API versions before 20.0.
const OUT_OF_REACH: [&str; 10] = [
    "InWhereExprForColonExprContext",
    "SoqlColonExprContext",
    "SoqlColonExprGeolocationValueContext",
    "SoqlColonExprIntegerValueContext",
    "SoqlColonExprLiteralValueContext",
    "SoqlColonExprWithValueContext",
    "SoqlColonLikeValueContext",
    "SoqlUsingPre192ExprDefaultContext",
    "SoqlUsingPre192ExprWithNoScopeContext",
    "SoqlUsingPre192ExprWithScopeContext",
];

/// Whether our grammar takes the text.
fn accepted(text: &str) -> bool {
    parse(text).map_or_else(|error| error.stage == ErrorStage::Refusal, |_| true)
}

fn compare(queries: &[String], judgements: &[Judgement]) -> Differences {
    let mut differences = Differences::default();
    for (query, judgement) in queries.iter().zip(judgements) {
        differences.note(query, accepted(query), judgement.accepted);
    }
    differences
}

// proves SFB-GRAM-1
#[test]
fn generated_queries_get_the_vendors_verdict_and_meet_every_production() {
    let mut generator = Generator::new(SEED);
    let queries: Vec<String> = (0..QUERIES).map(|_| generator.query()).collect();
    for (part, count) in &generator.written {
        assert!(*count >= LEAST, "{part} was written {count} times");
    }

    let mut oracle = Oracle::start();
    let judgements = oracle.judge(&queries);
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for name in oracle.productions.iter().flatten() {
        met.insert(name, 0);
    }
    for index in judgements.iter().flat_map(|one| &one.productions) {
        if let Some(name) = &oracle.productions[*index] {
            *met.entry(name).or_default() += 1;
        }
    }
    let rare: Vec<_> = met
        .iter()
        .filter(|(name, count)| **count < LEAST && !OUT_OF_REACH.contains(name))
        .collect();
    assert!(rare.is_empty(), "{rare:?} of {} productions", met.len());

    let accepted = judgements.iter().filter(|one| one.accepted).count();
    assert_eq!(accepted, QUERIES, "the generator writes what is valid");
    compare(&queries, &judgements).check(QUERIES);
}

// proves SFB-GRAM-1
#[test]
fn damaged_queries_get_the_vendors_verdict() {
    let mut generator = Generator::new(SEED + 1);
    let mut chance = Chance::new(SEED + 2);
    let queries: Vec<String> = (0..QUERIES)
        .map(|_| mutator::mutated(&mut chance, &generator.query()))
        .collect();
    let judgements = Oracle::start().judge(&queries);
    let refusal = |text: &String| parse(text).is_err_and(|e| e.stage == ErrorStage::Refusal);
    let refused = queries.iter().filter(|query| refusal(query)).count();
    println!("{refused} of {QUERIES} are taken by the grammar and refused all the same");
    let rejected = judgements.iter().filter(|one| !one.accepted).count();
    assert!(rejected * 100 >= QUERIES * 30, "{rejected} rejected");
    compare(&queries, &judgements).check(QUERIES);
}

#[test]
fn the_vendors_parser_agrees_with_the_corpora() {
    let of = |file: &str| -> Vec<String> {
        let lines = file.lines();
        lines
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let mut oracle = Oracle::start();
    let valid = oracle.judge(&of(include_str!("../../corpus/soql-valid.txt")));
    assert!(valid.iter().all(|one| one.accepted));
    let invalid = oracle.judge(&of(include_str!("../../corpus/soql-invalid.txt")));
    assert!(!invalid.is_empty() && invalid.iter().all(|one| !one.accepted));
}
