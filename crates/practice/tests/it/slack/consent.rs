//! The authorize address, its pages, and what comes back to the app.

use reqwest::StatusCode;

use super::{CALLBACK, is_ok, slack};
use crate::support::location;
use crate::visitor::{ADMIN, BEN, MARIA, parameters};

#[tokio::test]
async fn a_person_signs_in_sees_both_kinds_of_scopes_and_allows() {
    let mut slack = slack().await;
    let url = slack.authorize_url("chat:write,chat:write.public", "chat:write");
    let (flow, page) = slack.visitor.reach(&url, BEN).await;
    assert!(page.contains("Test app is requesting permission to access the Northwind workspace"));
    assert!(page.contains("What will Test app be able to do on your behalf?"));
    assert!(page.contains("Send messages to channels it"));
    assert!(page.contains("Practice Slack") && page.contains(BEN));
    let response = slack.visitor.decide(&flow, &[("decision", "allow")]).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
    let back = location(&response);
    assert!(back.starts_with(CALLBACK));
    let back = parameters(&back);
    assert_eq!(back["state"], "the state");
    let answer = slack.exchange(&back["code"], &[]).await;
    assert!(is_ok(&answer), "{answer}");
    // the decision was made; a second one finds nothing
    let again = slack.visitor.decide(&flow, &[("decision", "allow")]).await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    // who is signed in is not asked for the password again
    let next = location(&slack.visitor.get(&url).await);
    assert_eq!(slack.visitor.get(&next).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_password_and_cancel_lead_nowhere() {
    let mut slack = slack().await;
    let url = slack.authorize_url("chat:write", "");
    let next = location(&slack.visitor.get(&url).await);
    let flow = crate::support::flow_of(&next);
    let form = [
        ("flow", flow.as_str()),
        ("username", MARIA),
        ("password", "x"),
    ];
    let response = slack.visitor.post("/login", &form).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let blind = slack.visitor.decide(&flow, &[("decision", "allow")]).await;
    assert!(location(&blind).starts_with("/login"));
    let back = slack.visitor.come_back(&url, MARIA, "deny").await;
    assert_eq!(back["error"], "access_denied");
    assert_eq!(back["state"], "the state");
}

#[tokio::test]
async fn somebody_of_two_workspaces_picks_one() {
    let mut slack = slack().await;
    let url = slack.authorize_url("chat:write", "");
    let (flow, page) = slack.visitor.reach(&url, MARIA).await;
    assert!(page.contains("Northwind Labs") && page.contains("name=\"team\""));
    let form = [("decision", "allow"), ("team", "T02LABS")];
    let back = parameters(&location(&slack.visitor.decide(&flow, &form).await));
    let answer = slack.exchange(&back["code"], &[]).await;
    assert_eq!(answer["team"]["id"], "T02LABS");
    // `team` pins the workspace, and a stranger to it gets no further
    let pinned = format!("{url}&team=T02LABS");
    let (_, page) = slack.visitor.reach(&pinned, MARIA).await;
    assert!(!page.contains("name=\"team\""));
    let mut ben = crate::visitor::Visitor::at(slack.running.url());
    let (_, page) = ben.reach(&pinned, BEN).await;
    assert!(page.contains("You are not a member of the workspace"));
}

#[tokio::test]
async fn what_makes_no_sense_is_told_to_the_person_and_not_sent_back() {
    let mut slack = slack().await;
    let good = slack.authorize_url("chat:write", "");
    for (from, to, word) in [
        ("client_id=1111.2222", "client_id=9.9", "invalid_client_id"),
        ("hub.example", "evil.example", "bad_redirect_uri"),
        ("scope=chat", "scope=mail", "invalid_scope"),
        ("scope=chat%3Awrite", "scope=", "invalid_scope"),
        (
            "user_scope=",
            "user_scope=chat%3Awrite.public",
            "invalid_scope",
        ),
    ] {
        assert!(good.contains(from), "{good}");
        let bad = good.replacen(from, to, 1);
        let page = slack.visitor.get(&bad).await.text().await.unwrap();
        assert!(page.contains(&format!("error={word}")), "{bad}: {page}");
    }
}

#[tokio::test]
async fn a_workspace_that_approves_apps_lets_only_administrators_install() {
    let mut slack = slack().await;
    let vendor = slack.running.vendor().clone();
    vendor.ask_for_approval(true);
    let url = slack.authorize_url("chat:write", "");
    let (flow, page) = slack.visitor.reach(&url, BEN).await;
    assert!(page.contains("Request to install Test app in Northwind"));
    assert!(!page.contains("value=\"allow\""));
    // pressing the button that is not there changes nothing
    let forced = slack.visitor.decide(&flow, &[("decision", "allow")]).await;
    let again = location(&forced);
    assert!(again.starts_with("/consent"));
    let flow = crate::support::flow_of(&again);
    let sent = slack
        .visitor
        .decide(&flow, &[("decision", "request")])
        .await;
    assert!(sent.text().await.unwrap().contains("Request sent"));

    let mut admin = crate::visitor::Visitor::at(slack.running.url());
    let pinned = format!("{url}&team=T01NORTHWIND");
    assert!(
        admin
            .come_back(&pinned, ADMIN, "allow")
            .await
            .contains_key("code")
    );

    vendor.judge_app(super::CLIENT_ID, true);
    let back = slack.visitor.come_back(&url, BEN, "allow").await;
    assert!(back.contains_key("code"));
    vendor.judge_app(super::CLIENT_ID, false);
    let (flow, page) = slack.visitor.reach(&url, BEN).await;
    assert!(page.contains("is restricted in Northwind"));
    let response = slack.visitor.decide(&flow, &[("decision", "deny")]).await;
    assert_eq!(parameters(&location(&response))["error"], "access_denied");
}

#[tokio::test]
async fn the_start_page_shows_people_and_obeys_orders() {
    let mut slack = slack().await;
    let page = slack.visitor.get("/").await.text().await.unwrap();
    assert!(page.contains("practice-maria.lopez") && page.contains(super::CLIENT_ID));
    let guard = page.split("name=\"guard\" value=\"").nth(1).unwrap();
    let guard = guard.split('"').next().unwrap();
    let form = [("guard", guard), ("client_id", super::CLIENT_ID)];
    let made = slack
        .visitor
        .post("/practice/orders/make_bot_token", &form)
        .await;
    let page = made.text().await.unwrap();
    assert!(page.contains("Bot token: xoxb-"), "{page}");
    assert!(slack.running.vendor().grants()[0].alive);
    let form = [("guard", guard), ("grant", "0")];
    slack
        .visitor
        .post("/practice/orders/revoke_grant", &form)
        .await;
    assert!(!slack.running.vendor().grants()[0].alive);
    let form = [("guard", "other"), ("client_id", super::CLIENT_ID)];
    let page = slack
        .visitor
        .post("/practice/orders/make_bot_token", &form)
        .await;
    assert!(page.text().await.unwrap().contains("out of date"));
    assert_eq!(slack.running.vendor().grants().len(), 1);
}
