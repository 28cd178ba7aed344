//! One attempt of a browser to authorize an app, from the first request to the decision.
//!
//! Remembers; what is asked next is decided by the sign-in and consent pages.

use chrono::{DateTime, TimeDelta, Utc};

use crate::oauth::authority::{Authority, SignIn};
use crate::oauth::secrets::{self, Digest};
use crate::org::UserId;
use crate::state::Practice;

/// How long a person has for sign-in and consent.
const FLOW_LIFE: TimeDelta = TimeDelta::minutes(15);

/// How long a browser stays signed in.
const SIGN_IN_LIFE: TimeDelta = TimeDelta::hours(2);

/// More open flows than this are not remembered; the oldest goes.
const OPEN_FLOWS: usize = 2_000;

/// A checked authorization request.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) purpose: Purpose,
    pub(crate) login_hint: String,
    pub(crate) ask_consent: bool,
}

/// What the person's decision leads to.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// The browser goes back to the app with a code.
    Return {
        redirect_uri: String,
        state: Option<String>,
        challenge: Option<String>,
        nonce: Option<String>,
    },
    /// A program that waits elsewhere gets its answer.
    Device(Digest),
}

/// An authorization request that waits for a person.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) request: AuthorizationRequest,
    /// The person has to sign in in this flow, even if the browser is signed in.
    pub(crate) ask_sign_in: bool,
    pub(crate) until: DateTime<Utc>,
}

impl Authority {
    /// Remembers a flow and gives the secret that leads back to it.
    pub(crate) fn begin(
        &self,
        practice: &Practice,
        request: AuthorizationRequest,
        ask_sign_in: bool,
    ) -> String {
        let now = practice.clock.now();
        let secret = secrets::opaque(practice.random.as_ref());
        let mut memory = self.lock();
        memory.sweep(now);
        if memory.flows.len() >= OPEN_FLOWS {
            let oldest = memory.flows.iter().min_by_key(|(_, flow)| flow.until);
            if let Some(oldest) = oldest.map(|(digest, _)| digest.clone()) {
                memory.flows.remove(&oldest);
            }
        }
        memory.flows.insert(
            Digest::of(&secret),
            Flow {
                request,
                ask_sign_in,
                until: now + FLOW_LIFE,
            },
        );
        secret
    }

    /// The flow behind a secret, if it still waits.
    pub(crate) fn flow(&self, practice: &Practice, secret: &str) -> Option<Flow> {
        let memory = self.lock();
        let flow = memory.flows.get(&Digest::of(secret))?;
        (flow.until > practice.clock.now()).then(|| flow.clone())
    }

    /// Takes the flow away: a decision is made once.
    pub(crate) fn finish(&self, practice: &Practice, secret: &str) -> Option<Flow> {
        let flow = self.lock().flows.remove(&Digest::of(secret))?;
        (flow.until > practice.clock.now()).then_some(flow)
    }

    /// Signs a browser in and gives the value of its cookie; a flow that asked for it is content now.
    pub(crate) fn sign_in(&self, practice: &Practice, user: UserId, flow: &str) -> String {
        let now = practice.clock.now();
        let cookie = secrets::opaque(practice.random.as_ref());
        let mut memory = self.lock();
        memory.sweep(now);
        memory.sign_ins.insert(
            Digest::of(&cookie),
            SignIn {
                user,
                until: now + SIGN_IN_LIFE,
            },
        );
        if let Some(flow) = memory.flows.get_mut(&Digest::of(flow)) {
            flow.ask_sign_in = false;
        }
        cookie
    }

    /// Who the browser with this cookie is signed in as.
    pub(crate) fn signed_in(&self, practice: &Practice, cookie: &str) -> Option<UserId> {
        let memory = self.lock();
        let sign_in = memory.sign_ins.get(&Digest::of(cookie))?;
        (sign_in.until > practice.clock.now()).then(|| sign_in.user.clone())
    }

    /// Signs a browser out.
    pub(crate) fn sign_out(&self, cookie: &str) {
        self.lock().sign_ins.remove(&Digest::of(cookie));
    }
}
