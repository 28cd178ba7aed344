//! Long runs that count: kills, refreshes and rotations by the hundred, with a report of what was counted and what was
//! promised. Tests do each in a short form, `cargo xtask soak NAME` in full.
//!
//! Must not know how the product keeps its promises.

pub mod canary;
pub mod keys;
pub mod lost_rotations;
mod people;
mod planned_writes;
pub mod refreshes;
mod report;
mod victims;
pub mod web_kills;
pub mod write_kills;

pub use report::Report;

/// The runs: their names, and what each does.
pub const RUNS: &[(&str, &str)] = &[
    (
        "keys",
        "all keys replaced under load on 100,000 records with 50 kills of keepers: every record opens, none with an old key",
    ),
    (
        "web-kills",
        "a web role killed every 2 seconds for 10 minutes under load: no token is lost",
    ),
    (
        "write-kills",
        "1,000 kills of web roles, keepers and both while approved writes are executed: none happens twice",
    ),
    (
        "refresh-practice",
        "1,000 connections on three hosts, 10,000 refreshes at the practice org: each token is presented once",
    ),
    (
        "lost-rotations",
        "keepers killed with a rotated token on its way: the hub shows it within 5 seconds and tells it once",
    ),
    (
        "canary-scan",
        "what `cargo xtask soak canary` had the suite leave behind: no secret is in it",
    ),
];

/// Does one run in full; none when there is no such run.
pub async fn run(name: &str) -> Option<Report> {
    match name {
        "keys" => Some(keys::run(keys::Plan::LONG).await),
        "web-kills" => Some(web_kills::run(web_kills::Plan::LONG).await),
        "write-kills" => Some(write_kills::run(write_kills::Plan::LONG).await),
        "canary-scan" => Some(canary::run()),
        "refresh-practice" => Some(refreshes::run(refreshes::Plan::LONG).await),
        "lost-rotations" => Some(lost_rotations::run(lost_rotations::Plan::LONG).await),
        _ => None,
    }
}
