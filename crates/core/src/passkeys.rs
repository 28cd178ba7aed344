//! A person's passkeys, and sealing the approvals of an organization with them. The keeper decides; this audits.
//!
//! Must not know: what a browser answers; that goes to the keeper as it came.

use crate::{Hub, Person, hub::event};
use gatelodge_keeper_client::{
    BeginCeremony, Ceremony, CeremonyProgress, CeremonyPurpose, ContinueCeremony, PasskeyHolder,
    PasskeyRing,
};
use gatelodge_model::{AuditOutcome, Error, ErrorKind, Result, Role, WhoMustAct};
use serde_json::json;

impl Person {
    /// The person, as the keeper knows people.
    pub(crate) fn holder(&self) -> PasskeyHolder {
        PasskeyHolder {
            organization: self.context.organization,
            user: self.user.id,
        }
    }
}

impl Hub {
    /// The person's own passkeys, and whether the organization's approvals are sealed.
    ///
    /// # Errors
    /// `integrity_error` when the keeper's records were changed or taken back, `keeper_unavailable`.
    pub async fn passkeys(&self, person: &Person) -> Result<PasskeyRing> {
        Ok(self.keeper.passkeys(person.holder()).await?)
    }

    /// Begins to enrol, add or remove a passkey, or to seal the organization's approvals.
    ///
    /// # Errors
    /// `forbidden` for sealing by anybody but an owner, and what the keeper refuses.
    pub async fn begin_ceremony(
        &self,
        person: &Person,
        purpose: CeremonyPurpose,
    ) -> Result<Ceremony> {
        if matches!(purpose, CeremonyPurpose::SealApprovals) && person.role() != Role::Owner {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "Only an owner may seal the organization's approvals.",
            )
            .with_hint(WhoMustAct::Admin, "Ask an owner of your organization."));
        }
        let begin = BeginCeremony {
            holder: person.holder(),
            user_name: person.user.email.clone(),
            display_name: person.user.name.clone(),
            purpose,
        };
        Ok(self.keeper.begin_ceremony(begin).await?)
    }

    /// Takes the browser's answer to a step.
    ///
    /// # Errors
    /// What the keeper refuses; the ceremony is over then.
    pub async fn continue_ceremony(
        &self,
        person: &Person,
        state: Vec<u8>,
        answer: String,
    ) -> Result<CeremonyProgress> {
        let step = ContinueCeremony {
            holder: person.holder(),
            state,
            answer,
        };
        let progress = self.keeper.continue_ceremony(step).await?;
        let (action, target, detail) = match &progress {
            // A proof is audited where it counts.
            CeremonyProgress::Next(_) | CeremonyProgress::Proved => return Ok(progress),
            CeremonyProgress::Enrolled(passkey) => (
                "passkey.enrolled",
                person.user.id.to_string(),
                json!({ "passkey": passkey.id, "name": passkey.name }),
            ),
            CeremonyProgress::Removed(passkey) => (
                "passkey.removed",
                person.user.id.to_string(),
                json!({ "passkey": passkey.id, "name": passkey.name }),
            ),
            CeremonyProgress::Sealed => (
                "organization.approvals_sealed",
                person.context.organization.to_string(),
                json!({}),
            ),
        };
        let done = event(
            &person.context,
            action,
            target,
            AuditOutcome::Success,
            detail,
        );
        self.store.journal().append(done).await?;
        Ok(progress)
    }
}
