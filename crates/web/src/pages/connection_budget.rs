//! The part of a connection's page that says how much of its hour's budget is used.
//!
//! Must not know: how it is counted.

use crate::{
    parts::{Badge, Tone},
    text::{Moment, grouped, moment, numbers::sized},
};
use gatelodge_core::{BudgetMeasure, BudgetState, BudgetUse, ConnectionBudget, ShareView};
use gatelodge_model::Timestamp;

/// One measure.
#[derive(Debug, Clone)]
pub(crate) struct MeasureRow {
    pub(crate) measure: &'static str,
    pub(crate) used: String,
    pub(crate) limit: String,
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

/// The calls that the provider counted.
#[derive(Debug, Clone)]
pub(crate) struct SharePart {
    pub(crate) badge: Badge,
    pub(crate) used: String,
    pub(crate) allowed: String,
    pub(crate) for_agents: Option<String>,
    pub(crate) seen: Moment,
}

impl SharePart {
    pub(crate) fn of(share: &ShareView, now: Timestamp) -> Self {
        Self {
            badge: if share.is_used {
                Badge::new(Tone::Attention, "Agents have used their share")
            } else {
                Badge::new(Tone::Ok, "Calls are left")
            },
            used: grouped(share.count.used),
            allowed: grouped(share.count.allowed),
            for_agents: share.for_agents.map(grouped),
            seen: moment(share.seen_at, now),
        }
    }
}

fn row(used: &BudgetUse) -> Option<MeasureRow> {
    let (measure, in_words): (_, fn(u64) -> String) = match used.measure {
        BudgetMeasure::Rows => ("Records read", grouped),
        BudgetMeasure::Calls => ("Requests", grouped),
        BudgetMeasure::Bytes => ("Amount of data", sized),
    };
    Some(MeasureRow {
        measure,
        used: in_words(used.used),
        limit: in_words(used.limit?),
    })
}
