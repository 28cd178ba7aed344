//! What an opportunity knows of its lines: whether it has any, and their total as its amount.
//!
//! Must not know who writes; it follows every change of a line.

use std::sync::Arc;

use super::Draft;
use crate::org::change::WriteKind;
use crate::org::id::Id;
use crate::org::schema::Object;
use crate::org::state::Record;
use crate::org::value::Value;

impl Draft<'_> {
    /// Brings the opportunity of a line up to date.
    pub(super) fn roll_up(&mut self, lines: &Object, deal: Id) {
        let (Some(deals), Some(field)) = (
            self.schema.object("Opportunity"),
            lines.field_index("OpportunityId"),
        ) else {
            return;
        };
        let Some(old) = self.state().record(deals, deal).map(Arc::clone) else {
            return;
        };
        if old.deleted(deals) {
            return;
        }
        let of_deal: Vec<&Arc<Record>> = self
            .state()
            .pointing(lines, field, deal)
            .filter(|line| !line.deleted(lines))
            .collect();
        let total: f64 = of_deal
            .iter()
            .filter_map(|line| line.get(lines, "TotalPrice").as_number())
            .sum();
        let some = !of_deal.is_empty();
        let mut record = old.as_ref().clone();
        record.set(deals, "HasOpportunityLineItem", Value::Bool(some));
        if some {
            record.set(deals, "Amount", Value::Double(total));
        }
        if record.values != old.values {
            self.save(WriteKind::Update, deals, record, Some(&old));
        }
    }
}
