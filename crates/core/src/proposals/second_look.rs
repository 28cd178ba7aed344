//! Four eyes: a second person looks at exactly the bytes that the first one approves, and confirms (APR-8).
//!
//! The second person is an administrator other than the one whose connection is used. They only confirm: what runs is
//! the first one's approval, through the first one's connection, with the first one's rights.
//! Must not know: pages.

use super::nonce;
use crate::{Confirmation, Hub, Person, hub::event, people::require_admin};
use gatelodge_keeper_client::Viewer;
use gatelodge_model::{
    AuditOutcome, Error, ErrorKind, FrozenProposal, Proposal, ProposalId, ProposalStatus, Result,
    SecondLook, WhoMustAct, policy::Demands,
};
use serde_json::json;

/// Looks shown on one page.
const SHOWN: u64 = 100;

/// A proposal as a second person sees it.
#[derive(Debug, Clone)]
pub struct SecondReview {
    /// The row.
    pub proposal: Proposal,
    /// What will happen, from the stored bytes.
    pub frozen: FrozenProposal,
    /// Whether it waits for a look, and who gave it.
    pub look: SecondLook,
    /// Goes into the form of the page.
    pub nonce: String,
}

impl Hub {
    pub(super) fn wanted_look(&self, proposal: &Proposal) -> SecondLook {
        SecondLook {
            organization: proposal.organization,
            proposal: proposal.id,
            digest: proposal.digest,
            wanted_at: self.now(),
            confirmed: None,
        }
    }

    /// Proposals of others that wait for a second person, the newest first.
    ///
    /// # Errors
    /// `forbidden` for people who do not administer.
    pub async fn wanted_looks(&self, person: &Person) -> Result<Vec<Proposal>> {
        require_admin(person)?;
        let organization = person.context.organization;
        let wanted = self
            .store
            .second_looks()
            .wanted(organization, SHOWN)
            .await?;
        let mut proposals = Vec::new();
        for look in wanted {
            let found = self
                .store
                .proposals()
                .find(organization, look.proposal)
                .await?;
            proposals.extend(found.filter(|proposal| {
                proposal.status == ProposalStatus::Pending && proposal.user != person.user.id
            }));
        }
        Ok(proposals)
    }

    /// Opens somebody else's proposal for the second look; the opening is audited.
    ///
    /// # Errors
    /// `forbidden`, `not_found` where no look is wanted, and for one's own proposal.
    pub async fn second_review(&self, person: &Person, id: ProposalId) -> Result<SecondReview> {
        require_admin(person)?;
        let (proposal, look) = self.look_of_another(person, id).await?;
        self.audit_opening(&person.context, &[id]).await?;
        let viewer = Viewer::SecondPerson(person.user.id);
        Ok(SecondReview {
            frozen: self.open_frozen(&proposal, viewer).await?,
            nonce: nonce::of(person, &proposal),
            proposal,
            look,
        })
    }

    /// Confirms what the page showed. Nothing is sent by it: the person whose connection it is still approves.
    ///
    /// # Errors
    /// As [`Hub::second_review`]; `step_up_needed`, `proposal_changed`, `conflict` where it was decided or confirmed.
    pub async fn confirm_look(
        &self,
        person: &Person,
        id: ProposalId,
        confirmation: Confirmation,
    ) -> Result<()> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let (proposal, look) = self.look_of_another(person, id).await?;
        if proposal.digest != confirmation.digest || look.digest != confirmation.digest {
            return Err(Error::new(
                ErrorKind::ProposalChanged,
                "What the page showed is not this proposal. Nothing was confirmed.",
            )
            .with_hint(WhoMustAct::Person, "Open the page again."));
        }
        nonce::check(person, &proposal, &confirmation.nonce)?;
        let unit = self.store.begin(proposal.organization).await?;
        let confirmed = proposal.status == ProposalStatus::Pending
            && unit
                .second_looks()
                .confirm(id, &proposal.digest, person.user.id)
                .await?;
        if !confirmed {
            return Err(Error::new(
                ErrorKind::Conflict,
                "This was decided or confirmed already.",
            ));
        }
        let detail = json!({ "digest": proposal.digest, "session": person.session.id });
        unit.commit(vec![event(
            &person.context,
            "proposal.confirmed",
            id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        self.announce(id);
        Ok(())
    }

    async fn look_of_another(
        &self,
        person: &Person,
        id: ProposalId,
    ) -> Result<(Proposal, SecondLook)> {
        let organization = person.context.organization;
        let look = self.store.second_looks().find(organization, id).await?;
        let proposal = self.store.proposals().find(organization, id).await?;
        match (proposal, look) {
            (Some(proposal), Some(look)) if proposal.user != person.user.id => Ok((proposal, look)),
            _ => Err(Error::not_found("proposal")),
        }
    }

    /// What approving a proposal takes, by the rules of this moment.
    pub(super) async fn demands_on(&self, person: &Person, proposal: &Proposal) -> Result<Demands> {
        if !self.rules(proposal.organization).await?.has_demands() {
            return Ok(Demands::default());
        }
        let viewer = Viewer::User(person.user.id);
        let frozen = self.open_frozen(proposal, viewer).await?;
        self.demands_of(person, &frozen).await
    }

    pub(super) async fn demands_of(
        &self,
        person: &Person,
        frozen: &FrozenProposal,
    ) -> Result<Demands> {
        let judge = self.judge_of(frozen, person.organization.policy).await?;
        let touches = gatelodge_model::Touches::of_preview(&frozen.preview);
        Ok(judge.ruling(&touches).demands)
    }

    /// Whether a second person, who still administers, confirmed exactly these bytes.
    pub(super) async fn is_confirmed(&self, proposal: &Proposal) -> Result<bool> {
        let organization = proposal.organization;
        let look = self
            .store
            .second_looks()
            .find(organization, proposal.id)
            .await?;
        let Some((by, _)) = look
            .filter(|look| look.digest == proposal.digest)
            .and_then(|look| look.confirmed)
        else {
            return Ok(false);
        };
        let user = self.store.users().find(organization, by).await?;
        Ok(by != proposal.user
            && user.is_some_and(|user| user.removed_at.is_none() && user.role.administers()))
    }

    /// Refuses an approval that a second person must confirm first, and asks for that.
    pub(super) async fn require_second_look(
        &self,
        person: &Person,
        proposal: &Proposal,
    ) -> Result<()> {
        if self.is_confirmed(proposal).await? {
            return Ok(());
        }
        // The rule may be newer than the proposal: then nobody asked for a look yet.
        let unit = self.store.begin(proposal.organization).await?;
        unit.second_looks()
            .want(&self.wanted_look(proposal))
            .await?;
        unit.commit(vec![event(
            &person.context,
            "proposal.second_look_wanted",
            proposal.id,
            AuditOutcome::Denied,
            json!({ "digest": proposal.digest }),
        )])
        .await?;
        Err(Error::new(
            ErrorKind::Conflict,
            "A rule of your organization wants a second person to confirm this first. Nothing was sent.",
        )
        .with_hint(
            WhoMustAct::Admin,
            "Another administrator confirms it under Policy, Second looks. Then approve it.",
        ))
    }
}
