//! What an administrator sees and ends: grants, tokens by user or app, and what a presented token stands for.
//!
//! Shows no token; must not know who asks.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::oauth::authority::Authority;
use crate::oauth::change::OauthChange;
use crate::oauth::secrets::Digest;
use crate::org::UserId;
use crate::persistence::{ChangeLog, Durable};
use crate::state::Practice;

/// A living grant without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantView {
    /// Number of the grant; a higher one is younger.
    pub id: u64,
    /// The app.
    pub client_id: String,
    /// The user.
    pub user: UserId,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// When the user approved.
    pub issued_at: DateTime<Utc>,
    /// When it last gave an access token.
    pub last_used: DateTime<Utc>,
    /// Access tokens that hang on it now.
    pub access_tokens: usize,
}

/// What a token in a request stands for.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The user.
    pub user: UserId,
    /// The app; absent for a session that SOAP `login` opened.
    pub client_id: Option<String>,
    /// The grant.
    pub grant: Option<u64>,
    /// The token.
    pub token: Digest,
}

impl Authority {
    /// Living grants, oldest first.
    pub fn grants(&self) -> Vec<GrantView> {
        let memory = self.lock();
        let view = |grant: &crate::oauth::Grant| GrantView {
            id: grant.id,
            client_id: grant.client_id.clone(),
            user: grant.user.clone(),
            scopes: grant.scopes.clone(),
            issued_at: grant.issued_at,
            last_used: grant.last_used,
            access_tokens: memory
                .lasting
                .access
                .values()
                .filter(|access| access.grant == Some(grant.id))
                .count(),
        };
        memory.lasting.grants.values().map(view).collect()
    }

    /// What a token stands for, without counting as a use; nothing when it is dead.
    pub fn presented(&self, practice: &Practice, token: &str) -> Option<Presented> {
        let digest = Digest::of(token);
        let (access, is_refresh) = self.look_at(practice, token)?;
        let grant = if is_refresh {
            self.lock().refresh.get(&digest).copied()
        } else {
            access.grant
        };
        Some(Presented {
            user: access.user,
            client_id: access.client_id,
            grant,
            token: digest,
        })
    }

    /// Ends one access token.
    pub fn end_token(&self, log: &ChangeLog, token: &Digest) -> Durable {
        let change = OauthChange::TokenEnded {
            token: token.clone(),
        };
        self.lock().commit(log, vec![change])
    }

    /// Ends a grant with its tokens, and says whether it lived.
    pub fn end_grant(&self, log: &ChangeLog, grant: u64) -> (bool, Durable) {
        let mut memory = self.lock();
        if !memory.lasting.grants.contains_key(&grant) {
            return (false, Durable::nothing());
        }
        let changes = vec![OauthChange::GrantEnded { grant }];
        (true, memory.commit(log, changes))
    }

    /// Ends the oldest grant of a user and app, as a sixth one would, and gives its number.
    pub fn end_oldest_grant(
        &self,
        log: &ChangeLog,
        client_id: &str,
        user: &UserId,
    ) -> (Option<u64>, Durable) {
        let mut memory = self.lock();
        let oldest = memory
            .lasting
            .grants
            .values()
            .find(|grant| grant.client_id == client_id && grant.user == *user)
            .map(|grant| grant.id);
        let changes = oldest.map(|grant| OauthChange::GrantEnded { grant });
        (oldest, memory.commit(log, changes.into_iter().collect()))
    }

    /// Ends the access tokens of a user, an app, or both, and says how many; grants live on.
    pub fn end_tokens(
        &self,
        log: &ChangeLog,
        user: Option<&UserId>,
        client_id: Option<&str>,
    ) -> (usize, Durable) {
        let mut memory = self.lock();
        let changes: Vec<_> = memory
            .lasting
            .access
            .iter()
            .filter(|(_, access)| user.is_none_or(|user| access.user == *user))
            .filter(|(_, access)| {
                client_id.is_none_or(|app| access.client_id.as_deref() == Some(app))
            })
            .map(|(token, _)| OauthChange::TokenEnded {
                token: token.clone(),
            })
            .collect();
        (changes.len(), memory.commit(log, changes))
    }

    /// Ends the grants of a user, an app, or both, with their tokens, and says how many.
    pub fn end_grants(
        &self,
        log: &ChangeLog,
        user: Option<&UserId>,
        client_id: Option<&str>,
    ) -> (usize, Durable) {
        let mut memory = self.lock();
        let changes: Vec<_> = memory
            .lasting
            .grants
            .values()
            .filter(|grant| user.is_none_or(|user| grant.user == *user))
            .filter(|grant| client_id.is_none_or(|app| grant.client_id == app))
            .map(|grant| OauthChange::GrantEnded { grant: grant.id })
            .collect();
        (changes.len(), memory.commit(log, changes))
    }
}
