//! The limits of an hour.
//!
//! Must not know: what is used.

use super::hour::{ALERT, HELD};
use gatelodge_keeper_client::BudgetMeasure;
use gatelodge_store::keeper::BudgetAmounts;

/// How much may leave through a connection in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetSettings {
    /// Records in answers; none is no limit.
    pub rows: Option<u64>,
    /// Requests.
    pub calls: Option<u64>,
    /// Bytes of answers.
    pub bytes: Option<u64>,
    /// At how many per cent people are told.
    pub alert_percent: u8,
    /// How often a day a held connection may be let go on.
    pub releases: u32,
}

impl BudgetSettings {
    /// No limits.
    pub const UNLIMITED: Self = Self {
        rows: None,
        calls: None,
        bytes: None,
        alert_percent: 80,
        releases: 0,
    };

    pub(super) const fn of(&self, measure: BudgetMeasure) -> Option<u64> {
        match measure {
            BudgetMeasure::Rows => self.rows,
            BudgetMeasure::Calls => self.calls,
            BudgetMeasure::Bytes => self.bytes,
        }
    }

    /// What has no limit is not counted.
    pub(super) fn counted(&self, amounts: BudgetAmounts) -> BudgetAmounts {
        BudgetAmounts {
            rows: self.rows.map_or(0, |_| amounts.rows),
            calls: self.calls.map_or(0, |_| amounts.calls),
            bytes: self.bytes.map_or(0, |_| amounts.bytes),
        }
    }

    /// The limits after the hour's budget was given again so often.
    pub(super) fn limits(&self, releases: u32) -> BudgetAmounts {
        let times = |limit: Option<u64>| limit.unwrap_or(0).saturating_mul(u64::from(releases) + 1);
        BudgetAmounts {
            rows: times(self.rows),
            calls: times(self.calls),
            bytes: times(self.bytes),
        }
    }

    pub(super) fn mark(&self, percent: u64) -> u8 {
        if percent >= 100 {
            HELD
        } else if percent >= u64::from(self.alert_percent) {
            ALERT
        } else {
            0
        }
    }
}
