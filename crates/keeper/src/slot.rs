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
    time::Duration,
};
use tokio::time::Instant;

/// More opened credentials than this are not kept in memory, and none that nobody used for this long.
const MOST: usize = 5_000;
const IDLE: Duration = Duration::from_mins(10);

/// The longest pause after failed refreshes, in seconds.
const LONGEST_PAUSE: i64 = 60;

/// Tells one stored state of a credential from every other, also across a reconnect.
pub(crate) type Version = (i64, Timestamp);

/// An opened credential, ready to be used.
pub(crate) struct Opened {
    pub(crate) organization: OrganizationId,
    pub(crate) connection: ConnectionId,
    pub(crate) version: Version,
    /// When this very process got it from the provider; none where it was read from its row. No clocks of hosts are
    /// compared by it.
    pub(crate) granted_here: Option<Instant>,
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
    /// An intent of another keeper: its fence, and since when it is seen.
    pub(crate) watched: Option<(i64, Instant)>,
    /// When somebody last used the credential; none where only its time came.
    asked: Option<Instant>,
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

    /// How many failures there were.
    pub(crate) fn count(&self) -> u32 {
        self.count
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

    /// The opened credential, for somebody who uses it.
    pub(crate) fn opened(&self) -> Option<Arc<Opened>> {
        let mut state = self.state();
        state.asked = Some(Instant::now());
        state.opened.clone()
    }

    /// Forgets the opened credential; a refresh under way goes on.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.opened = None;
        state.trouble = None;
    }
}

/// Which connection a slot is for.
pub(crate) type Key = (OrganizationId, ConnectionId);

/// Connections that were used lately, or are being refreshed.
#[derive(Default)]
pub(crate) struct Slots(Mutex<HashMap<Key, Arc<Slot>>>);

impl Slots {
    pub(crate) fn of(&self, organization: OrganizationId, connection: ConnectionId) -> Arc<Slot> {
        Arc::clone(self.map().entry((organization, connection)).or_default())
    }

    /// Forgets a connection that nobody uses. A slot that somebody holds stays: a second one for the same
    /// connection would let two refreshes begin.
    pub(crate) fn forget_unused(&self, key: Key) {
        let mut slots = self.map();
        let Some(slot) = slots.get(&key) else { return };
        let mut state = slot.state();
        if state.asked.is_some() || state.flight.is_some() {
            return;
        }
        state.opened = None;
        let empty = state.trouble.is_none() && state.watched.is_none();
        drop(state);
        if empty && Arc::strong_count(slot) == 1 {
            slots.remove(&key);
        }
    }

    /// Forgets connections that were not used for a while, and the least used of too many.
    pub(crate) fn forget_idle(&self) {
        let mut slots = self.map();
        let last_use = |slot: &Slot| slot.state().asked;
        let mut oldest_kept = None;
        if slots.len() > MOST {
            let mut uses: Vec<_> = slots.values().map(|slot| last_use(slot)).collect();
            uses.sort_unstable();
            oldest_kept = uses[uses.len() - MOST];
        }
        slots.retain(|_, slot| {
            let state = slot.state();
            // A watch that began anew at each look would never end.
            let watched = state
                .watched
                .is_some_and(|(_, since)| since.elapsed() < IDLE);
            let held = Arc::strong_count(slot) > 1 || state.flight.is_some() || watched;
            drop(state);
            let used = last_use(slot);
            let fresh = used.is_some_and(|used| used.elapsed() < IDLE);
            held || (fresh && used >= oldest_kept)
        });
        if slots.capacity() > 4 * MOST.max(slots.len()) {
            slots.shrink_to_fit();
        }
    }

    fn map(&self) -> MutexGuard<'_, HashMap<Key, Arc<Slot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.map().len()
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
    fn slots_do_not_pile_up() {
        // proves R6: memory stays flat however many connections there are
        use gatelodge_model::clock::testing::{FixedClock, SeededRandom};
        let (clock, random) = (FixedClock::at(0), SeededRandom::new(1));
        let organization = OrganizationId::generate(&clock, &random);
        let slots = Slots::default();
        let mut keys = Vec::new();
        for _ in 0..MOST + 100 {
            let key = (organization, ConnectionId::generate(&clock, &random));
            slots.of(key.0, key.1).opened();
            keys.push(key);
        }
        let held = slots.of(keys[0].0, keys[0].1);
        slots.forget_idle();
        assert!(slots.len() <= MOST + 1);
        assert!(Arc::ptr_eq(&held, &slots.of(keys[0].0, keys[0].1)));
        let watched = (organization, ConnectionId::generate(&clock, &random));
        slots.of(watched.0, watched.1).state().watched = Some((1, Instant::now()));
        slots.forget_idle();
        assert!(slots.of(watched.0, watched.1).state().watched.is_some());
        let unused = (organization, ConnectionId::generate(&clock, &random));
        drop(slots.of(unused.0, unused.1));
        let before = slots.len();
        slots.forget_unused(unused);
        slots.forget_unused(keys[MOST]);
        assert_eq!(slots.len(), before - 1, "what is used stays");
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
