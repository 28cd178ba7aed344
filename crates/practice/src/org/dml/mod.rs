//! Writing records: checks, defaults, derived fields and the change that comes out of it.
//!
//! Must not know HTTP. A [`Draft`] collects any number of writes on its own copy of the state, so that several
//! rows are saved together or not at all.

mod assign;
mod checks;
mod delete;
mod derive;
mod duplicates;
mod files;
mod input;
mod rollup;
mod undelete;

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Map, Value as Json};

use super::access::Access;
use super::change::{OrgChange, RowChange, WriteKind};
use super::error::ApiError;
use super::id::Id;
use super::obstacle::{Attempt, Free, Obstacle};
use super::schema::{Object, Schema};
use super::sharing::{self, Level};
use super::state::{Record, State, row_of};
use super::value::Value;
use crate::files::FileStore;

pub use assign::{ASSIGNMENT_RULES, Assignment, CASE_QUEUE, LEAD_QUEUE, URGENT_QUEUE};
pub use derive::derive;
pub use duplicates::DuplicateOptions;
pub use files::BlobReference;
pub use input::Body;

/// Who writes, when, and under which headers.
#[derive(Clone, Debug)]
pub struct WriteContext {
    pub user: Id,
    pub access: Arc<Access>,
    pub now: DateTime<Utc>,
    /// `client` of `Sforce-Call-Options`.
    pub client: Option<String>,
    /// Which assignment rule of Case and Lead runs on create.
    pub assignment: Assignment,
    /// What to do about duplicates.
    pub duplicates: DuplicateOptions,
    /// Most live records of the org; none for no limit.
    pub most_records: Option<usize>,
    /// `/services/data/v66.0`, for addresses in errors.
    pub base: String,
    /// Keeps the bytes of files.
    pub files: Arc<FileStore>,
}

/// Writes in the making.
#[derive(Debug)]
pub struct Draft<'a> {
    pub schema: &'a Schema,
    pub context: WriteContext,
    /// Is shown every row that a caller asked for.
    pub obstacle: Arc<dyn Obstacle>,
    state: State,
    rows: Vec<RowChange>,
}

/// A point that a draft can go back to.
#[derive(Debug)]
pub struct Mark {
    state: State,
    rows: usize,
}

impl<'a> Draft<'a> {
    pub fn new(schema: &'a Schema, state: State, mut context: WriteContext) -> Self {
        context.now = context.now.trunc_subsecs(0);
        Self {
            schema,
            context,
            obstacle: Arc::new(Free),
            state,
            rows: Vec::new(),
        }
    }

    /// The state with the writes so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What was drafted up to here, for [`Draft::back_to`].
    pub fn mark(&self) -> Mark {
        Mark {
            state: self.state.clone(),
            rows: self.rows.len(),
        }
    }

    /// Forgets everything drafted since the mark.
    pub fn back_to(&mut self, mark: Mark) {
        self.state = mark.state;
        self.rows.truncate(mark.rows);
    }

    /// Drafts something that leaves no trace when it is refused.
    ///
    /// # Errors
    /// What `prepare` refuses.
    pub fn attempt<T>(
        &mut self,
        prepare: impl FnOnce(&mut Self) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mark = self.mark();
        let result = prepare(self);
        if result.is_err() {
            self.back_to(mark);
        }
        result
    }

    /// The change to log, and the state with it; `None` when nothing was written.
    pub fn finish(mut self) -> Option<(OrgChange, State)> {
        if self.rows.is_empty() {
            return None;
        }
        let change = OrgChange {
            at: self.context.now,
            by: self.context.user,
            client: self.context.client,
            rows: self.rows,
        };
        self.state.note(&change);
        Some((change, self.state))
    }

    /// Creates a record and gives its id.
    ///
    /// # Errors
    /// The row errors of the platform.
    pub fn create(&mut self, object: &Object, body: &Body<'_>) -> Result<Id, ApiError> {
        if !object.createable {
            let message = format!("entity type {} does not support create", object.label);
            return Err(ApiError::new(400, "INVALID_TYPE_FOR_OPERATION", message));
        }
        if !self.context.access.object(object).create {
            return Err(ApiError::no_access());
        }
        let given = self.read_body(object, body, true)?;
        let mut record = Record::empty(object, self.state.next_id(object));
        self.defaults(object, &mut record);
        for (field, value) in &given {
            record.values[*field] = value.clone();
        }
        self.fill_defaults(object, &given, &mut record);
        if object.name == "ContentVersion" {
            // The title follows from the path where it is not given, and is required all the same.
            files::derive_file(object, &mut record, &Value::DateTime(self.context.now));
        }
        Self::require(object, &record)?;
        self.check(object, &given, &record, None)?;
        self.complete(object, &mut record, None);
        self.check_record(object, &record, None)?;
        self.check_duplicates(object, &record)?;
        self.check_room()?;
        self.assign(object, &mut record)?;
        let id = record.id;
        self.try_row(WriteKind::Insert, object, &record)?;
        self.file_document(object, &mut record)?;
        self.keep(WriteKind::Insert, object, record);
        Ok(id)
    }

    /// Changes a record.
    ///
    /// # Errors
    /// The row errors of the platform; 412 when it was modified after `unmodified_since`.
    pub fn update(
        &mut self,
        object: &Object,
        id: Id,
        body: &Body<'_>,
        unmodified_since: Option<DateTime<Utc>>,
    ) -> Result<(), ApiError> {
        let old = self.existing(object, id)?;
        if !self.context.access.object(object).edit || self.level(object, &old) < Level::Edit {
            return Err(ApiError::no_access());
        }
        if let (Some(limit), Value::DateTime(modified)) =
            (unmodified_since, old.get(object, "LastModifiedDate"))
            && *modified > limit
        {
            return Err(ApiError::new(
                412,
                "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
                "Entity was modified after the date given in If-Unmodified-Since",
            ));
        }
        self.check_open(object, &old)?;
        let given = self.read_body(object, body, false)?;
        let mut record = old.as_ref().clone();
        for (field, value) in &given {
            record.values[*field] = value.clone();
        }
        Self::require(object, &record)?;
        self.check(object, &given, &record, Some(&old))?;
        self.complete(object, &mut record, Some(&old));
        self.check_record(object, &record, Some(&old))?;
        self.try_row(WriteKind::Update, object, &record)?;
        self.keep(WriteKind::Update, object, record);
        Ok(())
    }

    /// The live record with this id.
    ///
    /// # Errors
    /// 404 when there is none or it is in the recycle bin.
    pub fn existing(&self, object: &Object, id: Id) -> Result<Arc<Record>, ApiError> {
        let record = self
            .state
            .record(object, id)
            .ok_or_else(ApiError::not_found)?;
        if record.deleted(object) {
            return Err(ApiError::deleted());
        }
        if self.level(object, record) < Level::Read {
            return Err(ApiError::no_cross_access(id));
        }
        Ok(Arc::clone(record))
    }

    /// What the user may do with a record.
    fn level(&self, object: &Object, record: &Record) -> Level {
        sharing::level(self.schema, &self.state, self.context.user, object, record)
    }

    fn defaults(&self, object: &Object, record: &mut Record) {
        for (index, field) in object.fields.iter().enumerate() {
            if let Some(value) = field.default_picklist_value() {
                record.values[index] = Value::text(value);
            }
            if field.auto_number {
                record.values[index] =
                    Value::text(format!("{:08}", self.state.next_number(object)));
            }
        }
        if let Some(owner) = object.owner_field {
            record.values[owner] = Value::Id(self.context.user);
        }
        let (now, user) = (
            Value::DateTime(self.context.now),
            Value::Id(self.context.user),
        );
        record.set(object, "CreatedDate", now);
        record.set(object, "CreatedById", user);
        if object.name == "User" {
            record.set(object, "IsActive", Value::Bool(true));
        }
        if object.custom() && !object.fields[object.name_field.unwrap_or(0)].auto_number {
            // A custom object without a given name is named after its id, as the platform does it.
            record.set(object, "Name", Value::text(record.id.short()));
        }
    }

    fn require(object: &Object, record: &Record) -> Result<(), ApiError> {
        let missing: Vec<&str> = object
            .fields
            .iter()
            .zip(record.values.iter())
            .filter(|(field, value)| {
                !field.nillable && (field.createable || field.updateable) && value.is_null()
            })
            .map(|(field, _)| field.name.as_str())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let message = format!("Required fields are missing: [{}]", missing.join(", "));
        Err(ApiError::row("REQUIRED_FIELD_MISSING", message, &missing))
    }

    /// Asks whether anything stands in the way of a row.
    fn try_row(&self, kind: WriteKind, object: &Object, record: &Record) -> Result<(), ApiError> {
        let attempt = Attempt {
            kind,
            object,
            record,
        };
        self.obstacle.refuse(&attempt).map_or(Ok(()), Err)
    }

    /// Takes a record away for good.
    fn discard(&mut self, object: &Object, id: Id) {
        self.rows.push(RowChange {
            kind: WriteKind::Erase,
            object: object.name.clone(),
            id,
            values: Map::new(),
        });
        self.state.forget(object, id);
    }

    /// Stamps, derives and keeps a record.
    fn save(&mut self, kind: WriteKind, object: &Object, mut record: Record, old: Option<&Record>) {
        self.complete(object, &mut record, old);
        self.keep(kind, object, record);
    }

    /// Stamps and derives.
    fn complete(&self, object: &Object, record: &mut Record, old: Option<&Record>) {
        let now = Value::DateTime(self.context.now);
        record.set(object, "LastModifiedDate", now.clone());
        record.set(object, "LastModifiedById", Value::Id(self.context.user));
        record.set(object, "SystemModstamp", now);
        derive(
            self.schema,
            &self.state,
            object,
            record,
            old,
            self.context.now,
        );
    }

    fn keep(&mut self, kind: WriteKind, object: &Object, record: Record) {
        self.rows.push(row_of(kind, object, &record));
        let deal = match object.name.as_str() {
            "OpportunityLineItem" => record.get(object, "OpportunityId").as_id(),
            _ => None,
        };
        self.state.put(object, record);
        if let Some(deal) = deal {
            self.roll_up(object, deal);
        }
    }
}

/// A body that is already a map, for tests and for callers inside the org.
impl<'a> From<&'a Map<String, Json>> for Body<'a> {
    fn from(fields: &'a Map<String, Json>) -> Self {
        Body { fields, raw: "" }
    }
}
