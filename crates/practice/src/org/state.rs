//! The records, in persistent maps: a snapshot is a clone that costs nothing, and so is a query cursor.
//!
//! Must not know users' rights or HTTP.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use imbl::OrdMap;

use super::change::{OrgChange, RecordWrite, RowChange, WriteKind};
use super::id::Id;
use super::index::Indexes;
use super::schema::{Object, Schema};
use super::sharing::{self, People};
use super::value::Value;
use super::wire;

/// One record. Fields are in the order of the schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub id: Id,
    pub values: Box<[Value]>,
}

impl Record {
    /// A record with nothing but its id.
    pub fn empty(object: &Object, id: Id) -> Self {
        let mut values = vec![Value::Null; object.fields.len()].into_boxed_slice();
        values[0] = Value::Id(id);
        for (value, field) in values.iter_mut().zip(&object.fields) {
            if field.kind == super::schema::FieldType::Boolean {
                *value = Value::Bool(false);
            }
        }
        Self { id, values }
    }

    /// Value of a field by name; null when the object has no such field.
    pub fn get(&self, object: &Object, name: &str) -> &Value {
        object
            .field_index(name)
            .map_or(&Value::Null, |index| &self.values[index])
    }

    /// Sets a field by name; does nothing when the object has no such field.
    pub fn set(&mut self, object: &Object, name: &str, value: Value) {
        if let Some(index) = object.field_index(name) {
            self.values[index] = value;
        }
    }

    pub fn deleted(&self, object: &Object) -> bool {
        object
            .deleted_field
            .is_some_and(|index| self.values[index].as_bool())
    }

    /// The value of the name field, for lists and messages.
    pub fn name<'a>(&'a self, object: &Object) -> &'a Value {
        object
            .name_field
            .map_or(&Value::Null, |index| &self.values[index])
    }
}

/// All records of one object, deleted ones included.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub rows: OrdMap<Id, Arc<Record>>,
    indexes: Indexes,
    deleted_field: Option<usize>,
    pub(super) next_sequence: u64,
    pub(super) next_number: u64,
    live: usize,
}

/// When one user last looked at a record, and at something that showed it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Viewed {
    pub viewed: Option<DateTime<Utc>>,
    pub referenced: Option<DateTime<Utc>>,
}

/// The whole content of the org at one moment.
#[derive(Clone, Debug)]
pub struct State {
    tables: Vec<Table>,
    pub(super) writes: OrdMap<Id, imbl::Vector<Arc<RecordWrite>>>,
    /// When a user last looked at a record, by user and record.
    views: OrdMap<(Id, Id), Viewed>,
    /// What sharing knows of the users; made when it is first asked for.
    people: Arc<OnceLock<People>>,
    /// Grows with every change; two states with the same number are the same.
    pub version: u64,
}

impl State {
    pub fn new(schema: &Schema) -> Self {
        let tables = schema
            .objects
            .iter()
            .map(|object| Table {
                indexes: Indexes::of(object),
                deleted_field: object.deleted_field,
                next_sequence: 1,
                next_number: 1000,
                ..Table::default()
            })
            .collect();
        Self {
            tables,
            writes: OrdMap::new(),
            views: OrdMap::new(),
            people: Arc::default(),
            version: 0,
        }
    }

    pub fn table(&self, object: &Object) -> &Table {
        &self.tables[object.index]
    }

    pub(super) fn table_mut(&mut self, object: &Object) -> &mut Table {
        &mut self.tables[object.index]
    }

    /// A record by id, deleted or not.
    pub fn record(&self, object: &Object, id: Id) -> Option<&Arc<Record>> {
        self.tables[object.index].rows.get(&id)
    }

    /// The record an id points at, of whatever object.
    pub fn any_record<'a>(&self, schema: &'a Schema, id: Id) -> Option<(&'a Object, &Arc<Record>)> {
        let object = schema.object_by_prefix(id.prefix())?;
        self.record(object, id).map(|record| (object, record))
    }

    /// Live records of an object in id order.
    pub fn live<'a>(&'a self, object: &'a Object) -> impl Iterator<Item = &'a Arc<Record>> {
        self.table(object)
            .rows
            .values()
            .filter(|record| !record.deleted(object))
    }

    /// Is there a record with this id outside the recycle bin?
    pub fn is_live(&self, object: &Object, id: Id) -> bool {
        self.record(object, id)
            .is_some_and(|record| !record.deleted(object))
    }

    /// Records whose reference `field` points at `target`, deleted ones included, in id order.
    pub fn pointing<'a>(
        &'a self,
        object: &'a Object,
        field: usize,
        target: Id,
    ) -> impl Iterator<Item = &'a Arc<Record>> {
        let table = self.table(object);
        table
            .indexes
            .references(field, target)
            .into_iter()
            .flatten()
            .filter_map(|id| table.rows.get(&id))
    }

    /// Live records with this value in a field, without regard to letter case.
    pub fn find_by_value(&self, object: &Object, field: usize, wanted: &str) -> Vec<Id> {
        if let Some(ids) = self.table(object).indexes().texts(field, wanted) {
            return ids.filter(|id| self.is_live(object, *id)).collect();
        }
        let same = |value: &Value| match value {
            Value::Text(text) => super::value::order_text(text, wanted).is_eq(),
            Value::Id(id) => Id::parse(wanted) == Some(*id),
            Value::Int(number) => wanted.parse() == Ok(*number),
            Value::Double(number) => wanted.parse() == Ok(*number),
            _ => false,
        };
        self.live(object)
            .filter(|record| same(&record.values[field]))
            .map(|record| record.id)
            .collect()
    }

    /// When this user last looked at a record.
    pub fn viewed(&self, user: Id, record: Id) -> Viewed {
        self.views.get(&(user, record)).copied().unwrap_or_default()
    }

    /// Keeps that a user looked at a record, or at something that showed it.
    pub(super) fn view(&mut self, user: Id, record: Id, viewed: bool, now: DateTime<Utc>) {
        let mut kept = self.viewed(user, record);
        if viewed {
            kept.viewed = Some(now);
        }
        kept.referenced = Some(now);
        self.views.insert((user, record), kept);
        self.version += 1;
    }

    /// Who wrote a record how often since the seed, oldest first.
    pub fn writes(&self, id: Id) -> Vec<RecordWrite> {
        self.writes
            .get(&id)
            .into_iter()
            .flatten()
            .map(|write| write.as_ref().clone())
            .collect()
    }

    /// Every record written since the seed, with its writes.
    pub fn all_writes(&self) -> Vec<(Id, Vec<RecordWrite>)> {
        self.writes
            .keys()
            .map(|id| (*id, self.writes(*id)))
            .collect()
    }

    /// The next free id of an object.
    pub fn next_id(&self, object: &Object) -> Id {
        Id::generate(object.prefix, self.tables[object.index].next_sequence)
    }

    /// The next automatic number of an object.
    pub fn next_number(&self, object: &Object) -> u64 {
        self.tables[object.index].next_number
    }

    /// What sharing knows of the users.
    pub(super) fn people(&self, schema: &Schema) -> &People {
        self.people.get_or_init(|| People::of(schema, self))
    }

    /// Puts a record in place of whatever had its id.
    pub fn put(&mut self, object: &Object, record: Record) {
        if sharing::concerns(object) {
            self.people = Arc::default();
        }
        let table = &mut self.tables[object.index];
        let id = record.id;
        let live = !record.deleted(object);
        if table.rows.get(&id).is_some_and(|old| !old.deleted(object)) {
            table.live -= 1;
        }
        table.indexes.replace(
            id,
            table.rows.get(&id).map(|old| &*old.values),
            &record.values,
        );
        if live {
            table.live += 1;
        }
        if let Some(sequence) = id.sequence() {
            table.next_sequence = table.next_sequence.max(sequence + 1);
        }
        let number = object.fields.iter().position(|field| field.auto_number);
        if let Some(number) = number
            .and_then(|index| record.values[index].as_text())
            .and_then(|text| text.parse().ok())
        {
            table.next_number = table.next_number.max(u64::saturating_add(number, 1));
        }
        table.rows.insert(id, Arc::new(record));
        self.version += 1;
    }

    /// Takes a record away without a trace.
    pub(super) fn forget(&mut self, object: &Object, id: Id) {
        let table = &mut self.tables[object.index];
        let Some(record) = table.rows.remove(&id) else {
            return;
        };
        if !record.deleted(object) {
            table.live -= 1;
        }
        let nothing = Record::empty(object, id);
        table
            .indexes
            .replace(id, Some(&record.values), &nothing.values);
        self.version += 1;
    }

    /// Applies a change. Fields that the schema does not know (any more) are left out.
    pub fn apply(&mut self, schema: &Schema, change: &OrgChange) {
        for row in &change.rows {
            let Some(object) = schema.object(&row.object) else {
                continue;
            };
            if row.kind == WriteKind::Erase {
                self.forget(object, row.id);
            } else {
                self.put(object, record_of(object, row));
            }
        }
        self.note(change);
    }

    /// Remembers who wrote which record.
    pub(super) fn note(&mut self, change: &OrgChange) {
        for row in &change.rows {
            let write = RecordWrite {
                at: change.at,
                kind: row.kind,
                by: change.by,
                client: change.client.clone(),
            };
            let mut writes = self.writes.get(&row.id).cloned().unwrap_or_default();
            writes.push_back(Arc::new(write));
            self.writes.insert(row.id, writes);
        }
    }
}

impl Table {
    pub fn live_count(&self) -> usize {
        self.live
    }

    /// The live record with this value in a unique field, without regard to letter case.
    pub fn by_unique(&self, field: usize, value: &str) -> Option<Id> {
        let live = |id: &Id| {
            self.rows.get(id).is_some_and(|record| {
                self.deleted_field
                    .is_none_or(|deleted| !record.values[deleted].as_bool())
            })
        };
        self.indexes.texts(field, value)?.find(live)
    }

    /// What finds records by value. Holds deleted ones too.
    pub fn indexes(&self) -> &Indexes {
        &self.indexes
    }
}

/// Why a row of a change from the log cannot be kept under this schema.
pub(super) fn misfit(schema: &Schema, row: &RowChange) -> Option<String> {
    let Some(object) = schema.object(&row.object) else {
        return Some(format!(
            "there is no object {} any more, and kept records use it",
            row.object
        ));
    };
    if row.id.prefix() != object.prefix {
        return Some(format!(
            "{} has the key prefix {}, and its kept records have {}",
            object.name,
            String::from_utf8_lossy(&object.prefix),
            String::from_utf8_lossy(&row.id.prefix())
        ));
    }
    row.values.iter().find_map(|(name, value)| {
        let Some(field) = object.field(name) else {
            return Some(format!(
                "there is no field {}.{name} any more, and kept records use it",
                object.name
            ));
        };
        let lost = !value.is_null() && wire::stored(field, value).is_null();
        lost.then(|| {
            format!(
                "{}.{name} is of the type {}, and a kept record has {value}",
                object.name,
                field.kind.name()
            )
        })
    })
}

/// A row of a change as a record.
pub(super) fn record_of(object: &Object, row: &RowChange) -> Record {
    let mut record = Record::empty(object, row.id);
    for (name, value) in &row.values {
        if let Some(index) = object.field_index(name) {
            record.values[index] = wire::stored(&object.fields[index], value);
        }
    }
    record
}

/// A record as a row of a change.
pub(super) fn row_of(kind: WriteKind, object: &Object, record: &Record) -> RowChange {
    let values = object
        .fields
        .iter()
        .zip(record.values.iter())
        .filter(|(_, value)| !value.is_null())
        .map(|(field, value)| (field.name.clone(), value.to_json()))
        .collect();
    RowChange {
        kind,
        object: object.name.clone(),
        id: record.id,
        values,
    }
}
