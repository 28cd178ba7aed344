//! Processes are killed without warning; what was approved happens once, and connections work again.
//!
//! The long forms of these runs are `cargo xtask soak`.

mod outbox;
mod refresh;

use gatelodge_testkit::soak::write_kills::{self, Plan};

// proves APR-4, SEC-4, R8 and the rules that a write is never sent twice and that no acknowledged fact is lost
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approved_writes_happen_once_however_often_the_hub_is_killed() {
    let report = write_kills::run(Plan::SHORT).await;
    println!("{report}");
    assert!(report.is_good(), "{report}");
}
