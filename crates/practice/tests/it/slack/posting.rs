//! `chat.postMessage`: places, contents, threads, what is refused.

use serde_json::{Value, json};

use super::{MARIA, is_ok, slack, slack_with, word};
use crate::visitor::{BEN, told};

#[tokio::test]
async fn a_bot_posts_where_it_is_a_member_or_may_post_publicly() {
    let slack = slack().await;
    let token = slack.bot(&["chat:write"]);
    let general = slack.channel("general");
    let hello = [("channel", general.as_str()), ("text", "Hello & welcome")];
    let outside = slack.call("chat.postMessage", &token, &hello).await;
    assert_eq!(word(&outside), "not_in_channel");

    let vendor = slack.running.vendor();
    let bot = vendor.grants()[0].user_id.clone();
    vendor.invite(&bot, "general").unwrap();
    let posted = slack.call("chat.postMessage", &token, &hello).await;
    assert_eq!(posted["channel"], general.as_str());
    let message = &posted["message"];
    assert_eq!(message["ts"], posted["ts"]);
    assert_eq!(message["text"], "Hello &amp; welcome");
    assert_eq!(message["bot_profile"]["name"], "Test app");
    assert_eq!(message["blocks"][0]["type"], "rich_text");

    // by name, and with the scope also where the bot is no member
    let token = slack.bot(&["chat:write.public"]);
    let named = [("channel", "#sales"), ("text", "Hi")];
    let posted = slack.call("chat.postMessage", &token, &named).await;
    assert_eq!(posted["channel"], slack.channel("sales").as_str());
    // a private channel is not even found, an archived one is
    let archive = slack.channel("project-2019");
    for (channel, expected) in [
        (slack.channel("leadership").as_str(), "channel_not_found"),
        ("C99NOWHERE", "channel_not_found"),
        (archive.as_str(), "is_archived"),
    ] {
        let form = [("channel", channel), ("text", "x")];
        let answer = slack.call("chat.postMessage", &token, &form).await;
        assert_eq!(word(&answer), expected, "{channel}");
    }
    assert_eq!(vendor.messages().len(), 2);
}

#[tokio::test]
async fn a_person_posts_as_themselves_and_a_person_gets_direct_messages() {
    let mut slack = slack().await;
    let both = slack.connect("chat:write", "chat:write").await;
    let user = both["authed_user"]["access_token"].as_str().unwrap();
    let private = slack.channel("leadership");
    let form = [("channel", private.as_str()), ("text", "From Maria")];
    let posted = slack.call("chat.postMessage", user, &form).await;
    let vendor = slack.running.vendor();
    assert_eq!(
        posted["message"]["user"],
        vendor.user(MARIA).unwrap().as_str()
    );
    assert!(posted["message"].get("bot_id").is_none());

    let ben = vendor.user(BEN).unwrap();
    let form = [("channel", ben.as_str()), ("text", "Psst")];
    let bot = both["access_token"].as_str().unwrap();
    let first = slack.call("chat.postMessage", bot, &form).await;
    let direct = first["channel"].as_str().unwrap();
    assert!(direct.starts_with('D'), "{first}");
    let form = [("channel", direct), ("text", "Again")];
    let second = slack.call("chat.postMessage", bot, &form).await;
    assert_eq!(second["channel"], first["channel"]);
    // others do not find it
    assert_eq!(
        word(&slack.call("chat.postMessage", user, &form).await),
        "channel_not_found"
    );
}

#[tokio::test]
async fn threads_blocks_and_metadata_arrive_by_json() {
    let mut slack = slack().await;
    let user = slack.connect("", "chat:write").await;
    let token = user["authed_user"]["access_token"].as_str().unwrap();
    let post = async |kind: &str, body: Value| {
        let request = slack
            .visitor
            .http
            .post(slack.visitor.url("/api/chat.postMessage"))
            .bearer_auth(token)
            .header("content-type", kind)
            .body(body.to_string());
        told(request.send().await.unwrap(), "x-oauth-scopes").await
    };
    let blocks = json!([{ "type": "section", "text": { "type": "mrkdwn", "text": "*Bold*" } }]);
    let metadata = json!({ "event_type": "proposal", "event_payload": { "id": "7" } });
    let body =
        json!({ "channel": "general", "text": "plain", "blocks": blocks, "metadata": metadata });
    let (_, scopes, first) = post("application/json; charset=utf-8", body).await;
    assert_eq!(scopes, "chat:write");
    assert!(is_ok(&first) && first.get("warning").is_none(), "{first}");
    assert_eq!(first["message"]["metadata"], metadata);
    let reply = json!({ "channel": "general", "text": "reply", "thread_ts": first["ts"] });
    let (_, _, reply) = post("application/json", reply).await;
    assert_eq!(reply["message"]["thread_ts"], first["ts"]);
    assert_eq!(reply["warning"], "missing_charset");
    // an answer to an answer is in the same thread
    let deeper = json!({ "channel": "general", "text": "deeper", "thread_ts": reply["ts"] });
    let (_, _, deeper) = post("application/json; charset=utf-8", deeper).await;
    assert_eq!(deeper["message"]["thread_ts"], first["ts"]);
    let nowhere = json!({ "channel": "general", "text": "x", "thread_ts": "1.1" });
    let (_, _, nowhere) = post("application/json; charset=utf-8", nowhere).await;
    assert_eq!(word(&nowhere), "invalid_thread_ts");
    let kept = slack.running.vendor().messages();
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[0].blocks[0]["text"]["text"], "*Bold*");
    assert_eq!(kept[0].metadata, Some(metadata));
}

#[tokio::test]
async fn what_cannot_be_posted_has_its_word() {
    let slack = slack().await;
    let token = slack.bot(&["chat:write", "chat:write.public"]);
    let long = "x".repeat(40_001);
    for (form, expected) in [
        (vec![("text", "x")], "invalid_arguments"),
        (vec![("channel", "general")], "no_text"),
        (vec![("channel", "general"), ("text", "")], "no_text"),
        (
            vec![("channel", "general"), ("text", &long)],
            "msg_too_long",
        ),
        (
            vec![("channel", "general"), ("blocks", "[{")],
            "invalid_blocks_format",
        ),
        (
            vec![("channel", "general"), ("blocks", "[{\"type\":\"x\"}]")],
            "invalid_blocks",
        ),
        (
            vec![("channel", "general"), ("text", "x"), ("metadata", "[]")],
            "invalid_metadata_format",
        ),
    ] {
        let answer = slack.call("chat.postMessage", &token, &form).await;
        assert_eq!(word(&answer), expected);
    }
    assert!(slack.running.vendor().messages().is_empty());
    let unknown = slack.call("chat.psotMessage", &token, &[]).await;
    assert_eq!(word(&unknown), "unknown_method");

    let cut = slack_with(|options| options.refuse_long_text = false).await;
    let token = cut.bot(&["chat:write", "chat:write.public"]);
    let form = [("channel", "general"), ("text", long.as_str())];
    let answer = cut.call("chat.postMessage", &token, &form).await;
    assert_eq!(answer["warning"], "message_truncated");
    assert_eq!(cut.running.vendor().messages()[0].text.len(), 40_000);
}

#[tokio::test]
async fn only_who_posted_a_message_deletes_it() {
    let mut slack = slack().await;
    let both = slack
        .connect("chat:write,chat:write.public", "chat:write")
        .await;
    let bot = both["access_token"].as_str().unwrap();
    let user = both["authed_user"]["access_token"].as_str().unwrap();
    let hello = [("channel", "general"), ("text", "x")];
    let posted = slack.call("chat.postMessage", bot, &hello).await;
    let general = slack.channel("general");
    let ts = posted["ts"].as_str().unwrap();
    let form = [("channel", general.as_str()), ("ts", ts)];
    let other = slack.call("chat.delete", user, &form).await;
    assert_eq!(word(&other), "cant_delete_message");
    assert!(is_ok(&slack.call("chat.delete", bot, &form).await));
    let again = slack.call("chat.delete", bot, &form).await;
    assert_eq!(word(&again), "message_not_found");
    assert!(slack.running.vendor().messages().is_empty());
}

#[tokio::test]
async fn a_missing_scope_is_named_with_what_there_is() {
    let slack = slack().await;
    let token = slack.bot(&["channels:read", "chat:write"]);
    slack.running.vendor().withhold_scopes(&["chat:write"]);
    let form = [("channel", "general"), ("text", "x")];
    let answer = slack.call("chat.postMessage", &token, &form).await;
    assert_eq!(word(&answer), "missing_scope");
    assert_eq!(answer["needed"], "chat:write");
    assert_eq!(answer["provided"], "channels:read");
}
