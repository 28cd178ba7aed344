//! The life of grants and access tokens: opened, refreshed, rotated, evicted, revoked, expired.
//!
//! Must not know where a request came from or how the answer is written.

use chrono::{DateTime, Utc};

use crate::oauth::answer::TokenError;
use crate::oauth::authority::{Authority, Memory};
use crate::oauth::change::{Access, Grant, OauthChange};
use crate::oauth::secrets::{self, Digest};
use crate::oauth::{App, scopes};
use crate::org::UserId;
use crate::persistence::Durable;
use crate::state::Practice;

/// Grants that one user can have for one app; another one silently ends the oldest.
pub const GRANTS_PER_USER_AND_APP: usize = 5;

/// Tokens that were just made; the only moment at which they exist in clear.
pub(crate) struct NewTokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) user: UserId,
    pub(crate) scopes: Vec<String>,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) durable: Durable,
}

impl Authority {
    /// Opens what a user approved: an access token, and a grant with a refresh token if the scope is there.
    pub(crate) fn open(
        &self,
        practice: &Practice,
        client_id: Option<&str>,
        user: UserId,
        scopes: Vec<String>,
        refreshable: bool,
    ) -> NewTokens {
        let now = practice.clock.now();
        let mut memory = self.lock();
        memory.sweep(now);
        let mut changes = Vec::new();
        let mut grant_id = None;
        let mut refresh_token = None;
        if let Some(client_id) = client_id
            && refreshable
            && scopes::allow_refresh(&scopes)
        {
            changes.extend(memory.evictions(client_id, &user));
            let token = secrets::refresh_token(practice.random.as_ref());
            let id = memory.last_grant + 1;
            changes.push(OauthChange::Granted(Grant {
                id,
                client_id: client_id.to_owned(),
                user: user.clone(),
                scopes: scopes.clone(),
                refresh: Digest::of(&token),
                spent: Vec::new(),
            }));
            grant_id = Some(id);
            refresh_token = Some(token);
        }
        let (access_token, change) = issue(
            practice,
            Access {
                client_id: client_id.map(ToOwned::to_owned),
                user: user.clone(),
                scopes: scopes.clone(),
                grant: grant_id,
                issued_at: now,
                expires_at: now + self.session_timeout,
            },
        );
        changes.push(change);
        let durable = memory.commit(&practice.log, changes);
        NewTokens {
            access_token,
            refresh_token,
            user,
            scopes,
            issued_at: now,
            durable,
        }
    }

    /// Trades a refresh token for an access token, and for a new refresh token where the app rotates.
    ///
    /// The error comes with a promise because a replay ends a grant, which must be on disk, too.
    pub(crate) fn refresh(
        &self,
        practice: &Practice,
        app: &App,
        token: &str,
    ) -> Result<NewTokens, (TokenError, Durable)> {
        let dead = |durable| (TokenError::EXPIRED_TOKEN, durable);
        let now = practice.clock.now();
        let presented = Digest::of(token);
        let mut memory = self.lock();
        memory.sweep(now);
        let found = memory.refresh.get(&presented).copied();
        let grant = found.and_then(|id| memory.grants.get(&id)).cloned();
        let Some(grant) = grant.filter(|grant| grant.client_id == app.client_id) else {
            return Err(dead(Durable::nothing()));
        };
        if grant.refresh != presented {
            let ended = vec![OauthChange::GrantEnded { grant: grant.id }];
            return Err(dead(memory.commit(&practice.log, ended)));
        }
        let active = practice
            .org
            .user(&grant.user)
            .is_some_and(|user| user.active);
        if !active {
            return Err((TokenError::INACTIVE_USER, Durable::nothing()));
        }
        let mut changes = Vec::new();
        let refresh_token = app.rotate_refresh_tokens.then(|| {
            let token = secrets::refresh_token(practice.random.as_ref());
            changes.push(OauthChange::Rotated {
                grant: grant.id,
                refresh: Digest::of(&token),
            });
            token
        });
        let (access_token, change) = issue(
            practice,
            Access {
                client_id: Some(app.client_id.clone()),
                user: grant.user.clone(),
                scopes: grant.scopes.clone(),
                grant: Some(grant.id),
                issued_at: now,
                expires_at: now + self.session_timeout,
            },
        );
        changes.push(change);
        let durable = memory.commit(&practice.log, changes);
        Ok(NewTokens {
            access_token,
            refresh_token,
            user: grant.user,
            scopes: grant.scopes,
            issued_at: now,
            durable,
        })
    }

    /// What an access token allows now. Counts as a use: in the second half of its life the token gets a new
    /// full life.
    pub(crate) fn use_token(&self, practice: &Practice, token: &Digest) -> Option<Access> {
        let now = practice.clock.now();
        let mut memory = self.lock();
        let access = memory.live(token, now)?;
        if access.expires_at - now < self.session_timeout / 2
            && let Some(stored) = memory.access.get_mut(token)
        {
            stored.expires_at = now + self.session_timeout;
        }
        Some(access)
    }

    /// What a token allows now, without counting as a use; `true` marks a refresh token.
    pub(crate) fn look_at(&self, practice: &Practice, token: &str) -> Option<(Access, bool)> {
        let now = practice.clock.now();
        let digest = Digest::of(token);
        let memory = self.lock();
        if let Some(access) = memory.live(&digest, now) {
            return Some((access, false));
        }
        let grant = memory.grants.get(memory.refresh.get(&digest)?)?;
        (grant.refresh == digest).then(|| {
            let access = Access {
                client_id: Some(grant.client_id.clone()),
                user: grant.user.clone(),
                scopes: grant.scopes.clone(),
                grant: Some(grant.id),
                issued_at: now,
                expires_at: now + self.session_timeout,
            };
            (access, true)
        })
    }

    /// Ends a token: a refresh token with its grant, an access token alone. `None` when it was not alive.
    pub(crate) fn revoke(&self, practice: &Practice, token: &str) -> Option<Durable> {
        let digest = Digest::of(token);
        let mut memory = self.lock();
        let working = |grant: &&Grant| grant.refresh == digest;
        let grant = memory
            .refresh
            .get(&digest)
            .and_then(|id| memory.grants.get(id));
        let change = if let Some(grant) = grant.filter(working) {
            OauthChange::GrantEnded { grant: grant.id }
        } else if memory.live(&digest, practice.clock.now()).is_some() {
            OauthChange::TokenEnded { token: digest }
        } else {
            return None;
        };
        Some(memory.commit(&practice.log, vec![change]))
    }

    /// Ends all access tokens, as if the session timeout had passed for everyone.
    pub(crate) fn expire_access_tokens(&self, practice: &Practice) -> Durable {
        let mut memory = self.lock();
        memory.commit(&practice.log, vec![OauthChange::AllTokensEnded])
    }

    /// Ends all grants of a user, and says how many.
    pub(crate) fn revoke_user(&self, practice: &Practice, user: &UserId) -> (usize, Durable) {
        let mut memory = self.lock();
        let own = memory.grants.values().filter(|grant| grant.user == *user);
        let mut changes: Vec<_> = own
            .map(|grant| OauthChange::GrantEnded { grant: grant.id })
            .collect();
        let count = changes.len();
        let tokens = memory
            .access
            .iter()
            .filter(|(_, access)| access.user == *user);
        changes.extend(tokens.map(|(token, _)| OauthChange::TokenEnded {
            token: token.clone(),
        }));
        (count, memory.commit(&practice.log, changes))
    }

    /// Whether a user has approved these scopes for this app before, so that the page can be skipped.
    pub(crate) fn approved(&self, client_id: &str, user: &UserId, scopes: &[String]) -> bool {
        let memory = self.lock();
        memory.grants.values().any(|grant| {
            grant.client_id == client_id
                && grant.user == *user
                && scopes.iter().all(|scope| grant.scopes.contains(scope))
        })
    }

    /// Number of live grants, for tests.
    pub fn grant_count(&self) -> usize {
        self.lock().grants.len()
    }
}

/// A new access token and the change that makes it known.
fn issue(practice: &Practice, access: Access) -> (String, OauthChange) {
    let organization = practice.org.organization();
    let token = secrets::access_token(practice.random.as_ref(), &organization.id);
    let change = OauthChange::TokenIssued {
        token: Digest::of(&token),
        access,
    };
    (token, change)
}

impl Memory {
    fn live(&self, token: &Digest, now: DateTime<Utc>) -> Option<Access> {
        let access = self.access.get(token)?;
        let blocked = access.client_id.as_ref().is_some_and(|client_id| {
            let app = self.apps.get(client_id);
            app.is_none_or(|app| app.blocked)
        });
        (access.expires_at > now && !blocked).then(|| access.clone())
    }

    /// The grants that make room for one more of this user and app.
    fn evictions(&self, client_id: &str, user: &UserId) -> Vec<OauthChange> {
        // The map is ordered by number, so the oldest come first.
        let own = self.grants.values();
        let own = own.filter(|grant| grant.client_id == client_id && grant.user == *user);
        let ids: Vec<u64> = own.map(|grant| grant.id).collect();
        let surplus = (ids.len() + 1).saturating_sub(GRANTS_PER_USER_AND_APP);
        let oldest = ids.into_iter().take(surplus);
        oldest
            .map(|grant| OauthChange::GrantEnded { grant })
            .collect()
    }
}
