//! The part of a connection's page that says how much of its hour's budget is used.
//!
//! Must not know: how it is counted.

use crate::{
    parts::{Badge, Tone},
    text::{Moment, moment},
};
use gatelodge_core::{BudgetState, BudgetUse, ConnectionBudget};
use gatelodge_model::Timestamp;

/// One measure.
#[derive(Debug, Clone)]
pub(crate) struct MeasureRow {
    pub(crate) measure: &'static str,
    pub(crate) used: u64,
    pub(crate) limit: u64,
}

/// The budget of a connection.
#[derive(Debug, Clone)]
pub(crate) struct BudgetPart {
    pub(crate) badge: Badge,
    pub(crate) held: bool,
    pub(crate) rows: Vec<MeasureRow>,
    pub(crate) ends: Moment,
}

impl BudgetPart {
    /// None where nothing has a limit.
    pub(crate) fn of(budget: &ConnectionBudget, now: Timestamp) -> Option<Self> {
        let rows: Vec<_> = budget.uses.iter().filter_map(row).collect();
        let badge = match budget.state {
            BudgetState::Within => Badge::new(Tone::Ok, "Within its budget"),
            BudgetState::Alert => Badge::new(Tone::Waiting, "Near the end of its budget"),
            BudgetState::Held => Badge::new(Tone::Attention, "Held: the budget is used up"),
        };
        (!rows.is_empty()).then(|| Self {
            badge,
            held: budget.state == BudgetState::Held,
            rows,
            ends: moment(budget.ends_at, now),
        })
    }
}

fn row(used: &BudgetUse) -> Option<MeasureRow> {
    Some(MeasureRow {
        measure: used.measure.as_str(),
        used: used.used,
        limit: used.limit?,
    })
}
