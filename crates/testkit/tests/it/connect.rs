//! Connecting an account through the pages: what is asked, what is sent, what is kept.

use std::collections::BTreeMap;

use gatelodge_model::AgentAccess;
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::database::Engine;
use gatelodge_testkit::hub::{TestHub, Who, connection_id};
use gatelodge_testkit::practice::{BEN, Decision, MARIA, Visitor};
use url::Url;

fn parameters(url: &Url) -> BTreeMap<String, String> {
    url.query_pairs().into_owned().collect()
}

// proves CON-1, CON-2, CON-8: the page says where the account may be and what is asked for, with reasons
#[tokio::test]
async fn the_connect_page_offers_environments_and_explains_scopes() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let page = unescape(&member.get("/connections/new").await.expect(200).text);
    for place in [
        "https://login.salesforce.com",
        "https://test.salesforce.com",
        "My Domain",
        "most important choice",
    ] {
        assert!(page.contains(place), "{place} is missing");
    }
    assert!(
        page.contains("so that you need not sign in to Salesforce again"),
        "the reason of refresh_token is missing"
    );
    assert!(
        page.contains("with your own permissions and never with more"),
        "the reason of api is missing"
    );
    hub.stop().await;
}

// proves CON-3, CON-4, CON-7, CON-10: where the browser is sent, and with what
#[tokio::test]
async fn the_flow_leaves_with_pkce_least_scopes_and_our_exact_callback() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let authorize = member.begin_connect(&hub, None).await;
    assert_eq!(authorize.origin(), hub.practice_url.origin());
    let sent = parameters(&authorize);
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["client_id"], hub.app.client_id);
    assert_eq!(
        sent["redirect_uri"],
        hub.hub().callback_url(&hub.url, &hub.app)
    );
    assert_eq!(sent["code_challenge_method"], "S256");
    assert_eq!(sent["code_challenge"].len(), 43);
    let mut scopes: Vec<&str> = sent["scope"].split(' ').collect();
    scopes.sort_unstable();
    assert_eq!(scopes, ["api", "refresh_token"]);
    assert!(
        !sent.contains_key("code_verifier") && !sent.contains_key("client_secret"),
        "{sent:?}"
    );
    let again = member.begin_connect(&hub, None).await;
    assert_ne!(parameters(&again)["state"], sent["state"]);
    assert_ne!(parameters(&again)["code_challenge"], sent["code_challenge"]);
    hub.stop().await;
}

// proves CON-1, CON-4, CON-5, CON-9: a confidential app that demands PKCE; the account is shown
#[tokio::test]
async fn a_member_connects_and_sees_the_account() {
    connects_and_sees_the_account(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_member_connects_and_sees_the_account_on_postgresql() {
    connects_and_sees_the_account(Engine::Postgres).await;
}

async fn connects_and_sees_the_account(engine: Engine) {
    let hub = TestHub::builder()
        .on(engine)
        .app(|app| app.require_pkce = true)
        .start()
        .await;
    let mut member = hub.person(Who::Member).await;
    let id = member.connect(&hub, MARIA).await;
    let page = member.get(&format!("/connections/{id}")).await.expect(200);
    let text = unescape(&page.text);
    assert!(
        text.contains(">Connected<") && text.contains(MARIA) && text.contains("PRACTICE"),
        "{text}"
    );
    let host = hub.practice_url.host_str().unwrap();
    assert!(text.contains(host), "the host is missing");
    assert_eq!(hub.token_requests("authorization_code"), 1);
    assert_eq!(member.audited("connection.connected").await, 1);
    // nobody else sees it
    let mut second = hub.person(Who::SecondMember).await;
    second.get(&format!("/connections/{id}")).await.expect(404);
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

// proves CON-5, CON-6: a public client connects and refreshes without a secret
#[tokio::test]
async fn an_app_without_a_secret_connects_and_refreshes() {
    let hub = TestHub::builder()
        .without_secret()
        .app(|app| app.require_secret_for_refresh = false)
        .start()
        .await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    hub.practice
        .admin("expire-access-tokens", &serde_json::json!({}))
        .await;
    let soql = serde_json::json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    agent.result("salesforce_query", soql).await;
    assert_eq!(hub.token_requests("refresh_token"), 1);
    hub.stop().await;
}

// proves CON-11, O12: without the refresh scope the connection is kept and says what to do
#[tokio::test]
async fn a_grant_without_refresh_is_kept_as_limited() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let mut authorize = member.begin_connect(&hub, None).await;
    let mut asked = parameters(&authorize);
    asked.insert("scope".to_owned(), "api id".to_owned());
    authorize.query_pairs_mut().clear().extend_pairs(&asked);
    let password = hub.practice.password(MARIA);
    let back = hub
        .practice
        .visitor()
        .follow(&authorize, MARIA, &password, Decision::Allow)
        .await;
    let id = connection_id(&member.browser.get(&back).await);
    let page = member.get(&format!("/connections/{id}")).await.expect(200);
    assert!(page.text.contains("Connected, limited"), "{}", page.text);
    assert!(
        page.text
            .contains("Reconnect Salesforce to enable offline refresh"),
        "{}",
        page.text
    );
    hub.stop().await;
}

// proves CON-16: reconnecting replaces what is stored and keeps the connection
#[tokio::test]
async fn reconnecting_keeps_the_connection() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let id = member.connect(&hub, MARIA).await;
    hub.practice
        .admin("revoke-grants", &serde_json::json!({ "username": MARIA }))
        .await;
    let reply = member
        .try_connect(&hub, MARIA, Decision::Allow, Some(&id))
        .await;
    assert_eq!(connection_id(&reply), id);
    let agent = hub.agent_of(&mut member, AgentAccess::ReadOnly).await;
    let who = agent
        .result("salesforce_whoami", serde_json::json!({ "connection": id }))
        .await;
    assert!(who.to_string().contains(MARIA), "{who}");
    let list = member.get("/connections").await.expect(200);
    assert_eq!(list.text.matches("<article").count(), 1);
    hub.stop().await;
}

// proves O13: a reconnect that comes back as another account does not take the connection over unseen
#[tokio::test]
async fn reconnecting_as_another_account_is_refused() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let id = member.connect(&hub, MARIA).await;
    let reply = member
        .try_connect(&hub, BEN, Decision::Allow, Some(&id))
        .await;
    assert!(
        reply.location().is_none(),
        "the other account was taken: {}",
        reply.header("location")
    );
    let page = member.get(&format!("/connections/{id}")).await.expect(200);
    assert!(
        page.text.contains(MARIA) && !page.text.contains(BEN),
        "{}",
        page.text
    );
    hub.stop().await;
}

// proves O14: the same callback in two tabs makes one connection and one token request
#[tokio::test]
async fn a_callback_in_two_tabs_connects_once() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let authorize = member.begin_connect(&hub, None).await;
    let password = hub.practice.password(MARIA);
    let back = Visitor::at(hub.practice_url.clone())
        .follow(&authorize, MARIA, &password, Decision::Allow)
        .await;
    let mut tab = member.clone();
    let (first, second) = tokio::join!(member.browser.get(&back), tab.browser.get(&back));
    let connected = [&first, &second]
        .into_iter()
        .filter(|reply| reply.location().is_some());
    assert!(connected.count() >= 1, "{} {}", first.text, second.text);
    assert_eq!(hub.token_requests("authorization_code"), 1);
    let list = member.get("/connections").await.expect(200);
    assert_eq!(list.text.matches("<article").count(), 1);
    hub.stop().await;
}

// proves CON-10, M3: another host name is not served, whatever is asked
#[tokio::test]
async fn a_foreign_host_gets_421() {
    let hub = TestHub::start().await;
    let client = gatelodge_testkit::browser::client(None);
    for (path, host) in [
        ("/sign-in", "evil.example"),
        ("/api/v1/tools", "localhost"),
        ("/mcp", "127.0.0.1:1"),
    ] {
        let url = hub.url.join(path).unwrap();
        let request = client.get(url.clone()).header("host", host);
        let reply = gatelodge_testkit::browser::read(&url, request).await;
        assert_eq!(
            reply.status.as_u16(),
            421,
            "{path} at {host}: {}",
            reply.text
        );
    }
    hub.stop().await;
}
