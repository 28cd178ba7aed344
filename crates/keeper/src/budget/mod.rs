//! How much may leave through a connection in an hour: counted before it leaves, an alert at a mark, a hold at
//! the end (P13, S9).
//!
//! What leaves is set aside in the database first, in small lots, so that neither a restart nor a second keeper
//! begins anew; what a keeper that was killed had set aside counts as gone. Beside the rows each keeper
//! remembers what it let pass itself, so that nobody gains by changing rows. Must not know: tools and policy.

mod hour;
mod release;
mod settings;

#[cfg(test)]
mod tests;

use crate::{keeper::Inner, slot::Opened};
use chrono::{DurationRound as _, TimeDelta};
use gatelodge_keeper_client::{
    BudgetAlert, BudgetMeasure, BudgetState, BudgetUse, ConnectionBudget, KeeperResult,
};
use gatelodge_model::{ConnectionId, Error, ErrorKind, OrganizationId, Timestamp, WhoMustAct};
use gatelodge_provider::{ProviderResponse, RowCounter};
use gatelodge_store::keeper::{BudgetAmounts, BudgetCount, BudgetHour};
use hour::{HELD, Hour, Slot, percent};
pub use settings::BudgetSettings;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Connections for which there is always room.
const ROOM: usize = 1_000;

/// How long counts are kept.
const KEPT: TimeDelta = TimeDelta::days(2);

/// One connection; whoever charges it holds it while the database answers.
type SharedSlot = Arc<tokio::sync::Mutex<Slot>>;

/// What is counted, by connection.
pub(crate) struct Budgets {
    pub(crate) settings: BudgetSettings,
    slots: Mutex<HashMap<(OrganizationId, ConnectionId), SharedSlot>>,
}

impl Budgets {
    pub(crate) fn new(settings: BudgetSettings) -> Self {
        Self {
            settings,
            slots: Mutex::default(),
        }
    }

    fn slot(&self, organization: OrganizationId, connection: ConnectionId) -> SharedSlot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry((organization, connection)).or_default())
    }

    /// Forgets what was counted in hours that are over. What this keeper let go on is remembered: rows could lie.
    pub(crate) fn forget_before(&self, now: Timestamp) {
        let hour = hour_of(now);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|_, slot| {
            let used = Arc::strong_count(slot) > 1;
            used || slot.try_lock().map_or(true, |slot| {
                slot.hour.began == Some(hour) || slot.released.is_some()
            })
        });
        if slots.capacity() > 4 * slots.len().max(ROOM) {
            slots.shrink_to_fit();
        }
    }

    fn all(&self) -> Vec<SharedSlot> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.values().cloned().collect()
    }
}

impl Inner {
    /// Counts a request before it is sent.
    ///
    /// # Errors
    /// `budget_exceeded`, `store_unavailable`: then nothing may be sent.
    pub(crate) async fn count_call(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<(), Error> {
        let one = BudgetAmounts {
            calls: 1,
            ..BudgetAmounts::default()
        };
        self.charge(organization, connection, one).await
    }

    /// Counts an answer before it is handed on.
    ///
    /// # Errors
    /// `budget_exceeded`, `store_unavailable`: then it must not be handed on.
    pub(crate) async fn count_answer(
        &self,
        opened: &Opened,
        path: &str,
        response: &ProviderResponse,
    ) -> Result<(), Error> {
        if !response.is_success() {
            return Ok(());
        }
        let mut rows = opened.provider.row_counter(path, &response.headers);
        self.count_piece(opened, &mut rows, &response.body).await
    }

    /// Counts a piece of an answer before it is handed on.
    ///
    /// # Errors
    /// As [`Self::count_answer`].
    pub(crate) async fn count_piece(
        &self,
        opened: &Opened,
        rows: &mut RowCounter,
        piece: &[u8],
    ) -> Result<(), Error> {
        let amounts = BudgetAmounts {
            rows: rows(piece),
            calls: 0,
            bytes: piece.len() as u64,
        };
        self.charge(opened.organization, opened.connection, amounts)
            .await
    }

    async fn charge(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        amounts: BudgetAmounts,
    ) -> Result<(), Error> {
        let amounts = self.budgets.settings.counted(amounts);
        if amounts == BudgetAmounts::default() {
            return Ok(());
        }
        let slot = self.budgets.slot(organization, connection);
        let mut slot = slot.lock().await;
        let hour = self.turn(&mut slot, organization, connection).await?;
        if slot.hour.take(amounts) {
            return Ok(());
        }
        let limits = self.budgets.settings.limits(slot.hour.releases);
        let mut set_aside = None;
        if slot.hour.fits(amounts, limits) {
            let budgets = self.store.budgets();
            // First with a lot ahead, so that the next calls write nothing; then just what is needed.
            for lot in [slot.hour.lot(amounts, limits), slot.hour.missing(amounts)] {
                if let Some(total) = budgets.set_aside(hour, lot, limits).await? {
                    slot.hour.add(lot);
                    set_aside = Some(total);
                    break;
                }
            }
        }
        let Some(total) = set_aside else {
            return Err(self.hold(&mut slot.hour, hour, amounts, limits).await?);
        };
        slot.hour.take(amounts);
        self.look_at_mark(&mut slot.hour, hour, total, limits)
            .await?;
        Ok(())
    }

    /// The hour that runs; what was set aside in one that is over is of no use any more.
    async fn turn(
        &self,
        slot: &mut Slot,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<BudgetHour, Error> {
        let hour = hour_of(self.clock.now());
        if slot.hour.began != Some(hour) {
            let releases = self.releases(slot, organization, connection, hour).await?;
            slot.hour = Hour::begin(hour, releases.this_hour);
        }
        let place = BudgetHour {
            organization,
            connection,
            hour,
        };
        slot.place = Some(place);
        Ok(place)
    }

    /// Nothing more leaves: also not the smaller answer that would still fit.
    async fn hold(
        &self,
        memory: &mut Hour,
        hour: BudgetHour,
        amounts: BudgetAmounts,
        limits: BudgetAmounts,
    ) -> Result<Error, Error> {
        let budgets = self.store.budgets();
        let stored = budgets
            .load(hour)
            .await?
            .map_or_else(BudgetAmounts::default, |count| count.amounts);
        let measure = memory.exceeded(stored, amounts, limits);
        budgets.raise(hour, only(measure, limits)).await?;
        memory.forfeit(only(measure, limits));
        if memory.reached < HELD {
            memory.reached = HELD;
            budgets.reach(hour, HELD).await?;
            metrics::counter!("gatelodge_budget_holds_total", "measure" => measure.as_str())
                .increment(1);
            tracing::warn!(
                organization = %hour.organization,
                connection = %hour.connection,
                measure = measure.as_str(),
                "a connection is held: its budget for this hour is used up"
            );
        }
        Ok(exceeded(measure, hour.hour + TimeDelta::hours(1)))
    }

    async fn look_at_mark(
        &self,
        memory: &mut Hour,
        hour: BudgetHour,
        total: BudgetAmounts,
        limits: BudgetAmounts,
    ) -> Result<(), Error> {
        let used = memory.left_of(total);
        let mark = self.budgets.settings.mark(percent(used, limits));
        if mark > memory.reached {
            memory.reached = mark;
            self.store.budgets().reach(hour, mark).await?;
            metrics::counter!("gatelodge_budget_alerts_total").increment(1);
            tracing::warn!(
                organization = %hour.organization,
                connection = %hour.connection,
                "a connection comes near the end of its budget for this hour"
            );
        }
        Ok(())
    }

    /// Where a connection stands.
    pub(crate) async fn budget(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<ConnectionBudget> {
        let slot = self.budgets.slot(organization, connection);
        let mut slot = slot.lock().await;
        let hour = self.turn(&mut slot, organization, connection).await?;
        let stored = self
            .store
            .budgets()
            .load(hour)
            .await
            .map_err(Error::from)?
            .map_or_else(BudgetAmounts::default, |count| count.amounts);
        let releases = self
            .releases(&mut slot, organization, connection, hour.hour)
            .await?;
        let used = slot.hour.left_of(stored);
        Ok(self.stand(hour, used, releases.this_hour, releases.today))
    }

    /// Connections that reached a mark; each is given once, to one caller.
    pub(crate) async fn take_budget_alerts(&self) -> KeeperResult<Vec<BudgetAlert>> {
        let now = hour_of(self.clock.now());
        let budgets = self.store.budgets();
        let mut alerts = Vec::new();
        for hour in [now - TimeDelta::hours(1), now] {
            let counts = budgets.take_untold(hour).await.map_err(Error::from)?;
            for count in counts {
                alerts.push(self.alert(count).await?);
            }
        }
        budgets.purge(now - KEPT).await.map_err(Error::from)?;
        Ok(alerts)
    }

    async fn alert(&self, count: BudgetCount) -> Result<BudgetAlert, Error> {
        let BudgetHour {
            organization,
            connection,
            hour,
        } = count.hour;
        let slot = self.budgets.slot(organization, connection);
        let mut slot = slot.lock().await;
        let releases = self
            .releases(&mut slot, organization, connection, hour)
            .await?;
        let mut budget = self.stand(
            count.hour,
            count.amounts,
            releases.this_hour,
            releases.today,
        );
        // What was told must not depend on what other keepers give back meanwhile.
        budget.state = if count.mark >= HELD {
            BudgetState::Held
        } else {
            BudgetState::Alert
        };
        Ok(BudgetAlert {
            organization,
            budget,
        })
    }

    fn stand(
        &self,
        hour: BudgetHour,
        used: BudgetAmounts,
        releases: u32,
        releases_today: u32,
    ) -> ConnectionBudget {
        let settings = &self.budgets.settings;
        let limits = settings.limits(releases);
        let uses: Vec<_> = BudgetMeasure::ALL
            .into_iter()
            .map(|measure| BudgetUse {
                measure,
                used: amount(measure, used),
                limit: settings.of(measure).map(|_| amount(measure, limits)),
            })
            .collect();
        let highest = uses.iter().map(BudgetUse::percent).max().unwrap_or(0);
        ConnectionBudget {
            connection: hour.connection,
            state: match settings.mark(highest) {
                0 => BudgetState::Within,
                HELD => BudgetState::Held,
                _ => BudgetState::Alert,
            },
            uses,
            ends_at: hour.hour + TimeDelta::hours(1),
            releases,
            releases_left: settings.releases.saturating_sub(releases_today),
        }
    }

    /// Gives back what was set aside and did not leave; a keeper that ends in order wastes nothing.
    pub(crate) async fn give_back(&self) {
        for slot in self.budgets.all() {
            let mut slot = slot.lock().await;
            let Some((hour, rest)) = slot.rest() else {
                continue;
            };
            if let Err(error) = self.store.budgets().give_back(hour, rest).await {
                tracing::warn!(%error, "what was set aside and did not leave counts as gone");
            }
        }
    }
}

pub(super) fn amount(measure: BudgetMeasure, amounts: BudgetAmounts) -> u64 {
    match measure {
        BudgetMeasure::Rows => amounts.rows,
        BudgetMeasure::Calls => amounts.calls,
        BudgetMeasure::Bytes => amounts.bytes,
    }
}

fn only(measure: BudgetMeasure, amounts: BudgetAmounts) -> BudgetAmounts {
    let none = BudgetAmounts::default();
    match measure {
        BudgetMeasure::Rows => BudgetAmounts {
            rows: amounts.rows,
            ..none
        },
        BudgetMeasure::Calls => BudgetAmounts {
            calls: amounts.calls,
            ..none
        },
        BudgetMeasure::Bytes => BudgetAmounts {
            bytes: amounts.bytes,
            ..none
        },
    }
}

/// When the hour of a moment began.
fn hour_of(now: Timestamp) -> Timestamp {
    // Rounding fails only outside the years that a clock can say.
    now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now)
}

fn exceeded(measure: BudgetMeasure, ends_at: Timestamp) -> Error {
    Error::new(
        ErrorKind::BudgetExceeded,
        format!(
            "This connection has used up its budget of {} for this hour. It is held until {}.",
            measure.as_str(),
            ends_at.format("%H:%M UTC")
        ),
    )
    .with_hint(
        WhoMustAct::Admin,
        "Wait, ask for less, or have an owner or administrator let the connection go on, on its page.",
    )
}
