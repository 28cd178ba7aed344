//! Deleting: into the recycle bin, with the children that go along and the ones that forbid it.
//!
//! Must not know HTTP.

use std::sync::Arc;

use super::Draft;
use crate::org::change::WriteKind;
use crate::org::error::ApiError;
use crate::org::id::Id;
use crate::org::schema::{Object, OnDelete};
use crate::org::sharing::Level;
use crate::org::state::Record;
use crate::org::value::Value;

impl Draft<'_> {
    /// Moves a record and what belongs to it to the recycle bin.
    ///
    /// # Errors
    /// 404 when it is gone, 403 without the right, 400 `DELETE_FAILED` when other records need it.
    pub fn delete(&mut self, object: &Object, id: Id) -> Result<(), ApiError> {
        let record = self.existing(object, id)?;
        if !object.deletable {
            let message = format!("entity type {} does not support delete", object.label);
            return Err(ApiError::new(400, "INVALID_TYPE_FOR_OPERATION", message));
        }
        if !self.context.access.object(object).delete || self.level(object, &record) < Level::Full {
            return Err(ApiError::no_access());
        }
        self.check_open(object, &record)?;
        self.try_row(WriteKind::Delete, object, &record)?;
        self.remove(object, &record)
    }

    /// Deletes a record for good, whether it is in the recycle bin or not.
    ///
    /// # Errors
    /// As [`Draft::delete`].
    pub fn erase(&mut self, object: &Object, id: Id) -> Result<(), ApiError> {
        let in_bin = self
            .state()
            .record(object, id)
            .is_some_and(|record| record.deleted(object));
        if !in_bin {
            self.delete(object, id)?;
        } else if !self.context.access.object(object).delete {
            return Err(ApiError::no_access());
        }
        self.discard(object, id);
        Ok(())
    }

    fn remove(&mut self, object: &Object, record: &Arc<Record>) -> Result<(), ApiError> {
        let Some(deleted) = object.deleted_field else {
            return Err(ApiError::no_access());
        };
        let mut gone = record.as_ref().clone();
        gone.values[deleted] = Value::Bool(true);
        self.save(WriteKind::Delete, object, gone, Some(record));
        for child in &object.children {
            let owner = &self.schema.objects[child.object];
            let field = &owner.fields[child.field];
            let pointing: Vec<Arc<Record>> = self
                .state()
                .pointing(owner, child.field, record.id)
                .filter(|other| !other.deleted(owner))
                .map(Arc::clone)
                .collect();
            if pointing.is_empty() {
                continue;
            }
            match field.on_delete {
                OnDelete::Restrict => return Err(in_use(object, record, owner, &pointing)),
                OnDelete::Cascade => {
                    for other in &pointing {
                        if self.state().is_live(owner, other.id) {
                            self.remove(owner, other)?;
                        }
                    }
                }
                // A derived reference (the account of a task) follows when its source changes.
                OnDelete::Clear if !field.createable && !field.updateable => {}
                OnDelete::Clear => {
                    for other in &pointing {
                        let mut cleared = other.as_ref().clone();
                        cleared.values[child.field] = Value::Null;
                        self.save(WriteKind::Update, owner, cleared, Some(other));
                    }
                }
            }
        }
        Ok(())
    }
}

fn in_use(object: &Object, record: &Record, owner: &Object, pointing: &[Arc<Record>]) -> ApiError {
    let names: Vec<&str> = pointing
        .iter()
        .filter_map(|other| other.name(owner).as_text())
        .take(5)
        .collect();
    let message = format!(
        "Your attempt to delete {} could not be completed because it is associated with the following {}.: {}\n",
        record.name(object).as_text().unwrap_or_default(),
        owner.plural.to_lowercase(),
        names.join(", ")
    );
    ApiError::row("DELETE_FAILED", message, &[])
}
