//! The same clients on each family of resources: collections, composite, queries, feeds, layouts, search,
//! both bulk interfaces, files.

use gatelodge_testkit::judge::Judge;
use gatelodge_testkit::practice::{ADMIN, PracticeOrg};
use serde_json::json;

// proves SFB-COMP-1, SFB-COMP-2, SFB-COMP-4, SFB-COMP-5, SFB-COMP-6, SFB-COMP-7, SFB-COMP-8, SFB-COMP-10,
// SFB-QRY-9, SFB-QRY-12, SFB-OBJ-13, SFB-SOSL-2, SFB-SOQL-24, SFB-BULK-1, SFB-BULK-35, SFB-BULK-37, SFB-FILE-2: what jsforce
// makes of them
#[tokio::test]
async fn jsforce_works_with_every_family() {
    let org = PracticeOrg::http(Vec::new()).await;
    let order = json!({ "loginUrl": org.running().url(), "username": ADMIN, "password": org.password(ADMIN) });
    let report = Judge::node("jsforce_families.mjs", &order)
        .await
        .report()
        .await;
    assert_eq!(report["collections"], 300, "{report}");
    assert_eq!(report["bulk2"], 500, "{report}");
    org.stop().await;
}

// proves SFB-COMP-3, SFB-COMP-9, SFB-OBJ-13, SFB-SOSL-7, SFB-LIM-5, SFB-VAL-5, SFB-BULK-5, SFB-BULK-38, SFB-BULK-39,
// SFB-FILE-2: what simple-salesforce makes of them
#[tokio::test]
async fn simple_salesforce_works_with_every_family() {
    let org = PracticeOrg::https(Vec::new()).await;
    let order = json!({ "username": ADMIN, "password": org.password(ADMIN), "instance_url": org.running().url() });
    let report = Judge::python("simple_salesforce_families.py", &order, org.authority())
        .await
        .report()
        .await;
    assert_eq!(report["collections"], 200, "{report}");
    assert_eq!(report["bulk"], 60, "{report}");
    org.stop().await;
}

// proves SFB-COMP-7, SFB-SOQL-26, SFB-ERR-3: what another MCP server for Salesforce makes of them
#[tokio::test]
async fn the_peer_works_with_every_tool_that_needs_no_apex() {
    let org = PracticeOrg::http(Vec::new()).await;
    let order = json!({ "loginUrl": org.running().url(), "username": ADMIN, "password": org.password(ADMIN) });
    let report = Judge::node("mcp_peer.mjs", &order).await.report().await;
    assert!(report["aggregate"].as_u64().unwrap() > 0, "{report}");
    org.stop().await;
}
