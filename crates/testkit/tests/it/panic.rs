//! Panic: an administrator ends every connection of the organization, sees what became of each, and asks again where
//! the provider did not confirm.

use gatelodge_testkit::browser::{Reply, unescape};
use gatelodge_testkit::hub::{PASSWORD, Person, TestHub, Who};
use gatelodge_testkit::judge::Judge;
use gatelodge_testkit::practice::{BEN, MARIA, RUTH};
use gatelodge_testkit::surroundings;
use serde_json::{Value, json};

const REVOKE: &str = "/services/oauth2/revoke";

/// Three people of the organization, connected.
async fn connected() -> (TestHub, [String; 3]) {
    let hub = TestHub::start().await;
    let mut ids = Vec::new();
    for (who, user) in [
        (Who::Member, MARIA),
        (Who::SecondMember, BEN),
        (Who::Owner, RUTH),
    ] {
        ids.push(hub.person(who).await.connect(&hub, user).await);
    }
    assert_eq!(grants(&hub), 3);
    (hub, ids.try_into().unwrap())
}

fn grants(hub: &TestHub) -> usize {
    hub.practice.running().practice().oauth.grant_count()
}

/// The next revocation is not confirmed.
async fn one_fails(hub: &TestHub) {
    let fault = json!({ "path_prefix": REVOKE, "status": 503, "times": 1 });
    hub.practice.admin("faults", &fault).await;
}

/// The page, once each connection was tried.
async fn ended(person: &mut Person) -> Reply {
    loop {
        let progress = person.get("/admin/panic/progress").await.expect(200);
        if progress.header("hx-refresh") == "true" {
            return person.get("/admin/panic").await.expect(200);
        }
        assert!(progress.text.contains("of 3 tried"), "{}", progress.text);
    }
}

// proves O17, CRED-5, T8: typed wrongly nothing happens; typed right every grant ends, each with its result; what a
// provider did not confirm is asked again at once when somebody wants it; all of it is audited
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_ends_every_connection_and_asks_again() {
    let (hub, ids) = connected().await;
    let mut admin = hub.person(Who::Admin).await;
    let page = admin.get("/admin/panic").await.expect(200);
    assert!(page.text.contains("All connections"), "{}", page.text);

    for (provider, confirm) in [("", "northwind"), ("", ""), ("salesforce", "Northwind")] {
        let fields = [("provider", provider), ("confirm", confirm)];
        let refused = admin.post("/admin/panic", &fields).await.expect(400);
        assert!(refused.text.contains("Nothing was changed"));
    }
    let unknown = [("provider", "nobody"), ("confirm", "nobody")];
    admin.post("/admin/panic", &unknown).await.expect(404);
    let mut auditor = hub.person(Who::Auditor).await;
    let right = [("provider", ""), ("confirm", "Northwind")];
    auditor.post("/admin/panic", &right).await.expect(403);
    assert_eq!((grants(&hub), hub.requests("POST", REVOKE)), (3, 0));
    assert_eq!(admin.audited("organization.panic_ordered").await, 0);

    one_fails(&hub).await;
    admin.post("/admin/panic", &right).await.expect(303);
    let page = ended(&mut admin).await;
    assert_eq!(hub.requests("POST", REVOKE), 3);
    assert_eq!(grants(&hub), 1, "one provider did not confirm");
    let text = unescape(&page.text);
    for words in [
        "3 of 3 tried",
        "2 confirmed",
        "HTTP 503",
        "Not confirmed",
        "Ask again now",
        "Nothing to end",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    let open = ids
        .iter()
        .find(|id| text.contains(&format!("/admin/panic/{id}/again")))
        .expect("one can be asked for again");

    let again = format!("/admin/panic/{open}/again");
    let mut stranger = hub.person(Who::Stranger).await;
    stranger.post(&again, &[]).await.expect(404);
    one_fails(&hub).await;
    let still = follow(&mut admin, &again).await;
    assert!(still.contains("has still not confirmed") && still.contains("Ask again now"));
    let done = follow(&mut admin, &again).await;
    assert!(done.contains("Ended, and its provider knows"), "{done}");
    assert!(done.contains("3 confirmed") && !done.contains("Ask again now"));
    assert_eq!(grants(&hub), 0);
    for (action, count) in [
        ("organization.panic_ordered", 1),
        ("organization.panic_ended", 1),
        ("connection.disconnected", 3),
        ("connection.revocation_confirmed", 1),
    ] {
        assert_eq!(admin.audited(action).await, count, "{action}");
    }
    hub.stop().await;
}

/// Sends a form and reads the page that it leads to.
async fn follow(person: &mut Person, form: &str) -> String {
    let reply = person.post(form, &[]).await.expect(303);
    let page = person.browser.get(&reply.location().unwrap()).await;
    unescape(&page.expect(200).text)
}

// proves O17, U1: by clicks in a browser, with results that appear by themselves
#[tokio::test(flavor = "multi_thread")]
async fn connections_are_ended_by_clicks() {
    let (hub, _) = connected().await;
    one_fails(&hub).await;
    let order = json!({
        "hub": hub.url,
        "email": Who::Owner.email(),
        "password": PASSWORD,
        "organization": "Northwind",
        "chromium": surroundings::chromium(),
        "pictures": surroundings::artifacts().join("pictures"),
    });
    let seen: Value = Judge::node("browser/panic.mjs", &order)
        .await
        .report()
        .await;
    assert_eq!(
        seen["problems"],
        json!([]),
        "console, script, layout and axe-core are clean"
    );
    let said = |name: &str| seen[name].as_str().unwrap().to_owned();
    assert!(said("refused").contains("Nothing was changed"));
    assert!(
        said("result").contains("3 of 3 tried"),
        "{}",
        said("result")
    );
    assert!(said("result").contains("HTTP 503"), "{}", said("result"));
    assert!(said("after").contains("3 confirmed"), "{}", said("after"));
    assert_eq!(grants(&hub), 0);
    hub.stop().await;
}
