//! What was changed and what was deleted in a span of time, for clients that keep a copy of an object.
//!
//! Must not know HTTP; which spans a caller may ask for is checked there.
//! Source of the rules: "sObject Get Deleted" and "sObject Get Updated", REST API Developer Guide.

use chrono::{DateTime, Duration, Utc};

use super::Org;
use super::id::Id;
use super::schema::Object;
use super::state::Record;
use super::value::Value;

/// How long a deleted record stays in the recycle bin.
pub const BIN_DAYS: i64 = 15;
/// How far back `/updated` looks.
pub const UPDATED_DAYS: i64 = 30;

/// A record that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The record.
    pub id: Id,
    /// When it was moved to the recycle bin.
    pub at: DateTime<Utc>,
}

impl Org {
    /// Records of an object that were deleted from `start` on and before `end`, in the order of their deletion.
    /// What has left the recycle bin is no longer listed.
    pub fn deleted_between(
        &self,
        object: &Object,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Vec<Deletion> {
        let state = self.snapshot();
        let start = start.max(self.now() - Duration::days(BIN_DAYS));
        let mut found: Vec<Deletion> = state
            .table(object)
            .rows
            .values()
            .filter(|record| record.deleted(object))
            .filter_map(|record| {
                changed_at(object, record).map(|at| Deletion { id: record.id, at })
            })
            .filter(|deletion| (start..end).contains(&deletion.at))
            .collect();
        found.sort_by_key(|deletion| (deletion.at, deletion.id));
        found
    }

    /// Live records of an object that were created or changed from `start` on and before `end`.
    pub fn updated_between(
        &self,
        object: &Object,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Vec<Id> {
        let state = self.snapshot();
        let mut found: Vec<(DateTime<Utc>, Id)> = state
            .live(object)
            .filter_map(|record| changed_at(object, record).map(|at| (at, record.id)))
            .filter(|(at, _)| (start..end).contains(at))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether a deleted record can still be taken out of the recycle bin.
    pub fn in_bin(&self, object: &Object, record: &Record) -> bool {
        in_bin(object, record, self.now())
    }
}

/// Whether a record lies in the recycle bin at this moment: deleted, and not for too long.
pub(super) fn in_bin(object: &Object, record: &Record, now: DateTime<Utc>) -> bool {
    record.deleted(object)
        && changed_at(object, record).is_some_and(|at| now - at < Duration::days(BIN_DAYS))
}

/// The last change of a record, its deletion included.
fn changed_at(object: &Object, record: &Record) -> Option<DateTime<Utc>> {
    match record.get(object, "SystemModstamp") {
        Value::DateTime(at) => Some(*at),
        _ => None,
    }
}
