//! The main job by clicks in a real Chromium, with the policy of production: a person connects through the
//! practice org's own pages, an agent proposes over MCP, the person reviews and approves.

use gatelodge_testkit::{judge::Judge, process::Process, surroundings};
use serde_json::{Value, json};

/// proves APR-1, APR-2, APR-3, APR-4, CON-1, CON-3, CON-8, SF-3, SF-5, SF-9, U1, O2
#[tokio::test(flavor = "multi_thread")]
async fn a_person_connects_reviews_and_approves_by_clicks() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = surroundings::artifacts();
    let demo = Process::demo(folder.path(), &artifacts.join("browser-hub.log")).await;
    let order = json!({
        "demo": demo.ready,
        "chromium": surroundings::chromium(),
        "pictures": artifacts.join("pictures"),
    });
    let seen = Judge::node("browser/main_job.mjs", &order)
        .await
        .report()
        .await;

    assert_eq!(
        seen["problems"],
        json!([]),
        "console, script, layout and axe-core are clean"
    );
    assert_eq!(
        seen["foreignRequests"],
        json!([]),
        "no request leaves for a third party"
    );
    let account = &seen["account"];
    let phone = seen["phone"].as_str().unwrap();
    let shown = seen["shown"].as_str().unwrap();
    for part in [
        account["Name"].as_str().unwrap(),
        account["Phone"].as_str().unwrap(),
        phone,
        "Account",
        "PRACTICE",
        "Sales assistant",
    ] {
        assert!(
            shown.contains(part),
            "the review page shows {part}: {shown}"
        );
    }
    assert_eq!(seen["proposed"]["status"], "pending");
    assert_eq!(seen["followed"]["status"], "done");
    assert_eq!(seen["followed"]["result"]["id"], account["Id"]);
    assert_eq!(seen["after"]["record"]["Phone"], phone);
    assert!(
        seen["verdict"].as_str().unwrap().contains("is whole"),
        "{}",
        seen["verdict"]
    );
    assert_eq!(
        writes_by_agents(&demo.ready, account["Id"].as_str().unwrap()).await,
        1,
        "the record changed exactly once"
    );
    assert!(demo.stop().await.success());
}

/// How often agents of the hub wrote a record, as the practice org counted.
#[expect(
    clippy::disallowed_methods,
    reason = "the test asks the practice org itself"
)]
async fn writes_by_agents(ready: &Value, id: &str) -> usize {
    let org = ready["practice_org"].as_str().unwrap();
    let address = format!("{org}/practice/admin/writes?id={id}&client_prefix=gatelodge/");
    let answer: Value = reqwest::get(address).await.unwrap().json().await.unwrap();
    answer["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["writes"].as_array().unwrap().len())
        .sum()
}
