//! The connection doctor at the real door: what an administrator of the provider switched is named by its reason, with
//! who must act and where to click.

use gatelodge_practice::oauth::{App, IpRange, SignInRule};
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::{Agent, Person, TestHub, Who};
use gatelodge_testkit::practice::{Decision, MARIA};
use serde_json::{Value, json};

async fn rule(hub: &TestHub, rule: SignInRule) {
    let practice = hub.practice.running().practice();
    let mut policy = practice.oauth.policy();
    policy.sign_in = rule;
    let durable = practice.oauth.set_policy(practice, policy);
    durable.wait().await.unwrap();
}

async fn change_app(hub: &TestHub, change: impl FnOnce(&mut App)) {
    let practice = hub.practice.running().practice();
    let mut app = practice.oauth.app(&hub.app.client_id).unwrap();
    change(&mut app);
    practice
        .oauth
        .change_app(practice, app)
        .wait()
        .await
        .unwrap();
}

/// The page of the connection that an attempt which failed leads to.
async fn page_of_the_attempt(hub: &TestHub, member: &mut Person) -> String {
    let reply = member.try_connect(hub, MARIA, Decision::Allow, None).await;
    let text = unescape(&reply.text);
    assert!(reply.location().is_none(), "nothing was connected: {text}");
    let start = text.find("/connections/con_").expect("the way to its page");
    let place = &text[start..start + "/connections/con_".len() + 32];
    unescape(&member.get(place).await.expect(200).text)
}

/// What the agent is told of its person's one connection.
async fn diagnosis(agent: &Agent) -> Value {
    let list: Value = agent.get("/api/v1/connections").await.expect(200).json();
    list["connections"][0]["diagnosis"].clone()
}

#[track_caller]
fn names(diagnosis: &Value, reason: &str, who: &str, place: &str) {
    assert_eq!(diagnosis["reason"], reason, "{diagnosis}");
    assert_eq!(diagnosis["who_must_act"], who, "{diagnosis}");
    assert!(
        diagnosis.to_string().contains(place),
        "{place}: {diagnosis}"
    );
}

// proves CON-14, CON-15: rules about people at the sign-in are named, with who must act and where
#[tokio::test]
async fn a_sign_in_that_a_rule_stops_is_explained() {
    let hub = TestHub::start().await;
    for (stopped, reason, parts) in [
        (
            SignInRule::OutsideLoginHours,
            "login_hours",
            ["Setup > Profiles", "Login Hours", "administrator"],
        ),
        (
            SignInRule::SecondFactor,
            "mfa_required",
            ["second factor", "Connect again", "Salesforce's page"],
        ),
        (
            SignInRule::SingleSignOn,
            "sso_required",
            ["single sign-on", "Connect again", "company's page"],
        ),
    ] {
        rule(&hub, stopped).await;
        let mut member = hub.person(Who::Member).await;
        let page = page_of_the_attempt(&hub, &mut member).await;
        for part in [reason].iter().chain(&parts) {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(hub.token_requests("authorization_code"), 0, "{reason}");
    }
    // and once the rule is gone the same person gets in
    rule(&hub, SignInRule::Open).await;
    let mut member = hub.person(Who::Member).await;
    member.connect(&hub, MARIA).await;
    hub.stop().await;
}

// proves CON-15: what Salesforce shows on a page of its own and never tells us is on the page of the attempt, with
// what to do
#[tokio::test]
async fn api_access_control_is_found_by_its_words() {
    let hub = TestHub::start().await;
    rule(&hub, SignInRule::ApiAccessControl).await;
    let mut member = hub.person(Who::Member).await;
    let authorize = member.begin_connect(&hub, None).await;
    let shown = hub.practice.visitor().stopped_at(&authorize).await;
    let shown = unescape(&shown.text);
    assert!(
        shown.contains("Your Salesforce admin hasn't approved"),
        "{shown}"
    );
    let list = unescape(&member.get("/connections").await.expect(200).text);
    let start = list.find("/connections/con_").expect("the attempt");
    let place = list[start..].split('"').next().unwrap().to_owned();
    let page = unescape(&member.get(&place).await.expect(200).text);
    for part in [
        "Your Salesforce admin hasn't approved",
        "allows access by programs only to those that an administrator listed",
        "permission to use any program",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    hub.stop().await;
}

// proves CON-13, CON-15, O15: rules that hit a living connection; its grant lives, and it heals once they are gone
#[tokio::test]
async fn a_living_connection_that_a_rule_stops_is_explained_and_heals() {
    let elsewhere = IpRange {
        first: "203.0.113.1".parse().unwrap(),
        last: "203.0.113.9".parse().unwrap(),
    };
    for (case, reason, place) in [
        ("hours", "login_hours", "Setup > Profiles"),
        ("access", "app_not_approved", "Connected Apps OAuth Usage"),
        ("address", "ip_locked", "Setup > Network Access"),
        ("api", "api_disabled", "API Enabled"),
    ] {
        let hub = TestHub::start().await;
        let (mut member, agent) = hub.member_with_agent(MARIA).await;
        match case {
            "hours" => rule(&hub, SignInRule::OutsideLoginHours).await,
            "access" => rule(&hub, SignInRule::ApiAccessControl).await,
            "address" => change_app(&hub, |app| app.refresh_ip_ranges = vec![elsewhere]).await,
            _ => {
                let order = json!({ "fault": "api_disabled", "until_cleared": true });
                hub.practice.admin("faults", &order).await;
            }
        }
        // a living token is refused by the last rule only
        if case != "api" {
            hub.practice.admin("expire-access-tokens", &json!({})).await;
        }
        let query = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
        let refused = agent.rest("salesforce_query", &query).await;
        assert!(!refused.status.is_success(), "{case}: {}", refused.text);
        let found = diagnosis(&agent).await;
        names(&found, reason, "provider_admin", place);
        let list = member.get("/connections").await.expect(200);
        let start = list.text.find("/connections/con_").unwrap();
        let connection = list.text[start..].split('"').next().unwrap().to_owned();
        let page = unescape(&member.get(&connection).await.expect(200).text);
        assert!(
            page.contains(reason) && page.contains(place),
            "{case}: {page}"
        );

        rule(&hub, SignInRule::Open).await;
        change_app(&hub, |app| app.refresh_ip_ranges.clear()).await;
        hub.practice.running().practice().faults.clear();
        hub.clock.advance(chrono::TimeDelta::minutes(2));
        let panel = format!("{connection}/doctor?looks=1");
        let healed = member.get(&panel).await.expect(200).text;
        assert!(healed.contains("works again"), "{case}: {healed}");
        agent.result("salesforce_query", query).await;
        hub.stop().await;
    }
}

// proves CON-15, CON-17: the oldest of more than five grants ends without a word; the doctor says what may have done it
#[tokio::test]
async fn a_grant_that_newer_ones_pushed_out_is_named() {
    let hub = TestHub::start().await;
    let (member, agent) = hub.member_with_agent(MARIA).await;
    drop(member);
    // five more approvals of the same person for the same app, by other people of this hub
    for who in [Who::SecondMember, Who::Admin, Who::Owner] {
        let mut other = hub.person(who).await;
        for _ in 0..2 {
            other.try_connect(&hub, MARIA, Decision::Allow, None).await;
        }
    }
    hub.practice.admin("expire-access-tokens", &json!({})).await;
    agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(409);
    let found = diagnosis(&agent).await;
    names(&found, "five_grants", "person", "Connections");
    hub.stop().await;
}
