//! `chat.postMessage`: a message of the bot or of a person, into a channel, to a person, into a thread.
//!
//! There is no idempotency key: who posts twice has two messages.

use serde_json::{Value, json};

use super::answer::{Answer, Failure, fields, warn};
use super::arguments::Arguments;
use super::call::Caller;
use super::channels::{Channel, Kind};
use super::message::{Message, stored};
use super::scopes;
use super::state::State;
use super::{Slack, blocks, metadata};

/// Characters of a text.
const LONGEST_TEXT: usize = 40_000;

/// `chat.postMessage`
pub(super) fn post(slack: &Slack, caller: &Caller, arguments: &Arguments) -> Answer {
    caller.needs("chat:write")?;
    let Some(wanted) = arguments.get("channel") else {
        let message = "[ERROR] missing required field: channel".to_owned();
        return Err(Failure::Explained("invalid_arguments", vec![message]));
    };
    let content = Content::read(slack, arguments)?;
    let mut state = slack.state();
    let channel = place(&mut state, caller, &wanted)?;
    let thread_ts = thread(&state, &channel, arguments)?;
    limit(slack, caller, &channel)?;
    let grant = &caller.grant;
    let message = Message {
        team: grant.team.clone(),
        channel: channel.id.clone(),
        ts: state.next_number(slack.ground.now()),
        user_id: grant.user_id.clone(),
        bot_id: grant.bot_id.clone(),
        client_id: grant.client_id.clone(),
        app_id: grant.app_id.clone(),
        text: content.text,
        blocks: content.blocks,
        metadata: content.metadata,
        broadcast: thread_ts.is_some() && arguments.flag("reply_broadcast"),
        thread_ts,
    };
    state.messages.push(message.clone());
    let mut answer = fields(json!({
        "channel": channel.id,
        "ts": message.ts,
        "message": message.show(&state, true),
    }));
    if content.truncated {
        warn(&mut answer, "message_truncated");
    }
    Ok(answer)
}

/// What a message says.
struct Content {
    text: String,
    blocks: Value,
    metadata: Option<Value>,
    truncated: bool,
}

impl Content {
    fn read(slack: &Slack, arguments: &Arguments) -> Result<Self, Failure> {
        let mut text = arguments.text("text");
        let given = arguments
            .structure("blocks")
            .map_err(|_| "invalid_blocks_format")?;
        let given = given.filter(|blocks| blocks.as_array().is_none_or(|list| !list.is_empty()));
        let attachments = arguments
            .structure("attachments")
            .map_err(|_| "invalid_attachments")?;
        if text.is_empty() && given.is_none() && attachments.is_none() {
            return Err("no_text".into());
        }
        let truncated = text.chars().count() > LONGEST_TEXT;
        if truncated && slack.options.refuse_long_text {
            return Err("msg_too_long".into());
        }
        if truncated {
            text = text.chars().take(LONGEST_TEXT).collect();
        }
        let text = stored(&text);
        let blocks = match given {
            Some(given) => blocks::check(&given)?,
            None => blocks::of_text(&text),
        };
        let metadata = arguments
            .structure("metadata")
            .map_err(|_| "invalid_metadata_format")?;
        if let Some(metadata) = &metadata {
            metadata::check(metadata)?;
        }
        Ok(Self {
            text,
            blocks,
            metadata,
            truncated,
        })
    }
}

/// The channel that is meant, if the caller may post there; a person's id opens direct messages.
fn place(state: &mut State, caller: &Caller, wanted: &str) -> Result<Channel, Failure> {
    let grant = &caller.grant;
    let person = state.member(&grant.team, wanted);
    if let Some(person) = person.filter(|person| person.active) {
        let other = person.user_id.clone();
        return Ok(state.direct(&grant.team, &grant.user_id, &other));
    }
    let channel = state
        .channel(&grant.team, wanted, &grant.user_id)
        .cloned()
        .ok_or("channel_not_found")?;
    if channel.archived {
        return Err("is_archived".into());
    }
    let public = grant.kind == scopes::Kind::Bot
        && channel.kind == Kind::Public
        && grant.has("chat:write.public");
    if !channel.has(&grant.user_id) && !public {
        return Err("not_in_channel".into());
    }
    Ok(channel)
}

/// The thread that is answered. The number of an answer leads to the thread that it is in.
fn thread(
    state: &State,
    channel: &Channel,
    arguments: &Arguments,
) -> Result<Option<String>, Failure> {
    let Some(wanted) = arguments.get("thread_ts") else {
        return Ok(None);
    };
    let found = state
        .messages
        .iter()
        .find(|message| message.channel == channel.id && message.ts == wanted);
    let found = found.ok_or("invalid_thread_ts")?;
    Ok(Some(found.thread_ts.clone().unwrap_or(wanted)))
}

fn limit(slack: &Slack, caller: &Caller, channel: &Channel) -> Result<(), Failure> {
    let now = slack.ground.now();
    let app = &caller.grant.client_id;
    for (place, allowance) in [
        (&channel.id, slack.options.posts_per_channel),
        (&channel.team, slack.options.posts_per_workspace),
    ] {
        let key = format!("{app} {place}");
        if let Err(wait) = slack.posts.take(&key, allowance, now) {
            let seconds = (wait.num_milliseconds() + 999) / 1_000;
            return Err(Failure::Limited(seconds.max(1)));
        }
    }
    Ok(())
}
