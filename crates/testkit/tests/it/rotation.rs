//! Rotating refresh tokens: a client that keeps its first one loses the grant, the hub does not.

use gatelodge_practice::oauth::App;
use gatelodge_testkit::hub::TestHub;
use gatelodge_testkit::judge::{Judge, Word};
use gatelodge_testkit::practice::{ADMIN, Decision, MARIA};
use serde_json::json;

const CALLBACK: &str = "http://127.0.0.1:9/callback";

// proves CRED-3, SFB-OAUTH-24: at the same practice org, jsforce loses its grant at the second refresh, the hub's
// connection lives on
#[tokio::test]
async fn jsforce_loses_its_grant_where_the_hub_keeps_it() {
    let hub = TestHub::builder()
        .app(|app| app.rotate_refresh_tokens = true)
        .start()
        .await;
    let mut app = App::confidential("3MVG9judge", "the judge's secret", "Judge", CALLBACK);
    app.rotate_refresh_tokens = true;
    hub.register(app).await;
    let order = json!({ "oauth2": {
        "loginUrl": hub.practice.running().url(),
        "clientId": "3MVG9judge",
        "clientSecret": "the judge's secret",
        "redirectUri": CALLBACK,
    }});
    let mut judge = Judge::node("jsforce_rotation.mjs", &order).await;
    let report = loop {
        match judge.next().await {
            Word::Open(address) => {
                let password = hub.practice.password(ADMIN);
                let back = hub
                    .practice
                    .visitor()
                    .follow(&address, ADMIN, &password, Decision::Allow)
                    .await;
                judge.came_to(&back).await;
            }
            Word::Says(said) => panic!("the judge says {said}"),
            Word::Report(report) => break report,
        }
    };
    assert_eq!(
        report["rounds"],
        json!([
            { "rows": 1 },
            { "error": "Unable to refresh session due to: expired access/refresh token" },
        ])
    );
    let (_, agent) = hub.member_with_agent(MARIA).await;
    for _ in 0..2 {
        hub.practice.admin("expire-access-tokens", &json!({})).await;
        let soql = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
        let answer = agent.result("salesforce_query", soql).await;
        assert!(answer.to_string().contains("001"), "{answer}");
    }
    // jsforce's grant is gone, the hub's is there
    assert_eq!(hub.practice.running().practice().oauth.grant_count(), 1);
    hub.stop().await;
}
