//! What surrounds every page of a signed-in person: top bar, map, flash message.
//!
//! Must not know: any page's content.

use crate::text::{Visible, one_line};
use gatelodge_core::RestoredCopy;
use gatelodge_model::Role;

/// The place on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Approvals,
    Connections,
    Agents,
    Audit,
    Settings,
    Providers,
    OAuthApps,
    AllConnections,
    Rollout,
    People,
    Groups,
    Policy,
    Notices,
    Webhooks,
    Panic,
    Nowhere,
}

/// What just happened, in fixed words: the address holds only a code, so nobody can write on our page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flash {
    pub(crate) text: &'static str,
}

impl Flash {
    /// The words of a code; nothing for codes that are not ours.
    pub(crate) fn of(code: &str) -> Option<Self> {
        let text = match code {
            "connected" => "Connected.",
            "reconnected" => "Reconnected. Everything bound to this connection keeps working.",
            "not-connected" => "Not connected. What is wrong stands below.",
            "checked" => "Looked again. What was found stands below.",
            "people-asked" => "Asked. Each has a notice, and a mail where mail is set up.",
            "all-asked-today" => {
                "Nobody was asked: all who are missing were asked within the last day."
            }
            "nobody-missing" => "Nobody was asked, because nobody is missing.",
            "provider-limited" => "Saved. Only the chosen groups see it and may use its tools.",
            "provider-open" => "Saved. It is open to everybody.",
            "notices-read" => "Marked as read.",
            "mail-on" => "You are told by mail too.",
            "mail-off" => "No more mail. Notices stay on this page.",
            "webhook-on" => "The webhook is switched on.",
            "webhook-off" => "The webhook is switched off.",
            "webhook-tested" => {
                "A test message is on its way; what became of it shows below in a moment."
            }
            "webhook-deleted" => "The webhook is removed.",
            "messages-retried" => "The messages are tried again.",
            "budget-released" => "The connection may go on until its hour is over.",
            "disconnected" => "Disconnected. The stored credential is deleted.",
            "panic-begun" => "Ordered. What becomes of each connection shows below.",
            "grant-ended" => "Ended, and its provider knows.",
            "grant-open" => "Asked again. Its provider has still not confirmed; why stands below.",
            "rejected" => "Rejected. Nothing was sent.",
            "edited" => {
                "Your edit is a new proposal that replaces the earlier one. Review it below."
            }
            "agent-revoked" => "The token is revoked. Its next call is refused.",
            "role-changed" => "The role is changed. It counts from the next click.",
            "person-removed" => "Removed. Access ended at once, here and at the providers.",
            "person-removed-open" => {
                "Removed. Access here ended at once; what a provider has not confirmed stands below."
            }
            "invitation-withdrawn" => "The invitation is withdrawn. Its link is dead.",
            "group-created" => "The group is made. Put people in below.",
            "group-renamed" => "The group is renamed.",
            "group-moved" => "Moved.",
            "group-deleted" => "The group is deleted. Its people stay.",
            "member-added" => "Put into the group.",
            "member-removed" => "Taken out of the group.",
            "joined" => "Welcome. Sign in with the password you just chose.",
            "session-ended" => "The session is ended.",
            "passkey-enrolled" => "The passkey is enrolled.",
            "passkey-removed" => "The passkey is removed. It approves nothing any more.",
            "approvals-sealed" => {
                "Approvals are sealed from now on: each takes its person's passkey."
            }
            "writes-on" => "Writes are switched on. Each still waits for a person's decision.",
            "writes-off" => {
                "Writes are switched off. Agents only read until they are switched on again."
            }
            "rule-saved" => "The rule is saved. It counts from the next call on.",
            "rule-on" => "The rule is switched on.",
            "rule-off" => "The rule is switched off.",
            "rule-deleted" => "The rule is removed.",
            "share-saved" => "The share of agents is saved.",
            "looked" => "Confirmed. The person whose connection it is can approve it now.",
            "keys-rotation" => "New data keys are made. How far it is shows below.",
            "integrations-on" => "Integrations are on. Each provider is as its own switch says.",
            "integrations-off" => {
                "Integrations are off. Calls are refused from now on; connections are kept."
            }
            "provider-on" => "Switched on. Connections that were kept work again.",
            "provider-off" => "Switched off. Calls are refused from now on; connections are kept.",
            "app-saved" => "Saved. It takes effect on the next connect.",
            "app-deleted" => "The OAuth app is deleted.",
            "password-set" => "Your password is set. Sign in with it.",
            "signed-out" => "You are signed out.",
            _ => return None,
        };
        Some(Self { text })
    }
}

/// The frame.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) organization: Visible,
    pub(crate) person: Visible,
    pub(crate) role: Role,
    /// Proposals that wait for this person.
    pub(crate) waiting: u64,
    /// Notices that this person has not read.
    pub(crate) unread: u64,
    pub(crate) section: Section,
    pub(crate) flash: Option<Flash>,
    /// Said above every page: this installation is a copy that sends nothing.
    pub(crate) copy: Option<RestoredCopy>,
}

impl Frame {
    pub(crate) fn new(organization: &str, person: &str, role: Role, waiting: u64) -> Self {
        Self {
            organization: one_line(organization, 60),
            person: one_line(person, 60),
            role,
            waiting,
            unread: 0,
            section: Section::Nowhere,
            flash: None,
            copy: None,
        }
    }

    #[must_use]
    pub(crate) fn with_unread(mut self, unread: u64) -> Self {
        self.unread = unread;
        self
    }

    #[must_use]
    pub(crate) fn at(mut self, section: Section) -> Self {
        self.section = section;
        self
    }

    #[must_use]
    pub(crate) fn saying(mut self, done: Option<&str>) -> Self {
        self.flash = done.and_then(Flash::of);
        self
    }

    /// Whether the page is at this place of the map.
    pub(crate) fn is_at(&self, section: Section) -> bool {
        self.section == section
    }

    pub(crate) fn sees_admin(&self) -> bool {
        self.role.reads_audit()
    }

    pub(crate) fn administers(&self) -> bool {
        self.role.administers()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_codes_speak() {
        assert!(Flash::of("connected").is_some());
        for hostile in ["", "<script>", "Your account is locked, call 555"] {
            assert_eq!(Flash::of(hostile), None);
        }
    }
}
