//! The rows of a query one after the other, as flat lists of values: what a bulk job writes into its file.
//!
//! Only what is asked next is in memory, unless the statement orders its rows. Must not know file formats.

use std::borrow::Cow;
use std::ops::Bound;
use std::sync::Arc;

use super::filter::Source;
use super::select::{Item, Node};
use super::{Asker, Plan, Shape, World, rows};
use crate::org::error::ApiError;
use crate::org::id::Id;
use crate::org::schema::{FieldType, Object, Schema};
use crate::org::state::{Record, State};
use crate::org::value::Value;

/// A query result that is read from its first row to its last. A copy goes on from the same place.
#[derive(Clone, Debug)]
pub struct Export {
    plan: Arc<Plan>,
    state: Arc<State>,
    user: Id,
    deleted: bool,
    columns: Arc<[Column]>,
    ahead: Ahead,
}

/// What comes next.
#[derive(Clone, Debug)]
enum Ahead {
    /// Rows of the table behind this id, as long as they are wanted.
    Table {
        after: Option<Id>,
        skip: usize,
        left: usize,
    },
    /// These rows, from this position on.
    Listed { ids: Arc<[Id]>, at: usize },
}

/// A column: over which parents, and which item there.
#[derive(Debug)]
struct Column {
    header: String,
    kind: FieldType,
    /// Positions of parents in the tree of what is selected, and of the item in the last.
    parents: Vec<usize>,
    item: usize,
    place: usize,
}

/// One row of an export.
#[derive(Clone, Copy)]
pub struct ExportedRow<'a> {
    export: &'a Export,
    world: World<'a>,
    object: &'a Object,
    record: &'a Record,
}

impl Export {
    pub(super) fn new(
        schema: &Schema,
        state: &Arc<State>,
        asker: &Asker,
        plan: Arc<Plan>,
    ) -> Result<Self, ApiError> {
        let Shape::Rows(node) = &plan.shape else {
            return Err(ApiError::malformed_query(
                "Aggregate queries have no rows to export",
            ));
        };
        let object = &schema.objects[plan.object];
        let mut columns = Vec::new();
        flatten(schema, Some(object), node, &Place::default(), &mut columns)?;
        columns.sort_by_key(|column| column.place);
        let world = World::of(schema, state, asker);
        let from_table = plan.order.is_empty()
            && plan
                .filter
                .as_ref()
                .is_none_or(|filter| filter.candidates(world, object).is_none());
        let ahead = if from_table {
            Ahead::Table {
                after: None,
                skip: plan.offset,
                left: plan.limit.unwrap_or(usize::MAX),
            }
        } else {
            Ahead::Listed {
                ids: rows::ids(world, object, &plan).into(),
                at: 0,
            }
        };
        Ok(Self {
            plan,
            state: Arc::clone(state),
            user: asker.user,
            deleted: asker.deleted,
            columns: columns.into(),
            ahead,
        })
    }

    /// Position of the object asked, in the schema.
    pub fn object(&self) -> usize {
        self.plan.object
    }

    /// Name and type of each column, in the order of the select list; parents are written `Account.Name`.
    pub fn columns(&self) -> impl Iterator<Item = (&str, FieldType)> {
        self.columns
            .iter()
            .map(|column| (column.header.as_str(), column.kind))
    }

    /// The next row.
    pub fn next_row<'a>(&'a mut self, schema: &'a Schema) -> Option<ExportedRow<'a>> {
        let id = self.advance(schema)?;
        let export: &'a Self = self;
        let object = &schema.objects[export.plan.object];
        Some(ExportedRow {
            export,
            world: export.world(schema),
            object,
            record: export.state.record(object, id)?,
        })
    }

    /// Leaves rows out, for whoever continues an export, and gives how many there were to leave out.
    pub fn skip_rows(&mut self, schema: &Schema, count: usize) -> usize {
        (0..count)
            .take_while(|_| self.advance(schema).is_some())
            .count()
    }

    fn world<'a>(&'a self, schema: &'a Schema) -> World<'a> {
        World {
            schema,
            state: &self.state,
            user: self.user,
            deleted: self.deleted,
        }
    }

    fn advance(&mut self, schema: &Schema) -> Option<Id> {
        let world = World {
            schema,
            state: &self.state,
            user: self.user,
            deleted: self.deleted,
        };
        match &mut self.ahead {
            Ahead::Listed { ids, at } => {
                let id = ids.get(*at).copied()?;
                *at += 1;
                Some(id)
            }
            Ahead::Table { after, skip, left } => {
                if *left == 0 {
                    return None;
                }
                let object = &schema.objects[self.plan.object];
                let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
                let filter = self.plan.filter.as_ref();
                let wanted = |record: &&Arc<Record>| {
                    world.shows(object, record)
                        && filter.is_none_or(|filter| filter.accepts(Source::Record(world, record)))
                };
                let id = self
                    .state
                    .table(object)
                    .rows
                    .range((behind, Bound::Unbounded))
                    .map(|(_, record)| record)
                    .filter(wanted)
                    .nth(std::mem::take(skip))?
                    .id;
                *after = Some(id);
                *left -= 1;
                Some(id)
            }
        }
    }
}

impl<'a> ExportedRow<'a> {
    /// The record's id.
    pub fn id(&self) -> Id {
        self.record.id
    }

    /// The values in the order of the columns; null behind a missing parent.
    pub fn values(self) -> impl Iterator<Item = Cow<'a, Value>> {
        self.export
            .columns
            .iter()
            .map(move |column| self.value(column).unwrap_or(Cow::Owned(Value::Null)))
    }

    fn value(self, column: &'a Column) -> Option<Cow<'a, Value>> {
        let Shape::Rows(node) = &self.export.plan.shape else {
            return None;
        };
        let (mut node, mut object, mut record) = (node, self.object, self.record);
        for parent in &column.parents {
            let (step, below) = &node.parents[*parent];
            let (owner, found) = step.parent(self.world, record)?;
            (node, object, record) = (below, owner, found);
        }
        node.items[column.item].value(self.world, object, record)
    }
}

#[derive(Clone, Default)]
struct Place {
    prefix: String,
    parents: Vec<usize>,
}

fn flatten(
    schema: &Schema,
    object: Option<&Object>,
    node: &Node,
    place: &Place,
    out: &mut Vec<Column>,
) -> Result<(), ApiError> {
    for (position, item) in node.items.iter().enumerate() {
        let (key, kind) = match item {
            Item::Field { key, field } => (
                key.as_str(),
                object.map_or(FieldType::String, |object| object.fields[*field].kind),
            ),
            Item::ByObject { key, .. } => (key.as_str(), FieldType::String),
            Item::Type => ("Type", FieldType::String),
            Item::Computed { key, operand } => (key.as_str(), operand.kind()),
            Item::Parent { key, parent } => {
                let (step, below) = &node.parents[*parent];
                let target = object.and_then(|object| step.target(schema, object));
                let mut inner = place.clone();
                inner.prefix = format!("{}{key}.", place.prefix);
                inner.parents.push(*parent);
                flatten(schema, target, below, &inner, out)?;
                continue;
            }
            Item::TypeOf { .. } | Item::Child { .. } => {
                return Err(ApiError::malformed_query(
                    "Child queries and TYPEOF have no flat row to export",
                ));
            }
        };
        if kind == FieldType::Base64 {
            let text = "Selecting binary data not supported in Bulk Query";
            return Err(ApiError::new(400, "FUNCTIONALITY_NOT_ENABLED", text));
        }
        if kind == FieldType::Address {
            let text = "Selecting compound data not supported in Bulk Query";
            return Err(ApiError::new(400, "FUNCTIONALITY_NOT_ENABLED", text));
        }
        out.push(Column {
            header: format!("{}{key}", place.prefix),
            kind,
            parents: place.parents.clone(),
            item: position,
            place: node.places[position],
        });
    }
    Ok(())
}
