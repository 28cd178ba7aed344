//! Channels, private channels and direct messages, and who finds which.
//!
//! Must not know tokens.

use std::collections::BTreeSet;

/// What a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Public,
    Private,
    Direct,
}

#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) id: String,
    pub(super) team: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) archived: bool,
    /// User ids, those of bots among them.
    pub(super) members: BTreeSet<String>,
}

impl Channel {
    pub(super) fn has(&self, user_id: &str) -> bool {
        self.members.contains(user_id)
    }

    /// Whether somebody knows that it exists.
    pub(super) fn shows_to(&self, user_id: &str) -> bool {
        self.kind == Kind::Public || self.has(user_id)
    }

    /// The scope that lets read its messages.
    pub(super) fn history_scope(&self) -> &'static str {
        match self.kind {
            Kind::Public => "channels:history",
            Kind::Private => "groups:history",
            Kind::Direct => "im:history",
        }
    }

    /// Whether `wanted` names it, by id or by name.
    pub(super) fn is_called(&self, wanted: &str) -> bool {
        let name = wanted.strip_prefix('#').unwrap_or(wanted);
        self.id == wanted || (self.kind != Kind::Direct && self.name == name)
    }
}
