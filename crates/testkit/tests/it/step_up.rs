//! Step-up: what is sensitive asks again who it is, keeps what was typed, and changes nothing before.

use chrono::TimeDelta;
use gatelodge_keeper_client::PasskeyHolder;
use gatelodge_testkit::authenticator::SoftPasskey;
use gatelodge_testkit::browser::{Reply, unescape};
use gatelodge_testkit::hub::{Person, TestHub, Who, options};

use crate::taken_over::intruder::{console, store};

/// So late after the sign-in that a proof is asked for.
fn later(hub: &TestHub) {
    hub.clock.advance(TimeDelta::minutes(6));
}

fn hidden(page: &Reply) -> Vec<(String, String)> {
    let form = page.text.split("step_up_password").next().unwrap();
    let form = form.rsplit("<form").next().unwrap();
    form.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .filter(|field| !field.contains("disabled"))
        .map(|field| {
            let name = field.split('"').next().unwrap().to_owned();
            let value = field.split("value=\"").nth(1).unwrap();
            (name, unescape(value.split('"').next().unwrap()))
        })
        .collect()
}

/// Sends the form of the page on, with more fields.
async fn go_on(person: &mut Person, page: &Reply, more: &[(&str, &str)]) -> Reply {
    let fields = hidden(page);
    let mut all: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    all.extend(more);
    let path = page.url.path().to_owned();
    person.post(&path, &all).await
}

// proves ADM-9, APR-8: an old sign-in makes no token before the person proved again who they are; what was typed is kept
#[tokio::test]
async fn a_form_waits_for_the_proof_and_goes_on_with_what_was_typed() {
    let hub = TestHub::start().await;
    let mut person = hub.person(Who::Member).await;
    later(&hub);
    let typed = [("name", "My \"quoted\" <agent>"), ("access", "read_only")];
    let asked = person.post("/agents", &typed).await.expect(403);
    assert!(asked.text.contains("Confirm that it is you"));
    assert!(asked.text.contains("Nothing was changed"));
    let wrong = [("step_up_password", "not the password at all")];
    let asked = go_on(&mut person, &asked, &wrong).await.expect(401);
    assert!(unescape(&asked.text).contains("The password is wrong"));
    let agents = person.get("/agents").await.expect(200);
    assert!(agents.text.contains("No agent yet"), "{}", agents.text);
    let right = [("step_up_password", gatelodge_testkit::hub::PASSWORD)];
    let made = go_on(&mut person, &asked, &right).await.expect(200);
    assert!(made.text.contains("gla_"), "{}", made.text);
    let agents = person.get("/agents").await.expect(200);
    assert!(unescape(&agents.text).contains("My \"quoted\" <agent>"));
    assert!(agents.text.contains("Read only"));
    // the proof is good for a while
    person.post("/agents", &typed).await.expect(200);
    later(&hub);
    person.post("/agents", &typed).await.expect(403);
    let mut auditor = hub.person(Who::Auditor).await;
    assert_eq!(auditor.audited("session.proved").await, 1);
    assert_eq!(auditor.audited("session.proof_refused").await, 1);
    assert_eq!(auditor.audited("agent.created").await, 2);
    hub.stop().await;
}

// proves ADM-9, SEC-1: a secret without a proof is not saved and never comes back in a page; it is typed again
#[tokio::test]
async fn a_secret_is_typed_again() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let path = format!("/admin/oauth-apps/{}", hub.app.id);
    later(&hub);
    let secret = "a-client-secret-that-no-page-shows";
    let typed = [
        ("name", "Renamed"),
        ("client_id", "3MVG9other"),
        ("client_secret", secret),
        ("enabled", "yes"),
    ];
    let before = admin.get(&path).await.expect(200);
    let asked = admin.post(&path, &typed).await.expect(403);
    assert!(!asked.text.contains(secret));
    assert!(unescape(&asked.text).contains("Client secret, once more"));
    let after = admin.get(&path).await.expect(200);
    assert_eq!(before.text, after.text, "nothing was changed");
    let more = [
        ("client_secret", secret),
        ("step_up_password", gatelodge_testkit::hub::PASSWORD),
    ];
    go_on(&mut admin, &asked, &more).await.expect(303);
    let after = admin.get(&path).await.expect(200);
    assert!(after.text.contains("3MVG9other") && after.text.contains("Renamed"));
    assert!(!after.text.contains(secret));
    let mut auditor = hub.person(Who::Auditor).await;
    assert_eq!(auditor.audited("oauth_app.changed").await, 1);
    hub.stop().await;
}

// proves APR-8: what else is sensitive asks too, and members are refused before they are asked
#[tokio::test]
async fn what_is_sensitive_asks() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let mut member = hub.person(Who::Member).await;
    later(&hub);
    let app = format!("/admin/oauth-apps/{}", hub.app.id);
    let delete = format!("{app}/delete");
    let tries = [
        ("/admin/keys/rotate", vec![]),
        ("/admin/panic", vec![("confirm", "Northwind")]),
        (
            "/admin/webhooks",
            vec![("name", "A"), ("url", "https://hooks.example/x")],
        ),
        ("/settings/writes", vec![("writes", "off")]),
        (
            app.as_str(),
            vec![("name", "A"), ("client_id", "B"), ("enabled", "yes")],
        ),
        (delete.as_str(), vec![]),
    ];
    for (path, fields) in tries {
        let asked = admin.post(path, &fields).await.expect(403);
        assert!(asked.text.contains("Confirm that it is you"), "{path}");
        let refused = member.post(path, &fields).await.expect(403);
        assert!(!refused.text.contains("Confirm that it is you"), "{path}");
    }
    let mut auditor = hub.person(Who::Auditor).await;
    for action in [
        "keys.data_key_rotation_started",
        "organization.panic_ordered",
        "webhook.added",
        "organization.writes_switched",
        "oauth_app.changed",
        "oauth_app.deleted",
    ] {
        assert_eq!(auditor.audited(action).await, 0, "{action}");
    }
    hub.stop().await;
}

// proves APR-8, U7, U12: the page leads back to a page of this site only, and guesses are slowed down
#[tokio::test]
async fn the_page_leads_back_here_and_counts_guesses() {
    let hub = TestHub::start().await;
    let mut person = hub.person(Who::Member).await;
    let page = person.get("/step-up?next=//evil.example").await.expect(200);
    assert_eq!(page.hidden("next").as_deref(), Some("/"));
    let right = gatelodge_testkit::hub::PASSWORD;
    let fields = [("next", "//evil.example"), ("step_up_password", right)];
    let done = person.post("/step-up", &fields).await.expect(303);
    assert_eq!(done.header("location"), "/");
    later(&hub);
    let unproved = person.post("/step-up", &[("next", "/agents")]).await;
    unproved.expect(403);
    for _ in 0..10 {
        let guess = [("next", "/agents"), ("step_up_password", "a wrong guess")];
        person.post("/step-up", &guess).await.expect(401);
    }
    let fields = [("next", "/agents"), ("step_up_password", right)];
    person.post("/step-up", &fields).await.expect(429);
    hub.stop().await;
}

// proves APR-8: an enrolled passkey is a proof too; what it signed for one page is none for another person
#[tokio::test]
async fn a_passkey_is_a_proof() {
    let hub = TestHub::builder().named().start().await;
    let mut person = hub.person(Who::Member).await;
    let user = hub.hub().find_user(Who::Member.email()).await;
    let user = user.unwrap().unwrap();
    let holder = PasskeyHolder {
        organization: user.organization,
        user: user.id,
    };
    let store = store(&hub).await;
    let (code, _) = console(&hub, &store).allow(holder).await.unwrap();
    let origin = hub.url.origin().ascii_serialization();
    let mut passkey = SoftPasskey::new(&origin, "localhost");
    person
        .enrol(&mut passkey, "Laptop", &code)
        .await
        .expect(303);
    later(&hub);
    let typed = [("name", "Agent"), ("access", "read_only")];
    let asked = person.post("/agents", &typed).await.expect(403);
    let answer = passkey.get(&options(&asked));
    let state = asked.hidden("step_up_state").unwrap();
    let proof = [
        ("step_up_state", state.as_str()),
        ("step_up_answer", answer.as_str()),
    ];
    let mut other = hub.person(Who::SecondMember).await;
    later(&hub);
    let mut all = typed.to_vec();
    all.extend(proof);
    other.post("/agents", &all).await.expect(403);
    // five minutes later the question is over
    person.post("/agents", &all).await.expect(409);
    let asked = person.post("/agents", &typed).await.expect(403);
    let answer = passkey.get(&options(&asked));
    let state = asked.hidden("step_up_state").unwrap();
    let mut all = typed.to_vec();
    all.push(("step_up_state", state.as_str()));
    all.push(("step_up_answer", answer.as_str()));
    let made = person.post("/agents", &all).await.expect(200);
    assert!(made.text.contains("gla_"));
    hub.stop().await;
}
