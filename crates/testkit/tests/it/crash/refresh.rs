//! The hub is killed around the refresh of a token: the connection works after the next start, or says what to do.

use std::time::Duration;

use gatelodge_testkit::browser;
use gatelodge_testkit::chance::Chance;
use gatelodge_testkit::decider::{Decider, RestAgent};
use gatelodge_testkit::ledger::Ledger;
use gatelodge_testkit::practice::{admin, registered_app};
use gatelodge_testkit::process::Process;
use serde_json::{Value, json};
use url::Url;

const KILLS: usize = 24;
const KILLS_WHILE_REFRESHING: usize = 10;
const MOST_KILLS: usize = 80;
/// How long the token endpoint takes, in turns before and after its work.
const SLOWNESS: u64 = 120;
/// The hub is killed within this time after a call that needs a refresh.
const LIFE: Duration = Duration::from_millis(350);

/// How the first call after a restart ended.
#[derive(Debug, Default)]
struct Counts {
    kills: usize,
    while_refreshing: usize,
    works: usize,
    says_what_to_do: usize,
}

// proves CRED-3, R2: a refresh token that stays valid survives every kill
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_static_refresh_token_survives_kills_around_its_refresh() {
    let mut chance = Chance::new();
    println!("GATELODGE_TEST_SEED={}", chance.seed());
    let counts = kill_around_refreshes(false, &mut chance).await;
    println!("static: {counts:?}");
    assert_eq!(counts.works, counts.kills, "{counts:?}");
}

// proves CRED-3, R2, CON-12: where each refresh uses its token up, a lost answer is told, and reconnecting mends it
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotating_refresh_token_works_or_says_what_to_do_after_kills() {
    let mut chance = Chance::new();
    println!("GATELODGE_TEST_SEED={}", chance.seed());
    let counts = kill_around_refreshes(true, &mut chance).await;
    println!("rotating: {counts:?}");
    // those that neither work nor say what to do ended the test before
    assert!(counts.works > 0, "{counts:?}");
}

async fn kill_around_refreshes(rotating: bool, chance: &mut Chance) -> Counts {
    let place = gatelodge_testkit::evidence::folder();
    let folder = |name: &str| place.path().join(name);
    let practice = Process::practice(&folder("practice"), &folder("practice.log")).await;
    let org: Url = practice.ready["practice_org"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut hub = Process::demo_with(&folder("hub"), &folder("hub.log"), &org).await;
    let ready = hub.ready.clone();
    let agent = RestAgent::new(
        ready["rest"].as_str().unwrap(),
        ready["agent_token"].as_str().unwrap(),
    );
    let person = Decider::first_of(&ready).await;
    let ledger = Ledger::of_folder(&folder("hub"));
    let client = browser::client(None);
    if rotating {
        let mut app = registered_app(&folder("practice"));
        app["rotate_refresh_tokens"] = true.into();
        admin(&client, &org, "apps", &app).await;
    }
    let connection = agent.result("gatelodge_list_connections", &json!({})).await;
    let connection = connection["connections"][0]["id"]
        .as_str()
        .expect("a connection")
        .to_owned();
    let user = &ready["practice_users"][0];

    let mut counts = Counts::default();
    while counts.kills < KILLS || counts.while_refreshing < KILLS_WHILE_REFRESHING {
        assert!(counts.kills < MOST_KILLS, "{counts:?}");
        admin(&client, &org, "expire-access-tokens", &json!({})).await;
        let wait = if chance.below(2) == 0 {
            "delay_ms"
        } else {
            "answer_delay_ms"
        };
        let fault = json!({ "path_prefix": "/services/oauth2/token", "times": 1, wait: SLOWNESS });
        admin(&client, &org, "faults", &fault).await;
        let asking = {
            let agent = agent.clone();
            tokio::spawn(async move { query(&agent).await.is_some() })
        };
        // the moment of the kill is what chance decides here; nothing waits for anything
        tokio::time::sleep(chance.moment(LIFE)).await;
        hub.kill().await;
        counts.kills += 1;
        counts.while_refreshing += usize::from(ledger.open_refreshes().await > 0);
        asking.await.unwrap();
        let url = org.join("/practice/admin/faults").unwrap();
        browser::read(&url, client.delete(url.clone()))
            .await
            .expect(200);
        hub.restart().await;

        let (status, body) = query(&agent).await.expect("nobody kills the hub now");
        if status == 200 {
            counts.works += 1;
            continue;
        }
        assert_eq!(body["code"], "reconnect_needed", "{status} {body}");
        assert!(
            body["hint"]
                .as_str()
                .is_some_and(|hint| hint.contains("Reconnect")),
            "{body}"
        );
        counts.says_what_to_do += 1;
        let (username, password) = (
            user["username"].as_str().unwrap(),
            user["password"].as_str().unwrap(),
        );
        person
            .reconnect(&connection, &org, username, password)
            .await;
        let (status, body) = query(&agent).await.expect("nobody kills the hub now");
        assert_eq!(status, 200, "after reconnecting: {body}");
    }
    assert!(hub.stop().await.success());
    assert!(practice.stop().await.success());
    counts
}

async fn query(agent: &RestAgent) -> Option<(u16, Value)> {
    agent
        .call(
            "salesforce_query",
            &json!({ "soql": "SELECT Id FROM Account LIMIT 1" }),
        )
        .await
        .ok()
}
