//! A person's decision: yes or no, on exactly what the review page showed.
//!
//! Must not know: how the page looks. No function here can be reached with an agent's token.

use super::nonce;
use crate::{Hub, Person, hub::event};
use gatelodge_keeper_client::AcceptApproval;
use gatelodge_model::{
    Allowed, Approval, AuditOutcome, Digest, Error, ErrorKind, Proposal, ProposalId,
    ProposalStatus, Result, WhoMustAct,
};
use gatelodge_store::ProposalChanges;
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// What the review page sends back.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// Hash of what was shown.
    pub digest: Digest,
    /// Mark of the review page in this session.
    pub nonce: String,
    /// What the person's passkey gave, where approvals are sealed.
    pub assertion: Option<String>,
}

/// A decision to keep.
enum Decided {
    Approved(Approval),
    Rejected(Option<String>),
}

/// How long the answer to an approval waits for the provider before the page shows progress instead.
const WAIT_FOR_OUTCOME: Duration = Duration::from_secs(3);

/// Longest note of a rejection.
const MAX_NOTE: usize = 2_000;

impl Hub {
    /// Approves and runs. The answer waits a moment for the outcome.
    ///
    /// # Errors
    /// `not_found` for somebody else's proposal, `conflict` when it was decided already, `expired`,
    /// `proposal_changed`, `forbidden` for a confirmation that is not from the review page; where approvals are
    /// sealed `passkey_needed` and `passkey_refused`.
    pub async fn approve(
        self: &Arc<Self>,
        person: &Person,
        id: ProposalId,
        confirmation: Confirmation,
    ) -> Result<Proposal> {
        self.refuse_in_a_copy().await?;
        let proposal = self.decidable(person, id, &confirmation).await?;
        let demands = self.demands_on(person, &proposal).await?;
        if demands.four_eyes {
            self.require_second_look(person, &proposal).await?;
        }
        let accept = AcceptApproval {
            organization: proposal.organization,
            proposal: id,
            digest: proposal.digest,
            user: person.user.id,
            assertion: confirmation.assertion,
        };
        let evidence = self.keeper.accept_approval(accept).await?;
        // A passkey that the keeper verified is a proof of this very moment.
        if demands.step_up && evidence.is_none() {
            self.require_step_up(person)?;
        }
        let approval = Approval {
            organization: proposal.organization,
            proposal: id,
            digest: proposal.digest,
            allowed: Allowed::ByPerson {
                user: person.user.id,
                session: person.session.id,
                nonce: confirmation.nonce,
            },
            evidence,
            approved_at: self.now(),
            spent_at: None,
        };
        let approved = self
            .decide(person, &proposal, Decided::Approved(approval))
            .await?;
        self.start_execution(approved);
        self.wait_until_settled(person.context.organization, id, WAIT_FOR_OUTCOME)
            .await
    }

    /// Rejects, with a note for the requester.
    ///
    /// # Errors
    /// As [`Hub::approve`]; `invalid_argument` for an overlong note.
    pub async fn reject(
        &self,
        person: &Person,
        id: ProposalId,
        confirmation: Confirmation,
        note: Option<String>,
    ) -> Result<Proposal> {
        let note = note
            .map(|note| note.trim().to_owned())
            .filter(|note| !note.is_empty());
        if note
            .as_ref()
            .is_some_and(|note| note.chars().count() > MAX_NOTE)
        {
            return Err(Error::invalid(
                "note",
                format!("A note has at most {MAX_NOTE} characters."),
            ));
        }
        let proposal = self.decidable(person, id, &confirmation).await?;
        self.decide(person, &proposal, Decided::Rejected(note))
            .await
    }

    /// The person's pending proposal, if the confirmation fits it.
    pub(super) async fn decidable(
        &self,
        person: &Person,
        id: ProposalId,
        confirmation: &Confirmation,
    ) -> Result<Proposal> {
        let proposal = self.own_proposal(person, id).await?;
        if proposal.digest != confirmation.digest {
            return Err(Error::new(
                ErrorKind::ProposalChanged,
                "What the page showed is not this proposal. Nothing was sent.",
            )
            .with_hint(WhoMustAct::Person, "Open the review page again."));
        }
        // After the hash, which the nonce is bound to: a changed proposal is to be called by its name.
        nonce::check(person, &proposal, &confirmation.nonce)?;
        if proposal.status != ProposalStatus::Pending {
            return Err(decided_already(&proposal));
        }
        if proposal.expires_at <= self.now() {
            self.expire(&proposal).await?;
            return Err(Error::new(
                ErrorKind::Expired,
                "The proposal's time is over. Nothing was sent.",
            )
            .with_hint(WhoMustAct::Caller, "Ask the agent to propose it again."));
        }
        Ok(proposal)
    }

    pub(super) async fn own_proposal(&self, person: &Person, id: ProposalId) -> Result<Proposal> {
        self.store
            .proposals()
            .find(person.context.organization, id)
            .await?
            .filter(|proposal| proposal.user == person.user.id)
            .ok_or_else(|| Error::not_found("proposal"))
    }

    async fn decide(
        &self,
        person: &Person,
        proposal: &Proposal,
        decided: Decided,
    ) -> Result<Proposal> {
        let (status, action, note, approval) = match decided {
            Decided::Approved(approval) => (
                ProposalStatus::Approved,
                "proposal.approved",
                None,
                Some(approval),
            ),
            Decided::Rejected(note) => (ProposalStatus::Rejected, "proposal.rejected", note, None),
        };
        let changes = ProposalChanges {
            decided_by: Some(person.user.id),
            note,
            ..ProposalChanges::default()
        };
        let unit = self.store.begin(proposal.organization).await?;
        let decided = match unit.proposals().transition(proposal, status, changes).await {
            Ok(decided) => decided,
            Err(gatelodge_store::StoreError::Conflict { .. }) => {
                drop(unit);
                let now = self.own_proposal(person, proposal.id).await?;
                return Err(decided_already(&now));
            }
            Err(error) => return Err(error.into()),
        };
        let with_passkey = approval
            .as_ref()
            .is_some_and(|approval| approval.evidence.is_some());
        if let Some(approval) = &approval {
            unit.approvals().insert(approval).await?;
        }
        let mut detail = json!({ "digest": proposal.digest, "session": person.session.id });
        if with_passkey {
            detail["with_passkey"] = true.into();
        }
        unit.commit(vec![event(
            &person.context,
            action,
            proposal.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        self.announce(proposal.id);
        Ok(decided)
    }
}

fn decided_already(proposal: &Proposal) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!(
            "This proposal is {} already; it cannot be decided again.",
            proposal.status
        ),
    )
}
