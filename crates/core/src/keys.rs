//! The keys of an organization, and beginning to replace its data keys. What destroys a key, and what concerns the
//! operator's key, is done at the console only.
//!
//! Must not know: keys; only their ids.

use crate::{
    Hub, Person,
    hub::event,
    people::{require_admin, require_overseer},
};
use gatelodge_keeper_client::{KeyInventory, RotateKeys, RotateWhat};
use gatelodge_model::{AuditOutcome, Result};
use serde_json::json;

impl Hub {
    /// The keys of a person's organization, and how far replacements are.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit; `keeper_unavailable`, `store_unavailable`.
    pub async fn keys(&self, person: &Person) -> Result<KeyInventory> {
        require_overseer(person)?;
        let here = Some(person.context.organization);
        Ok(self.keeper.key_inventory(here).await?)
    }

    /// Begins to replace the data keys of a person's organization. Nothing is destroyed by that.
    ///
    /// # Errors
    /// `forbidden` for people who do not administer, `step_up_needed`, `conflict` while a replacement is
    /// under way, `sealed`.
    pub async fn rotate_data_keys(&self, person: &Person) -> Result<()> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let organization = person.context.organization;
        let order = RotateKeys {
            what: RotateWhat::DataKeys {
                organization: Some(organization),
            },
            started_by: person.user().name.clone(),
        };
        self.keeper.rotate_keys(order).await?;
        let unit = self.store.begin(organization).await?;
        let began = event(
            &person.context,
            "keys.data_key_rotation_started",
            organization,
            AuditOutcome::Success,
            json!({}),
        );
        unit.commit(vec![began]).await?;
        Ok(())
    }
}
