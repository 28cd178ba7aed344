//! Tokens: exchange, rotation, revocation, what a dead one answers.

use chrono::TimeDelta;
use serde_json::Value;

use super::{CLIENT_ID, MARIA, SECRET, app, is_ok, slack, slack_with, word};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn only_the_parts_that_were_asked_for_come_back() {
    let mut slack = slack().await;
    let both = slack.connect("chat:write", "chat:write").await;
    assert!(text(&both["access_token"]).starts_with("xoxb-"));
    assert_eq!(both["token_type"], "bot");
    assert_eq!(both["scope"], "chat:write");
    assert_eq!(both["team"]["name"], "Northwind");
    assert!(both["enterprise"].is_null());
    let user = &both["authed_user"];
    assert!(text(&user["access_token"]).starts_with("xoxp-"));
    assert_eq!(user["token_type"], "user");
    assert!(both.get("expires_in").is_none() && both.get("refresh_token").is_none());

    let user = slack.connect("", "chat:write").await;
    assert!(user.get("access_token").is_none() && user.get("bot_user_id").is_none());
    let bot = slack.connect("chat:write", "").await;
    assert!(bot["authed_user"].get("access_token").is_none());
    assert_eq!(bot["authed_user"]["id"], user["authed_user"]["id"]);
    // without rotation another consent gives the same token again, with the scopes of both
    let more = slack.connect("channels:read", "").await;
    assert_eq!(more["access_token"], both["access_token"]);
    assert_eq!(more["scope"], "chat:write,channels:read");
}

#[tokio::test]
async fn an_exchange_wants_everything_right_and_once() {
    let mut slack = slack().await;
    let url = slack.authorize_url("chat:write", "");
    for (more, expected) in [
        (("client_secret", "x"), "bad_client_secret"),
        (("client_id", "9.9"), "invalid_client_id"),
        (("code", "9.9.x"), "invalid_code"),
        (
            ("redirect_uri", "https://hub.example/callback/"),
            "bad_redirect_uri",
        ),
        (("redirect_uri", ""), "bad_redirect_uri"),
        (("grant_type", "password"), "invalid_grant_type"),
    ] {
        let back = slack.visitor.come_back(&url, MARIA, "allow").await;
        let answer = slack.exchange(&back["code"], &[more]).await;
        assert_eq!(word(&answer), expected);
    }
    let back = slack.visitor.come_back(&url, MARIA, "allow").await;
    assert!(is_ok(&slack.exchange(&back["code"], &[]).await));
    let again = slack.exchange(&back["code"], &[]).await;
    assert_eq!(word(&again), "invalid_code");
    let back = slack.visitor.come_back(&url, MARIA, "allow").await;
    slack.clock.advance(TimeDelta::minutes(11));
    let late = slack.exchange(&back["code"], &[]).await;
    assert_eq!(word(&late), "invalid_code");
}

#[tokio::test]
async fn http_basic_says_who_the_app_is() {
    let mut slack = slack().await;
    let url = slack.authorize_url("chat:write", "");
    let back = slack.visitor.come_back(&url, MARIA, "allow").await;
    let request = slack
        .visitor
        .http
        .post(slack.visitor.url("/api/oauth.v2.access"))
        .basic_auth(CLIENT_ID, Some(SECRET))
        .form(&[
            ("code", back["code"].as_str()),
            ("redirect_uri", super::CALLBACK),
        ]);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert!(is_ok(&answer), "{answer}");
    assert_eq!(
        slack.running.counts().token_requests["authorization_code"],
        1
    );
}

#[tokio::test]
async fn with_rotation_bot_and_person_have_pairs_that_turn_apart() {
    let mut slack = slack_with(|options| options.apps = vec![app().rotating()]).await;
    let both = slack.connect("chat:write", "chat:write").await;
    let user = &both["authed_user"];
    for part in [&both, user] {
        assert_eq!(part["expires_in"], 43_200);
        assert!(text(&part["refresh_token"]).starts_with("xoxe-1-"));
    }
    assert!(text(&both["access_token"]).starts_with("xoxe.xoxb-1-"));
    assert!(text(&user["access_token"]).starts_with("xoxe.xoxp-1-"));

    let next = slack.refresh(&both["refresh_token"]).await;
    assert_eq!(next["token_type"], "bot");
    assert!(text(&next["access_token"]).starts_with("xoxe.xoxb-1-"));
    // the person's pair is as it was
    let next_user = slack.refresh(&user["refresh_token"]).await;
    assert_eq!(next_user["token_type"], "user");
    assert!(text(&next_user["access_token"]).starts_with("xoxe.xoxp-1-"));
    // the earlier access token lives beside the new one until its own end
    for token in [&both["access_token"], &next["access_token"]] {
        assert!(is_ok(&slack.call("auth.test", text(token), &[]).await));
    }
    slack.clock.advance(TimeDelta::hours(12));
    let late = slack
        .call("auth.test", text(&next["access_token"]), &[])
        .await;
    assert_eq!(word(&late), "token_expired");
    assert!(is_ok(&slack.refresh(&next["refresh_token"]).await));
}

#[tokio::test]
async fn a_refresh_token_that_comes_twice_ends_the_pair() {
    let mut slack = slack_with(|options| options.apps = vec![app().rotating()]).await;
    let both = slack.connect("chat:write", "chat:write").await;
    let next = slack.refresh(&both["refresh_token"]).await;
    assert!(is_ok(&next));
    let again = slack.refresh(&both["refresh_token"]).await;
    assert_eq!(word(&again), "invalid_refresh_token");
    let dead = slack
        .call("auth.test", text(&next["access_token"]), &[])
        .await;
    assert_eq!(word(&dead), "token_revoked");
    let dead = slack.refresh(&next["refresh_token"]).await;
    assert_eq!(word(&dead), "invalid_refresh_token");
    // the person's pair has nothing to do with it
    let user = &both["authed_user"];
    assert!(is_ok(
        &slack
            .call("auth.test", text(&user["access_token"]), &[])
            .await
    ));

    let mild = |options: &mut gatelodge_practice::slack::SlackOptions| {
        options.apps = vec![app().rotating()];
        options.reuse_ends_the_pair = false;
    };
    let mut slack = slack_with(mild).await;
    let bot = slack.connect("chat:write", "").await;
    let next = slack.refresh(&bot["refresh_token"]).await;
    let again = slack.refresh(&bot["refresh_token"]).await;
    assert_eq!(word(&again), "invalid_refresh_token");
    assert!(is_ok(&slack.refresh(&next["refresh_token"]).await));
}

#[tokio::test]
async fn auth_test_says_who_and_auth_revoke_ends_one_token() {
    let mut slack = slack().await;
    let both = slack.connect("chat:write", "chat:write").await;
    let (bot, user) = (
        text(&both["access_token"]),
        text(&both["authed_user"]["access_token"]),
    );
    let who = slack.call("auth.test", bot, &[]).await;
    assert_eq!(who["team_id"], "T01NORTHWIND");
    assert_eq!(who["user"], "test_app");
    assert_eq!(who["user_id"], both["bot_user_id"]);
    assert!(text(&who["bot_id"]).starts_with('B'));
    let who = slack.call("auth.test", user, &[]).await;
    assert_eq!(who["user"], "maria.lopez");
    assert!(who.get("bot_id").is_none());

    let dry = slack.call("auth.revoke", bot, &[("test", "1")]).await;
    assert_eq!(dry["revoked"], false);
    let revoked = slack.call("auth.revoke", bot, &[]).await;
    assert_eq!(revoked["revoked"], true);
    assert_eq!(
        word(&slack.call("auth.test", bot, &[]).await),
        "token_revoked"
    );
    assert!(is_ok(&slack.call("auth.test", user, &[]).await));
}

#[tokio::test]
async fn each_way_to_die_has_its_word() {
    let mut slack = slack().await;
    assert_eq!(word(&slack.call("auth.test", "", &[]).await), "not_authed");
    assert_eq!(
        word(&slack.call("auth.test", "xoxb-1", &[]).await),
        "invalid_auth"
    );
    let in_query = slack.visitor.get("/api/auth.test?token=xoxb-1").await;
    let answer: Value = in_query.json().await.unwrap();
    assert_eq!(word(&answer), "not_authed");
    let in_form = slack.call("auth.test", "", &[("token", "xoxb-1")]).await;
    assert_eq!(word(&in_form), "invalid_auth");

    let both = slack.connect("chat:write", "chat:write").await;
    let user = text(&both["authed_user"]["access_token"]);
    let vendor = slack.running.vendor().clone();
    vendor.deactivate(MARIA);
    assert_eq!(
        word(&slack.call("auth.test", user, &[]).await),
        "account_inactive"
    );
    assert_eq!(vendor.uninstall(CLIENT_ID), 1);
    let bot = text(&both["access_token"]);
    assert_eq!(
        word(&slack.call("auth.test", bot, &[]).await),
        "account_inactive"
    );
    // what was installed anew is alive
    let anew = slack.bot(&["chat:write"]);
    assert_ne!(anew, bot);
    assert!(is_ok(&slack.call("auth.test", &anew, &[]).await));
    vendor.revoke_grant(vendor.grants().last().unwrap().id);
    assert_eq!(
        word(&slack.call("auth.test", &anew, &[]).await),
        "token_revoked"
    );
}
