//! The life of grants and access tokens: opened, refreshed, rotated, evicted, revoked, used.
//!
//! Must not know how the answer is written.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::oauth::answer::TokenError;
use crate::oauth::authority::Authority;
use crate::oauth::change::{Access, Grant, OauthChange};
use crate::oauth::memory::Memory;
use crate::oauth::secrets::{self, Digest};
use crate::oauth::{App, scopes};
use crate::org::UserId;
use crate::persistence::Durable;
use crate::site::Site;
use crate::state::Practice;

/// Grants that one user can have for one app in a real org.
pub const GRANTS_PER_USER_AND_APP: usize = 5;

/// Tokens that were just made; the only moment at which they exist in clear.
pub(crate) struct NewTokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) user: UserId,
    pub(crate) scopes: Vec<String>,
    pub(crate) issued_at: DateTime<Utc>,
    /// What an identity token has to repeat.
    pub(crate) nonce: Option<String>,
    pub(crate) durable: Durable,
}

/// A refresh that failed. The promise is there because a failure can end a grant, which must be on disk, too.
pub(crate) type Refused = (TokenError, Durable);

/// Holds a code or a refresh token while its request is under way.
pub(crate) struct Processing<'a> {
    authority: &'a Authority,
    token: Digest,
}

impl Drop for Processing<'_> {
    fn drop(&mut self) {
        self.authority.lock().in_process.remove(&self.token);
    }
}

impl Authority {
    /// Marks a code or a refresh token as under way, for as long as the result lives.
    ///
    /// # Errors
    /// Another request with it is under way.
    pub(crate) fn process(&self, token: &str) -> Result<Processing<'_>, TokenError> {
        let token = Digest::of(token);
        if !self.lock().in_process.insert(token.clone()) {
            return Err(TokenError::IN_PROCESS);
        }
        Ok(Processing {
            authority: self,
            token,
        })
    }

    /// Opens what a user approved: an access token, and a grant with a refresh token if the scope is there.
    pub(crate) fn open(
        &self,
        practice: &Practice,
        site: &Site,
        app: Option<&App>,
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
        if let Some(app) = app
            && refreshable
            && scopes::allow_refresh(&scopes)
        {
            let most = self.grants_per_user_and_app;
            changes.extend(memory.evictions(&app.client_id, &user, most));
            let token = secrets::refresh_token(practice.random.as_ref());
            let id = memory.lasting.last_grant + 1;
            changes.push(OauthChange::Granted(Grant {
                id,
                client_id: app.client_id.clone(),
                user: user.clone(),
                scopes: scopes.clone(),
                refresh: Digest::of(&token),
                spent: Vec::new(),
                issued_at: now,
                last_used: now,
            }));
            grant_id = Some(id);
            refresh_token = Some(token);
        }
        let timeout = self.timeout(&memory, app);
        let access = new_access(
            app,
            user.clone(),
            scopes.clone(),
            grant_id,
            now,
            timeout,
            site,
        );
        let (access_token, change) = issue(practice, access);
        changes.push(change);
        let durable = memory.commit(&practice.log, changes);
        NewTokens {
            access_token,
            refresh_token,
            user,
            scopes,
            issued_at: now,
            nonce: None,
            durable,
        }
    }

    /// The grant of a refresh token, if the token works for this app.
    ///
    /// # Errors
    /// The token is unknown, spent or past its policy. A spent one ends the grant, without any grace.
    pub(crate) fn grant_of(
        &self,
        practice: &Practice,
        app: &App,
        token: &str,
    ) -> Result<Grant, Refused> {
        let presented = Digest::of(token);
        let mut memory = self.lock();
        let found = memory.refresh.get(&presented).copied();
        let grant = found.and_then(|id| memory.lasting.grants.get(&id)).cloned();
        let Some(grant) = grant.filter(|grant| grant.client_id == app.client_id) else {
            return Err((TokenError::EXPIRED_TOKEN, Durable::nothing()));
        };
        let now = practice.clock.now();
        let over = app
            .refresh_policy
            .is_over(grant.issued_at, grant.last_used, now);
        if grant.refresh != presented {
            let ended = vec![OauthChange::GrantEnded { grant: grant.id }];
            return Err((
                TokenError::EXPIRED_TOKEN,
                memory.commit(&practice.log, ended),
            ));
        }
        if over {
            return Err((TokenError::EXPIRED_TOKEN, Durable::nothing()));
        }
        Ok(grant)
    }

    /// Gives a grant an access token, and a new refresh token where the app rotates.
    ///
    /// # Errors
    /// The refresh token has stopped working since [`Authority::grant_of`].
    pub(crate) fn refresh(
        &self,
        practice: &Practice,
        site: &Site,
        app: &App,
        grant: Grant,
    ) -> Result<NewTokens, TokenError> {
        let now = practice.clock.now();
        let mut memory = self.lock();
        memory.sweep(now);
        let current = memory.lasting.grants.get(&grant.id);
        if current.is_none_or(|current| current.refresh != grant.refresh) {
            return Err(TokenError::EXPIRED_TOKEN);
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
        let timeout = self.timeout(&memory, Some(app));
        let (access_token, change) = issue(
            practice,
            new_access(
                Some(app),
                grant.user.clone(),
                grant.scopes.clone(),
                Some(grant.id),
                now,
                timeout,
                site,
            ),
        );
        changes.push(change);
        let durable = memory.commit(&practice.log, changes);
        Ok(NewTokens {
            access_token,
            refresh_token,
            user: grant.user,
            scopes: grant.scopes,
            issued_at: now,
            nonce: None,
            durable,
        })
    }

    /// What an access token allows now. Counts as a use: in the second half of its life the token gets a new
    /// full life.
    pub(crate) fn use_token(
        &self,
        practice: &Practice,
        token: &Digest,
        address: Option<IpAddr>,
    ) -> Option<Access> {
        let now = practice.clock.now();
        let mut memory = self.lock();
        let mut access = memory.live(token, now)?;
        if memory.lasting.policy.lock_sessions_to_ip && access.address != address {
            return None;
        }
        let timeout = self.life_of(&access);
        if access.expires_at - now < timeout / 2 {
            access.expires_at = now + timeout;
            let extended = OauthChange::TokenExtended {
                token: token.clone(),
                expires_at: access.expires_at,
            };
            // Nobody waits: were it lost in a crash, the token would only die earlier.
            let _kept_in_order = memory.commit(&practice.log, vec![extended]);
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
        let grant = memory.lasting.grants.get(memory.refresh.get(&digest)?)?;
        let app = memory.app(&grant.client_id, now)?;
        let over = app
            .refresh_policy
            .is_over(grant.issued_at, grant.last_used, now);
        (grant.refresh == digest && !over).then(|| {
            let access = Access {
                client_id: Some(grant.client_id.clone()),
                user: grant.user.clone(),
                scopes: grant.scopes.clone(),
                grant: Some(grant.id),
                issued_at: grant.issued_at,
                expires_at: now + self.timeout(&memory, Some(app)),
                timeout_seconds: None,
                address: None,
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
            .and_then(|id| memory.lasting.grants.get(id));
        let change = if let Some(grant) = grant.filter(working) {
            OauthChange::GrantEnded { grant: grant.id }
        } else if memory.live(&digest, practice.clock.now()).is_some() {
            OauthChange::TokenEnded { token: digest }
        } else {
            return None;
        };
        Some(memory.commit(&practice.log, vec![change]))
    }

    /// Whether a user has approved these scopes for this app before, so that the page can be skipped.
    pub(crate) fn approved(&self, client_id: &str, user: &UserId, scopes: &[String]) -> bool {
        let memory = self.lock();
        memory.lasting.grants.values().any(|grant| {
            grant.client_id == client_id
                && grant.user == *user
                && scopes.iter().all(|scope| grant.scopes.contains(scope))
        })
    }

    /// Life of an access token without use: the app's, else the policy's, else what the org was started with.
    fn timeout(&self, memory: &Memory, app: Option<&App>) -> TimeDelta {
        let minutes = app
            .and_then(|app| app.session_timeout_minutes)
            .or(memory.lasting.policy.session_timeout_minutes);
        minutes.map_or(self.session_timeout, |minutes| {
            TimeDelta::minutes(i64::from(minutes))
        })
    }

    fn life_of(&self, access: &Access) -> TimeDelta {
        access
            .timeout_seconds
            .map_or(self.session_timeout, |seconds| {
                TimeDelta::seconds(i64::from(seconds))
            })
    }
}

fn new_access(
    app: Option<&App>,
    user: UserId,
    scopes: Vec<String>,
    grant: Option<u64>,
    now: DateTime<Utc>,
    timeout: TimeDelta,
    site: &Site,
) -> Access {
    Access {
        client_id: app.map(|app| app.client_id.clone()),
        user,
        scopes,
        grant,
        issued_at: now,
        expires_at: now + timeout,
        timeout_seconds: u32::try_from(timeout.num_seconds()).ok(),
        address: site.address,
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
        let access = self.lasting.access.get(token)?;
        let blocked = access.client_id.as_ref().is_some_and(|client_id| {
            let app = self.app(client_id, now);
            app.is_none_or(|app| app.blocked)
        });
        (access.expires_at > now && !blocked).then(|| access.clone())
    }

    /// The grants that make room for one more of this user and app, of which so many may live.
    fn evictions(&self, client_id: &str, user: &UserId, most: usize) -> Vec<OauthChange> {
        // The map is ordered by number, so the oldest come first.
        let own = self.lasting.grants.values();
        let own = own.filter(|grant| grant.client_id == client_id && grant.user == *user);
        let ids: Vec<u64> = own.map(|grant| grant.id).collect();
        let surplus = (ids.len() + 1).saturating_sub(most);
        let oldest = ids.into_iter().take(surplus);
        oldest
            .map(|grant| OauthChange::GrantEnded { grant })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::PracticeOptions;

    // proves SFB-OAUTH-25
    #[test]
    fn a_token_that_is_under_way_is_not_taken_twice() {
        let options = PracticeOptions::new();
        let authority = Authority::new(&options, options.clock.clone());
        let first = authority.process("5Aep861").ok();
        assert!(first.is_some());
        assert_eq!(
            authority.process("5Aep861").err(),
            Some(TokenError::IN_PROCESS)
        );
        assert!(authority.process("5Aep862").is_ok());
        drop(first);
        assert!(authority.process("5Aep861").is_ok());
    }
}
