//! Rules of the organization that an administrator sets.
//!
//! Must not know: how a rule is applied to a call.

use crate::{Hub, Person, hub::event, people::require_admin};
use gatelodge_model::{AuditOutcome, Decision, Error, Organization, Result};
use serde_json::json;

impl Hub {
    /// Switches every writing tool off or on again, for all agents and people at once (SF-10). Switched off,
    /// they are listed for nobody, new proposals are refused, and approved ones end as stale.
    ///
    /// # Errors
    /// `forbidden` for people who do not administer, `step_up_needed`.
    pub async fn switch_writes(&self, person: &Person, on: bool) -> Result<()> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let id = person.context.organization;
        let organization = self
            .store
            .organizations()
            .find(id)
            .await?
            .ok_or_else(|| Error::not_found("organization"))?;
        let mut changed: Organization = organization;
        changed.policy.writes = if on { Decision::Ask } else { Decision::Deny };
        let unit = self.store.begin(id).await?;
        unit.organizations().update(&changed).await?;
        let switched = event(
            &person.context,
            "organization.writes_switched",
            id,
            AuditOutcome::Success,
            json!({ "writes": if on { "on" } else { "off" } }),
        );
        unit.commit(vec![switched]).await?;
        self.recent_callers.forget();
        Ok(())
    }
}
