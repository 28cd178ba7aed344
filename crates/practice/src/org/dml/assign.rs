//! The assignment rules of this org: which queue a new lead or case goes to.
//!
//! Must not know when they run; the caller decides that by header.

use crate::org::schema::{Object, Schema};
use crate::org::state::{Record, State};
use crate::org::value::Value;

/// Developer name of the queue for new leads.
pub const LEAD_QUEUE: &str = "Inbound_Leads";
/// Developer name of the queue for urgent cases.
pub const URGENT_QUEUE: &str = "Premium_Support";
/// Developer name of the queue for all other cases.
pub const CASE_QUEUE: &str = "Customer_Support";

/// Gives a new lead or case to its queue, whatever owner the caller asked for.
pub(super) fn assign(schema: &Schema, state: &State, object: &Object, record: &mut Record) {
    let queue = match object.name.as_str() {
        "Lead" => LEAD_QUEUE,
        "Case" if record.get(object, "Priority").as_text() == Some("High") => URGENT_QUEUE,
        "Case" => CASE_QUEUE,
        _ => return,
    };
    let Some(groups) = schema.object("Group") else {
        return;
    };
    let found = state
        .live(groups)
        .find(|group| group.get(groups, "DeveloperName").as_text() == Some(queue));
    if let Some(group) = found {
        record.set(object, "OwnerId", Value::Id(group.id));
    }
}
