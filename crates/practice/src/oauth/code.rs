//! Authorization codes: single use, ten minutes, bound to app, callback address and code challenge.
//!
//! Must not know how a code reaches the app.

use chrono::{DateTime, TimeDelta, Utc};

use crate::oauth::answer::TokenError;
use crate::oauth::authority::Authority;
use crate::oauth::secrets::{self, Digest};
use crate::org::UserId;
use crate::state::Practice;

/// How long a code can be exchanged.
pub const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// How long a dead code is remembered, so that its return is answered with "expired" instead of "invalid".
const CODE_MEMORY: TimeDelta = TimeDelta::hours(1);

/// What a code stands for.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) user: UserId,
    pub(crate) scopes: Vec<String>,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) forget_at: DateTime<Utc>,
    pub(crate) used: bool,
}

/// What was approved.
pub(crate) struct Approved {
    pub(crate) client_id: String,
    pub(crate) user: UserId,
    pub(crate) scopes: Vec<String>,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
}

impl Authority {
    /// Makes a code for an approval.
    pub(crate) fn new_code(&self, practice: &Practice, approved: Approved) -> String {
        let now = practice.clock.now();
        let code = secrets::authorization_code(practice.random.as_ref());
        let mut memory = self.lock();
        memory.sweep(now);
        memory.codes.insert(
            Digest::of(&code),
            Code {
                client_id: approved.client_id,
                user: approved.user,
                scopes: approved.scopes,
                redirect_uri: approved.redirect_uri,
                challenge: approved.challenge,
                nonce: approved.nonce,
                until: now + CODE_LIFE,
                forget_at: now + CODE_MEMORY,
                used: false,
            },
        );
        code
    }

    /// Uses a code up, and says what it stood for if everything fits.
    ///
    /// A failed attempt by the right app uses the code up, too: a verifier cannot be guessed by trying.
    pub(crate) fn redeem(
        &self,
        practice: &Practice,
        code: &str,
        client_id: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
    ) -> Result<Code, TokenError> {
        let now = practice.clock.now();
        let mut memory = self.lock();
        let found = memory.codes.get_mut(&Digest::of(code));
        let Some(found) = found.filter(|found| found.client_id == client_id) else {
            return Err(TokenError::INVALID_CODE);
        };
        if std::mem::replace(&mut found.used, true) || found.until <= now {
            return Err(TokenError::EXPIRED_CODE);
        }
        if found.redirect_uri != redirect_uri {
            return Err(TokenError::REDIRECT_MISMATCH);
        }
        if let Some(challenge) = &found.challenge {
            let verifier = verifier.ok_or(TokenError::INVALID_VERIFIER)?;
            if !secrets::verifier_matches(challenge, verifier) {
                return Err(TokenError::INVALID_VERIFIER);
            }
        }
        Ok(found.clone())
    }
}
