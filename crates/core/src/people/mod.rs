//! The people of an organization: who is in it, who may do what, who joins and who leaves.
//!
//! Must not know: how people sign in, or pages.

mod invite;
mod join;
mod remove;
mod role;
mod view;

pub use invite::{InvitationList, Invited, Invitee, Mailed, NewInvitations};
pub use join::Joining;
pub use remove::Removed;
pub use view::{PeopleList, PeopleSearch, PersonView};

pub(crate) use view::typed;

use crate::Person;
use gatelodge_model::{Error, ErrorKind, Result, Role, User, WhoMustAct};

/// Most that a page of people shows.
pub(crate) const PAGE: u64 = 50;

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
        Ok(())
    } else {
        require_admin(person)
    }
}

/// Refuses administrators who are no owners what only owners may do.
pub(crate) fn require_owner(person: &Person, what: &str) -> Result<()> {
    if person.role() == Role::Owner {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Forbidden,
        format!("Only an owner may {what}. Nothing was changed."),
    )
    .with_hint(WhoMustAct::Admin, "Ask an owner of your organization."))
}

/// Refuses to leave an organization without an owner: nobody could make another one.
pub(crate) fn keep_an_owner(owners: &[User], leaving: &User) -> Result<()> {
    if owners.iter().any(|owner| owner.id != leaving.id) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Conflict,
        format!(
            "{} is the last owner of the organization and stays one. Nothing was changed.",
            leaving.name
        ),
    )
    .with_hint(WhoMustAct::Admin, "Make somebody else an owner first."))
}

/// A sign-in name as it is stored.
pub(crate) fn checked_email(typed: &str) -> Result<String> {
    let email = typed.trim().to_lowercase();
    let well_formed = email.len() <= 254
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        })
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if well_formed {
        Ok(email)
    } else {
        Err(Error::invalid("email", "This is not an e-mail address."))
    }
}

/// A shown name as it is stored.
pub(crate) fn checked_name(typed: &str) -> Result<String> {
    let name = typed.trim();
    if name.is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "A name has 1 to 120 characters."));
    }
    Ok(name.to_owned())
}
