//! Sessions: who is signed in, where, and ending them.
//!
//! Must not know: cookies; it is given the cookie's value.

use crate::{
    Hub, Person,
    hub::event,
    token::{self, TokenKind},
};
use gatelodge_model::{
    Actor, AuditOutcome, Digest, Error, ErrorKind, Face, OperationContext, RequestId, Result,
    Secret, Session, SessionId,
};
use serde_json::json;

pub(crate) fn signed_out() -> Error {
    Error::new(
        ErrorKind::Unauthenticated,
        "You are signed out. Sign in to go on.",
    )
}

impl Hub {
    /// Who holds this session.
    ///
    /// # Errors
    /// `unauthenticated` when it is unknown, ended, or unused for too long.
    pub async fn authenticate_session(&self, token: &Secret, request: RequestId) -> Result<Person> {
        let digest = token::digest(TokenKind::Session, token);
        let session = self
            .store
            .sessions()
            .find_by_token_digest(&digest)
            .await?
            .ok_or_else(signed_out)?;
        let now = self.now();
        let idle = chrono::Duration::from_std(self.settings.session_idle).unwrap_or_default();
        if session.expires_at <= now || session.last_used_at + idle <= now {
            return Err(signed_out());
        }
        let (user, organization) = (self.store.users(), self.store.organizations());
        let (user, organization) = tokio::try_join!(
            user.find(session.organization, session.user),
            organization.find(session.organization)
        )?;
        let user = user
            .filter(|user| user.removed_at.is_none())
            .ok_or_else(signed_out)?;
        let organization = organization.ok_or_else(signed_out)?;
        if now - session.last_used_at >= chrono::Duration::minutes(1) {
            self.store
                .sessions()
                .touch(session.organization, session.id, now)
                .await?;
        }
        let context = OperationContext {
            organization: organization.id,
            actor: Actor::User { user: user.id },
            face: Face::Ui,
            request,
        };
        let session_key = Digest::of("gatelodge.session-key.v1", &[token.expose().as_bytes()]);
        Ok(Person {
            context,
            user,
            organization,
            session,
            session_key,
        })
    }

    /// Ends the session that is used.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn sign_out(&self, person: &Person) -> Result<()> {
        self.end_session(person, person.session.id).await
    }

    /// The person's sessions, the newest first.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn sessions(&self, person: &Person) -> Result<Vec<Session>> {
        Ok(self
            .store
            .sessions()
            .list_for_user(person.context.organization, person.user.id)
            .await?)
    }

    /// Ends one of the person's sessions.
    ///
    /// # Errors
    /// `not_found` when it is not theirs.
    pub async fn end_session(&self, person: &Person, session: SessionId) -> Result<()> {
        let organization = person.context.organization;
        let known = self
            .store
            .sessions()
            .list_for_user(organization, person.user.id)
            .await?;
        if !known.iter().any(|candidate| candidate.id == session) {
            return Err(Error::not_found("session"));
        }
        let unit = self.store.begin(organization).await?;
        unit.sessions().delete(session).await?;
        let ended = event(
            &person.context,
            "session.ended",
            session,
            AuditOutcome::Success,
            json!({}),
        );
        unit.commit(vec![ended]).await?;
        Ok(())
    }
}
