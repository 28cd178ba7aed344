//! The scopes that the practice Slack knows, in the words of its consent page.
//!
//! Must not know what a method asks for.

/// Whether the person or the bot gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bot,
    User,
}

/// Name, whether a bot may have it, whether a person may give it, words.
const KNOWN: [(&str, bool, bool, &str); 17] = [
    ("chat:write", true, true, "Send messages"),
    (
        "chat:write.public",
        true,
        false,
        "Send messages to channels it isn’t a member of",
    ),
    (
        "chat:write.customize",
        true,
        false,
        "Send messages with a customized username and avatar",
    ),
    (
        "channels:read",
        true,
        true,
        "View basic information about public channels",
    ),
    (
        "groups:read",
        true,
        true,
        "View basic information about private channels",
    ),
    (
        "im:read",
        true,
        true,
        "View basic information about direct messages",
    ),
    ("im:write", true, true, "Start direct messages with people"),
    (
        "channels:history",
        true,
        true,
        "View messages in public channels",
    ),
    (
        "groups:history",
        true,
        true,
        "View messages in private channels",
    ),
    ("im:history", true, true, "View messages in direct messages"),
    ("channels:join", true, false, "Join public channels"),
    ("channels:manage", true, false, "Manage public channels"),
    ("users:read", true, true, "View people in a workspace"),
    (
        "users:read.email",
        true,
        true,
        "View email addresses of people in a workspace",
    ),
    ("team:read", true, true, "View the name of a workspace"),
    (
        "metadata.message:read",
        true,
        false,
        "Allow to read message metadata",
    ),
    ("reactions:write", true, true, "Add and edit reactions"),
];

/// Splits a list with commas or spaces, each scope once.
pub(super) fn split(list: &str) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in list.split([',', ' ']).filter(|scope| !scope.is_empty()) {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

/// The first scope that does not exist for this holder.
pub(super) fn unknown(scopes: &[String], kind: Kind) -> Option<&String> {
    scopes.iter().find(|scope| {
        !KNOWN.iter().any(|(name, bot, user, _)| {
            name == scope
                && match kind {
                    Kind::Bot => *bot,
                    Kind::User => *user,
                }
        })
    })
}

/// What a scope allows, in words.
pub(super) fn words(scope: &str) -> &'static str {
    let known = KNOWN.iter().find(|(name, ..)| *name == scope);
    known.map_or("", |(.., words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_and_holders_told_apart() {
        let scopes = split("chat:write,chat:write.public chat:write");
        assert_eq!(scopes, ["chat:write", "chat:write.public"]);
        assert_eq!(unknown(&scopes, Kind::Bot), None);
        assert_eq!(unknown(&scopes, Kind::User), Some(&scopes[1]));
        assert_eq!(words("chat:write"), "Send messages");
    }
}
