//! Joining with an invitation: who opens its link chooses a name and a password, once.
//!
//! Must not know: how the link reached the person.

use super::checked_name;
use crate::{
    Hub,
    hub::event,
    sign_in::check_length,
    token::{self, TokenKind},
};
use gatelodge_model::{
    Actor, AuditOutcome, Error, ErrorKind, Face, Invitation, InvitationState, OperationContext,
    Organization, RequestId, Result, Secret, User, UserId, WhoMustAct,
};
use serde_json::json;

/// What an open invitation offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// The invitation.
    pub invitation: Invitation,
    /// The organization to join.
    pub organization: Organization,
    /// Who invites, where they are still here.
    pub invited_by: Option<String>,
}

impl Hub {
    /// What the link of an invitation offers.
    ///
    /// # Errors
    /// `not_found` for a link that is none or was replaced by another one, `conflict` for one that was used or
    /// withdrawn, `expired`.
    pub async fn joining(&self, token: &Secret) -> Result<Joining> {
        let digest = token::digest(TokenKind::Invitation, token);
        let invitation = self
            .store
            .invitations()
            .find_by_token_digest(&digest)
            .await?
            .ok_or_else(unknown_link)?;
        let organization = self
            .store
            .organizations()
            .find(invitation.organization)
            .await?
            .ok_or_else(unknown_link)?;
        let inviter = match invitation.invited_by {
            Some(id) => self.store.users().find(organization.id, id).await?,
            None => None,
        };
        let invited_by = inviter
            .filter(|user| user.removed_at.is_none())
            .map(|user| user.name);
        match invitation.state(self.now()) {
            InvitationState::Open => Ok(Joining {
                invitation,
                organization,
                invited_by,
            }),
            state => Err(dead(state, &invitation, invited_by.as_deref())),
        }
    }

    /// Joins the organization: from now on the person signs in with the invited address and this password. Who was
    /// here before and was removed is the same person again.
    ///
    /// # Errors
    /// As [`Hub::joining`]; `invalid_argument` for a name or password that cannot be used, `conflict` when the address
    /// signs in somewhere already.
    pub async fn join(
        &self,
        token: &Secret,
        name: &str,
        password: Secret,
        request: RequestId,
    ) -> Result<User> {
        let name = checked_name(name)?;
        check_length(&password)?;
        let Joining { invitation, .. } = self.joining(token).await?;
        let known = self.store.users().find_by_email(&invitation.email).await?;
        let before = known
            .map(|user| may_return(user, &invitation))
            .transpose()?;
        let password_hash = Some(self.hash_password(password).await?);
        let organization = invitation.organization;
        let user = User {
            id: before.as_ref().map_or_else(
                || UserId::generate(&*self.clock, &*self.random),
                |user| user.id,
            ),
            organization,
            email: invitation.email.clone(),
            name,
            role: invitation.role,
            password_hash,
            created_at: before.as_ref().map_or(self.now(), |user| user.created_at),
            removed_at: None,
        };
        let unit = self.store.begin(organization).await?;
        if before.is_some() {
            unit.users().update(&user).await?;
        } else {
            unit.users().insert(&user).await?;
        }
        let first = unit
            .invitations()
            .accept_once(&invitation.token_digest, user.id)
            .await?;
        if !first {
            return Err(dead(InvitationState::Accepted, &invitation, None));
        }
        for group in unit.groups().list(organization).await? {
            if invitation.groups.contains(&group.id) {
                unit.groups().add_member(group.id, user.id).await?;
            }
        }
        let context = OperationContext {
            organization,
            actor: Actor::User { user: user.id },
            face: Face::Ui,
            request,
        };
        let detail = json!({
            "invitation": invitation.id,
            "invited_by": invitation.invited_by,
            "role": user.role,
            "groups": invitation.groups,
            "returned": before.is_some(),
        });
        unit.commit(vec![event(
            &context,
            "user.joined",
            user.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        Ok(user)
    }
}

/// Only who was removed from the same organization comes back as the same person.
fn may_return(user: User, invitation: &Invitation) -> Result<User> {
    if user.organization == invitation.organization && user.removed_at.is_some() {
        return Ok(user);
    }
    let error = if user.organization == invitation.organization {
        Error::new(
            ErrorKind::Conflict,
            "You are in this organization already. Sign in with your password.",
        )
    } else {
        Error::new(
            ErrorKind::Conflict,
            "This address is used in this installation already, and an address belongs to one organization. Nothing was changed.",
        )
    };
    Err(error.with_hint(
        WhoMustAct::Admin,
        "Ask who invited you for an invitation of another address.",
    ))
}

fn unknown_link() -> Error {
    Error::not_found("invitation, or a newer link has replaced this one")
}

fn dead(state: InvitationState, invitation: &Invitation, invited_by: Option<&str>) -> Error {
    let (kind, message) = match state {
        InvitationState::Accepted => (
            ErrorKind::Conflict,
            "This invitation was used already. If it was you, sign in with your password."
                .to_owned(),
        ),
        InvitationState::Withdrawn => (
            ErrorKind::Conflict,
            "This invitation was withdrawn.".to_owned(),
        ),
        InvitationState::Expired | InvitationState::Open => (
            ErrorKind::Expired,
            format!(
                "The time for this invitation was over on {}.",
                invitation.expires_at.format("%Y-%m-%d %H:%M UTC")
            ),
        ),
    };
    let who = invited_by.unwrap_or("an administrator of the organization");
    Error::new(kind, message).with_hint(
        WhoMustAct::Admin,
        format!("Ask {who} to send you another invitation."),
    )
}
