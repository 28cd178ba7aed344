//! Attempts to connect that must fail: forged, stolen, late, refused, or answered by something hostile.

use gatelodge_practice::PracticeOptions;
use gatelodge_testkit::browser::{Reply, unescape};
use gatelodge_testkit::hub::{Person, TestHub, Who};
use gatelodge_testkit::practice::{Decision, MARIA, PracticeOrg, Visitor};
use serde_json::json;
use url::Url;

/// Begins in the person's browser, allows at the practice org, and gives the callback that was not opened yet.
async fn callback_of(hub: &TestHub, person: &mut Person) -> Url {
    let authorize = person.begin_connect(hub, None).await;
    let password = hub.practice.password(MARIA);
    Visitor::at(hub.practice_url.clone())
        .follow(&authorize, MARIA, &password, Decision::Allow)
        .await
}

/// Orders how the practice org's token endpoint answers the next request.
async fn next_token_answer(hub: &TestHub, status: u16, body: &str) {
    let order = json!({
        "path_prefix": "/services/oauth2/token", "status": status, "body": body, "content_type": "application/json",
    });
    hub.practice.admin("faults", &order).await;
}

#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) -> String {
    let text = unescape(&reply.text);
    assert_eq!(reply.status.as_u16(), status, "{text}");
    assert!(text.contains(code), "{code} is not named: {text}");
    text
}

// proves O1, SEC-4: an unknown, a used and a late state; no token is asked for
#[tokio::test]
async fn a_state_is_known_fresh_and_used_once() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let mut forged = hub.url.clone();
    forged.set_path(
        Url::parse(&hub.hub().callback_url(&hub.url, &hub.app))
            .unwrap()
            .path(),
    );
    forged.set_query(Some("code=aPrx&state=forged"));
    refused(&member.browser.get(&forged).await, 400, "state_invalid");
    assert_eq!(hub.token_requests("authorization_code"), 0);

    let late = callback_of(&hub, &mut member).await;
    hub.clock.advance(chrono::TimeDelta::minutes(11));
    refused(&member.browser.get(&late).await, 400, "state_invalid");
    assert_eq!(hub.token_requests("authorization_code"), 0);

    let fresh = callback_of(&hub, &mut member).await;
    member
        .browser
        .get(&fresh)
        .await
        .expect(303)
        .location()
        .unwrap();
    assert_eq!(hub.token_requests("authorization_code"), 1);
    let again = member.browser.get(&fresh).await;
    assert!(
        again.status.as_u16() == 400 || again.location().is_some(),
        "{}",
        again.status
    );
    assert_eq!(hub.token_requests("authorization_code"), 1);
    assert!(member.audited("connection.refused").await >= 2);
    hub.stop().await;
}

// proves O2, O3, SEC-4: a flow ends only in the browser and for the person that began it
#[tokio::test]
async fn a_flow_belongs_to_one_browser() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    for name in [
        "another person",
        "the same person in another browser",
        "nobody",
    ] {
        let back = callback_of(&hub, &mut member).await;
        let mut other = match name {
            "another person" => hub.person(Who::SecondMember).await,
            "nobody" => hub.anonymous(),
            _ => hub.person(Who::Member).await,
        };
        refused(&other.browser.get(&back).await, 403, "session_mismatch");
        assert_eq!(hub.token_requests("authorization_code"), 0, "{name}");
    }
    let mut second = hub.person(Who::SecondMember).await;
    assert!(
        !second
            .get("/connections")
            .await
            .expect(200)
            .text
            .contains(MARIA)
    );
    hub.stop().await;
}

// proves O4, O5: the code is not sent anywhere when it comes back on another app's path
#[tokio::test]
async fn a_callback_on_another_path_is_refused() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    for path in [
        "/api/integrations/callback/salesforce/app_00000000000000000000000000000000",
        "/api/integrations/callback/hubspot",
    ] {
        let mut back = callback_of(&hub, &mut member).await;
        back.set_path(path);
        let reply = member.browser.get(&back).await;
        assert_eq!(reply.status.as_u16(), 400, "{path}: {}", reply.text);
        assert_eq!(hub.token_requests("authorization_code"), 0, "{path}");
    }
    hub.stop().await;
}

// proves CON-15: denied consent is told, and nothing is connected
#[tokio::test]
async fn denied_consent_connects_nothing() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let reply = member.try_connect(&hub, MARIA, Decision::Deny, None).await;
    let text = refused(&reply, 403, "Nothing was connected");
    assert!(text.contains("access_denied"), "{text}");
    assert_eq!(hub.token_requests("authorization_code"), 0);
    let list = member.get("/connections").await.expect(200).text;
    assert!(!list.contains(">Connected<"), "{list}");
    assert_eq!(member.audited("connection.failed").await, 1);
    hub.stop().await;
}

// proves CON-15, O10: Salesforce's texts of a wrong environment lead to the likely cause
#[tokio::test]
async fn a_wrong_environment_is_explained() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let back = callback_of(&hub, &mut member).await;
    let answer = r#"{"error":"invalid_grant","error_description":"authentication failure"}"#;
    next_token_answer(&hub, 400, answer).await;
    let reply = member.browser.get(&back).await;
    let text = unescape(&reply.text);
    assert!(reply.status.is_client_error(), "{}", reply.status);
    for part in [
        "wrong environment",
        "login.salesforce.com",
        "test.salesforce.com",
        "authentication failure",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    hub.stop().await;
}

// proves CON-15, O15: a blocked app names both remedies of an administrator
#[tokio::test]
async fn a_blocked_app_names_the_remedies() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let back = callback_of(&hub, &mut member).await;
    let answer =
        r#"{"error":"OAUTH_APP_BLOCKED","error_description":"this app is blocked by admin"}"#;
    next_token_answer(&hub, 400, answer).await;
    let reply = member.browser.get(&back).await;
    let text = unescape(&reply.text);
    assert_eq!(reply.status.as_u16(), 403, "{text}");
    for remedy in [
        "Admin approved users are pre-authorized",
        "All users may self-authorize",
    ] {
        assert!(text.contains(remedy), "{remedy}: {text}");
    }
    hub.stop().await;
}

// proves O15: blocked before the consent, Salesforce keeps the browser; nothing comes back and nothing is connected
#[tokio::test]
async fn an_app_blocked_before_consent_never_comes_back() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    hub.practice
        .admin("block-app", &json!({ "client_id": hub.app.client_id }))
        .await;
    let authorize = member.begin_connect(&hub, None).await;
    let page = hub.practice.visitor().stopped_at(&authorize).await;
    assert!(page.text.contains("OAUTH_APP_BLOCKED"), "{}", page.text);
    assert_eq!(hub.token_requests("authorization_code"), 0);
    hub.stop().await;
}

// proves O11: a token answer that leads elsewhere is refused, and its token goes nowhere
#[tokio::test]
async fn a_hostile_instance_address_is_refused() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    for hostile in [
        "https://attacker.example",
        "http://na1.my.salesforce.com",
        "https://na1.my.salesforce.com.evil.tld",
        "https://salesforce.com@evil.tld",
        "https://127.0.0.1",
        "https://na1.my.salesforce.com",
        "http://localhost:1",
        "not an address",
    ] {
        let back = callback_of(&hub, &mut member).await;
        hub.practice
            .admin("move-instance", &json!({ "instance_url": hostile }))
            .await;
        let reply = member.browser.get(&back).await;
        assert!(reply.location().is_none(), "{hostile} was accepted");
        assert!(
            reply.status.is_client_error() || reply.status.is_server_error(),
            "{hostile}: {}",
            reply.status
        );
        hub.practice
            .admin("move-instance", &json!({ "instance_url": null }))
            .await;
    }
    assert!(
        !member
            .get("/connections")
            .await
            .expect(200)
            .text
            .contains(">Connected<")
    );
    hub.stop().await;
}

// proves O8: a code of another app is not exchanged
#[tokio::test]
async fn a_foreign_code_is_refused() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let mut back = callback_of(&hub, &mut member).await;
    let state = back
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    back.query_pairs_mut()
        .clear()
        .extend_pairs([("code", "aPrxForeignCode"), ("state", &state)]);
    let reply = member.browser.get(&back).await;
    assert!(reply.status.is_client_error(), "{}", reply.status);
    assert!(
        !member
            .get("/connections")
            .await
            .expect(200)
            .text
            .contains(">Connected<")
    );
    hub.stop().await;
}

// proves O10: a reconnect that was refused names the host where it was tried, not the one where the account is
#[tokio::test]
async fn a_failed_reconnect_names_the_host_that_was_tried() {
    let practice = PracticeOrg::start(PracticeOptions::new()).await;
    let at_home = practice.url();
    let mut elsewhere = at_home.clone();
    elsewhere.set_host(Some("127.0.0.1")).unwrap();
    let allowed = vec![at_home.clone(), elsewhere.clone()];
    let mut hub = Box::pin(
        TestHub::builder()
            .configure(move |config| config.egress.practice_orgs = allowed)
            .start_with(practice),
    )
    .await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    hub.practice
        .admin("revoke-grants", &json!({ "username": MARIA }))
        .await;
    let soql = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    let over = agent.rest("salesforce_query", &soql).await;
    assert!(!over.status.is_success(), "{}", over.text);
    let connections = agent.get("/api/v1/connections").await.expect(200).json();
    let id = connections["connections"][0]["id"].as_str().unwrap();

    hub.practice_url = elsewhere;
    next_token_answer(
        &hub,
        400,
        r#"{"error":"invalid_client_id","error_description":"client identifier invalid"}"#,
    )
    .await;
    let reply = member
        .try_connect(&hub, MARIA, Decision::Allow, Some(id))
        .await;
    assert!(reply.location().is_none(), "{}", reply.status);
    let page = member
        .get(&format!("/connections/{id}"))
        .await
        .expect(200)
        .text;
    assert!(page.contains("invalid_client_id"), "{page}");
    assert!(
        page.contains("answered at <code><bdi>127.0.0.1</bdi></code>"),
        "{page}"
    );
    hub.stop().await;
}
