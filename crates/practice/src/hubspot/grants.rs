//! What was granted to apps: one grant per app and account, a refresh token that stays, access tokens of half an hour.
//! Private apps have one token without an end, which somebody copies from the account's settings.
//!
//! Revoking the refresh token leaves access tokens and the installation alone. Must not know what tokens open.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::vendor::Ground;

/// Seconds that an access token lives.
pub(super) const LIFE_SECONDS: i64 = 1_800;

#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) id: usize,
    pub(super) client_id: String,
    pub(super) hub_id: u64,
    pub(super) user_id: u64,
    pub(super) username: String,
    pub(super) scopes: Vec<String>,
    /// The app is installed.
    pub(super) installed: bool,
    /// It is a private app of the account, without OAuth.
    pub(super) private: bool,
    refresh: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    grant: usize,
    /// The token of a private app has no end.
    until: Option<DateTime<Utc>>,
    revoked: bool,
}

/// What the app gets.
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
}

/// An access token that opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dead {
    Unknown,
    Expired(DateTime<Utc>),
}

/// What a token is at this moment.
pub(super) struct Presented<'a> {
    pub(super) grant: &'a Grant,
    pub(super) is_refresh: bool,
    /// Seconds left, of an access token.
    pub(super) seconds: Option<i64>,
}

#[derive(Default)]
pub(super) struct Grants {
    all: Vec<Grant>,
    tokens: BTreeMap<String, Token>,
    /// Refresh tokens of all times, with their grant.
    refreshes: BTreeMap<String, usize>,
}

impl Grants {
    pub(super) fn all(&self) -> &[Grant] {
        &self.all
    }

    /// The grant behind any token, dead or alive.
    pub(super) fn behind(&self, token: &str) -> Option<&Grant> {
        let by_access = self.tokens.get(token).map(|known| known.grant);
        let id = by_access.or_else(|| self.refreshes.get(token).copied())?;
        self.all.get(id)
    }

    /// The grant of a living access token.
    pub(super) fn check(&self, token: &str, now: DateTime<Utc>) -> Result<&Grant, Dead> {
        let known = self.tokens.get(token).filter(|known| !known.revoked);
        let known = known.ok_or(Dead::Unknown)?;
        let grant = self.all.get(known.grant).filter(|grant| grant.installed);
        let grant = grant.ok_or(Dead::Unknown)?;
        match known.until.filter(|until| *until <= now) {
            Some(until) => Err(Dead::Expired(until)),
            None => Ok(grant),
        }
    }

    /// What a living token is, access or refresh.
    pub(super) fn present(&self, token: &str, now: DateTime<Utc>) -> Option<Presented<'_>> {
        if let Ok(grant) = self.check(token, now) {
            let until = self.tokens.get(token)?.until;
            return Some(Presented {
                grant,
                is_refresh: false,
                seconds: until.map(|until| (until - now).num_seconds()),
            });
        }
        let grant = self.all.get(*self.refreshes.get(token)?)?;
        let alive = grant.installed && grant.refresh.as_deref() == Some(token);
        alive.then_some(Presented {
            grant,
            is_refresh: true,
            seconds: None,
        })
    }

    /// Installs an app into an account; the scopes of the last consent count.
    pub(super) fn give(&mut self, ground: &Ground, wanted: Grant) -> (Grant, Pair) {
        let same = |grant: &&mut Grant| {
            grant.installed && grant.client_id == wanted.client_id && grant.hub_id == wanted.hub_id
        };
        let id = if let Some(grant) = self.all.iter_mut().find(same) {
            let kept = (grant.id, grant.refresh.take());
            *grant = wanted;
            (grant.id, grant.refresh) = kept;
            grant.id
        } else {
            let id = self.all.len();
            self.all.push(Grant { id, ..wanted });
            id
        };
        let refresh = self.all[id].refresh.clone();
        let refresh = refresh.unwrap_or_else(|| ground.secret("na1-", 60));
        self.all[id].refresh = Some(refresh.clone());
        self.refreshes.insert(refresh.clone(), id);
        let access = self.access(ground, id);
        (self.all[id].clone(), Pair { access, refresh })
    }

    /// An access token for a refresh token of this app.
    pub(super) fn refresh(
        &mut self,
        ground: &Ground,
        client_id: &str,
        refresh: &str,
    ) -> Option<(Grant, Pair)> {
        let grant = self.all.iter().find(|grant| {
            grant.installed
                && grant.client_id == client_id
                && grant.refresh.as_deref() == Some(refresh)
        })?;
        let grant = grant.clone();
        let access = self.access(ground, grant.id);
        let refresh = refresh.to_owned();
        Some((grant, Pair { access, refresh }))
    }

    fn access(&mut self, ground: &Ground, grant: usize) -> String {
        // Longer than the 255 characters that a short-sighted column would have.
        let access = ground.secret("CPractice", 340);
        let token = Token {
            grant,
            until: Some(ground.now() + TimeDelta::seconds(LIFE_SECONDS)),
            revoked: false,
        };
        self.tokens.insert(access.clone(), token);
        access
    }

    /// Makes a private app, and gives its token.
    pub(super) fn make_private(&mut self, ground: &Ground, wanted: Grant) -> String {
        let id = self.all.len();
        self.all.push(Grant {
            id,
            client_id: format!("private-app-{id}"),
            private: true,
            ..wanted
        });
        let access = ground.secret("pat-na1-", 36);
        let token = Token {
            grant: id,
            until: None,
            revoked: false,
        };
        self.tokens.insert(access.clone(), token);
        access
    }

    /// Ends one token of an app.
    pub(super) fn revoke(&mut self, client_id: &str, token: &str) {
        let of_app = |grant: &Grant| grant.client_id == client_id;
        if let Some(known) = self.tokens.get_mut(token) {
            known.revoked |= self.all.get(known.grant).is_some_and(of_app);
        }
        for grant in self.all.iter_mut().filter(|grant| of_app(grant)) {
            if grant.refresh.as_deref() == Some(token) {
                grant.refresh = None;
            }
        }
    }

    /// Ends the refresh token of a grant; whether there was one.
    pub(super) fn end_refresh(&mut self, id: usize) -> bool {
        let grant = self.all.get_mut(id);
        grant.is_some_and(|grant| grant.refresh.take().is_some())
    }

    /// Removes an app from all accounts; how many grants ended.
    pub(super) fn uninstall(&mut self, client_id: &str) -> usize {
        let mut ended = 0;
        for grant in &mut self.all {
            if grant.client_id == client_id && grant.installed {
                grant.installed = false;
                grant.refresh = None;
                ended += 1;
            }
        }
        ended
    }

    /// Takes scopes away from all grants, as if they had never been given.
    pub(super) fn drop_scopes(&mut self, scopes: &BTreeSet<String>) {
        for grant in &mut self.all {
            grant.scopes.retain(|scope| !scopes.contains(scope));
        }
    }

    /// Ends the time of all access tokens.
    pub(super) fn expire(&mut self, now: DateTime<Utc>) {
        for token in self.tokens.values_mut() {
            token.until = token.until.map(|until| until.min(now));
        }
    }
}

impl Grant {
    /// A grant that was not given yet.
    pub(super) fn new(
        client_id: &str,
        hub_id: u64,
        user_id: u64,
        username: &str,
        scopes: Vec<String>,
    ) -> Self {
        Self {
            id: 0,
            client_id: client_id.to_owned(),
            hub_id,
            user_id,
            username: username.to_owned(),
            scopes,
            installed: true,
            private: false,
            refresh: None,
        }
    }
}
