//! Testing a connection as its person, and asking why a tool cannot be used.

use gatelodge_testkit::browser::{Reply, unescape};
use gatelodge_testkit::hub::{Person, TestHub, Who};
use gatelodge_testkit::practice::{ADMIN, BEN, MARIA, RUTH};
use serde_json::{Value, json};

/// The verdicts of a finished test, by step.
fn verdicts(page: &Reply) -> Vec<(String, String)> {
    let text = unescape(&page.text);
    let rows = text.split("<li class=\"panel stack\"").skip(1);
    rows.map(|row| {
        let title = between(row, "<h2>", "</h2>");
        let words = ["Works", "Look at this", "Does not work", "Not tried"];
        let head = row.split("</div>").next().unwrap();
        let verdict = words.into_iter().find(|word| head.contains(word));
        (title, verdict.unwrap_or("none").to_owned())
    })
    .collect()
}

fn between(text: &str, start: &str, end: &str) -> String {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split(end).next().unwrap().to_owned()
}

async fn tested(hub: &TestHub, who: Who, user: &str) -> (Person, String, Reply) {
    let mut person = hub.person(who).await;
    let connection = person.connect(hub, user).await;
    let path = format!("/connections/{connection}/test");
    let before = person.get(&path).await.expect(200);
    assert!(before.text.contains("Run the test"), "{}", before.text);
    let page = person.post(&path, &[]).await.expect(200);
    (person, connection, page)
}

// the test uses the tools as the person, writes nothing, and every call is in the audit log
#[tokio::test]
async fn a_representative_user_tests_the_connection_and_nothing_is_written() {
    let hub = TestHub::start().await;
    let writes = |hub: &TestHub| {
        ["POST", "PATCH", "PUT", "DELETE"].map(|method| hub.requests(method, "/services/data/"))
    };
    let before = writes(&hub);
    let (mut maria, connection, page) = tested(&hub, Who::Member, MARIA).await;
    let found = verdicts(&page);
    assert_eq!(found.len(), 7, "{}", page.text);
    assert!(
        found.iter().all(|(_, verdict)| verdict == "Works"),
        "{found:?}"
    );
    let text = unescape(&page.text);
    assert!(text.contains("Gatelodge test, never sent"), "no preview");
    assert!(text.contains("ordinary rights"));
    assert_eq!(writes(&hub), before, "something was sent");
    let waiting = maria.get("/approvals").await.expect(200);
    assert!(waiting.text.contains("Nothing waits for you"));
    assert!(maria.audited("tool.called").await >= 6);
    assert_eq!(maria.audited("tool.previewed").await, 1);
    let connection = maria
        .get(&format!("/connections/{connection}"))
        .await
        .expect(200);
    assert!(connection.text.contains("/test\""));
    hub.stop().await;
}

// an administrator's account is told that it proves little; a reader that it changes nothing
#[tokio::test]
async fn verdicts_say_what_the_account_may() {
    let hub = TestHub::start().await;
    let (_, _, page) = tested(&hub, Who::Admin, ADMIN).await;
    let rights = verdicts(&page).into_iter().nth(5).unwrap();
    assert_eq!(rights.1, "Look at this", "{rights:?}");
    let text = unescape(&page.text);
    assert!(text.contains("may view and modify all data"), "{text}");
    assert!(text.contains("Test with a user like your users"));

    let (mut ruth, _, page) = tested(&hub, Who::Member, RUTH).await;
    let write = verdicts(&page).into_iter().last().unwrap();
    assert_ne!(write.1, "Works", "{write:?}");
    assert!(unescape(&page.text).contains("What to do"));
    let asked = "/cannot-use?tool=salesforce_update_record&kind=Account";
    let told = unescape(&ruth.get(asked).await.expect(200).text);
    assert!(
        told.contains("What is in the way: Does the item support it?"),
        "{told}"
    );
    assert!(told.contains("object permissions"));
    hub.stop().await;
}

// with script the steps come one by one; what a browser sends back is only ever an argument
#[tokio::test]
async fn steps_come_one_by_one() {
    let hub = TestHub::start().await;
    let mut ben = hub.person(Who::Member).await;
    let connection = ben.connect(&hub, BEN).await;
    let path = format!("/connections/{connection}/test");
    let url = ben.at(&path);
    let request = ben.browser.client().post(url.clone());
    let request = request
        .header("hx-request", "true")
        .header("origin", hub.url.origin().ascii_serialization());
    let mut reply = ben.browser.send(&url, request).await.expect(200);
    let mut steps = 0;
    while let Some((_, rest)) = reply.text.split_once("hx-vals=\"") {
        let values: Value =
            serde_json::from_str(&unescape(rest.split('"').next().unwrap())).unwrap();
        let fields = [
            ("step", values["step"].as_str().unwrap()),
            ("learned", values["learned"].as_str().unwrap()),
        ];
        reply = ben.post(&format!("{path}/step"), &fields).await.expect(200);
        steps += 1;
    }
    assert_eq!(steps, 7);
    for hostile in [
        json!({"object": "Account WHERE Id != null", "record": "x"}).to_string(),
        "not json".to_owned(),
        "[".repeat(5_000),
    ] {
        let fields = [("step", "query"), ("learned", hostile.as_str())];
        let reply = ben.post(&format!("{path}/step"), &fields).await.expect(200);
        let (_, verdict) = verdicts(&reply).into_iter().next().unwrap();
        assert_ne!(verdict, "none", "{}", reply.text);
    }
    let unknown = [("step", "nothing"), ("learned", "")];
    ben.post(&format!("{path}/step"), &unknown)
        .await
        .expect(404);
    let mut other = hub.person(Who::SecondMember).await;
    other.get(&path).await.expect(404);
    other.post(&path, &[]).await.expect(404);
    hub.stop().await;
}

// proves ADM-27: each question in its turn, the first that fails, and who must act
#[tokio::test]
async fn the_first_obstacle_is_named_with_who_must_act() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let mut admin = hub.person(Who::Admin).await;
    let asked = "/cannot-use?tool=salesforce_query&kind=Account";
    let told = unescape(&member.get(asked).await.expect(200).text);
    assert!(
        told.contains("What is in the way: Is the person connected?"),
        "{told}"
    );
    assert!(told.contains("Open Connections and connect Salesforce."));

    member.connect(&hub, MARIA).await;
    let well = unescape(&member.get(asked).await.expect(200).text);
    assert!(
        well.contains("Nothing was found that is in the way."),
        "{well}"
    );
    let missing = unescape(
        &member
            .get("/cannot-use?tool=salesforce_query&kind=Nowhere__c")
            .await
            .expect(200)
            .text,
    );
    assert!(
        missing.contains("What is in the way: Is the item there for them?"),
        "{missing}"
    );

    // an administrator asks for anybody, with nobody's access; a member for nobody else
    let about = format!("{asked}&person={}", Who::Member.email());
    let calls = hub.requests("GET", "/services/data/");
    let told = unescape(&admin.get(&about).await.expect(200).text);
    assert!(told.contains("nobody else's access is used"), "{told}");
    assert_eq!(hub.requests("GET", "/services/data/"), calls);
    let mut second = hub.person(Who::SecondMember).await;
    second.get(&about).await.expect(403);
    let mut stranger = hub.person(Who::Stranger).await;
    stranger.get(&about).await.expect(404);

    admin
        .post("/settings/writes", &[("writes", "off")])
        .await
        .expect(303);
    let write = "/cannot-use?tool=salesforce_update_record&kind=Account";
    let told = unescape(&member.get(write).await.expect(200).text);
    assert!(
        told.contains("What is in the way: Is the tool offered here?"),
        "{told}"
    );
    assert!(told.contains("administrator of your organization") || told.contains("dministrator"));
    hub.stop().await;
}

// proves ADM-27: rules, test groups and switches of the organization are found too
#[tokio::test]
async fn what_the_organization_sets_is_in_the_way_first() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    member.connect(&hub, MARIA).await;
    let mut admin = hub.person(Who::Admin).await;
    let asked = "/cannot-use?tool=salesforce_query&kind=Account";
    let rule = [
        ("name", "No accounts"),
        ("decision", "deny"),
        ("effect", "any"),
        ("objects", "Account"),
    ];
    admin.post("/admin/policy/new", &rule).await.expect(303);
    let told = unescape(&member.get(asked).await.expect(200).text);
    assert!(
        told.contains("What is in the way: Is the tool offered here?"),
        "{told}"
    );
    assert!(told.contains("No accounts") && told.contains("Admin > Policy"));
    let other = "/cannot-use?tool=salesforce_query&kind=Contact";
    let told = unescape(&member.get(other).await.expect(200).text);
    assert!(told.contains("Nothing was found that is in the way."));

    let group = hub.group("Testers", 0, &[Who::SecondMember]).await;
    let limit = [("provider", "salesforce"), ("group", group.as_str())];
    admin.post("/admin/rollout/limit", &limit).await.expect(303);
    let told = unescape(&member.get(other).await.expect(200).text);
    assert!(
        told.contains("What is in the way: Is the provider switched on?")
            && told.contains("test group"),
        "{told}"
    );
    let off = [("on", "no")];
    admin
        .post("/admin/providers/salesforce/switch", &off)
        .await
        .expect(303);
    let told = unescape(&member.get(other).await.expect(200).text);
    assert!(told.contains("Salesforce is switched off"), "{told}");
    hub.stop().await;
}

// proves ADM-18, ADM-22, ADM-24, ADM-24a, ADM-25, ADM-25a, OBS-1, SEC-2
#[tokio::test]
async fn what_is_told_of_a_provider_is_linked_from_its_connections() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let id = member.connect(&hub, MARIA).await;
    let connection = member.get(&format!("/connections/{id}")).await.expect(200);
    let text = unescape(&connection.text);
    for words in [
        "href=\"/providers/salesforce\"",
        "Connected Apps OAuth Usage",
        "Login History",
        "Personal Information > Connections > Revoke",
    ] {
        assert!(text.contains(words), "{words}");
    }
    let provider = member.get("/providers/salesforce").await.expect(200);
    let text = unescape(&provider.text);
    for words in [
        "Records, files and the schema",
        "refresh_token",
        "salesforce_query",
        "in the region of that org's instance",
        "*.my.salesforce.com",
        "permission API Enabled",
        "Connected Apps OAuth Usage",
        "href=\"/help/security\"",
        "href=\"/help/single-sign-on\"",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert!(!text.contains("/guide"), "the guide is for administrators");
    let summary = unescape(&member.get("/providers").await.expect(200).text);
    assert!(summary.contains("each after a person approved the exact change"));
    member.get("/providers/unknown").await.expect(404);
    let security = member.get("/help/security").await.expect(200);
    assert!(security.text.contains("An agent cannot approve."));
    let sign_on = unescape(&member.get("/help/single-sign-on").await.expect(200).text);
    assert!(sign_on.contains("does not exist yet"));
    member.get("/help/unknown").await.expect(404);
    hub.stop().await;
}

// proves ADM-23, ADM-23a: only what enabled providers need is marked, and the list is a file
#[tokio::test]
async fn only_destinations_of_providers_in_use_are_needed() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let list = admin.get("/admin/way-out/list.csv").await.expect(200);
    assert!(list.header("content-type").starts_with("text/csv"));
    assert!(list.header("content-disposition").contains("attachment"));
    let line = |list: &Reply| {
        let mut lines = list.text.lines();
        lines
            .find(|line| line.contains("*.my.salesforce.com"))
            .unwrap()
            .to_owned()
    };
    assert!(line(&list).contains(",yes,"), "{}", list.text);
    // an organization without an enabled app needs none of them
    let mut stranger = hub.person(Who::Stranger).await;
    let theirs = stranger.get("/admin/way-out/list.csv").await.expect(200);
    assert!(line(&theirs).contains(",no,"), "{}", theirs.text);
    let page = stranger.get("/admin/way-out").await.expect(200);
    let text = unescape(&page.text);
    assert!(text.contains("Not in use") && text.contains("Where it comes from"));
    let copy = between(&text, "<pre tabindex=\"0\">", "</pre>");
    assert!(!copy.contains("salesforce.com"), "{copy}");
    hub.person(Who::Member)
        .await
        .get("/admin/way-out/list.csv")
        .await
        .expect(403);
    hub.stop().await;
}
