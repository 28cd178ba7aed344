//! The list itself. A table that is missing here fails a test.
//!
//! Must not know: organizations, or the present moment.

use super::Retention;
use gatelodge_store::Passing;

/// Something that is stored.
pub(super) struct Kind {
    /// What, for people.
    pub(super) what: &'static str,
    /// What is in it.
    pub(super) holds: &'static str,
    /// Its tables.
    pub(super) tables: &'static [&'static str],
    /// Whether what matters in it is sealed with the organization's key.
    pub(super) sealed: bool,
    /// For how long.
    pub(super) kept: Kept,
    /// Who can count its rows.
    pub(super) counted: Counted,
}

/// For how long something is kept.
pub(super) enum Kept {
    /// For some days.
    Days {
        /// How many.
        days: fn(&Retention) -> u32,
        /// The setting that says it.
        setting: &'static str,
        /// From when they are counted.
        since: &'static str,
        /// Who deletes it.
        by: By,
    },
    /// Until something happens.
    Until(&'static str),
    /// For ever, and why.
    Always(&'static str),
}

/// Who deletes something.
pub(super) enum By {
    /// The hub.
    Hub(&'static [Passing]),
    /// The keeper: what it sealed of customers' data.
    Sealed,
    /// The keeper: its record of requests.
    Calls,
}

/// Who counts rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// The hub.
    ByHub,
    /// The keeper.
    ByKeeper,
    /// Nobody: rows of nobody, or of the whole installation.
    Not,
}

const DISCONNECT: &str = "its connection is disconnected, or the organization is erased";
const ORGANIZATION: &str = "the organization is erased";

/// All of it.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        what: "Contents of proposals",
        holds: "What agents asked to write, the values before and after, and what the provider answered.",
        tables: &["sealed_records"],
        sealed: true,
        kept: Kept::Days {
            days: |retention| retention.proposals_days,
            setting: "retention.proposals_days",
            since: "it was made",
            by: By::Sealed,
        },
        counted: Counted::ByKeeper,
    },
    Kind {
        what: "Idempotency keys",
        holds: "The keys that agents sent with their calls, and a hash of the arguments.",
        tables: &["idempotency_keys"],
        sealed: false,
        kept: Kept::Days {
            days: |retention| retention.proposals_days,
            setting: "retention.proposals_days",
            since: "the first call",
            by: By::Hub(&[Passing::IdempotencyKeys]),
        },
        counted: Counted::ByHub,
    },
    Kind {
        what: "Requests to providers",
        holds: "When, which method and path, status, size and duration; never a query, a body or a token.",
        tables: &["provider_calls"],
        sealed: false,
        kept: Kept::Days {
            days: |retention| retention.calls_days,
            setting: "retention.calls_days",
            since: "the request",
            by: By::Calls,
        },
        counted: Counted::ByKeeper,
    },
    Kind {
        what: "Timelines of connections",
        holds: "Renewals, refusals in the provider's words, what was lost; never a token.",
        tables: &["connection_events"],
        sealed: false,
        kept: Kept::Days {
            days: |retention| retention.timeline_days,
            setting: "retention.timeline_days",
            since: "it last happened",
            by: By::Hub(&[Passing::ConnectionEvents]),
        },
        counted: Counted::ByHub,
    },
    Kind {
        what: "Notices",
        holds: "What people were told on their page: that a connection or a proposal needs them.",
        tables: &["notices"],
        sealed: false,
        kept: Kept::Days {
            days: |retention| retention.notices_days,
            setting: "retention.notices_days",
            since: "it was told",
            by: By::Hub(&[Passing::Notices]),
        },
        counted: Counted::ByHub,
    },
    Kind {
        what: "Messages by mail and webhook",
        holds: "To whom, how often it was tried, and how that ended.",
        tables: &["outbox"],
        sealed: false,
        kept: Kept::Days {
            days: |retention| retention.messages_days,
            setting: "retention.messages_days",
            since: "it was delivered or given up",
            by: By::Hub(&[Passing::Messages]),
        },
        counted: Counted::ByHub,
    },
    Kind {
        what: "Sessions, links, invitations and attempts to connect",
        holds: "Who signed in with which browser, hashes of links, who was invited, and where an attempt to connect ended.",
        tables: &[
            "sessions",
            "one_time_links",
            "invitations",
            "authorization_flows",
        ],
        sealed: false,
        kept: Kept::Days {
            days: |retention| retention.sign_in_days,
            setting: "retention.sign_in_days",
            since: "its end",
            by: By::Hub(&[
                Passing::Sessions,
                Passing::OneTimeLinks,
                Passing::Invitations,
                Passing::Flows,
            ]),
        },
        counted: Counted::ByHub,
    },
    Kind {
        what: "Failed sign-ins",
        holds: "The e-mail address that was tried and the address it came from.",
        tables: &["sign_in_failures"],
        sealed: false,
        kept: Kept::Days {
            days: |retention| retention.sign_in_days,
            setting: "retention.sign_in_days",
            since: "the attempt",
            by: By::Hub(&[Passing::SignInFailures]),
        },
        counted: Counted::Not,
    },
    Kind {
        what: "Credentials",
        holds: "The tokens of each connection, which only the keeper opens.",
        tables: &["credentials"],
        sealed: true,
        kept: Kept::Until(DISCONNECT),
        counted: Counted::ByKeeper,
    },
    Kind {
        what: "Grants that are still to be ended",
        holds: "The token with which a provider is asked to end a grant.",
        tables: &["pending_revocations"],
        sealed: true,
        kept: Kept::Until(
            "the provider confirms it, for a day at most; that it was in vain is shown for 30 days",
        ),
        counted: Counted::ByKeeper,
    },
    Kind {
        what: "Verifiers of attempts to connect",
        holds: "What proves to a provider that the attempt is ours.",
        tables: &["flow_secrets"],
        sealed: true,
        kept: Kept::Until("the attempt ends, for an hour at most"),
        counted: Counted::ByKeeper,
    },
    Kind {
        what: "What left in each hour",
        holds: "Records, requests and bytes of each connection.",
        tables: &["budget_hours"],
        sealed: false,
        kept: Kept::Until("two days are over"),
        counted: Counted::Not,
    },
    Kind {
        what: "OAuth apps",
        holds: "Names, client ids, and sealed client secrets.",
        tables: &["oauth_apps", "oauth_app_secrets"],
        sealed: true,
        kept: Kept::Until("an administrator deletes the OAuth app"),
        counted: Counted::Not,
    },
    Kind {
        what: "Webhooks",
        holds: "Names and hosts, and sealed addresses and secrets.",
        tables: &["webhook_targets", "webhook_secrets"],
        sealed: true,
        kept: Kept::Until("an administrator removes the webhook"),
        counted: Counted::Not,
    },
    Kind {
        what: "Passkeys, and whether approvals are sealed",
        holds: "Public keys of passkeys, their names and last use.",
        tables: &["approval_records"],
        sealed: true,
        kept: Kept::Until("a person removes the passkey"),
        counted: Counted::ByKeeper,
    },
    Kind {
        what: "Connections",
        holds: "Which account at which provider, its scopes and state, what is wrong with it, when it is looked at and was last used.",
        tables: &[
            "connections",
            "connection_troubles",
            "connection_probes",
            "connection_uses",
        ],
        sealed: false,
        kept: Kept::Always(
            "so that a reconnected account keeps its place; disconnected ones hold no credential",
        ),
        counted: Counted::ByHub,
    },
    Kind {
        what: "Proposals and who decided",
        holds: "Who asked for what kind of change when, who decided, and a hash of the bytes; the contents are above.",
        tables: &["proposals", "approvals", "second_looks"],
        sealed: false,
        kept: Kept::Always("they show what was allowed to be written"),
        counted: Counted::ByHub,
    },
    Kind {
        what: "People, agents and the organization",
        holds: "Names, e-mail addresses, roles, hashes of passwords and tokens, choices about mail, rules.",
        tables: &[
            "organizations",
            "users",
            "groups",
            "group_members",
            "provider_limits",
            "agents",
            "notification_preferences",
            "policy_rules",
        ],
        sealed: false,
        kept: Kept::Always("people who left and revoked agents stay as the names in the audit log"),
        counted: Counted::Not,
    },
    Kind {
        what: "Counts of calls",
        holds: "How many calls a provider says it counted for an organization there, and how many it allows.",
        tables: &["api_usage"],
        sealed: false,
        kept: Kept::Until(ORGANIZATION),
        counted: Counted::Not,
    },
    Kind {
        what: "Audit log",
        holds: "Who did what to what, when and through which door; no values of records.",
        tables: &["audit_events", "audit_heads"],
        sealed: false,
        kept: Kept::Always("its chain shows that nothing was taken out"),
        counted: Counted::Not,
    },
    Kind {
        what: "Data keys and their replacements",
        holds: "Keys, wrapped with the operator's key; which were replaced when; whose were destroyed.",
        tables: &["data_keys", "key_rotations", "erased_organizations"],
        sealed: true,
        kept: Kept::Until(ORGANIZATION),
        counted: Counted::Not,
    },
    Kind {
        what: "Values of this installation",
        holds: "Its name, and what tells which key its database belongs to.",
        tables: &["settings"],
        sealed: false,
        kept: Kept::Always("they belong to nobody"),
        counted: Counted::Not,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_table_stands_once_and_everything_that_passes_is_purged() {
        // proves SEC-10
        let mut tables = HashSet::new();
        let mut purged = HashSet::new();
        for kind in KINDS {
            assert!(kind.tables.iter().all(|table| tables.insert(*table)));
            if let Kept::Days {
                by: By::Hub(passing),
                ..
            } = kind.kept
            {
                let own: HashSet<_> = passing.iter().map(|passing| passing.table()).collect();
                assert_eq!(own, kind.tables.iter().copied().collect());
                purged.extend(own);
            }
        }
        let all: HashSet<_> = Passing::ALL.map(Passing::table).into_iter().collect();
        assert_eq!(purged, all);
    }
}
