//! The people of an organization, as administrators see them.
//!
//! Must not know: how people sign in.

use crate::{Hub, Person};
use gatelodge_model::{Error, ErrorKind, Result, User, WhoMustAct};

/// Refuses people who do not administer.
pub(crate) fn require_admin(person: &Person) -> Result<()> {
    if person.role().administers() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Forbidden,
        "Only an administrator or the owner may do this.",
    )
    .with_hint(
        WhoMustAct::Admin,
        "Ask an administrator of your organization.",
    ))
}

/// Refuses people who neither administer nor audit.
pub(crate) fn require_overseer(person: &Person) -> Result<()> {
    if person.role().reads_audit() {
        return Ok(());
    }
    require_admin(person)
}

impl Hub {
    /// Everybody in the organization.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn people(&self, person: &Person) -> Result<Vec<User>> {
        if !person.role().reads_audit() {
            require_admin(person)?;
        }
        Ok(self.store.users().list(person.context.organization).await?)
    }
}
