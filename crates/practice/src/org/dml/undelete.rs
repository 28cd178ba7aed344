//! Taking records out of the recycle bin, with what went along when they were deleted.
//!
//! The platform offers this by SOAP and Apex only; no REST resource does it. Must not know HTTP.

use std::sync::Arc;

use super::Draft;
use crate::org::change::WriteKind;
use crate::org::error::ApiError;
use crate::org::feeds;
use crate::org::id::Id;
use crate::org::schema::{FieldType, Object, OnDelete};
use crate::org::sharing::Level;
use crate::org::state::Record;
use crate::org::value::Value;

impl Draft<'_> {
    /// Takes a record out of the recycle bin, and the details that were deleted with it.
    ///
    /// # Errors
    /// 404 when there is no such record, 403 without the right, 400 `UNDELETE_FAILED` when it is not in the bin (any
    /// more) or its master is not there, `DUPLICATE_VALUE` when another record took a unique value meanwhile.
    pub fn undelete(&mut self, object: &Object, id: Id) -> Result<(), ApiError> {
        let record = self
            .state()
            .record(object, id)
            .map(Arc::clone)
            .ok_or_else(ApiError::not_found)?;
        if !self.context.access.object(object).delete || self.level(object, &record) < Level::Full {
            return Err(ApiError::no_access());
        }
        if !feeds::in_bin(object, &record, self.context.now) {
            return Err(failed("Entity is not in the recycle bin"));
        }
        self.restore(object, &record)
    }

    fn restore(&mut self, object: &Object, old: &Arc<Record>) -> Result<(), ApiError> {
        let mut record = old.as_ref().clone();
        if let Some(field) = object.deleted_field {
            record.values[field] = Value::Bool(false);
        }
        self.check_masters(object, &mut record)?;
        let values: Vec<(usize, Value)> = (0..)
            .zip(record.values.iter().cloned())
            .filter(|(index, _)| object.fields.get(*index).is_some_and(|field| field.unique))
            .collect();
        self.check(object, &values, &record, None)?;
        self.save(WriteKind::Undelete, object, record, Some(old));
        let schema = self.schema;
        for child in &schema.objects[object.index].children {
            let owner = &schema.objects[child.object];
            if owner.fields[child.field].on_delete != OnDelete::Cascade {
                continue;
            }
            let together: Vec<Arc<Record>> = self
                .state()
                .pointing(owner, child.field, old.id)
                .filter(|other| other.deleted(owner) && same_act(object, old, owner, other))
                .map(Arc::clone)
                .collect();
            for other in &together {
                self.restore(owner, other)?;
            }
        }
        Ok(())
    }

    /// A master must be there; what else is gone is no longer referred to.
    fn check_masters(&self, object: &Object, record: &mut Record) -> Result<(), ApiError> {
        for (index, field) in object.fields.iter().enumerate() {
            let gone = field.kind == FieldType::Reference
                && record.values[index].as_id().is_some_and(|id| {
                    self.state()
                        .any_record(self.schema, id)
                        .is_none_or(|(target, found)| found.deleted(target))
                });
            if gone && !field.nillable {
                return Err(failed("The master of this record is in the recycle bin"));
            }
            if gone && field.updateable {
                record.values[index] = Value::Null;
            }
        }
        Ok(())
    }
}

fn failed(message: &str) -> ApiError {
    ApiError::row("UNDELETE_FAILED", message, &[])
}

/// Whether two deleted records were deleted by one act.
fn same_act(object: &Object, record: &Record, other_object: &Object, other: &Record) -> bool {
    ["SystemModstamp", "LastModifiedById"]
        .into_iter()
        .all(|name| record.get(object, name) == other.get(other_object, name))
}
