//! What one keeper remembers of a connection's hour: what it set aside, and what it let pass.
//!
//! Must not know: the database.

use super::amount;
use gatelodge_keeper_client::BudgetMeasure;
use gatelodge_model::Timestamp;
use gatelodge_store::keeper::{BudgetAmounts, BudgetHour};

/// Mark of the alert.
pub(super) const ALERT: u8 = 1;

/// Mark of the end.
pub(super) const HELD: u8 = 2;

/// What is set aside for later calls with the first one. Later lots grow with what left, so that a keeper that
/// is killed wastes at most as much as it let pass.
const FIRST_LOT: BudgetAmounts = BudgetAmounts {
    rows: 20,
    calls: 4,
    bytes: 64 * 1024,
};

/// No lot is more than this part of a limit.
const PARTS: u64 = 50;

/// One connection.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) hour: Hour,
    /// The hour's place in the database, once something was set aside.
    pub(super) place: Option<BudgetHour>,
    /// The day, and how often this keeper let the connection go on in it.
    pub(super) released: Option<(i64, u32)>,
}

impl Slot {
    /// What was set aside and is not used, once.
    pub(super) fn rest(&mut self) -> Option<(BudgetHour, BudgetAmounts)> {
        let rest = std::mem::take(&mut self.hour.at_hand);
        let place = self.place?;
        (rest != BudgetAmounts::default() && self.hour.began == Some(place.hour))
            .then_some((place, rest))
    }
}

/// One hour of it.
#[derive(Default)]
pub(super) struct Hour {
    pub(super) began: Option<Timestamp>,
    /// How often the hour's budget was given again.
    pub(super) releases: u32,
    /// The highest mark that this keeper saw.
    pub(super) reached: u8,
    at_hand: BudgetAmounts,
    spent: BudgetAmounts,
}

impl Hour {
    pub(super) fn begin(began: Timestamp, releases: u32) -> Self {
        Self {
            began: Some(began),
            releases,
            ..Self::default()
        }
    }

    /// Takes from what is at hand, all or nothing.
    pub(super) fn take(&mut self, amounts: BudgetAmounts) -> bool {
        let enough = each(self.at_hand, amounts, |held, wanted| {
            u64::from(held >= wanted)
        });
        if enough.rows + enough.calls + enough.bytes < 3 {
            return false;
        }
        self.at_hand = each(self.at_hand, amounts, u64::saturating_sub);
        self.spent = each(self.spent, amounts, u64::saturating_add);
        true
    }

    /// Whether this keeper alone may let that much pass, whatever rows say.
    pub(super) fn fits(&self, amounts: BudgetAmounts, limits: BudgetAmounts) -> bool {
        BudgetMeasure::ALL.into_iter().all(|measure| {
            let wanted = amount(measure, amounts);
            wanted == 0
                || amount(measure, self.spent).saturating_add(wanted) <= amount(measure, limits)
        })
    }

    /// What is missing at hand.
    pub(super) fn missing(&self, amounts: BudgetAmounts) -> BudgetAmounts {
        each(amounts, self.at_hand, u64::saturating_sub)
    }

    /// What is missing, and a lot ahead.
    pub(super) fn lot(&self, amounts: BudgetAmounts, limits: BudgetAmounts) -> BudgetAmounts {
        let ahead = each(self.spent, FIRST_LOT, std::cmp::max);
        let ahead = each(ahead, limits, |ahead, limit| ahead.min(limit / PARTS));
        let ahead = each(ahead, self.at_hand, u64::saturating_sub);
        each(self.missing(amounts), ahead, u64::saturating_add)
    }

    pub(super) fn add(&mut self, lot: BudgetAmounts) {
        self.at_hand = each(self.at_hand, lot, u64::saturating_add);
    }

    /// What is at hand of these measures counts as used.
    pub(super) fn forfeit(&mut self, measures: BudgetAmounts) {
        self.at_hand = each(self.at_hand, measures, u64::saturating_sub);
    }

    /// What left of all that is set aside: what is at hand here did not, and what left here did.
    pub(super) fn left_of(&self, total: BudgetAmounts) -> BudgetAmounts {
        let left = each(total, self.at_hand, u64::saturating_sub);
        each(left, self.spent, std::cmp::max)
    }

    /// Which measure stands against it.
    pub(super) fn exceeded(
        &self,
        stored: BudgetAmounts,
        amounts: BudgetAmounts,
        limits: BudgetAmounts,
    ) -> BudgetMeasure {
        let missing = self.missing(amounts);
        BudgetMeasure::ALL
            .into_iter()
            .find(|measure| {
                let wanted = amount(*measure, amounts);
                let limit = amount(*measure, limits);
                wanted > 0
                    && (amount(*measure, stored) + amount(*measure, missing) > limit
                        || amount(*measure, self.spent) + wanted > limit)
            })
            .unwrap_or(BudgetMeasure::Calls)
    }
}

/// The highest use of a limit, in per cent.
pub(super) fn percent(used: BudgetAmounts, limits: BudgetAmounts) -> u64 {
    BudgetMeasure::ALL
        .into_iter()
        .filter(|measure| amount(*measure, limits) > 0)
        .map(|measure| amount(measure, used).saturating_mul(100) / amount(measure, limits))
        .max()
        .unwrap_or(0)
}

fn each(
    left: BudgetAmounts,
    right: BudgetAmounts,
    join: impl Fn(u64, u64) -> u64,
) -> BudgetAmounts {
    BudgetAmounts {
        rows: join(left.rows, right.rows),
        calls: join(left.calls, right.calls),
        bytes: join(left.bytes, right.bytes),
    }
}
