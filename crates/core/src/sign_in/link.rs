//! Links that work once and set a password.
//!
//! Must not know: how the link reaches the person.

use super::check_length;
use crate::{
    Hub,
    hub::event,
    token::{self, TokenKind},
};
use gatelodge_model::{
    Actor, AuditOutcome, Error, Face, OneTimeLink, OneTimeLinkId, OperationContext, RequestId,
    Result, Secret, User,
};
use serde_json::json;

impl Hub {
    /// Whose password a link sets.
    ///
    /// # Errors
    /// `not_found` when it is unknown, used or over.
    pub async fn link_user(&self, token: &Secret) -> Result<User> {
        Ok(self.open_link(token).await?.1)
    }

    /// Sets the password with a link, which is used up by it. Other sessions of the person end.
    ///
    /// # Errors
    /// `invalid_argument` for a password that is too short, `not_found` for a dead link.
    pub async fn set_password(
        &self,
        token: &Secret,
        password: Secret,
        request: RequestId,
    ) -> Result<User> {
        check_length(&password)?;
        let (link, mut user) = self.open_link(token).await?;
        user.password_hash = Some(self.hash_password(password).await?);
        let context = OperationContext {
            organization: user.organization,
            actor: Actor::User { user: user.id },
            face: Face::Ui,
            request,
        };
        let unit = self.store.begin(user.organization).await?;
        unit.one_time_links()
            .use_once(&link.token_digest)
            .await?
            .ok_or_else(dead_link)?;
        unit.users().update(&user).await?;
        unit.sessions().delete_for_user(user.id, None).await?;
        let set = event(
            &context,
            "user.password_set",
            user.id,
            AuditOutcome::Success,
            json!({}),
        );
        unit.commit(vec![set]).await?;
        Ok(user)
    }

    async fn open_link(&self, token: &Secret) -> Result<(OneTimeLink, User)> {
        let digest = token::digest(TokenKind::Link, token);
        let link = self
            .store
            .one_time_links()
            .find_by_token_digest(&digest)
            .await?
            .filter(|link| link.used_at.is_none() && link.expires_at > self.now())
            .ok_or_else(dead_link)?;
        let user = self
            .store
            .users()
            .find(link.organization, link.user)
            .await?
            .filter(|user| user.removed_at.is_none())
            .ok_or_else(dead_link)?;
        Ok((link, user))
    }

    /// A new link with its token, not yet stored.
    pub(crate) fn new_link(&self, user: &User) -> (OneTimeLink, Secret) {
        let token = token::generate(TokenKind::Link, &*self.random);
        let link = OneTimeLink {
            id: OneTimeLinkId::generate(&*self.clock, &*self.random),
            organization: user.organization,
            user: user.id,
            token_digest: token::digest(TokenKind::Link, &token),
            expires_at: self.after(self.settings.link_lifetime),
            used_at: None,
        };
        (link, token)
    }
}

fn dead_link() -> Error {
    Error::not_found("link, or it was used already or its time is over")
}
