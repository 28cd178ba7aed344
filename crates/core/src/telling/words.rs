//! The words of each notice. Names of tools, agents and connections, never a record's values: mail and webhooks
//! leave the house.
//!
//! Must not know: who reads them by which way.

use chrono::TimeDelta;
use gatelodge_keeper_client::ConnectionBudget;
use gatelodge_model::{
    Connection, NewNotice, NoticeKind, Proposal, ReasonCode, Timestamp, User, UserId, WhoMustAct,
};

/// Texts longer than this are cut: a name is chosen by whoever registers an agent.
const LONGEST: usize = 120;

/// One line that cannot begin another one, wherever it is put.
pub(crate) fn line(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars().take(LONGEST) {
        line.push(if c.is_control() || is_invisible(c) {
            ' '
        } else {
            c
        });
    }
    line.trim().to_owned()
}

/// Characters that turn or hide what stands beside them (Unicode bidirectional controls, zero widths).
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

pub(crate) fn connection_needs_attention(
    connection: &Connection,
    provider: &str,
    reason: ReasonCode,
) -> NewNotice {
    let who = match reason.who_must_act() {
        WhoMustAct::ProviderAdmin => format!(
            "An administrator at {provider} must act; the page holds a message that you can send them."
        ),
        WhoMustAct::Admin => {
            "An administrator of your organization in Gatelodge must act.".to_owned()
        }
        _ => reason.what_to_do(provider),
    };
    NewNotice {
        organization: connection.organization,
        user: connection.user,
        kind: NoticeKind::ConnectionNeedsAttention,
        // The version grows with each change, so each time it enters this state is told.
        key: format!("attention:{}:{}", connection.id, connection.version),
        title: line(&format!(
            "Your {provider} connection needs you: {}",
            reason.title_at(provider)
        )),
        body: format!(
            "{} ({})\n\n{} {who}\n\nUntil then agents cannot use it.",
            line(&connection.label()),
            connection.environment,
            reason.what_happened(provider),
        ),
        path: format!("/connections/{}", connection.id),
    }
}

pub(crate) fn proposal_waits(proposal: &Proposal, requester: &str) -> NewNotice {
    NewNotice {
        organization: proposal.organization,
        user: proposal.user,
        kind: NoticeKind::ProposalWaits,
        key: format!("waits:{}", proposal.id),
        title: line(&format!("{} waits for your decision", proposal.tool)),
        body: format!(
            "{} wants to run {}. Nothing is sent before you approve it. It can be decided until {}.",
            line(requester),
            proposal.tool,
            until(proposal.expires_at),
        ),
        path: format!("/approvals/{}", proposal.id),
    }
}

pub(crate) fn proposal_expires(proposal: &Proposal, now: Timestamp) -> NewNotice {
    NewNotice {
        organization: proposal.organization,
        user: proposal.user,
        kind: NoticeKind::ProposalExpires,
        key: format!("expires:{}", proposal.id),
        title: line(&format!(
            "{} can be decided for {} more",
            proposal.tool,
            left(proposal.expires_at - now)
        )),
        body: format!(
            "Nobody has decided it. After {} it ends, and nothing is sent.",
            until(proposal.expires_at)
        ),
        path: format!("/approvals/{}", proposal.id),
    }
}

pub(crate) fn revocation_unconfirmed(
    connection: &Connection,
    provider: &str,
    place: &str,
    at: Timestamp,
) -> NewNotice {
    let reason = ReasonCode::RevocationUnconfirmed;
    NewNotice {
        organization: connection.organization,
        user: connection.user,
        kind: NoticeKind::RevocationUnconfirmed,
        key: format!("unconfirmed:{}:{}", connection.id, at.timestamp_millis()),
        title: line(&reason.title_at(provider)),
        body: format!(
            "{}\n\n{} {} {place}",
            line(&connection.label()),
            reason.what_happened(provider),
            reason.what_to_do(provider),
        ),
        path: format!("/connections/{}", connection.id),
    }
}

/// The key holds the day, so that two who ask at the same time ask once.
pub(crate) fn connect_asked(
    user: &User,
    provider: &str,
    name: &str,
    by: &str,
    now: Timestamp,
) -> NewNotice {
    NewNotice {
        organization: user.organization,
        user: user.id,
        kind: NoticeKind::ConnectAsked,
        key: format!("connect:{provider}:{}", now.date_naive()),
        title: line(&format!("Please connect your {name} account")),
        body: format!(
            "{} asks you to connect {name}, so that agents can work for you with your own rights. It takes about two \
             minutes: you sign in at {name} and allow it there. Gatelodge never sees your password, and nothing is \
             changed at {name} before you approve it.",
            line(by),
        ),
        path: gatelodge_store::coverage::asking_path(provider),
    }
}

/// To the owner of a connection and to each administrator, of whom one may let it go on.
pub(crate) fn connection_is_held(
    connection: &Connection,
    provider: &str,
    budget: &ConnectionBudget,
    user: UserId,
) -> NewNotice {
    let used_up: Vec<_> = budget
        .uses
        .iter()
        .filter(|used| used.limit.is_some_and(|limit| used.used >= limit))
        .map(|used| used.measure.as_str())
        .collect();
    let what = match used_up.as_slice() {
        [] => "its budget".to_owned(),
        measures => format!("its budget of {}", measures.join(" and ")),
    };
    let path = if user == connection.user {
        format!("/connections/{}", connection.id)
    } else {
        "/admin/way-out".to_owned()
    };
    NewNotice {
        organization: connection.organization,
        user,
        kind: NoticeKind::BudgetHeld,
        // Held again after it was let go on is told again.
        key: format!(
            "held:{}:{}:{}",
            connection.id,
            budget.ends_at.timestamp(),
            budget.releases
        ),
        title: line(&format!("A {provider} connection is held for this hour")),
        body: format!(
            "{} ({})\n\nAgents used up {what} for this hour. Nothing more is read through it until {}, unless an \
             administrator lets it go on. Was so much meant to leave?",
            line(&connection.label()),
            connection.id,
            until(budget.ends_at),
        ),
        path,
    }
}

pub(crate) fn until(moment: Timestamp) -> String {
    moment.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn left(time: TimeDelta) -> String {
    let minutes = time.num_minutes().max(1);
    match minutes {
        1 => "one minute".to_owned(),
        2..=119 => format!("{minutes} minutes"),
        _ => format!("{} hours", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_characters_and_line_ends_go() {
        // proves R18: a name cannot become a header, nor another line
        assert_eq!(line("A\r\nBcc: all@example.com"), "A  Bcc: all@example.com");
        assert_eq!(line("\u{202e}evil\u{2028}x"), "evil x");
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_and_short(text in "\\PC{0,300}|[\\x00-\\x1f]{0,300}") {
            let line = line(&text);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert!(line.chars().count() <= LONGEST);
        }
    }
}
