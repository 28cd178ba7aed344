//! The budget of a connection, through the doors: agents read where it stands, a hold is told once to whoever must
//! act, and an administrator lets it go on.

use gatelodge_model::Clock;
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::clock::to_the_next_hour;
use gatelodge_testkit::hub::{TestHub, Who};
use gatelodge_testkit::judge::{Judge, Word};
use gatelodge_testkit::practice::MARIA;
use serde_json::{Value, json};
use url::Url;

/// Records that may leave in an hour.
const ROWS: u64 = 20;

async fn budget(agent: &gatelodge_testkit::hub::Agent, connection: &str) -> Value {
    let path = format!("/api/v1/connections/{connection}/budget");
    agent.get(&path).await.expect(200).json()
}

fn rows(budget: &Value) -> (u64, u64) {
    let uses = budget["uses"].as_array().unwrap();
    let found = uses.iter().find(|used| used["measure"] == "rows").unwrap();
    (
        found["used"].as_u64().unwrap(),
        found["limit"].as_u64().unwrap(),
    )
}

// proves P13, S9, R18: what is set and used is read over REST by the agent of its person alone; a hold is told once by
// page, mail and webhook to its owner and to administrators; an administrator lifts it, audited, nobody else does
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story from the first record on")]
async fn a_hold_is_told_once_and_lifted_by_an_administrator() {
    let mut judge = Judge::python("told.py", &json!({}), std::path::Path::new("")).await;
    let Word::Says(ports) = judge.next().await else {
        panic!("the receivers say where they are");
    };
    let port = |name: &str| u16::try_from(ports[name].as_u64().unwrap()).unwrap();
    let (smtp, http) = (port("smtp"), port("http"));
    let receiver: Url = format!("http://127.0.0.1:{http}").parse().unwrap();
    let address = receiver.join("/hook/holds").unwrap();
    let hub = TestHub::builder()
        .configure(move |config| {
            config.budget.rows = ROWS;
            config.budget.releases = 1;
            config.egress.practice_receivers = vec![receiver];
            config.mail.host = "127.0.0.1".to_owned();
            config.mail.port = smtp;
            config.mail.security = gatelodge_server::config::MailProtection::None;
            config.mail.from = "Gatelodge <gatelodge@northwind.example>".to_owned();
        })
        .start()
        .await;
    // No hour ends meanwhile; and whoever checks signatures takes none from more than five minutes ahead.
    let left = to_the_next_hour(Clock::now(hub.clock.as_ref()));
    if left < chrono::TimeDelta::minutes(4) {
        hub.clock.advance(left);
    }
    let mut admin = hub.person(Who::Admin).await;
    let fields = [("name", "On call"), ("url", address.as_str())];
    let made = admin.post("/admin/webhooks", &fields).await.expect(200);
    let page = unescape(&made.text);
    let start = page.find("whsec_").expect("the secret is shown");
    let secret = page[start..].split(['<', '"', ' ']).next().unwrap();
    gatelodge_testkit::evidence::secret("webhook secret", secret);

    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let list: Value = agent.get("/api/v1/connections").await.expect(200).json();
    let connection = list["connections"][0]["id"].as_str().unwrap().to_owned();
    let before = budget(&agent, &connection).await;
    assert_eq!(before["state"], "within", "{before}");
    assert_eq!(rows(&before), (0, ROWS), "{before}");

    let contacts = |count: u32| json!({ "soql": format!("SELECT Id FROM Contact LIMIT {count}") });
    agent.result("salesforce_query", contacts(12)).await;
    let within = budget(&agent, &connection).await;
    assert_eq!(rows(&within), (12, ROWS), "{within}");
    let refused = agent.rest("salesforce_query", &contacts(12)).await;
    assert_eq!(
        refused.clone().expect(429).json()["code"],
        "budget_exceeded"
    );
    let held = budget(&agent, &connection).await;
    assert_eq!(held["state"], "held", "{held}");
    assert_eq!(held["releases"], 0, "{held}");

    // somebody else's agent, a stranger's and nobody's see nothing of it
    let path = format!("/api/v1/connections/{connection}/budget");
    for who in [Who::SecondMember, Who::Admin, Who::Stranger] {
        let mut other = hub.person(who).await;
        let access = gatelodge_model::AgentAccess::ReadAndPropose;
        let other = hub.agent_of(&mut other, access).await;
        other.get(&path).await.expect(404);
    }
    hub.anonymous().get(&path).await.expect(401);
    agent
        .get("/api/v1/connections/none/budget")
        .await
        .expect(404);

    // told once, however often anybody looks and whoever reads in vain
    for _ in 0..3 {
        agent
            .rest("salesforce_query", &contacts(1))
            .await
            .expect(429);
        hub.hub().note_budget_alerts().await.unwrap();
        hub.hub().deliver_due_messages().await.unwrap();
    }
    // the receiver refuses the first delivery
    hub.clock.advance(chrono::TimeDelta::seconds(6));
    hub.hub().deliver_due_messages().await.unwrap();
    let order = json!({ "secret": secret, "mails": 3, "webhooks": 2 });
    judge.say(&order).await;
    let report = judge.report().await;
    let mails = report["mails"].as_array().unwrap();
    let mut told: Vec<&str> = mails
        .iter()
        .map(|mail| mail["to"][0].as_str().unwrap())
        .collect();
    // at least once: an answer that came too late has a message repeated
    told.sort_unstable();
    told.dedup();
    let expected = [Who::Admin, Who::Member, Who::Owner].map(Who::email);
    assert_eq!(told, expected, "{report}");
    for mail in mails {
        let text = mail["text"].as_str().unwrap();
        assert!(
            text.contains(&connection) && text.contains("rows"),
            "{text}"
        );
    }
    let hooks = report["webhooks"].as_array().unwrap();
    assert!(hooks.len() >= 2, "{report}");
    for hook in hooks {
        assert_eq!(hook["id"], hooks[0]["id"], "one event: {report}");
        assert_eq!(hook["payload"]["type"], "budget.held", "{report}");
        assert_eq!(hook["verified"], json!(true), "{report}");
    }
    for person in [&mut member, &mut admin] {
        let notices = person.get("/notices").await.expect(200).text;
        let count = notices.matches("A connection is held").count();
        assert_eq!(count, 1, "{notices}");
    }

    // its own person cannot lift the hold, nor can an auditor; an administrator can, once a day here
    let fields = [("connection", connection.as_str())];
    let mut auditor = hub.person(Who::Auditor).await;
    for person in [&mut member, &mut auditor] {
        let path = "/admin/way-out/release";
        person.post(path, &fields).await.expect(403);
    }
    assert_eq!(budget(&agent, &connection).await["state"], "held");
    admin
        .post("/admin/way-out/release", &fields)
        .await
        .expect(303);
    let lifted = budget(&agent, &connection).await;
    assert_eq!(lifted["releases"], 1, "{lifted}");
    assert_eq!(rows(&lifted).1, 2 * ROWS, "{lifted}");
    agent.result("salesforce_query", contacts(5)).await;
    let audit = hub.person(Who::Owner).await.get("/audit").await.expect(200);
    for action in ["connection.budget_held", "connection.budget_released"] {
        let count = audit.text.matches(action).count();
        assert!(count >= 1, "{action}: {}", audit.text);
    }
    // held again in the same hour is something new, and told
    agent
        .rest("salesforce_query", &contacts(40))
        .await
        .expect(429);
    hub.hub().note_budget_alerts().await.unwrap();
    let notices = member.get("/notices").await.expect(200).text;
    assert_eq!(notices.matches("A connection is held").count(), 2);
    admin
        .post("/admin/way-out/release", &fields)
        .await
        .expect(403);
    hub.stop().await;
}
