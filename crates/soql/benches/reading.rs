//! How fast statements are read: `cargo bench -p gatelodge-soql` prints a Markdown table.
//!
//! The corpus is what Salesforce's parser accepts; the growing statements show that time grows as
//! the text does. Must not know what is good enough.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints, and may fail by panicking"
)]

use gatelodge_soql::{parse, parse_search};
use std::fmt::Write as _;
use std::hint::black_box;

/// A round takes at least this long, in seconds on the processor.
const ROUND: f64 = 0.05;
const ROUNDS: usize = 15;

fn statements(file: &str) -> Vec<&str> {
    let lines = file.lines();
    lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect()
}

/// Megabytes (10⁶ bytes) a second on the processor, the median of some rounds.
fn speed(bytes: usize, read: impl Fn()) -> f64 {
    let times = |times: u32| {
        let start = on_processor();
        for _ in 0..times {
            read();
        }
        on_processor() - start
    };
    let mut often = 1;
    while times(often) < ROUND {
        often *= 2;
    }
    let total = f64::from(u32::try_from(bytes).expect("a small text")) * f64::from(often);
    let mut speeds: Vec<f64> = (0..ROUNDS).map(|_| total / times(often) / 1e6).collect();
    speeds.sort_by(f64::total_cmp);
    speeds[ROUNDS / 2]
}

/// Seconds that this thread has run, not counting while others had the processor (proc(5),
/// `schedstat`).
fn on_processor() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = text.split_whitespace().next().expect("a number");
    nanoseconds.parse::<f64>().expect("a number") / 1e9
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
