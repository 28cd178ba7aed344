//! What was granted to apps, and the tokens of it. A bot has one grant per app and workspace, a person one of their own.
//!
//! Without rotation a token has no end, and another consent gives the same token again with the scopes of both. With
//! rotation a grant has a pair: an access token of twelve hours and a refresh token that works once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::SlackApp;
use super::scopes::Kind;
use crate::vendor::Ground;

/// Seconds that an access token lives with rotation.
pub(super) const LIFE_SECONDS: i64 = 43_200;

/// Live access tokens of one grant with rotation.
const MOST_LIVE: usize = 2;

/// How a grant ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Its tokens were revoked.
    Revoked,
    /// The app was removed from the workspace, or the person deactivated.
    Inactive,
}

#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) id: usize,
    pub(super) client_id: String,
    pub(super) app_id: String,
    pub(super) team: String,
    pub(super) kind: Kind,
    /// The bot's own user, or the person.
    pub(super) user_id: String,
    /// `B…`, for a bot.
    pub(super) bot_id: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) ended: Option<Ending>,
    /// Live access tokens, the newest last.
    live: Vec<String>,
    refresh: Option<String>,
}

/// What the app gets.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) access: String,
    /// With rotation.
    pub(super) refresh: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    grant: usize,
    until: Option<DateTime<Utc>>,
    revoked: bool,
}

#[derive(Default)]
pub(super) struct Grants {
    all: Vec<Grant>,
    tokens: BTreeMap<String, Token>,
    /// Refresh tokens that were used, with their grant.
    used: BTreeMap<String, usize>,
}

/// Why a refresh token is not taken.
pub(super) struct NotRefreshed;

impl Grant {
    pub(super) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|known| known == scope)
    }
}

impl Grants {
    pub(super) fn all(&self) -> &[Grant] {
        &self.all
    }

    /// The grant behind any token, dead or alive.
    pub(super) fn behind(&self, token: &str) -> Option<&Grant> {
        let by_refresh = || {
            let current = |grant: &&Grant| grant.refresh.as_deref() == Some(token);
            let found = self.all.iter().find(current);
            found.or_else(|| self.all.get(*self.used.get(token)?))
        };
        match self.tokens.get(token) {
            Some(known) => self.all.get(known.grant),
            None => by_refresh(),
        }
    }

    /// The grant of a living access token, or the word for what is wrong with it.
    pub(super) fn check(&self, token: &str, now: DateTime<Utc>) -> Result<&Grant, &'static str> {
        let known = self.tokens.get(token).ok_or("invalid_auth")?;
        let grant = self.all.get(known.grant).ok_or("invalid_auth")?;
        match grant.ended {
            Some(Ending::Inactive) => return Err("account_inactive"),
            Some(Ending::Revoked) => return Err("token_revoked"),
            None if known.revoked => return Err("token_revoked"),
            None => {}
        }
        if known.until.is_some_and(|until| until <= now) {
            return Err("token_expired");
        }
        Ok(grant)
    }

    /// Gives an app something in a workspace, in addition to what it has.
    pub(super) fn give(
        &mut self,
        ground: &Ground,
        app: &SlackApp,
        team: &str,
        person: Option<&str>,
        scopes: &[String],
    ) -> (Grant, Pair) {
        let kind = person.map_or(Kind::Bot, |_| Kind::User);
        let same = |grant: &&mut Grant| {
            grant.ended.is_none()
                && grant.client_id == app.client_id
                && grant.team == team
                && grant.kind == kind
                && person.is_none_or(|person| person == grant.user_id)
        };
        let id = match self.all.iter_mut().find(same) {
            Some(grant) => {
                let new = scopes.iter().filter(|scope| !grant.scopes.contains(scope));
                let new: Vec<String> = new.cloned().collect();
                grant.scopes.extend(new);
                grant.id
            }
            None => self.begin(app, team, person, scopes),
        };
        let kept = self.all[id].live.last().filter(|_| !app.rotation);
        let pair = match kept {
            Some(access) => Pair {
                access: access.clone(),
                refresh: None,
            },
            None => self.issue(ground, id, app.rotation),
        };
        (self.all[id].clone(), pair)
    }

    fn begin(
        &mut self,
        app: &SlackApp,
        team: &str,
        person: Option<&str>,
        scopes: &[String],
    ) -> usize {
        let id = self.all.len();
        // The bot of an app stays the same one when it is installed anew.
        let tail = app.app_id.get(1..).unwrap_or_default();
        let bot = format!("{tail}{}", team.get(1..3).unwrap_or_default());
        self.all.push(Grant {
            id,
            client_id: app.client_id.clone(),
            app_id: app.app_id.clone(),
            team: team.to_owned(),
            kind: person.map_or(Kind::Bot, |_| Kind::User),
            user_id: person.map_or_else(|| format!("U{bot}"), ToOwned::to_owned),
            bot_id: person.is_none().then(|| format!("B{bot}")),
            scopes: scopes.to_vec(),
            ended: None,
            live: Vec::new(),
            refresh: None,
        });
        id
    }

    fn issue(&mut self, ground: &Ground, id: usize, rotation: bool) -> Pair {
        let now = ground.now();
        let grant = &mut self.all[id];
        let letter = match grant.kind {
            Kind::Bot => "b",
            Kind::User => "p",
        };
        let (access, refresh, until) = if rotation {
            let access = ground.secret(&format!("xoxe.xox{letter}-1-"), 140);
            let refresh = ground.secret("xoxe-1-", 120);
            let until = now + TimeDelta::seconds(LIFE_SECONDS);
            (access, Some(refresh), Some(until))
        } else {
            let numbers = format!("{}-{}", ground.digits(12), ground.digits(13));
            let access = ground.secret(&format!("xox{letter}-{numbers}-"), 24);
            (access, None, None)
        };
        let token = Token {
            grant: id,
            until,
            revoked: false,
        };
        self.tokens.insert(access.clone(), token);
        grant.live.push(access.clone());
        grant.refresh.clone_from(&refresh);
        let surplus = grant.live.len().saturating_sub(MOST_LIVE);
        for old in grant.live.drain(..surplus) {
            if let Some(token) = self.tokens.get_mut(&old) {
                token.until = Some(now);
            }
        }
        Pair { access, refresh }
    }

    /// Exchanges a refresh token for the next pair.
    pub(super) fn refresh(
        &mut self,
        ground: &Ground,
        client_id: &str,
        refresh_token: &str,
        reuse_ends_the_pair: bool,
    ) -> Result<(Grant, Pair), NotRefreshed> {
        if let Some(&id) = self.used.get(refresh_token) {
            if reuse_ends_the_pair && self.all[id].client_id == client_id {
                self.all[id].refresh = None;
                self.revoke_tokens(id);
            }
            return Err(NotRefreshed);
        }
        let current = |grant: &&Grant| {
            grant.ended.is_none()
                && grant.client_id == client_id
                && grant.refresh.as_deref() == Some(refresh_token)
        };
        let id = self.all.iter().find(current).ok_or(NotRefreshed)?.id;
        self.used.insert(refresh_token.to_owned(), id);
        let pair = self.issue(ground, id, true);
        Ok((self.all[id].clone(), pair))
    }

    /// Ends one access token, and the pair that it belongs to.
    pub(super) fn revoke(&mut self, token: &str) {
        if let Some(known) = self.tokens.get(token) {
            self.end(known.grant, Ending::Revoked);
        }
    }

    /// Ends a grant; whether it was there and alive.
    pub(super) fn end(&mut self, id: usize, how: Ending) -> bool {
        let Some(grant) = self.all.get_mut(id) else {
            return false;
        };
        let alive = grant.ended.is_none();
        if alive {
            grant.ended = Some(how);
            grant.refresh = None;
        }
        alive
    }

    /// Ends the grants that a condition names; how many.
    pub(super) fn end_where(&mut self, how: Ending, wanted: impl Fn(&Grant) -> bool) -> usize {
        let ids: Vec<usize> = self
            .all
            .iter()
            .filter(|grant| wanted(grant))
            .map(|grant| grant.id)
            .collect();
        ids.into_iter().filter(|&id| self.end(id, how)).count()
    }

    /// Takes a scope away from all grants, as if it had never been ticked.
    pub(super) fn drop_scopes(&mut self, scopes: &BTreeSet<String>) {
        for grant in &mut self.all {
            grant.scopes.retain(|scope| !scopes.contains(scope));
        }
    }

    /// Ends the time of all access tokens that have an end.
    pub(super) fn expire(&mut self, now: DateTime<Utc>) {
        for token in self.tokens.values_mut() {
            token.until = token.until.map(|until| until.min(now));
        }
    }

    fn revoke_tokens(&mut self, id: usize) {
        for access in std::mem::take(&mut self.all[id].live) {
            if let Some(token) = self.tokens.get_mut(&access) {
                token.revoked = true;
            }
        }
    }
}
