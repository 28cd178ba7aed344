//! The report: a Markdown table of what was measured, with the ratios of this run.
//!
//! Must not know how anything was measured.

use std::fmt::Write as _;

use super::lanes::{DIRECT, MCP, REST};
use super::peer::PEER;
use super::place::Memory;
use super::rounds::{MANY, Measured};
use super::start::Starts;
use super::statistics::Spread;

/// Writes everything.
pub(super) fn write(
    report: &mut String,
    measured: &[Measured],
    starts: &Starts,
    memory: (Memory, Memory),
    fsync: Spread,
    rounds: usize,
) {
    calls(report, measured, rounds);
    ratios(report, measured);
    rest(report, starts, memory, fsync);
}

fn calls(report: &mut String, measured: &[Measured], rounds: usize) {
    line(
        report,
        &format!("50 records, six fields; median of {rounds} rounds (least–greatest).\n"),
    );
    line(
        report,
        &format!(
            "| way | one on its way, time of a call | {MANY} on their way, calls per second |"
        ),
    );
    line(report, "|---|---|---|");
    for way in measured {
        let alone = Spread::of(way.alone.clone()).show(" ms");
        let together = Spread::of(way.together.clone()).show("");
        line(report, &format!("| {} | {alone} | {together} |", way.name));
    }
}

fn ratios(report: &mut String, measured: &[Measured]) {
    let way = |name: &str| {
        measured
            .iter()
            .find(|way| way.name == name)
            .expect("it was measured")
    };
    let (direct, peer) = (way(DIRECT), way(PEER));
    line(
        report,
        "\n| within each round | median (least–greatest) | aim |",
    );
    line(report, "|---|---|---|");
    for name in [REST, MCP] {
        let added = way(name).against(direct, |way, direct| way.alone - direct.alone);
        line(
            report,
            &format!(
                "| {name}: added to a call with one on its way | {} | at most 1 ms |",
                added.show(" ms")
            ),
        );
    }
    for name in [REST, MCP] {
        let times = way(name).against(peer, |way, peer| way.together / peer.together);
        let aim = "10 times, at least 5";
        line(
            report,
            &format!(
                "| {name}: calls per second against the peer, {MANY} on their way | {} | {aim} |",
                times.show("×")
            ),
        );
    }
    for name in [REST, MCP] {
        let times = way(name).against(direct, |way, direct| way.together / direct.together);
        line(
            report,
            &format!(
                "| {name}: calls per second against the practice org itself | {} | |",
                times.show("×")
            ),
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
fn rest(report: &mut String, starts: &Starts, (idle, after): (Memory, Memory), fsync: Spread) {
    const MEBIBYTE: f64 = 1024.0 * 1024.0;
    let mebibytes = |bytes: u64| bytes as f64 / MEBIBYTE;
    let demo = Spread {
        median: starts.demo_memory.median / MEBIBYTE,
        least: starts.demo_memory.least / MEBIBYTE,
        greatest: starts.demo_memory.greatest / MEBIBYTE,
    };
    line(report, "\n| start and memory | measured | aim |");
    line(report, "|---|---|---|");
    line(
        report,
        &format!(
            "| first `demo` until it is ready | {} | at most 3000 ms |",
            starts.demo.show(" ms")
        ),
    );
    line(
        report,
        &format!(
            "| `serve` on an existing folder until it is ready | {} | at most 500 ms |",
            starts.serve.show(" ms")
        ),
    );
    line(
        report,
        &format!(
            "| idle `demo`, hub and practice org in one process | {} | at most 80 MiB |",
            demo.show(" MiB")
        ),
    );
    for (what, memory, aim) in [
        ("idle, two processes", idle, "at most 80 MiB"),
        ("after all calls, two processes", after, ""),
    ] {
        let (hub, practice) = (mebibytes(memory.hub), mebibytes(memory.practice));
        let sum = hub + practice;
        line(
            report,
            &format!(
                "| {what}: hub + practice org | {hub:.1} + {practice:.1} = {sum:.1} MiB | {aim} |"
            ),
        );
    }
    line(
        report,
        &format!(
            "| this disk: 4 KiB written and synced | {} | |",
            fsync.show(" ms")
        ),
    );
}

fn line(report: &mut String, text: &str) {
    writeln!(report, "{text}").expect("a text takes text");
}
