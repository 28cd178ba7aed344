//! The clients of other vendors, which the vendors wrote themselves, against those vendors' practice servers.

use chrono::TimeDelta;
use gatelodge_practice::hubspot::{self, HubSpotApp, HubSpotOptions};
use gatelodge_practice::slack::{self, RunningSlack, SlackApp, SlackOptions};
use gatelodge_practice::vendor::Allowance;
use gatelodge_testkit::judge::{Judge, Word};
use gatelodge_testkit::practice::{ADMIN, Decision, MARIA, Visitor};
use serde_json::{Value, json};
use url::Url;

const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// Runs a script with a person who allows what it asks for; `obey` carries out what it says meanwhile.
async fn judged(
    script: &str,
    order: &Value,
    username: &str,
    sign_ins: &[(String, String)],
    obey: impl Fn(&Value),
) -> Value {
    let url: Url = order["url"].as_str().unwrap().parse().unwrap();
    let mut visitor = Visitor::at(url);
    let known = sign_ins.iter().find(|(known, _)| known == username);
    let password = &known.unwrap().1;
    let mut judge = Judge::node(script, order).await;
    loop {
        match judge.next().await {
            Word::Open(address) => {
                let back = visitor
                    .follow(&address, username, password, Decision::Allow)
                    .await;
                judge.came_to(&back).await;
            }
            Word::Says(said) => {
                obey(&said);
                judge.say(&json!(true)).await;
            }
            Word::Report(report) => return report,
        }
    }
}

async fn slack_with(app: SlackApp) -> RunningSlack {
    let mut options = SlackOptions::new();
    options.apps = vec![app];
    // enough for the story, and reached by a burst; a client that is told to wait waits seconds, not minutes
    options.posts_per_channel = Allowance {
        requests: 5,
        window: TimeDelta::seconds(2),
    };
    slack::start(options).await.unwrap()
}

async fn slack_story(rotation: bool) -> Value {
    let app = SlackApp::new("1111.2222", "slack-judge-secret", "Judge", CALLBACK);
    let running = slack_with(if rotation { app.rotating() } else { app }).await;
    let vendor = running.vendor();
    let order = json!({
        "url": running.url(),
        "clientId": "1111.2222",
        "clientSecret": "slack-judge-secret",
        "redirectUri": CALLBACK,
        "rotation": rotation,
        "channel": vendor.channel("general").unwrap(),
        "archived": vendor.channel("project-2019").unwrap(),
    });
    let sign_ins = running.sign_ins();
    let report = judged("slack.mjs", &order, MARIA, &sign_ins, |said| {
        if let Some(bot) = said["invite"].as_str() {
            vendor.invite(bot, "general").unwrap();
        }
        if let Some(scope) = said["withhold"].as_str() {
            vendor.withhold_scopes(&[scope]);
        }
    })
    .await;
    // what the client believes it posted is what arrived: first, reply, direct, second, the burst, the one that waited
    let burst = report["limits"]["posted"].as_u64().unwrap() - 1;
    let arrived = vendor.messages().len() as u64;
    assert_eq!(arrived, 4 + burst + 1, "{report}");
    running.shutdown().await;
    report
}

// Slack's own client connects, posts, reads and meets the limits and errors of the practice Slack
#[tokio::test]
async fn the_client_of_slack_works() {
    let report = slack_story(false).await;
    assert_eq!(report["identity"]["team"], "Northwind");
    assert_eq!(report["identity"]["person"], "maria.lopez");
    assert_eq!(report["revoked"], true);
}

// With rotation, bot and person have pairs that turn apart
#[tokio::test]
async fn the_client_of_slack_works_with_rotation() {
    let report = slack_story(true).await;
    assert_eq!(report["rotated"], true, "{report}");
}

// HubSpot's own client connects, reads and searches contacts, sends a mail once, and meets the limits
#[tokio::test]
async fn the_client_of_hubspot_works() {
    let app = HubSpotApp::new("judge-client", "hubspot-judge-secret", "Judge", CALLBACK);
    let mut options = HubSpotOptions::new();
    options.apps = vec![app];
    // the client knows only the first version of the token address
    options.old_token_works = true;
    options.searches.requests = 2;
    options.burst.requests = 60;
    let running = hubspot::start(options).await.unwrap();
    let vendor = running.vendor();
    let order = json!({
        "url": running.url(),
        "clientId": "judge-client",
        "clientSecret": "hubspot-judge-secret",
        "redirectUri": CALLBACK,
    });
    let sign_ins = running.sign_ins();
    let report = judged("hubspot.mjs", &order, ADMIN, &sign_ins, |said| {
        if let Some(scope) = said["withhold"].as_str() {
            vendor.withhold_scopes(&[scope]);
        }
        if said["expire"] == true {
            vendor.expire_access_tokens();
        }
    })
    .await;
    assert_eq!(report["contacts"], 120, "{report}");
    assert_eq!(report["identity"]["user"], ADMIN);
    assert_eq!(vendor.mails().len(), 1);
    assert_eq!(vendor.attempts().len(), 2);
    assert!(vendor.written_contacts().is_empty());
    running.shutdown().await;
}
