//! Answers that are cut off, and what is told about them.

use crate::{bench::Bench, server::Reply};
use gatelodge_keeper_client::Keeper;
use gatelodge_model::{AttentionReason, ConnectionEventKind};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_cut_at_any_byte_is_never_silent() {
    // proves R2: the old token is tried once more, and then it is said that the new one is lost
    let bench = Bench::connected().await;
    let mut cut_after = 0;
    loop {
        bench.server.script().expire();
        bench.server.reply(Reply::RotateAndCutAfter(cut_after));
        let before = bench.server.refreshes();
        let result = bench.read("/data/one").await;
        if result.is_ok() {
            assert_eq!(bench.server.refreshes(), before + 1);
            break;
        }
        let failure = result.unwrap_err();
        assert_eq!(
            failure.attention,
            Some(AttentionReason::LostRotation),
            "cut after {cut_after} bytes"
        );
        assert_eq!(
            bench.server.refreshes(),
            before + 2,
            "cut after {cut_after} bytes"
        );
        bench.try_connect(None).await.unwrap();
        // Trouble that comes within seconds is the breaker's business.
        bench.clock.advance_millis(31_000);
        cut_after += 1;
    }
    assert!(cut_after > 100, "the whole answer is longer than that");
    bench.keeper.shutdown().await;
    let events = bench.store.connection_events();
    let told = events
        .list(bench.organization, bench.connection, 1000)
        .await
        .unwrap();
    let lost = told
        .iter()
        .filter(|event| event.kind == ConnectionEventKind::Lost);
    assert_eq!(lost.count(), cut_after, "each loss is told");
    let shown = format!("{told:?}");
    assert!(!shown.contains("CANARY"), "no event holds a secret");
    assert!(
        shown.contains("invalid_grant"),
        "the provider's code is told"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_ended_is_not_asked_for_after_a_restart() {
    // proves CON-13, R7: the end of a grant outlives the process; a new grant begins anew
    let bench = Bench::connected().await;
    bench.server.script().expire();
    bench.server.reply(Reply::Answer(
        400,
        r#"{"error":"invalid_grant","error_description":"ended"}"#,
    ));
    assert!(bench.read("/data/one").await.is_err());
    assert_eq!(
        bench.row().await.unwrap().ended,
        Some(AttentionReason::GrantEnded)
    );
    bench.keeper.shutdown().await;
    let again = bench.another_keeper().await;
    let failure = again.read(bench.request("/data/one")).await.unwrap_err();
    assert_eq!(failure.attention, Some(AttentionReason::GrantEnded));
    assert_eq!(bench.server.refreshes(), 1);
    bench.try_connect(None).await.unwrap();
    assert_eq!(bench.row().await.unwrap().ended, None);
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
}
