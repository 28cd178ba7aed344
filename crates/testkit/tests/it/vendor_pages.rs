//! The pages of other vendors' practice servers in a real Chromium: pictures of each for people to look at, and what
//! a program can judge about them.

use gatelodge_practice::hubspot::{self, HubSpotApp, HubSpotOptions};
use gatelodge_practice::slack::{self, SlackApp, SlackOptions};
use gatelodge_testkit::judge::Judge;
use gatelodge_testkit::practice::{ADMIN, MARIA};
use gatelodge_testkit::surroundings;
use serde_json::json;
use url::Url;

const CALLBACK: &str = "http://localhost:3000/oauth/callback";

fn authorize(url: &str, path: &str, more: &[(&str, &str)]) -> String {
    let fixed = [("redirect_uri", CALLBACK), ("state", "x")];
    let parameters = fixed.iter().chain(more);
    let url = Url::parse_with_params(&format!("{url}{path}"), parameters);
    url.unwrap().to_string()
}

fn password(sign_ins: &[(String, String)], username: &str) -> String {
    let known = sign_ins.iter().find(|(known, _)| known == username);
    known.unwrap().1.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_practice_vendors_are_for_everyone() {
    let mut options = SlackOptions::new();
    options.apps = vec![SlackApp::new("11.22", "secret", "Reporting bot", CALLBACK)];
    let slack = slack::start(options).await.unwrap();
    slack.vendor().ask_for_approval(true);
    let mut options = HubSpotOptions::new();
    options.apps = vec![HubSpotApp::new("app", "secret", "Mail desk", CALLBACK)];
    let hubspot = hubspot::start(options).await.unwrap();

    let scopes = [
        ("client_id", "11.22"),
        ("scope", "chat:write,chat:write.public"),
        ("user_scope", "chat:write"),
    ];
    let mut pinned = scopes.to_vec();
    pinned.push(("team", "T01NORTHWIND"));
    let order = json!({
        "chromium": surroundings::chromium(),
        "pictures": surroundings::artifacts().join("pictures"),
        "vendors": [
            {
                "slug": "slack",
                "url": slack.url(),
                "authorize": authorize(slack.url(), "/oauth/v2/authorize", &scopes),
                "request": authorize(slack.url(), "/oauth/v2/authorize", &pinned),
                "username": MARIA,
                "password": password(&slack.sign_ins(), MARIA),
                "order": "Make a bot token",
            },
            {
                "slug": "hubspot",
                "url": hubspot.url(),
                "authorize": authorize(hubspot.url(), "/oauth/authorize", &[
                    ("client_id", "app"),
                    ("scope", "oauth crm.objects.contacts.read"),
                    ("optional_scope", "transactional-email"),
                ]),
                "username": ADMIN,
                "password": password(&hubspot.sign_ins(), ADMIN),
                "order": "Make a token that reads",
            },
        ],
    });
    let seen = Judge::node("browser/vendor_pages.mjs", &order)
        .await
        .report()
        .await;
    assert_eq!(
        seen["problems"],
        json!([]),
        "console, script, layout and axe-core are clean"
    );
    assert_eq!(seen["foreignRequests"], json!([]), "nobody else is asked");
    for (page, title) in [
        ("slack-sign-in", "Sign in to Slack"),
        (
            "slack-consent",
            "Reporting bot is requesting permission to access a workspace",
        ),
        (
            "slack-request",
            "Request to install Reporting bot in Northwind",
        ),
        ("slack-requested", "Request sent"),
        ("hubspot-sign-in", "Sign in to HubSpot"),
        ("hubspot-consent", "Connect Mail desk to HubSpot"),
        ("hubspot-start", "Northwind"),
    ] {
        assert_eq!(seen["titles"][page], title);
    }
    for (page, begin) in [
        ("slack-done", "Bot token: xoxb-"),
        ("hubspot-done", "Private app token: pat-na1-"),
    ] {
        let said = seen["titles"][page].as_str().unwrap();
        assert!(said.starts_with(begin), "{said}");
    }
    slack.shutdown().await;
    hubspot.shutdown().await;
}
