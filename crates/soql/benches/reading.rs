//! How fast statements are read: `cargo bench -p gatelodge-soql` prints a Markdown table.
//!
//! The corpus is what Salesforce's parser accepts; the growing statements show that time grows as
//! the text does. Must not know what is good enough.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench prints, may fail by panicking, and measures the real clock"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use gatelodge_soql::{parse, parse_search};

/// A round takes about this long; the median of the rounds is shown.
const ROUND: Duration = Duration::from_millis(100);
const ROUNDS: usize = 15;

fn statements(file: &str) -> Vec<&str> {
    let lines = file.lines();
    lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect()
}

/// Megabytes (10⁶ bytes) a second, the median of some rounds.
fn speed(bytes: usize, read: impl Fn()) -> f64 {
    let mut speeds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let mut total = 0.0;
            while start.elapsed() < ROUND {
                read();
                total += f64::from(u32::try_from(bytes).expect("a small text"));
            }
            total / start.elapsed().as_secs_f64() / 1e6
        })
        .collect();
    speeds.sort_by(f64::total_cmp);
    speeds[ROUNDS / 2]
}

fn row(name: &str, bytes: usize, speed: f64) {
    println!("| {name} | {bytes} | {speed:.0} |");
}

fn main() {
    println!("| text | bytes | MB/s |\n|---|---|---|");
    let queries = statements(include_str!("../tests/corpus/soql-valid.txt"));
    let bytes = queries.iter().map(|text| text.len()).sum();
    let rate = speed(bytes, || {
        for text in &queries {
            black_box(parse(text)).expect("a valid query");
        }
    });
    row("the valid queries of the corpus", bytes, rate);

    let searches = statements(include_str!("../tests/corpus/sosl-valid.txt"));
    let bytes = searches.iter().map(|text| text.len()).sum();
    let rate = speed(bytes, || {
        for text in &searches {
            black_box(parse_search(text)).expect("a valid search");
        }
    });
    row("the valid searches of the corpus", bytes, rate);

    let mut size = 1000;
    while size < 100_000 {
        let text = ids(size);
        let rate = speed(text.len(), || {
            black_box(parse(&text)).expect("a valid query");
        });
        row("one query with a list of ids", text.len(), rate);
        size *= 2;
    }
    let many: Vec<String> = (0..20).map(|_| ids(50_000)).collect();
    let bytes = many.iter().map(String::len).sum();
    let rate = speed(bytes, || {
        for text in &many {
            black_box(parse(text)).expect("a valid query");
        }
    });
    row("twenty queries with lists of ids", bytes, rate);
}

/// A query of about this many bytes, as programs write them: some fields, many ids.
fn ids(bytes: usize) -> String {
    let mut text = "SELECT Id, Name, Owner.Name FROM Account WHERE Id IN (".to_owned();
    let mut number = 0;
    while text.len() + 24 < bytes {
        write!(text, "'001{number:015}', ").expect("room");
        number += 1;
    }
    text + "'001000000000000000')"
}
