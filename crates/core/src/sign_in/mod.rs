//! Signing in with a password, sessions, and the links that set a first password.
//!
//! Must not know: cookies or forms.

mod link;
mod password;
mod session;
mod throttle;

use crate::{
    Hub,
    hub::event,
    token::{self, TokenKind},
};
use gatelodge_model::{
    Actor, AuditOutcome, Error, ErrorKind, Face, OperationContext, RequestId, Result, Secret,
    Session, SessionId, User, WhoMustAct,
};
use serde_json::json;
use std::net::IpAddr;

pub(crate) use password::check_length;
pub(crate) use session::signed_out;

/// One attempt.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Sign-in name.
    pub email: String,
    /// What was typed.
    pub password: Secret,
    /// Where it came from.
    pub address: IpAddr,
    /// What the browser says it is.
    pub user_agent: String,
    /// Which request.
    pub request: RequestId,
}

/// A successful attempt.
#[derive(Debug)]
pub struct SignedIn {
    /// For the cookie.
    pub token: Secret,
    /// The session.
    pub session: Session,
    /// Who.
    pub user: User,
}

/// Longer sign-in names and passwords are refused before anything is hashed.
pub(crate) const MAX_INPUT: usize = 1024;

fn refused() -> Error {
    Error::new(ErrorKind::Unauthenticated, "E-mail or password is wrong.").with_hint(
        WhoMustAct::Caller,
        "Check both. An administrator can send you a new link to set your password.",
    )
}

impl Hub {
    /// Signs a person in. Unknown people, wrong passwords and removed people get the same answer after the
    /// same work (U12).
    ///
    /// # Errors
    /// `unauthenticated`, or `rate_limited` after too many failures for this name or address.
    pub async fn sign_in(&self, attempt: SignIn) -> Result<SignedIn> {
        let email = attempt.email.trim().to_lowercase();
        if email.len() > MAX_INPUT || attempt.password.expose().len() > MAX_INPUT {
            return Err(refused());
        }
        self.check_throttle(&email, attempt.address).await?;
        let user = self
            .store
            .users()
            .find_by_email(&email)
            .await?
            .filter(|user| user.removed_at.is_none());
        let hash = user.as_ref().and_then(|user| user.password_hash.clone());
        let right = self.verify_password(hash, attempt.password.clone()).await?;
        let (Some(user), true) = (user.clone(), right) else {
            self.record_failure(&email, attempt.address).await?;
            if let Some(user) = user {
                let context = OperationContext {
                    organization: user.organization,
                    actor: Actor::User { user: user.id },
                    face: Face::Ui,
                    request: attempt.request,
                };
                self.store
                    .journal()
                    .append(event(
                        &context,
                        "session.refused",
                        user.id,
                        AuditOutcome::Denied,
                        json!({}),
                    ))
                    .await?;
            }
            return Err(refused());
        };
        self.open_session(user, &attempt).await
    }

    async fn open_session(&self, user: User, attempt: &SignIn) -> Result<SignedIn> {
        let token = token::generate(TokenKind::Session, &*self.random);
        let session = Session {
            id: SessionId::generate(&*self.clock, &*self.random),
            organization: user.organization,
            user: user.id,
            token_digest: token::digest(TokenKind::Session, &token),
            user_agent: attempt.user_agent.chars().take(200).collect(),
            signed_in_at: self.now(),
            proved_at: self.now(),
            last_used_at: self.now(),
            expires_at: self.after(self.settings.session_lifetime),
        };
        let context = OperationContext {
            organization: user.organization,
            actor: Actor::User { user: user.id },
            face: Face::Ui,
            request: attempt.request,
        };
        let unit = self.store.begin(user.organization).await?;
        unit.sessions().insert(&session).await?;
        let started = event(
            &context,
            "session.started",
            session.id,
            AuditOutcome::Success,
            json!({}),
        );
        unit.commit(vec![started]).await?;
        Ok(SignedIn {
            token,
            session,
            user,
        })
    }
}
