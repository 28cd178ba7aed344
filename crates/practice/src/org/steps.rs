//! The way from one content of the org to another as data: what differs, and nothing of how it came about.
//!
//! The compacted log keeps these in place of the changes that led there. Must not know files.

use imbl::ordmap::DiffItem;
use serde::{Deserialize, Serialize};

use super::change::{RecordWrite, RowChange, WriteKind};
use super::id::Id;
use super::schema::Schema;
use super::state::{Record, State, record_of, row_of};

/// Entries of one step, so that no line of a log is larger than needed.
const ENTRIES: usize = 500;

/// A part of the way; the parts count together, in their order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgStep {
    /// Records that are to be as the rows say; an erased one is not to be there.
    Rows(Vec<RowChange>),
    /// Who wrote a record how often, in place of what was known about it.
    Writes(Vec<(Id, Vec<RecordWrite>)>),
    /// Where ids and automatic numbers go on, by object; ends the way.
    Numbers(Vec<NextNumbers>),
}

/// Where the numbers of one object go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NextNumbers {
    object: String,
    /// The next id.
    sequence: u64,
    /// The next automatic number.
    number: u64,
}

/// The way from one content to another; empty when they are the same.
pub fn steps(schema: &Schema, from: &State, to: &State) -> Vec<OrgStep> {
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    for object in &schema.objects {
        let (old, new) = (from.table(object), to.table(object));
        rows.extend(old.rows.diff(&new.rows).map(|item| match item {
            DiffItem::Add(_, record)
            | DiffItem::Update {
                new: (_, record), ..
            } => row_of(WriteKind::Insert, object, record),
            DiffItem::Remove(id, _) => {
                row_of(WriteKind::Erase, object, &Record::empty(object, *id))
            }
        }));
        if (old.next_sequence, old.next_number) != (new.next_sequence, new.next_number) {
            objects.push(NextNumbers {
                object: object.name.clone(),
                sequence: new.next_sequence,
                number: new.next_number,
            });
        }
    }
    let writes = from.writes.diff(&to.writes);
    let writes = writes.map(|item| match item {
        DiffItem::Add(id, _) | DiffItem::Update { new: (id, _), .. } => (*id, to.writes(*id)),
        DiffItem::Remove(id, _) => (*id, Vec::new()),
    });
    let mut steps = pieces(rows, OrgStep::Rows);
    steps.extend(pieces(writes, OrgStep::Writes));
    if !objects.is_empty() {
        steps.push(OrgStep::Numbers(objects));
    }
    steps
}

fn pieces<T>(
    entries: impl IntoIterator<Item = T>,
    step: impl Fn(Vec<T>) -> OrgStep,
) -> Vec<OrgStep> {
    let mut entries = entries.into_iter().peekable();
    let mut pieces = Vec::new();
    while entries.peek().is_some() {
        pieces.push(step(entries.by_ref().take(ENTRIES).collect()));
    }
    pieces
}

impl State {
    /// Goes one step. Objects and fields that the schema does not know (any more) are left out.
    pub fn step(&mut self, schema: &Schema, step: &OrgStep) {
        match step {
            OrgStep::Rows(rows) => {
                for row in rows {
                    match (schema.object(&row.object), row.kind) {
                        (None, _) => {}
                        (Some(object), WriteKind::Erase) => self.forget(object, row.id),
                        (Some(object), _) => self.put(object, record_of(object, row)),
                    }
                }
            }
            OrgStep::Writes(records) => {
                for (id, writes) in records {
                    if writes.is_empty() {
                        self.writes.remove(id);
                    } else {
                        let writes = writes.iter().cloned().map(Into::into).collect();
                        self.writes.insert(*id, writes);
                    }
                }
            }
            OrgStep::Numbers(objects) => {
                for next in objects {
                    if let Some(object) = schema.object(&next.object) {
                        let table = self.table_mut(object);
                        table.next_sequence = next.sequence;
                        table.next_number = next.number;
                    }
                }
            }
        }
        self.version += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{DateTime, Utc};

    use super::super::OrgChange;
    use super::super::schema::Object;
    use super::super::seed;
    use super::super::value::Value;
    use super::*;

    fn write(
        schema: &Schema,
        state: &State,
        object: &Object,
        kind: WriteKind,
        id: Id,
        name: &str,
    ) -> State {
        let mut record = Record::empty(object, id);
        record.set(object, "Name", Value::text(name));
        record.set(object, "IsDeleted", Value::Bool(kind == WriteKind::Delete));
        let change = OrgChange {
            at: DateTime::<Utc>::UNIX_EPOCH,
            by: id,
            client: None,
            rows: vec![row_of(kind, object, &record)],
        };
        let mut state = state.clone();
        state.apply(schema, &change);
        state
    }

    /// Everything that can be asked of a content.
    fn told(schema: &Schema, state: &State) -> Vec<String> {
        let tables = schema.objects.iter().map(|object| {
            let table = state.table(object);
            let rows: Vec<_> = table.rows.values().collect();
            let next = (state.next_id(object), state.next_number(object));
            format!("{} {} {next:?} {rows:?}", object.name, table.live_count())
        });
        let rest = format!("{:?}", state.all_writes());
        tables.chain([rest]).collect()
    }

    #[test]
    fn the_way_leads_from_any_content_to_any_other() {
        let schema = Schema::built_in().unwrap();
        let object = schema.object("Account").unwrap();
        let first = seed::seed(&schema);
        let seeded = first.live(object).next().unwrap().id;
        let mut contents = vec![first];
        let mut made = Vec::new();
        for number in 0..1_100 {
            let last = &contents[contents.len() - 1];
            let id = last.next_id(object);
            made.push(id);
            let next = write(&schema, last, object, WriteKind::Insert, id, "made");
            if number == 0 {
                contents.push(next);
            } else {
                let at = contents.len() - 1;
                contents[at] = next;
            }
        }
        for (kind, id) in [
            (WriteKind::Update, seeded),
            (WriteKind::Delete, made[7]),
            (WriteKind::Erase, made[1_099]),
        ] {
            let last = &contents[contents.len() - 1];
            contents.push(write(&schema, last, object, kind, id, "later"));
        }
        for from in &contents {
            for to in &contents {
                let way = steps(&schema, from, to);
                let text = serde_json::to_string(&way).unwrap();
                let way: Vec<OrgStep> = serde_json::from_str(&text).unwrap();
                let mut state = from.clone();
                for step in &way {
                    state.step(&schema, step);
                }
                assert_eq!(told(&schema, &state), told(&schema, to));
                let found = |state: &State| {
                    state
                        .find_by_value(object, object.name_field.unwrap(), "made")
                        .len()
                };
                assert_eq!(found(&state), found(to));
            }
        }
    }

    #[test]
    fn shared_records_are_no_difference() {
        let schema = Schema::built_in().unwrap();
        let object = schema.object("Account").unwrap();
        let first = Arc::new(seed::seed(&schema));
        let id = first.next_id(object);
        let second = write(&schema, &first, object, WriteKind::Insert, id, "one");
        let rows = |way: Vec<OrgStep>| -> usize {
            way.iter()
                .map(|step| match step {
                    OrgStep::Rows(rows) => rows.len(),
                    _ => 0,
                })
                .sum()
        };
        assert_eq!(rows(steps(&schema, &first, &second)), 1);
        assert!(steps(&schema, &first, &first).is_empty());
    }
}
