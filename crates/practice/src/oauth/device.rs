//! The device flow: a program without a browser shows a code, a person types it elsewhere, the program asks until
//! she has decided.
//!
//! Remembers devices that wait; pages and tokens are made by others.
//! Source of the shape: RFC 8628, with the parameter names of Salesforce's older draft.

use chrono::{DateTime, TimeDelta, Utc};

use crate::oauth::answer::TokenError;
use crate::oauth::authority::Authority;
use crate::oauth::secrets::{self, Digest};
use crate::org::UserId;
use crate::state::Practice;

/// How long a person has.
const DEVICE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// How long a dead code is remembered, so that its return is answered with "expired" instead of "invalid".
const DEVICE_MEMORY: TimeDelta = TimeDelta::hours(1);

/// Seconds a program waits between two questions.
pub(crate) const INTERVAL: i64 = 5;

/// A program that waits for a person.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    user_code: String,
    decision: Decision,
    last_asked: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
    pub(crate) forget_at: DateTime<Utc>,
}

/// What the person has said.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Decision {
    Waiting,
    Denied,
    Allowed(UserId),
}

impl Authority {
    /// Lets a program wait; gives its device code and the code that the person types.
    pub(crate) fn new_device(
        &self,
        practice: &Practice,
        client_id: &str,
        scopes: Vec<String>,
    ) -> (String, String) {
        let now = practice.clock.now();
        let device_code = secrets::authorization_code(practice.random.as_ref());
        let user_code = secrets::user_code(practice.random.as_ref());
        let mut memory = self.lock();
        memory.sweep(now);
        memory.devices.insert(
            Digest::of(&device_code),
            Device {
                client_id: client_id.to_owned(),
                scopes,
                user_code: user_code.clone(),
                decision: Decision::Waiting,
                last_asked: None,
                until: now + DEVICE_LIFE,
                forget_at: now + DEVICE_MEMORY,
            },
        );
        (device_code, user_code)
    }

    /// The waiting device of a code that a person typed.
    pub(crate) fn waiting_device(
        &self,
        practice: &Practice,
        user_code: &str,
    ) -> Option<(Digest, Device)> {
        let now = practice.clock.now();
        let typed = user_code.trim().to_ascii_uppercase();
        let memory = self.lock();
        let found = memory.devices.iter().find(|(_, device)| {
            device.user_code == typed && device.until > now && device.decision == Decision::Waiting
        });
        found.map(|(code, device)| (code.clone(), device.clone()))
    }

    /// Keeps what the person decided; `None` is a "no".
    pub(crate) fn decide_device(&self, code: &Digest, user: Option<UserId>) {
        if let Some(device) = self.lock().devices.get_mut(code) {
            device.decision = user.map_or(Decision::Denied, Decision::Allowed);
        }
    }

    /// What a program that asks gets: the user and the scopes, once.
    pub(crate) fn ask_device(
        &self,
        practice: &Practice,
        client_id: &str,
        device_code: &str,
    ) -> Result<(UserId, Vec<String>), TokenError> {
        let now = practice.clock.now();
        let code = Digest::of(device_code);
        let mut memory = self.lock();
        let device = memory.devices.get_mut(&code);
        let device = device.filter(|device| device.client_id == client_id);
        let device = device.ok_or(TokenError::INVALID_DEVICE)?;
        if device.until <= now {
            return Err(TokenError::EXPIRED_DEVICE);
        }
        let before = device.last_asked.replace(now);
        match device.decision.clone() {
            Decision::Waiting => {
                let early = |before| now - before < TimeDelta::seconds(INTERVAL);
                Err(if before.is_some_and(early) {
                    TokenError::SLOW_DOWN
                } else {
                    TokenError::PENDING
                })
            }
            Decision::Denied => Err(TokenError::ACCESS_DENIED),
            Decision::Allowed(user) => {
                device.until = now;
                Ok((user, device.scopes.clone()))
            }
        }
    }
}
