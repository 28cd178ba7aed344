//! What may stand in the way of a row that is about to be saved, apart from the rules of the org.
//!
//! Asks; must not know who put the obstacle there.

use std::fmt;

use super::change::WriteKind;
use super::error::ApiError;
use super::id::Id;
use super::schema::Object;
use super::state::Record;
use super::value::Value;

/// A row that is about to be saved.
#[derive(Debug)]
pub struct Attempt<'a> {
    pub kind: WriteKind,
    pub object: &'a Object,
    pub record: &'a Record,
}

/// Refuses rows.
pub trait Obstacle: fmt::Debug + Send + Sync {
    /// Why the row cannot be saved; nothing where it can.
    fn refuse(&self, attempt: &Attempt<'_>) -> Option<ApiError>;
}

/// Nothing stands in the way.
#[derive(Clone, Copy, Debug)]
pub struct Free;

impl Obstacle for Free {
    fn refuse(&self, _: &Attempt<'_>) -> Option<ApiError> {
        None
    }
}

impl Attempt<'_> {
    /// Whether saving the row takes hold of this record: the row itself, or for a new row what it refers to.
    pub fn touches(&self, record: Id) -> bool {
        self.record.id == record
            || self.kind == WriteKind::Insert && self.references().any(|id| id == record)
    }

    /// The id that a message about a lock names: a new row has none that the caller knows, so its parent stands in.
    pub fn blocked_id(&self) -> Id {
        match self.kind {
            WriteKind::Insert => self.references().next().unwrap_or(self.record.id),
            _ => self.record.id,
        }
    }

    fn references(&self) -> impl Iterator<Item = Id> {
        let fields = self.object.fields.iter().zip(self.record.values.iter());
        fields.skip(1).filter_map(|(field, value)| match value {
            Value::Id(id) if field.createable => Some(*id),
            _ => None,
        })
    }
}
