//! The data of the authority and how changes alter it, live and at replay alike.
//!
//! Must not know HTTP or where the log is.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::oauth::App;
use crate::oauth::authority::SignIn;
use crate::oauth::change::{Access, Grant, OauthChange};
use crate::oauth::code::Code;
use crate::oauth::device::Device;
use crate::oauth::flow::Flow;
use crate::oauth::instance::Instance;
use crate::oauth::policy::Policy;
use crate::oauth::secrets::Digest;
use crate::org::UserId;
use crate::persistence::{Change, ChangeLog, Durable};

/// A registered app with the change to it that is not known everywhere yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registered {
    known: Option<App>,
    next: Option<(App, DateTime<Utc>)>,
}

impl Registered {
    fn at(&self, now: DateTime<Utc>) -> Option<&App> {
        match &self.next {
            Some((app, known_at)) if *known_at <= now => Some(app),
            _ => self.known.as_ref(),
        }
    }

    fn latest(&self) -> Option<&App> {
        self.next
            .as_ref()
            .map(|(app, _)| app)
            .or(self.known.as_ref())
    }
}

/// What survives a stop, and what a snapshot holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lasting {
    pub(crate) apps: BTreeMap<String, Registered>,
    pub(crate) grants: BTreeMap<u64, Grant>,
    pub(crate) access: HashMap<Digest, Access>,
    pub(crate) last_grant: u64,
    pub(crate) policy: Policy,
    pub(crate) instance: Instance,
    /// Passwords that were changed, by username in lower case.
    pub(crate) passwords: BTreeMap<String, String>,
}

/// The data behind the lock.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) lasting: Lasting,
    /// Working and spent refresh tokens with their grant.
    pub(crate) refresh: HashMap<Digest, u64>,
    // What follows is short-lived and not kept.
    pub(crate) codes: HashMap<Digest, Code>,
    pub(crate) flows: HashMap<Digest, Flow>,
    pub(crate) sign_ins: HashMap<Digest, SignIn>,
    pub(crate) devices: HashMap<Digest, Device>,
    /// Sign-ins of the last hour, oldest first.
    pub(crate) logins: HashMap<UserId, VecDeque<DateTime<Utc>>>,
    /// Codes and refresh tokens whose request is under way.
    pub(crate) in_process: HashSet<Digest>,
}

impl Memory {
    /// The app of a client id as it is known now.
    pub(crate) fn app(&self, client_id: &str, now: DateTime<Utc>) -> Option<&App> {
        self.lasting.apps.get(client_id)?.at(now)
    }

    /// All apps with their latest settings, known everywhere or not.
    pub(crate) fn latest_apps(&self) -> Vec<App> {
        let apps = self.lasting.apps.values();
        apps.filter_map(Registered::latest).cloned().collect()
    }

    /// The latest settings of one app.
    pub(crate) fn latest_app(&self, client_id: &str) -> Option<&App> {
        self.lasting.apps.get(client_id)?.latest()
    }

    /// Applies changes and queues them for the log, in one order.
    pub(crate) fn commit(&mut self, log: &ChangeLog, changes: Vec<OauthChange>) -> Durable {
        let mut last = Durable::nothing();
        for change in changes {
            self.apply(&change);
            // The log writes in order and stops at the first failure: waiting for the last is enough.
            last = log.append(&Change::Oauth(change));
        }
        last
    }

    pub(crate) fn apply(&mut self, change: &OauthChange) {
        let lasting = &mut self.lasting;
        match change {
            OauthChange::AppSaved(app) => {
                let registered = Registered {
                    known: Some(app.as_ref().clone()),
                    next: None,
                };
                lasting.apps.insert(app.client_id.clone(), registered);
            }
            OauthChange::AppAnnounced { app, known_at } => {
                let registered = lasting.apps.entry(app.client_id.clone()).or_default();
                if let Some((before, _)) = registered.next.take_if(|(_, at)| *at < *known_at) {
                    registered.known = Some(before);
                }
                registered.next = Some((app.as_ref().clone(), *known_at));
            }
            OauthChange::AppRemoved { client_id } => {
                lasting.apps.remove(client_id);
                let of_app = |app: Option<&String>| app == Some(client_id);
                lasting
                    .grants
                    .retain(|_, grant| !of_app(Some(&grant.client_id)));
                lasting
                    .access
                    .retain(|_, access| !of_app(access.client_id.as_ref()));
                self.refresh
                    .retain(|_, grant| lasting.grants.contains_key(grant));
            }
            OauthChange::PolicyChanged(policy) => lasting.policy = policy.as_ref().clone(),
            OauthChange::PasswordChanged { username, password } => {
                lasting.passwords.insert(username.clone(), password.clone());
            }
            OauthChange::InstanceMoved(instance) => lasting.instance = instance.clone(),
            OauthChange::Granted(grant) => {
                lasting.last_grant = lasting.last_grant.max(grant.id);
                self.refresh.insert(grant.refresh.clone(), grant.id);
                lasting.grants.insert(grant.id, grant.clone());
            }
            OauthChange::Rotated { grant: id, refresh } => {
                if let Some(grant) = lasting.grants.get_mut(id) {
                    let spent = std::mem::replace(&mut grant.refresh, refresh.clone());
                    grant.spent.push(spent);
                    self.refresh.insert(refresh.clone(), *id);
                }
            }
            OauthChange::GrantEnded { grant: id } => {
                lasting.grants.remove(id);
                self.refresh.retain(|_, grant| grant != id);
                lasting.access.retain(|_, access| access.grant != Some(*id));
            }
            OauthChange::TokenIssued { token, access } => {
                let grant = access.grant.and_then(|id| lasting.grants.get_mut(&id));
                if let Some(grant) = grant {
                    grant.last_used = grant.last_used.max(access.issued_at);
                }
                lasting.access.insert(token.clone(), access.clone());
            }
            OauthChange::TokenExtended { token, expires_at } => {
                if let Some(access) = lasting.access.get_mut(token) {
                    access.expires_at = *expires_at;
                }
            }
            OauthChange::TokenEnded { token } => {
                lasting.access.remove(token);
            }
            OauthChange::AllTokensEnded => lasting.access.clear(),
            OauthChange::Restored(earlier) => self.restore(earlier.as_ref().clone()),
        }
    }

    fn restore(&mut self, earlier: Lasting) {
        *self = Self {
            lasting: earlier,
            ..Self::default()
        };
        for grant in self.lasting.grants.values() {
            let known = grant.spent.iter().chain([&grant.refresh]);
            self.refresh
                .extend(known.map(|token| (token.clone(), grant.id)));
        }
    }

    /// Forgets what has run out; called where something new is added, so that nothing grows for ever.
    pub(crate) fn sweep(&mut self, now: DateTime<Utc>) {
        self.lasting
            .access
            .retain(|_, access| access.expires_at > now);
        self.codes.retain(|_, code| code.forget_at > now);
        self.flows.retain(|_, flow| flow.until > now);
        self.sign_ins.retain(|_, sign_in| sign_in.until > now);
        self.devices.retain(|_, device| device.forget_at > now);
    }

    /// Counts a sign-in of a user; `false` when there were too many within the last hour.
    pub(crate) fn count_login(&mut self, user: &UserId, now: DateTime<Utc>) -> bool {
        let allowed = usize::try_from(self.lasting.policy.logins_per_hour).unwrap_or(usize::MAX);
        let times = self.logins.entry(user.clone()).or_default();
        while times
            .front()
            .is_some_and(|time| now - *time >= TimeDelta::hours(1))
        {
            times.pop_front();
        }
        if times.len() >= allowed {
            return false;
        }
        times.push_back(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + minutes * 60, 0).unwrap()
    }

    fn named(name: &str) -> App {
        App::public("3MVG9", name, "http://localhost/callback")
    }

    #[test]
    fn an_announced_change_is_known_when_its_time_has_come() {
        let mut memory = Memory::default();
        memory.apply(&OauthChange::AppAnnounced {
            app: Box::new(named("first")),
            known_at: moment(10),
        });
        assert!(memory.app("3MVG9", moment(9)).is_none());
        assert_eq!(memory.app("3MVG9", moment(10)).unwrap().name, "first");
        memory.apply(&OauthChange::AppAnnounced {
            app: Box::new(named("second")),
            known_at: moment(40),
        });
        assert_eq!(memory.app("3MVG9", moment(39)).unwrap().name, "first");
        assert_eq!(memory.latest_app("3MVG9").unwrap().name, "second");
        assert_eq!(memory.app("3MVG9", moment(40)).unwrap().name, "second");
    }

    #[test]
    fn logins_are_counted_over_a_rolling_hour() {
        let mut memory = Memory::default();
        memory.lasting.policy.logins_per_hour = 2;
        let user = UserId::from(crate::org::Id::generate(*b"005", 1));
        assert!(memory.count_login(&user, moment(0)) && memory.count_login(&user, moment(30)));
        assert!(!memory.count_login(&user, moment(59)));
        assert!(memory.count_login(&user, moment(60)));
    }

    #[test]
    fn a_restored_state_knows_spent_tokens_again() {
        let mut memory = Memory::default();
        let (old, new) = (Digest::of("old"), Digest::of("new"));
        memory.apply(&OauthChange::Granted(Grant {
            id: 7,
            client_id: "3MVG9".to_owned(),
            user: UserId::from(crate::org::Id::generate(*b"005", 1)),
            scopes: Vec::new(),
            refresh: old.clone(),
            spent: Vec::new(),
            issued_at: moment(0),
            last_used: moment(0),
        }));
        memory.apply(&OauthChange::Rotated {
            grant: 7,
            refresh: new.clone(),
        });
        let text = serde_json::to_string(&memory.lasting).unwrap();
        let mut other = Memory::default();
        other.apply(&OauthChange::Restored(serde_json::from_str(&text).unwrap()));
        assert_eq!(
            (other.refresh.get(&old), other.refresh.get(&new)),
            (Some(&7), Some(&7))
        );
        assert_eq!(other.lasting.last_grant, 7);
    }
}
