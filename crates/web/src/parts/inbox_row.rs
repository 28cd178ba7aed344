//! A proposal as a line in a list.
//!
//! Must not know: the hub; it is given what was opened for the reader.

use super::{Badge, EnvironmentBadge, proposal_words};
use crate::text::{Moment, Visible, moment, one_line};
use gatelodge_model::{FrozenProposal, Proposal, ProposalStatus, Timestamp};

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct InboxRow {
    pub(crate) href: String,
    pub(crate) title: Visible,
    pub(crate) requester: Option<Visible>,
    pub(crate) account: Option<Visible>,
    pub(crate) environment: Option<EnvironmentBadge>,
    pub(crate) badge: Badge,
    pub(crate) asked: Moment,
    pub(crate) expires: Option<Moment>,
    pub(crate) settled: Option<Moment>,
}

impl InboxRow {
    /// The line of a proposal; without its summary only the row's own facts are told.
    pub(crate) fn of(
        proposal: &Proposal,
        summary: Option<&FrozenProposal>,
        now: Timestamp,
    ) -> Self {
        let title = summary.map_or_else(
            || format!("{} (its content is no longer kept)", proposal.tool),
            |summary| proposal_words::headline(&summary.preview),
        );
        let waits = proposal.status == ProposalStatus::Pending;
        let settled = proposal.settled_at.or(proposal.decided_at);
        Self {
            href: format!("/approvals/{}", proposal.id),
            title: one_line(&title, 140),
            requester: summary.map(|summary| one_line(&summary.requester.name, 80)),
            account: summary.map(|summary| {
                one_line(
                    &format!("{} at {}", summary.account.username, summary.host),
                    120,
                )
            }),
            environment: summary.map(|summary| EnvironmentBadge(summary.environment)),
            badge: proposal_words::badge(proposal.status),
            asked: moment(proposal.created_at, now),
            expires: waits.then(|| moment(proposal.expires_at, now)),
            settled: settled.map(|at| moment(at, now)),
        }
    }
}
