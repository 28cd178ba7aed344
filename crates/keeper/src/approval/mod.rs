//! What the keeper demands before it sends a write: an unused approval for exactly these bytes, and where approvals
//! are sealed, evidence that a passkey of the person whose connection it is signed their hash.
//!
//! Rows can be written by whoever has the database; what cannot is sealed with the keeper's keys or lies in its own
//! folder. Must not know: pages, sessions, and who sets rules.

mod by_policy;
mod ceremony;
mod console;
mod folder;
mod ledger;
mod passkey;
mod pins;
mod records;

pub use console::{Console, ConsolePasskeys};
pub(crate) use folder::Folder;

use crate::{
    credential::{from_bytes, to_bytes},
    keeper::Inner,
    sealing::Place,
    slot::Opened,
};
use gatelodge_keeper_client::{
    AcceptApproval, ApprovalTerms, KeeperResult, PasskeyHolder, PasskeyRing, PasskeyView, SendWrite,
};
use gatelodge_model::{
    Allowed, Approval, Digest, Error, ErrorKind, FrozenProposal, OrganizationId, Result, Timestamp,
    UserId, WhoMustAct,
};
use ledger::Ledger;
use passkey::{Enrolled, RelyingParty};
use pins::Pins;
use records::{Records, Ring, Seal, on_disk};
use serde::{Deserialize, Serialize};
use std::{io, path::PathBuf, sync::Arc};
use url::Url;

/// A proposal that is good for longer than this is none of ours: the ledger could not keep its hash for ever.
const LONGEST_LIFE: chrono::TimeDelta = chrono::TimeDelta::days(31);

/// Evidence is sealed once.
const GENERATION: i64 = 1;

/// What the keeper has for approvals besides its rows.
pub(crate) struct Approvals {
    ledger: Arc<Ledger>,
    pins: Pins,
    party: Option<RelyingParty>,
}

impl Approvals {
    pub(crate) fn open(folder: PathBuf, public_urls: &[Url]) -> io::Result<Self> {
        let folder = Folder::open(folder)?;
        Ok(Self {
            ledger: Arc::new(Ledger::new(folder.clone())),
            pins: Pins::new(folder),
            party: RelyingParty::of(public_urls),
        })
    }
}

/// That a passkey of this person signed this hash, as the keeper saw it.
#[derive(Serialize, Deserialize)]
struct Evidence {
    digest: Digest,
    user: UserId,
    passkey: String,
    at: Timestamp,
}

impl Inner {
    pub(crate) fn approval_records(&self) -> Records<'_> {
        Records {
            store: &self.store,
            sealing: &self.sealing,
            pins: &self.approvals.pins,
        }
    }

    async fn are_sealed(&self, organization: OrganizationId) -> Result<bool> {
        let seal = self
            .approval_records()
            .read::<Seal>(organization, ())
            .await?;
        Ok(seal.value.sealed)
    }

    fn party(&self) -> Result<&RelyingParty> {
        self.approvals.party.as_ref().ok_or_else(passkey::unnamed)
    }

    pub(crate) async fn approval_terms(
        &self,
        holder: PasskeyHolder,
        digest: Digest,
    ) -> KeeperResult<ApprovalTerms> {
        let sealed = self.are_sealed(holder.organization).await?;
        let mut request = None;
        if sealed {
            let ring = self.ring(holder).await?;
            if !ring.passkeys.is_empty() {
                request = Some(self.party()?.request(&ring.passkeys, &digest)?);
            }
        }
        Ok(ApprovalTerms { sealed, request })
    }

    async fn ring(&self, holder: PasskeyHolder) -> Result<Ring> {
        let found = self
            .approval_records()
            .read::<Ring>(holder.organization, holder.user)
            .await?;
        Ok(found.value)
    }

    pub(crate) async fn accept_approval(
        &self,
        accept: AcceptApproval,
    ) -> KeeperResult<Option<Vec<u8>>> {
        let organization = accept.organization;
        if !self.are_sealed(organization).await? {
            return Ok(None);
        }
        let Some(assertion) = accept.assertion else {
            return Err(passkey_needed().into());
        };
        let holder = PasskeyHolder {
            organization,
            user: accept.user,
        };
        let used = self.confirm(holder, &accept.digest, &assertion).await?;
        let evidence = Evidence {
            digest: accept.digest,
            user: accept.user,
            passkey: used.id(),
            at: self.clock.now(),
        };
        let sealed = self
            .sealing
            .seal(
                Place::Evidence,
                organization,
                &accept.proposal,
                GENERATION,
                &to_bytes(&evidence)?,
            )
            .await?;
        Ok(Some(sealed.record))
    }

    /// Verifies an assertion of one of the person's passkeys and notes its use, so that its counter never goes back.
    async fn confirm(
        &self,
        holder: PasskeyHolder,
        challenge: &Digest,
        assertion: &str,
    ) -> Result<Enrolled> {
        let party = self.party()?;
        let now = self.clock.now();
        self.approval_records()
            .change::<Ring, _>(holder.organization, holder.user, |ring| {
                let result = party.verify(&ring.passkeys, challenge, assertion)?;
                let used = ring
                    .passkeys
                    .iter_mut()
                    .find(|enrolled| enrolled.passkey.cred_id() == result.cred_id())
                    .ok_or_else(|| Error::internal("a passkey that is none was verified"))?;
                used.passkey.update_credential(&result);
                used.last_used_at = Some(now);
                Ok(used.clone())
            })
            .await
    }

    /// What allows this write, judged but not used up yet.
    pub(crate) async fn demand_approval(
        &self,
        call: &SendWrite,
        frozen: &FrozenProposal,
        opened: &Opened,
    ) -> Result<Approval> {
        if frozen.expires_at > self.clock.now() + LONGEST_LIFE {
            return Err(missing("The proposal is good for longer than any can be."));
        }
        let sealed = self.are_sealed(call.organization).await?;
        let approval = self
            .store
            .store()
            .approvals()
            .find(call.organization, call.proposal)
            .await?
            .ok_or_else(|| missing("No approval is stored for it."))?;
        if approval.digest != call.digest {
            return Err(missing("The stored approval is for other bytes."));
        }
        if approval.spent_at.is_some() {
            return Err(missing("Its approval was used already."));
        }
        let approver = frozen.requester.on_behalf_of;
        match &approval.allowed {
            Allowed::ByPerson { user, .. } if *user != approver => {
                return Err(missing(
                    "Somebody else than the one who decides approved it.",
                ));
            }
            Allowed::ByPolicy { .. } if sealed => {
                return Err(missing("No rule is enough where approvals are sealed."));
            }
            Allowed::ByPolicy { rule } => self.demand_rule(frozen, rule).await?,
            Allowed::ByPerson { .. } => {}
        }
        if sealed {
            self.demand_evidence(call, &approval, approver, opened)
                .await?;
        }
        Ok(approval)
    }

    async fn demand_evidence(
        &self,
        call: &SendWrite,
        approval: &Approval,
        approver: UserId,
        opened: &Opened,
    ) -> Result<()> {
        if opened.credential.owner != Some(approver) {
            return Err(
                missing("The connection is not the approver's own.").with_hint(
                    WhoMustAct::Person,
                    "If it is yours and older than sealed approvals, reconnect it once.",
                ),
            );
        }
        let Some(evidence) = &approval.evidence else {
            return Err(missing(
                "Approvals are sealed, and no passkey confirmed this one.",
            ));
        };
        let place = Place::Evidence;
        let opened = self
            .sealing
            .open(
                place,
                call.organization,
                &call.proposal,
                GENERATION,
                evidence,
            )
            .await
            .map_err(|cause| {
                missing("The evidence of the approval is not what the keeper sealed.")
                    .with_context("cause", cause)
            })?;
        let evidence: Evidence = from_bytes(&opened)?;
        if evidence.digest != call.digest || evidence.user != approver {
            return Err(missing("The evidence is of another approval."));
        }
        let holder = PasskeyHolder {
            organization: call.organization,
            user: approver,
        };
        let ring = self.ring(holder).await?;
        if !ring
            .passkeys
            .iter()
            .any(|enrolled| enrolled.id() == evidence.passkey)
        {
            return Err(missing("The passkey that confirmed it was removed."));
        }
        Ok(())
    }

    /// Uses the approval up: in the database for everybody, and in the keeper's own ledger for those who set the
    /// database back. What fails here was not sent.
    pub(crate) async fn spend_approval(
        &self,
        call: &SendWrite,
        frozen: &FrozenProposal,
        approval: &Approval,
    ) -> Result<()> {
        let spent = self
            .store
            .store()
            .approvals()
            .spend(call.organization, call.proposal, &call.digest)
            .await?;
        if !spent {
            return Err(missing("Its approval was used at the same moment."));
        }
        let ledger = Arc::clone(&self.approvals.ledger);
        let (digest, expires_at, now) = (call.digest, frozen.expires_at, self.clock.now());
        if !on_disk(move || ledger.spend(&digest, expires_at, now)).await? {
            tracing::error!(
                proposal = %call.proposal,
                "an approval that was used is marked as unused in the database: somebody changed its rows"
            );
            return Err(missing("The keeper sent these bytes before."));
        }
        tracing::info!(
            proposal = %call.proposal,
            allowed = approval.allowed.as_str(),
            with_passkey = approval.evidence.is_some(),
            "an approval is used up"
        );
        Ok(())
    }

    pub(crate) async fn passkeys(&self, holder: PasskeyHolder) -> KeeperResult<PasskeyRing> {
        let seal = self
            .approval_records()
            .read::<Seal>(holder.organization, ())
            .await?
            .value;
        let ring = self.ring(holder).await?;
        let now = self.clock.now();
        Ok(PasskeyRing {
            available: self.approvals.party.is_some(),
            sealed: seal.sealed,
            sealed_changed_at: seal.changed_at,
            passkeys: ring.passkeys.iter().map(view).collect(),
            code_until: ring
                .ticket
                .map(|ticket| ticket.expires_at)
                .filter(|end| *end > now),
        })
    }
}

fn view(enrolled: &Enrolled) -> PasskeyView {
    PasskeyView {
        id: enrolled.id(),
        name: enrolled.name.clone(),
        added_at: enrolled.added_at,
        last_used_at: enrolled.last_used_at,
    }
}

fn missing(why: &str) -> Error {
    Error::new(
        ErrorKind::ApprovalMissing,
        format!("Nothing allows this write. {why} Nothing was sent."),
    )
    .with_hint(
        WhoMustAct::Caller,
        "Propose it again, so that the person can decide about it.",
    )
}

fn passkey_needed() -> Error {
    Error::new(
        ErrorKind::PasskeyNeeded,
        "Approvals are sealed in this organization: this one needs your passkey. Nothing was sent.",
    )
    .with_hint(
        WhoMustAct::Person,
        "Open the review page in a browser with scripts and confirm with your passkey there.",
    )
}
