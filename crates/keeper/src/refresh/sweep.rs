//! Refreshing what is due without being asked for: each keeper takes what no other took, at most so many a second
//! and so many at a time for each provider, so that a provider in trouble holds up no other (R1, R6).
//!
//! Must not know: when something is due; the rows say it.

use super::Cause;
use crate::keeper::Inner;
use gatelodge_provider::Provider;
use gatelodge_store::keeper::CredentialRow;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::Instant};

/// Where a provider's profile says nothing.
const PER_SECOND: u32 = 500;

/// Refreshes under way at a time, for each provider.
const AT_ONCE: usize = 64;

/// For how long what was taken is not given to other keepers.
const TAKEN_FOR_SECONDS: i64 = 120;

/// How often open refreshes are looked at.
const LOOK_AT_OPEN: Duration = Duration::from_secs(5);

/// What a provider may still begin.
struct Allowance {
    provider: Arc<dyn Provider>,
    permits: Arc<Semaphore>,
    per_second: f64,
    begun: f64,
    filled: Instant,
}

impl Allowance {
    fn new(provider: Arc<dyn Provider>) -> Self {
        let per_second = provider.manifest().refresh.per_second;
        Self {
            provider,
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            per_second: f64::from(per_second.unwrap_or(PER_SECOND)),
            begun: 0.0,
            filled: Instant::now(),
        }
    }

    /// How many may begin now.
    fn now(&mut self) -> u64 {
        let passed = self.filled.elapsed().as_secs_f64();
        self.filled = Instant::now();
        // A bucket that holds a second's worth.
        self.begun = (self.begun - passed * self.per_second).max(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small number that is not negative"
        )]
        let rate = (self.per_second - self.begun).max(0.0) as u64;
        rate.min(self.permits.available_permits() as u64)
    }

    fn begin(&mut self, number: usize) {
        self.begun += f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    }
}

impl Inner {
    /// Runs until the keeper ends.
    pub(crate) async fn sweep(self: Arc<Self>) {
        let mut allowances: HashMap<String, Allowance> = self
            .catalogue
            .providers()
            .map(|provider| {
                let slug = provider.manifest().slug.clone();
                (slug, Allowance::new(Arc::clone(provider)))
            })
            .collect();
        let mut looked = Instant::now();
        let mut pause = self.timeouts.sweep;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.ending.cancelled() => return,
            }
            if self.quarantine.pass().await.is_err() {
                continue;
            }
            let mut more = false;
            for allowance in allowances.values_mut() {
                more |= self.sweep_provider(allowance).await;
            }
            // While there is more, what ends makes room soon.
            pause = if more {
                self.timeouts.sweep.min(Duration::from_millis(20))
            } else {
                self.timeouts.sweep
            };
            if looked.elapsed() >= LOOK_AT_OPEN.min(self.timeouts.lease()) {
                looked = Instant::now();
                self.take_up_open().await;
                self.slots.forget_idle();
                self.budgets.forget_before(self.clock.now());
            }
        }
    }

    /// Begins what is due at one provider. `true` when there may be more.
    async fn sweep_provider(self: &Arc<Self>, allowance: &mut Allowance) -> bool {
        let limit = allowance.now();
        if limit == 0 {
            return true;
        }
        let until = self.clock.now() + chrono::TimeDelta::seconds(TAKEN_FOR_SECONDS);
        let slug = &allowance.provider.manifest().slug;
        let due = match self.store.credentials().claim_due(slug, until, limit).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "what is due could not be read");
                return false;
            }
        };
        let number = due.len();
        allowance.begin(number);
        for row in due {
            let (inner, permits) = (Arc::clone(self), Arc::clone(&allowance.permits));
            self.tasks.spawn(async move {
                let permit = permits.acquire_owned().await;
                inner.refresh_due(row).await;
                drop(permit);
            });
        }
        number as u64 >= limit
    }

    async fn refresh_due(self: &Arc<Self>, row: CredentialRow) {
        if row.ended.is_some() || row.intent.is_some() {
            // Over, or somebody is at it; what is cut off is taken up elsewhere.
            return;
        }
        let key = (row.organization, row.connection);
        let result = match self.open_row(&row).await {
            Ok(opened) => self.refreshed(&opened, Cause::Due).await.map(drop),
            Err(failure) => Err(failure),
        };
        if let Err(failure) = result {
            tracing::debug!(connection = %row.connection, error = %failure.error, "a refresh that was due did not work");
        }
        // Nobody asked for it: memory is for those that are used.
        self.slots.forget_unused(key);
    }
}
