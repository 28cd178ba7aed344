//! `chat.delete`: a message goes, if the token is that of who posted it.
//!
//! Must not know how it was posted.

use serde_json::json;

use super::Slack;
use super::answer::{Answer, fields};
use super::arguments::Arguments;
use super::call::Caller;

/// `chat.delete`
pub(super) fn delete(slack: &Slack, caller: &Caller, arguments: &Arguments) -> Answer {
    caller.needs("chat:write")?;
    let grant = &caller.grant;
    let mut state = slack.state();
    let channel = state
        .channel(&grant.team, &arguments.text("channel"), &grant.user_id)
        .map(|channel| channel.id.clone())
        .ok_or("channel_not_found")?;
    let ts = arguments.text("ts");
    let place = state
        .messages
        .iter()
        .position(|message| message.channel == channel && message.ts == ts)
        .ok_or("message_not_found")?;
    if state.messages[place].user_id != grant.user_id {
        return Err("cant_delete_message".into());
    }
    state.messages.remove(place);
    Ok(fields(json!({ "channel": channel, "ts": ts })))
}
