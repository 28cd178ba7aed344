//! The org's own clock: the true time, moved forward or back on order.
//!
//! Must not know what depends on the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use crate::ambient::Clock;

/// A clock that can be moved.
pub struct ShiftedClock {
    inner: Arc<dyn Clock>,
    milliseconds: AtomicI64,
}

impl ShiftedClock {
    pub(crate) fn new(inner: Arc<dyn Clock>) -> Self {
        Self {
            inner,
            milliseconds: AtomicI64::new(0),
        }
    }

    /// How far the clock is moved.
    pub fn shift(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.milliseconds.load(Ordering::SeqCst))
    }

    /// Moves the clock to this distance from the true time.
    pub fn set(&self, shift: TimeDelta) {
        self.milliseconds
            .store(shift.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> DateTime<Utc> {
        let now = self.inner.now();
        now.checked_add_signed(self.shift()).unwrap_or(now)
    }
}
