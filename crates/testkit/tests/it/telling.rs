//! Telling whoever must act, once: on the page, by mail, by webhook; judged by receivers that others wrote.

use gatelodge_model::AgentAccess;
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::evidence;
use gatelodge_testkit::hub::{TestHub, Who};
use gatelodge_testkit::judge::{Judge, Word};
use gatelodge_testkit::practice::MARIA;
use serde_json::{Value, json};
use url::Url;

use crate::proposals::{account, propose_phone};

/// Waits, in the hub's time, until a message that failed is due again.
fn pass_the_first_pause(hub: &TestHub) {
    hub.clock.advance(chrono::TimeDelta::seconds(6));
}

// proves R18, P12: a proposal is told once, by mail and by a signed webhook; a refused message comes again under its
// id, and what is signed is what arrives
#[tokio::test]
async fn a_proposal_is_told_once_and_signed() {
    let mut judge = Judge::python("told.py", &json!({}), std::path::Path::new("")).await;
    let Word::Says(ports) = judge.next().await else {
        panic!("the receivers say where they are");
    };
    let (smtp, http) = (
        ports["smtp"].as_u64().unwrap(),
        ports["http"].as_u64().unwrap(),
    );
    let receiver: Url = format!("http://127.0.0.1:{http}").parse().unwrap();
    let address = receiver.join("/hook/secret-path").unwrap();
    let hub = TestHub::builder()
        .configure(move |config| {
            config.egress.practice_receivers = vec![receiver];
            config.mail.host = "127.0.0.1".to_owned();
            config.mail.port = u16::try_from(smtp).unwrap();
            config.mail.security = gatelodge_server::config::MailProtection::None;
            config.mail.from = "Gatelodge <gatelodge@northwind.example>".to_owned();
        })
        .start()
        .await;
    let mut admin = hub.person(Who::Admin).await;
    let made = admin
        .post(
            "/admin/webhooks",
            &[("name", "On call"), ("url", address.as_str())],
        )
        .await
        .expect(200);
    let page = unescape(&made.text);
    let start = page.find("whsec_").expect("the secret is shown");
    let secret: String = page[start..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "_+/=".contains(*c))
        .collect();
    evidence::secret("webhook secret", &secret);
    let list = admin.get("/admin/webhooks").await.expect(200).text;
    assert!(
        !list.contains("whsec_") && !list.contains("secret-path"),
        "{list}"
    );

    let mut member = hub.person(Who::Member).await;
    member.connect(&hub, MARIA).await;
    let agent = hub.agent_of(&mut member, AgentAccess::ReadAndPropose).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "+49 30 12345").await;
    hub.hub().deliver_due_messages().await.unwrap();
    // The receiver refused the first one; nothing is sent before its time, and only once more then.
    assert_eq!(hub.hub().deliver_due_messages().await.unwrap(), 0);
    pass_the_first_pause(&hub);
    assert_eq!(hub.hub().deliver_due_messages().await.unwrap(), 1);
    assert_eq!(hub.hub().deliver_due_messages().await.unwrap(), 0);

    judge
        .say(&json!({ "secret": secret, "mails": 1, "webhooks": 2 }))
        .await;
    let report = judge.report().await;
    let mails = report["mails"].as_array().unwrap();
    assert_eq!(mails.len(), 1, "{report}");
    assert_eq!(mails[0]["to"], json!([Who::Member.email()]));
    let text = mails[0]["text"].as_str().unwrap();
    assert!(
        text.contains(&proposal) && text.contains(hub.url.as_str()),
        "{text}"
    );
    assert!(
        !text.contains("12345") && !text.contains(&id),
        "no customer's data: {text}"
    );
    let hooks = report["webhooks"].as_array().unwrap();
    assert_eq!(hooks.len(), 2, "{report}");
    assert_eq!(
        hooks[0]["id"], hooks[1]["id"],
        "at least once, under one identity"
    );
    for hook in hooks {
        assert_eq!(hook["verified"], json!(true), "{report}");
        assert_eq!(hook["tampered"], "refused", "{report}");
        assert_eq!(hook["payload"]["type"], "proposal.waits");
        assert!(!hook["payload"].to_string().contains("12345"));
    }
    assert_eq!(hooks[1]["taken"], json!(true));
    let log = admin.get("/admin/webhooks").await.expect(200).text;
    assert!(
        log.contains("Delivers") && log.contains("HTTP 204"),
        "{log}"
    );

    // On the page it is unread until it is read, and only its own person sees it.
    let notices = member.get("/notices").await.expect(200).text;
    assert!(
        notices.contains(&proposal) && notices.contains("Unread"),
        "{notices}"
    );
    let others = hub.person(Who::SecondMember).await.get("/notices").await;
    assert!(!others.expect(200).text.contains(&proposal));
    member.post("/notices/read", &[]).await.expect(303);
    let notices = member.get("/notices").await.expect(200).text;
    assert!(!notices.contains("Unread"), "{notices}");
    hub.stop().await;
}

// proves R18: who wants no mail gets none; the page tells all the same; a proposal that ends soon is told once
#[tokio::test]
async fn an_end_is_announced_once() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "1").await;
    hub.hub().announce_expiries().await.unwrap();
    let notices = member.get("/notices").await.expect(200).text;
    assert!(!notices.contains("A proposal ends soon"), "{notices}");
    // Of 24 hours four are left.
    hub.clock.advance(chrono::TimeDelta::hours(20));
    for _ in 0..3 {
        hub.hub().announce_expiries().await.unwrap();
    }
    let mut member = hub.person(Who::Member).await;
    let notices = member.get("/notices").await.expect(200).text;
    assert_eq!(
        notices.matches("A proposal ends soon").count(),
        1,
        "{notices}"
    );
    assert!(notices.contains(&proposal));
    hub.stop().await;
}

// proves CON-13, CON-13a, O15, R18: a revocation at the provider shows by a look with the access token alone; its
// owner is told once, the doctor says what to do, agents get the reason
#[tokio::test]
async fn a_revocation_shows_without_a_use() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    hub.practice
        .admin("revoke-grants", &json!({ "username": MARIA }))
        .await;
    for _ in 0..3 {
        hub.clock.advance(chrono::TimeDelta::minutes(13));
        hub.hub().look_at_due_connections().await.unwrap();
    }
    assert_eq!(
        hub.token_requests("refresh_token"),
        0,
        "a look refreshes nothing"
    );
    let notices = member.get("/notices").await.expect(200).text;
    assert_eq!(
        notices.matches("A connection needs you").count(),
        1,
        "{notices}"
    );
    let list: Value = agent.get("/api/v1/connections").await.expect(200).json();
    let connection = &list["connections"][0];
    assert_eq!(connection["status"], "attention");
    assert_eq!(connection["diagnosis"]["reason"], "grant_revoked");
    let refused = agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "reconnect_needed", "{refused}");
    assert_eq!(refused["reason"], "grant_revoked", "{refused}");
    let id = connection["id"].as_str().unwrap();
    let page = member.get(&format!("/connections/{id}")).await.expect(200);
    let text = unescape(&page.text);
    for part in [
        "The access was revoked at Salesforce",
        "grant_revoked",
        "Reconnect Salesforce",
        "hx-get",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // It turns green by itself once it is reconnected, in whatever tab.
    member
        .try_connect(
            &hub,
            MARIA,
            gatelodge_testkit::practice::Decision::Allow,
            Some(id),
        )
        .await;
    let panel = member
        .get(&format!("/connections/{id}/doctor?looks=1"))
        .await
        .expect(200)
        .text;
    assert!(
        panel.contains("works again") && !panel.contains("hx-get"),
        "{panel}"
    );
    hub.stop().await;
}

// proves CON-13a: an ended session is no fault, and a look spends no refresh token
#[tokio::test]
async fn an_ended_session_is_no_fault() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    hub.practice.admin("expire-access-tokens", &json!({})).await;
    hub.clock.advance(chrono::TimeDelta::minutes(13));
    assert_eq!(hub.hub().look_at_due_connections().await.unwrap(), 1);
    assert_eq!(hub.token_requests("refresh_token"), 0);
    let notices = member.get("/notices").await.expect(200).text;
    assert!(notices.contains("Nothing needs you"), "{notices}");
    agent.result("salesforce_whoami", json!({})).await;
    hub.stop().await;
}

// proves O15, CON-15: a blocked app: the administrator's message is ready, nothing is tried in a loop, and the page
// turns green by itself once the app is allowed again
#[tokio::test]
async fn a_blocked_app_heals_by_itself() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let app = json!({ "client_id": hub.app.client_id });
    hub.practice.admin("block-app", &app).await;
    agent.rest("salesforce_whoami", &json!({})).await;
    let list: Value = agent.get("/api/v1/connections").await.expect(200).json();
    let id = list["connections"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        list["connections"][0]["diagnosis"]["reason"], "app_blocked",
        "{list}"
    );
    assert_eq!(
        list["connections"][0]["diagnosis"]["who_must_act"],
        "provider_admin"
    );
    let page = member.get(&format!("/connections/{id}")).await.expect(200);
    let text = unescape(&page.text);
    for part in [
        "Your Salesforce administrator",
        "Connected Apps OAuth Usage",
        "All users may self-authorize",
        hub.app.client_id.as_str(),
        MARIA,
        "OAUTH_APP_BLOCKED",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let panel = format!("/connections/{id}/doctor?looks=1");
    let tried = hub.token_requests("refresh_token");
    for _ in 0..5 {
        member.get(&panel).await.expect(200);
    }
    assert!(hub.token_requests("refresh_token") <= tried + 1, "no loop");
    let allowed = json!({ "client_id": hub.app.client_id, "blocked": false });
    hub.practice.admin("block-app", &allowed).await;
    hub.clock.advance(chrono::TimeDelta::minutes(2));
    let healed = member.get(&panel).await.expect(200).text;
    assert!(healed.contains("works again"), "{healed}");
    agent.result("salesforce_whoami", json!({})).await;
    hub.stop().await;
}

// proves O14: twenty parallel callbacks make one connection, and every other one sees its page
#[tokio::test]
async fn twenty_callbacks_make_one_connection() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let authorize = member.begin_connect(&hub, None).await;
    let password = hub.practice.password(MARIA);
    let back = hub
        .practice
        .visitor()
        .follow(
            &authorize,
            MARIA,
            &password,
            gatelodge_testkit::practice::Decision::Allow,
        )
        .await;
    let tabs = (0..20).map(|_| {
        let (mut tab, back) = (member.clone(), back.clone());
        tokio::spawn(async move { tab.browser.get(&back).await })
    });
    let mut places = Vec::new();
    for tab in tabs.collect::<Vec<_>>() {
        let reply = tab.await.unwrap().expect(303);
        places.push(reply.location().unwrap().path().to_owned());
    }
    places.dedup();
    assert_eq!(places.len(), 1, "{places:?}");
    assert_eq!(hub.token_requests("authorization_code"), 1);
    let list = member.get("/connections").await.expect(200);
    assert_eq!(list.text.matches("<article").count(), 1);
    // Another browser with the same address still gets nothing.
    let mut other = hub.person(Who::SecondMember).await;
    other.browser.get(&back).await.expect(400);
    hub.stop().await;
}

// proves CON-14, O10: right after the app was saved, a refusal of it says to wait and retry first
#[tokio::test]
async fn right_after_a_change_waiting_comes_first() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    for (minutes, reason) in [(0, "app_changed_recently"), (11, "wrong_client_secret")] {
        hub.clock.advance(chrono::TimeDelta::minutes(minutes));
        let mut member = if minutes == 0 {
            member.clone()
        } else {
            hub.person(Who::Member).await
        };
        let authorize = member.begin_connect(&hub, None).await;
        let password = hub.practice.password(MARIA);
        let back = hub
            .practice
            .visitor()
            .follow(
                &authorize,
                MARIA,
                &password,
                gatelodge_testkit::practice::Decision::Allow,
            )
            .await;
        let order = json!({
            "path_prefix": "/services/oauth2/token", "status": 400, "content_type": "application/json",
            "body": r#"{"error":"invalid_client","error_description":"invalid client credentials"}"#,
        });
        hub.practice.admin("faults", &order).await;
        let reply = member.browser.get(&back).await;
        let text = unescape(&reply.text);
        assert!(
            reply.status.is_client_error() || reply.status.is_server_error(),
            "{}",
            reply.status
        );
        let start = text.find("/connections/con_").expect("the way to its page");
        let place = &text[start..start + "/connections/con_".len() + 32];
        let page = unescape(&member.get(place).await.expect(200).text);
        assert!(page.contains(reason), "{reason}: {page}");
        assert!(page.contains("10 minutes"), "{page}");
    }
    member.get("/connections").await.expect(200);
    hub.stop().await;
}
