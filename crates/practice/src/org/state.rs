//! The records, in persistent maps: a snapshot is a clone that costs nothing, and so is a query cursor.
//!
//! Must not know users' rights or HTTP.

use std::sync::Arc;

use imbl::OrdMap;

use super::change::{OrgChange, RecordWrite, RowChange, WriteKind};
use super::id::Id;
use super::schema::{Object, Schema};
use super::value::Value;
use super::wire;

/// One record. Fields are in the order of the schema.
#[derive(Clone, Debug)]
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
    /// Live records by the lower-case value of each unique field.
    unique: Vec<(usize, OrdMap<String, Id>)>,
    next_sequence: u64,
    next_number: u64,
    live: usize,
}

/// The whole content of the org at one moment.
#[derive(Clone, Debug)]
pub struct State {
    tables: Vec<Table>,
    writes: OrdMap<Id, imbl::Vector<Arc<RecordWrite>>>,
    /// Grows with every change; two states with the same number are the same.
    pub version: u64,
}

impl State {
    pub fn new(schema: &Schema) -> Self {
        let tables = schema
            .objects
            .iter()
            .map(|object| Table {
                unique: object
                    .fields
                    .iter()
                    .enumerate()
                    .filter(|(_, field)| field.unique)
                    .map(|(index, _)| (index, OrdMap::new()))
                    .collect(),
                next_sequence: 1,
                next_number: 1000,
                ..Table::default()
            })
            .collect();
        Self {
            tables,
            writes: OrdMap::new(),
            version: 0,
        }
    }

    pub fn table(&self, object: &Object) -> &Table {
        &self.tables[object.index]
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

    /// Live records with this value in a field, without regard to letter case.
    pub fn find_by_value(&self, object: &Object, field: usize, wanted: &str) -> Vec<Id> {
        if object.fields[field].unique {
            return self
                .table(object)
                .by_unique(field, wanted)
                .into_iter()
                .collect();
        }
        let same = |value: &Value| match value {
            Value::Text(text) => super::value::order_text(text, wanted).is_eq(),
            Value::Id(id) => Id::parse(wanted) == Some(*id),
            Value::Double(number) => wanted.parse() == Ok(*number),
            _ => false,
        };
        self.live(object)
            .filter(|record| same(&record.values[field]))
            .map(|record| record.id)
            .collect()
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

    /// Puts a record in place of whatever had its id.
    pub fn put(&mut self, object: &Object, record: Record) {
        let table = &mut self.tables[object.index];
        let id = record.id;
        let live = !record.deleted(object);
        if let Some(old) = table.rows.get(&id) {
            if !old.deleted(object) {
                table.live -= 1;
            }
            for (field, index) in &mut table.unique {
                if let Some(text) = old.values[*field].as_text() {
                    index.remove(&text.to_lowercase());
                }
            }
        }
        if live {
            table.live += 1;
            for (field, index) in &mut table.unique {
                if let Some(text) = record.values[*field].as_text() {
                    index.insert(text.to_lowercase(), id);
                }
            }
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

    /// Applies a change. Fields that the schema does not know (any more) are left out.
    pub fn apply(&mut self, schema: &Schema, change: &OrgChange) {
        for row in &change.rows {
            let Some(object) = schema.object(&row.object) else {
                continue;
            };
            self.put(object, record_of(object, row));
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
        let (_, index) = self.unique.iter().find(|(known, _)| *known == field)?;
        index.get(&value.to_lowercase()).copied()
    }
}

/// A row of a change as a record.
fn record_of(object: &Object, row: &RowChange) -> Record {
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
