//! A message, as the workspace keeps it and as answers show it.
//!
//! Must not know who may read it.

use serde_json::{Value, json};

use super::state::State;

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) team: String,
    pub(super) channel: String,
    /// Its number in the channel.
    pub(super) ts: String,
    pub(super) user_id: String,
    pub(super) bot_id: Option<String>,
    pub(super) client_id: String,
    pub(super) app_id: String,
    pub(super) text: String,
    pub(super) blocks: Value,
    pub(super) metadata: Option<Value>,
    /// The first message of the thread that this one answers.
    pub(super) thread_ts: Option<String>,
    /// An answer in a thread that the channel shows, too.
    pub(super) broadcast: bool,
}

impl Message {
    /// Whether it is an answer in a thread.
    pub(super) fn is_reply(&self) -> bool {
        self.thread_ts.is_some()
    }

    /// As an answer shows it.
    pub(super) fn show(&self, state: &State, with_metadata: bool) -> Value {
        let mut shown = json!({
            "user": self.user_id,
            "type": "message",
            "ts": self.ts,
            "app_id": self.app_id,
            "text": self.text,
            "team": self.team,
            "blocks": self.blocks,
        });
        if let Some(bot_id) = &self.bot_id {
            shown["bot_id"] = bot_id.as_str().into();
            shown["bot_profile"] = json!({
                "id": bot_id,
                "app_id": self.app_id,
                "user_id": self.user_id,
                "name": state.app(&self.client_id).map(|app| app.name.as_str()),
                "icons": {},
                "deleted": false,
                "updated": 0,
                "team_id": self.team,
            });
        }
        let replies: Vec<&Self> = state
            .messages
            .iter()
            .filter(|other| {
                other.channel == self.channel && other.thread_ts.as_ref() == Some(&self.ts)
            })
            .collect();
        if let Some(thread_ts) = &self.thread_ts {
            shown["thread_ts"] = thread_ts.as_str().into();
            if self.broadcast {
                shown["subtype"] = "thread_broadcast".into();
            }
        } else if let Some(last) = replies.last() {
            shown["thread_ts"] = self.ts.as_str().into();
            shown["reply_count"] = replies.len().into();
            shown["latest_reply"] = last.ts.as_str().into();
        }
        if let Some(metadata) = self.metadata.as_ref().filter(|_| with_metadata) {
            shown["metadata"] = metadata.clone();
        }
        shown
    }
}

/// Text as Slack stores it: an ampersand that begins no escape of its three characters becomes one.
pub(super) fn stored(text: &str) -> String {
    let mut stored = String::with_capacity(text.len());
    for (index, part) in text.split('&').enumerate() {
        if index > 0 {
            stored.push('&');
            let escape = ["amp;", "lt;", "gt;"]
                .iter()
                .any(|one| part.starts_with(one));
            if !escape {
                stored.push_str("amp;");
            }
        }
        stored.push_str(part);
    }
    stored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ampersands_are_escaped_once() {
        assert_eq!(stored("a & b &amp; c &lt;d"), "a &amp; b &amp; c &lt;d");
        assert_eq!(stored("&"), "&amp;");
    }
}
