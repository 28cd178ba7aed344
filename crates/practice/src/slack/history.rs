//! `conversations.history`, `conversations.replies` and `chat.getPermalink`: what a token may see of a channel.
//!
//! Must not change anything.

use serde_json::{Value, json};

use super::Slack;
use super::answer::{Answer, Failure, fields};
use super::arguments::Arguments;
use super::call::Caller;
use super::channels::{Channel, Kind};
use super::message::Message;
use super::scopes;
use super::state::State;

/// Messages of a page when nothing else is asked, and at most.
const USUAL: usize = 100;
const MOST: usize = 999;

/// `conversations.history`: newest first, without answers in threads.
pub(super) fn history(slack: &Slack, caller: &Caller, arguments: &Arguments) -> Answer {
    let state = slack.state();
    let channel = visible(&state, caller, arguments)?;
    let mut found: Vec<&Message> = in_span(&state, channel, arguments)
        .filter(|message| !message.is_reply() || message.broadcast)
        .collect();
    found.reverse();
    let mut answer = page(&state, arguments, &found)?;
    answer["pin_count"] = 0.into();
    Ok(fields(answer))
}

/// `conversations.replies`: the first message of a thread and its answers, oldest first.
pub(super) fn replies(slack: &Slack, caller: &Caller, arguments: &Arguments) -> Answer {
    let state = slack.state();
    let channel = visible(&state, caller, arguments)?;
    let wanted = arguments.text("ts");
    let first = message(&state, channel, &wanted).ok_or("thread_not_found")?;
    let root = first.thread_ts.as_ref().unwrap_or(&first.ts);
    let found: Vec<&Message> = in_span(&state, channel, arguments)
        .filter(|message| message.ts == *root || message.thread_ts.as_ref() == Some(root))
        .collect();
    Ok(fields(page(&state, arguments, &found)?))
}

/// `chat.getPermalink`
pub(super) fn permalink(slack: &Slack, caller: &Caller, arguments: &Arguments) -> Answer {
    let state = slack.state();
    let grant = &caller.grant;
    let channel = state
        .channel(&grant.team, &arguments.text("channel"), &grant.user_id)
        .ok_or("channel_not_found")?;
    let found =
        message(&state, channel, &arguments.text("message_ts")).ok_or("message_not_found")?;
    let domain = state.team(&grant.team).map_or("", |team| &team.domain);
    let number = found.ts.replace('.', "");
    let mut link = format!(
        "https://{domain}.slack.com/archives/{}/p{number}",
        channel.id
    );
    if let Some(thread_ts) = &found.thread_ts {
        let rest = format!("?thread_ts={thread_ts}&cid={}", channel.id);
        link.push_str(&rest);
    }
    Ok(fields(json!({ "channel": channel.id, "permalink": link })))
}

/// The channel, if the token may read it: a bot reads only where it is a member, a person every public channel.
fn visible<'a>(
    state: &'a State,
    caller: &Caller,
    arguments: &Arguments,
) -> Result<&'a Channel, Failure> {
    let grant = &caller.grant;
    let channel = state
        .channel(&grant.team, &arguments.text("channel"), &grant.user_id)
        .ok_or("channel_not_found")?;
    caller.needs(channel.history_scope())?;
    let open = channel.kind == Kind::Public && grant.kind == scopes::Kind::User;
    if !open && !channel.has(&grant.user_id) {
        return Err("not_in_channel".into());
    }
    Ok(channel)
}

fn message<'a>(state: &'a State, channel: &Channel, ts: &str) -> Option<&'a Message> {
    let mut all = state.messages.iter();
    all.find(|message| message.channel == channel.id && message.ts == ts)
}

/// Messages of the channel between `oldest` and `latest`, oldest first.
fn in_span<'a>(
    state: &'a State,
    channel: &Channel,
    arguments: &Arguments,
) -> impl Iterator<Item = &'a Message> {
    let channel = channel.id.clone();
    let number = |name: &str| arguments.get(name).and_then(|text| micros(&text));
    let (oldest, latest) = (number("oldest"), number("latest"));
    let inclusive = arguments.flag("inclusive");
    state.messages.iter().filter(move |message| {
        let at = micros(&message.ts).unwrap_or_default();
        let after = oldest.is_none_or(|oldest| at > oldest || (inclusive && at == oldest));
        let before = latest.is_none_or(|latest| at < latest || (inclusive && at == latest));
        message.channel == channel && after && before
    })
}

/// A number of a message, or seconds, in microseconds.
fn micros(text: &str) -> Option<i64> {
    let (seconds, rest) = text.split_once('.').unwrap_or((text, ""));
    let rest = format!("{rest:0<6}");
    let seconds: i64 = seconds.parse().ok()?;
    let micros: i64 = rest.get(..6)?.parse().ok()?;
    seconds.checked_mul(1_000_000)?.checked_add(micros)
}

fn page(state: &State, arguments: &Arguments, found: &[&Message]) -> Result<Value, Failure> {
    let limit = arguments
        .get("limit")
        .map_or(Ok(USUAL), |limit| limit.parse());
    let limit = limit.ok().filter(|limit| (1..=MOST).contains(limit));
    let limit = limit.ok_or("invalid_limit")?;
    // The cursor names the first message of the next page.
    let start = match arguments.get("cursor") {
        None => 0,
        Some(cursor) => {
            let ts = cursor.strip_prefix("next_ts:").ok_or("invalid_cursor")?;
            let place = found.iter().position(|message| message.ts == ts);
            place.ok_or("invalid_cursor")?
        }
    };
    let with_metadata = arguments.flag("include_all_metadata");
    let shown: Vec<Value> = found
        .iter()
        .skip(start)
        .take(limit)
        .map(|message| message.show(state, with_metadata))
        .collect();
    let next = found.get(start + limit);
    let mut answer = json!({ "messages": shown, "has_more": next.is_some() });
    if let Some(next) = next {
        let cursor = format!("next_ts:{}", next.ts);
        answer["response_metadata"] = json!({ "next_cursor": cursor });
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_seconds_are_read() {
        assert_eq!(micros("1700000000.000100"), Some(1_700_000_000_000_100));
        assert_eq!(micros("1700000000"), Some(1_700_000_000_000_000));
        assert_eq!(micros("1700000000.5"), Some(1_700_000_000_500_000));
        assert_eq!(micros("9223372036854775807"), None);
        assert_eq!(micros("x"), None);
    }
}
