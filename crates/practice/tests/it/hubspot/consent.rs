//! The authorize address, its pages, and what comes back to the app.

use reqwest::StatusCode;

use super::{CALLBACK, SCOPES, hubspot};
use crate::support::location;
use crate::visitor::{ADMIN, BEN, MARIA, Visitor, parameters};

#[tokio::test]
async fn a_super_admin_picks_an_account_and_connects() {
    let mut hubspot = hubspot().await;
    let more = [("optional_scope", "transactional-email")];
    let url = hubspot.authorize_url(SCOPES, &more);
    let (flow, page) = hubspot.visitor.reach(&url, ADMIN).await;
    assert!(page.contains("Connect Test app to HubSpot"));
    assert!(page.contains("View properties and other details about contacts"));
    assert!(page.contains("24001001") && page.contains("24001002"));
    let form = [("decision", "allow"), ("account", "24001002")];
    let back = location(&hubspot.visitor.decide(&flow, &form).await);
    assert!(back.starts_with(CALLBACK));
    let back = parameters(&back);
    assert_eq!(back["state"], "the state");
    let (_, answer) = hubspot.exchange(&back["code"], &[]).await;
    assert_eq!(answer["hub_id"], 24_001_002);
    // an account without the add-on gives what it has
    let expected = serde_json::json!(["oauth", "crm.objects.contacts.read"]);
    assert_eq!(answer["scopes"], expected);
    let code = hubspot.visitor.come_back(&url, ADMIN, "allow").await["code"].clone();
    let (_, answer) = hubspot.exchange(&code, &[]).await;
    assert_eq!(answer["hub_id"], 24_001_001);
    assert_eq!(answer["scopes"][2], "transactional-email");
    let denied = hubspot.visitor.come_back(&url, ADMIN, "deny").await;
    assert_eq!(denied["error"], "access_denied");
}

#[tokio::test]
async fn others_see_an_error_page_and_go_nowhere() {
    let mut hubspot = hubspot().await;
    let url = hubspot.authorize_url(SCOPES, &[]);
    let mut ben = Visitor::at(hubspot.running.url());
    let next = location(&ben.get(&url).await);
    let flow = crate::support::flow_of(&next);
    let form = [
        ("flow", flow.as_str()),
        ("username", BEN),
        ("password", "practice-ben.carter"),
    ];
    let signed_in = location(&ben.post("/login", &form).await);
    let page = ben.get(&signed_in).await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(page.text().await.unwrap().contains("Ask a super admin"));
    let forced = ben.decide(&flow, &[("decision", "allow")]).await;
    assert_eq!(forced.status(), StatusCode::BAD_REQUEST);

    // Maria is super admin of the sandbox only
    let (flow, _) = hubspot.visitor.reach(&url, MARIA).await;
    let form = [("decision", "allow"), ("account", "24001001")];
    let refused = hubspot.visitor.decide(&flow, &form).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    // and it lacks the add-on
    let url = hubspot.authorize_url("oauth transactional-email", &[]);
    let (flow, _) = hubspot.visitor.reach(&url, MARIA).await;
    let form = [("decision", "allow"), ("account", "24001002")];
    let refused = hubspot.visitor.decide(&flow, &form).await;
    let page = refused.text().await.unwrap();
    assert!(
        page.contains("does not have access to everything"),
        "{page}"
    );
}

#[tokio::test]
async fn an_install_address_must_fit_the_app() {
    let mut hubspot = hubspot().await;
    let good = hubspot.authorize_url(SCOPES, &[]);
    for (from, to) in [
        ("client_id=0f6c", "client_id=ffff"),
        ("hub.example%2Fcallback", "hub.example%2Fcallback%2Fx"),
        ("contacts.read", "contacts.write"),
        ("scope=oauth+crm.objects.contacts.read", "scope="),
    ] {
        assert!(good.contains(from), "{good}");
        let page = hubspot.visitor.get(&good.replacen(from, to, 1)).await;
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{to}");
        let page = page.text().await.unwrap();
        assert!(page.contains("This app cannot be connected"));
    }
    let vendor = hubspot.running.vendor().clone();
    vendor.block_app(super::CLIENT_ID, true);
    let (flow, _) = hubspot.visitor.reach(&good, ADMIN).await;
    let refused = hubspot
        .visitor
        .decide(&flow, &[("decision", "allow")])
        .await;
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains("has blocked Test app")
    );
    vendor.block_app(super::CLIENT_ID, false);
    let back = hubspot.visitor.come_back(&good, ADMIN, "allow").await;
    assert!(back.contains_key("code"));
}
