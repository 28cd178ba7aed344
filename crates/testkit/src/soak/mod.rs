//! Long runs that count: kills, refreshes and rotations by the hundred, with a report of what was counted and what was
//! promised. Tests do each in a short form, `cargo xtask soak NAME` in full.
//!
//! Must not know how the product keeps its promises.

pub mod canary;
mod planned_writes;
mod report;
pub mod web_kills;
pub mod write_kills;

pub use report::Report;

/// The runs: their names, and what each does.
pub const RUNS: &[(&str, &str)] = &[
    (
        "web-kills",
        "a web role killed every 2 seconds for 10 minutes under load: no token is lost",
    ),
    (
        "write-kills",
        "1,000 kills while approved writes are executed: none happens twice, none is sent again",
    ),
    (
        "canary-scan",
        "what `cargo xtask soak canary` had the suite leave behind: no secret is in it",
    ),
];

/// Does one run in full; none when there is no such run.
pub async fn run(name: &str) -> Option<Report> {
    match name {
        "web-kills" => Some(web_kills::run(web_kills::Plan::LONG).await),
        "write-kills" => Some(write_kills::run(write_kills::Plan::LONG).await),
        "canary-scan" => Some(canary::run()),
        _ => None,
    }
}
