//! How fast the hub is and how much memory it takes, always beside something else in the same run: the same query
//! sent straight to the practice org, and another MCP server for Salesforce.
//!
//! The numbers of two machines do not compare; the ratios of one run do. Must not know what is good enough.

mod lane;
mod lanes;
mod peer;
mod place;
mod rounds;
mod start;
mod statistics;
mod stopwatch;
mod table;

use rounds::Plan;
use start::Starts;

/// Measures everything and gives a Markdown report.
pub async fn run(rounds: usize) -> String {
    let mut report = String::new();
    let starts = Starts::measure(rounds).await;
    let place = place::Place::prepare().await;
    let lanes = place.lanes().await;
    let plan = Plan { rounds };
    let measured = rounds::measure(&plan, &lanes).await;
    let fsync = stopwatch::fsync(place.folder());
    table::write(
        &mut report,
        &measured,
        &starts,
        place.memory(),
        fsync,
        rounds,
    );
    place.end(lanes).await;
    report
}
