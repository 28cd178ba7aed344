//! What is remembered of one connection between calls: the opened credential, a refresh under way that
//! everybody who waits shares, and trouble that makes another try pointless for a while.
//!
//! Must not know: how a credential is loaded or refreshed.

use crate::{credential::Credential, egress::Origin};
use futures::future::{BoxFuture, Shared};
use gatelodge_keeper_client::{KeeperFailure, KeeperResult};
use gatelodge_model::{ConnectionId, OrganizationId, Timestamp};
use gatelodge_provider::Provider;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The longest pause after failed refreshes, in seconds.
const LONGEST_PAUSE: i64 = 60;

/// Tells one stored state of a credential from every other, also across a reconnect.
pub(crate) type Version = (i64, Timestamp);

/// An opened credential, ready to be used.
pub(crate) struct Opened {
    pub(crate) organization: OrganizationId,
    pub(crate) connection: ConnectionId,
    pub(crate) version: Version,
    pub(crate) credential: Credential,
    pub(crate) instance: Origin,
    pub(crate) provider: Arc<dyn Provider>,
}

impl Opened {
    pub(crate) fn provider_name(&self) -> &str {
        &self.provider.manifest().name
    }
}

/// A refresh under way.
pub(crate) type Flight = Shared<BoxFuture<'static, KeeperResult<Arc<Opened>>>>;

/// Everything remembered of one connection.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) opened: Option<Arc<Opened>>,
    pub(crate) flight: Option<Flight>,
    pub(crate) trouble: Option<Trouble>,
}

/// Why refreshing one version did not work.
#[derive(Clone)]
pub(crate) struct Trouble {
    pub(crate) version: Version,
    pub(crate) failure: KeeperFailure,
    /// The grant is gone; no other try for this version.
    pub(crate) terminal: bool,
    /// A request may have arrived whose answer was lost: the stored refresh token may be used up.
    pub(crate) ambiguous: bool,
    count: u32,
    quiet_until: Option<Timestamp>,
}

impl Trouble {
    /// Adds a failure to those before. The first one may be tried again at once; then pauses double.
    pub(crate) fn after(
        before: Option<&Self>,
        version: Version,
        failure: KeeperFailure,
        terminal: bool,
        ambiguous: bool,
        now: Timestamp,
    ) -> Self {
        let before = before.filter(|before| before.version == version);
        let count = before.map_or(0, |before| before.count) + 1;
        let pause = (1_i64 << count.saturating_sub(2).min(6)).min(LONGEST_PAUSE);
        let quiet_until = (count > 1).then(|| now + chrono::TimeDelta::seconds(pause));
        Self {
            version,
            failure,
            terminal,
            ambiguous: ambiguous || before.is_some_and(|before| before.ambiguous),
            count,
            quiet_until,
        }
    }

    /// Whether another try for this version is pointless now.
    pub(crate) fn forbids(&self, version: Version, now: Timestamp) -> bool {
        let quiet = self.quiet_until.is_some_and(|until| {
            // A clock that was set back must not make the pause longer.
            now < until && (until - now).num_seconds() <= LONGEST_PAUSE
        });
        self.version == version && (self.terminal || quiet)
    }
}

/// One connection.
#[derive(Default)]
pub(crate) struct Slot(Mutex<State>);

impl Slot {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn opened(&self) -> Option<Arc<Opened>> {
        self.state().opened.clone()
    }

    /// Forgets the opened credential; a refresh under way goes on.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.opened = None;
        state.trouble = None;
    }
}

/// All connections that were used since the start.
#[derive(Default)]
pub(crate) struct Slots(Mutex<HashMap<(OrganizationId, ConnectionId), Arc<Slot>>>);

impl Slots {
    pub(crate) fn of(&self, organization: OrganizationId, connection: ConnectionId) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry((organization, connection)).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::{Error, ErrorKind};

    fn moment(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn pauses_grow_from_the_second_failure_and_end() {
        // proves R6
        let version = (1, moment(0));
        let failure = KeeperFailure::from(Error::new(ErrorKind::ProviderUnavailable, "down"));
        let first = Trouble::after(None, version, failure.clone(), false, false, moment(0));
        assert!(!first.forbids(version, moment(0)));
        let second = Trouble::after(
            Some(&first),
            version,
            failure.clone(),
            false,
            true,
            moment(0),
        );
        assert!(second.forbids(version, moment(0)) && !second.forbids(version, moment(1)));
        let mut last = second;
        for _ in 0..20 {
            last = Trouble::after(
                Some(&last),
                version,
                failure.clone(),
                false,
                false,
                moment(0),
            );
        }
        assert!(last.ambiguous, "what was lost stays lost");
        assert!(last.forbids(version, moment(59)) && !last.forbids(version, moment(60)));
        // R5: the clock was set back by two hours
        assert!(!last.forbids(version, moment(-7200)));
        assert!(!last.forbids((2, moment(0)), moment(0)));
    }
}
