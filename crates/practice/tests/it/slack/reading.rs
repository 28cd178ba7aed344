//! What a token may see of a channel, so that a message whose answer was lost can be found.

use gatelodge_practice::faults::{Cut, Fault};
use serde_json::{Value, json};

use super::{is_ok, slack, word};

const READ: [&str; 3] = ["chat:write", "channels:history", "groups:history"];

#[tokio::test]
async fn a_bot_reads_only_where_it_is_a_member() {
    let slack = slack().await;
    let token = slack.bot(&READ);
    let general = slack.channel("general");
    let form = [("channel", general.as_str())];
    let outside = slack.call("conversations.history", &token, &form).await;
    assert_eq!(word(&outside), "not_in_channel");
    let private = slack.channel("leadership");
    let hidden = [("channel", private.as_str())];
    let hidden = slack.call("conversations.history", &token, &hidden).await;
    assert_eq!(word(&hidden), "channel_not_found");

    let vendor = slack.running.vendor();
    let bot = vendor.grants()[0].user_id.clone();
    vendor.invite(&bot, "general").unwrap();
    assert!(is_ok(
        &slack.call("conversations.history", &token, &form).await
    ));
    vendor.withhold_scopes(&["channels:history"]);
    let answer = slack.call("conversations.history", &token, &form).await;
    assert_eq!(answer["needed"], "channels:history");
}

#[tokio::test]
async fn history_goes_back_in_pages_and_shows_metadata_where_asked() {
    let mut slack = slack().await;
    let user = slack.connect("", "chat:write,channels:history").await;
    let token = user["authed_user"]["access_token"].as_str().unwrap();
    let mut numbers = Vec::new();
    for number in 0..5 {
        let metadata = json!({ "event_type": "t", "event_payload": { "n": number } });
        let (text, metadata) = (number.to_string(), metadata.to_string());
        let form = [
            ("channel", "general"),
            ("text", &text),
            ("metadata", &metadata),
        ];
        let posted = slack.call("chat.postMessage", token, &form).await;
        numbers.push(posted["ts"].as_str().unwrap().to_owned());
    }
    let general = slack.channel("general");
    slack.clock.advance(chrono::TimeDelta::minutes(1));
    let reply = [
        ("channel", "general"),
        ("text", "re"),
        ("thread_ts", &numbers[0]),
    ];
    assert!(is_ok(&slack.call("chat.postMessage", token, &reply).await));

    let mut texts = Vec::new();
    let mut cursor = String::new();
    loop {
        let form = [
            ("channel", general.as_str()),
            ("limit", "2"),
            ("cursor", &cursor),
        ];
        let page = slack.call("conversations.history", token, &form).await;
        for message in page["messages"].as_array().unwrap() {
            assert!(message.get("metadata").is_none());
            texts.push(message["text"].as_str().unwrap().to_owned());
        }
        if page["has_more"] == false {
            assert!(page.get("response_metadata").is_none());
            break;
        }
        page["response_metadata"]["next_cursor"]
            .as_str()
            .unwrap()
            .clone_into(&mut cursor);
    }
    assert_eq!(texts, ["4", "3", "2", "1", "0"]);

    let form = [
        ("channel", general.as_str()),
        ("oldest", &numbers[3]),
        ("inclusive", "true"),
        ("include_all_metadata", "true"),
    ];
    let since = slack.call("conversations.history", token, &form).await;
    let found: Vec<&Value> = since["messages"].as_array().unwrap().iter().collect();
    assert_eq!(found.len(), 2);
    assert_eq!(found[1]["metadata"]["event_payload"]["n"], 3);

    let form = [("channel", general.as_str()), ("ts", &numbers[0])];
    let thread = slack.call("conversations.replies", token, &form).await;
    assert_eq!(thread["messages"][0]["reply_count"], 1);
    assert_eq!(thread["messages"][1]["text"], "re");
    for (name, value) in [("cursor", "x"), ("limit", "0"), ("limit", "1000")] {
        let form = [("channel", general.as_str()), (name, value)];
        let answer = slack.call("conversations.history", token, &form).await;
        assert_eq!(word(&answer), format!("invalid_{name}"));
    }
}

#[tokio::test]
async fn a_permalink_leads_to_a_message_and_its_thread() {
    let slack = slack().await;
    let token = slack.bot(&["chat:write", "chat:write.public"]);
    let hello = [("channel", "general"), ("text", "x")];
    let first = slack.call("chat.postMessage", &token, &hello).await;
    let ts = first["ts"].as_str().unwrap();
    let reply = [("channel", "general"), ("text", "y"), ("thread_ts", ts)];
    let reply = slack.call("chat.postMessage", &token, &reply).await;
    let general = slack.channel("general");
    let link = async |ts: &str| {
        let form = [("channel", general.as_str()), ("message_ts", ts)];
        slack.call("chat.getPermalink", &token, &form).await
    };
    let number = ts.replace('.', "");
    let expected = format!("https://northwind-practice.slack.com/archives/{general}/p{number}");
    assert_eq!(link(ts).await["permalink"], expected.as_str());
    let below = link(reply["ts"].as_str().unwrap()).await;
    assert!(
        below["permalink"]
            .as_str()
            .unwrap()
            .ends_with(&format!("?thread_ts={ts}&cid={general}"))
    );
    assert_eq!(word(&link("1.000001").await), "message_not_found");
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_there() {
    let slack = slack().await;
    let token = slack.bot(&READ);
    let vendor = slack.running.vendor();
    let bot = vendor.grants()[0].user_id.clone();
    vendor.invite(&bot, "general").unwrap();
    let lost = Fault {
        path: Some("/api/chat.postMessage".to_owned()),
        cut: Some(Cut::After),
        times: 1,
        ..Fault::default()
    };
    slack.running.order(lost).unwrap();
    let metadata = r#"{"event_type":"proposal","event_payload":{"id":"one"}}"#;
    let request = slack
        .visitor
        .http
        .post(slack.visitor.url("/api/chat.postMessage"))
        .bearer_auth(&token)
        .form(&[
            ("channel", "general"),
            ("text", "x"),
            ("metadata", metadata),
        ]);
    assert!(request.send().await.is_err());
    let general = slack.channel("general");
    let form = [("channel", general.as_str()), ("include_all_metadata", "1")];
    let page = slack.call("conversations.history", &token, &form).await;
    assert_eq!(
        page["messages"][0]["metadata"]["event_payload"]["id"],
        "one"
    );
    assert_eq!(slack.running.journal()[0].status, 0);
}
