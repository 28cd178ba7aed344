//! Rows as JSON text, in the order of the select list.
//!
//! Must not know conditions.

use std::borrow::Cow;
use std::sync::Arc;

use super::select::{Item, Node};
use super::{Found, Plan, Shape, World, rows};
use crate::org::render::{write_attributes, write_field};
use crate::org::schema::Object;
use crate::org::state::Record;
use crate::org::value::{Value, write_display};

/// Counts the rows of a page, and keeps what did not fit into it.
pub(super) struct Pager<'a> {
    base: &'a str,
    size: usize,
    rows: usize,
    locators: &'a dyn Fn() -> String,
    pub(super) children: Vec<(String, Arc<Found>)>,
}

impl<'a> Pager<'a> {
    pub(super) fn new(base: &'a str, size: usize, locators: &'a dyn Fn() -> String) -> Self {
        Self {
            base,
            size,
            rows: 0,
            locators,
            children: Vec::new(),
        }
    }

    /// Has the page as many rows as it may have?
    pub(super) fn full(&self) -> bool {
        self.rows >= self.size
    }

    /// A new locator.
    pub(super) fn locator(&self) -> String {
        (self.locators)()
    }
}

/// Appends everything before the rows: `{"totalSize":…,"done":…,"records":[`.
pub(super) fn write_head(
    out: &mut Vec<u8>,
    total: usize,
    next: Option<&str>,
    base: &str,
    to: usize,
) {
    write_display(
        out,
        format_args!("{{\"totalSize\":{total},\"done\":{}", next.is_none()),
    );
    if let Some(next) = next {
        write_display(
            out,
            format_args!(",\"nextRecordsUrl\":\"{base}/query/{next}-{to}\""),
        );
    }
    out.extend_from_slice(b",\"records\":[");
}

/// Appends a row of the page, with a comma before all but the first.
pub(super) fn write_next(
    out: &mut Vec<u8>,
    world: World<'_>,
    object: &Object,
    node: &Node,
    record: &Record,
    pager: &mut Pager<'_>,
) {
    if pager.rows > 0 {
        out.push(b',');
    }
    pager.rows += 1;
    write_row(out, world, object, node, record, pager);
}

fn write_row(
    out: &mut Vec<u8>,
    world: World<'_>,
    object: &Object,
    node: &Node,
    record: &Record,
    pager: &mut Pager<'_>,
) {
    out.push(b'{');
    write_attributes(out, pager.base, &object.name, record.id);
    for item in &node.items {
        match item {
            Item::Field { key, field } => {
                write_key(out, key);
                write_field(out, pager.base, object, record, *field);
            }
            Item::ByObject { key, .. } | Item::Computed { key, .. } => {
                write_key(out, key);
                write_value(out, world, object, record, item);
            }
            Item::Type => {
                write_key(out, "Type");
                write_value(out, world, object, record, item);
            }
            Item::Parent { key, parent } => {
                write_key(out, key);
                let (step, node) = &node.parents[*parent];
                match step.parent(world, record) {
                    Some((parent_object, parent)) => {
                        write_row(out, world, parent_object, node, parent, pager);
                    }
                    None => Value::Null.write_json(out),
                }
            }
            Item::TypeOf {
                key,
                field,
                branches,
                otherwise,
            } => {
                write_key(out, key);
                let parent = record.values[*field].as_id().and_then(|id| world.any(id));
                let chosen = parent.and_then(|(parent_object, parent)| {
                    let branch = branches
                        .iter()
                        .find(|(object, _)| *object == parent_object.index)
                        .map(|(_, node)| node);
                    Some((parent_object, parent, branch.or(otherwise.as_ref())?))
                });
                match chosen {
                    Some((parent_object, parent, node)) => {
                        write_row(out, world, parent_object, node, parent, pager);
                    }
                    None => Value::Null.write_json(out),
                }
            }
            Item::Child { key, field, plan } => {
                write_key(out, key);
                write_children(out, world, *field, plan, record, pager);
            }
        }
    }
    out.push(b'}');
}

/// Appends the child rows of a record, as many as a page holds.
fn write_children(
    out: &mut Vec<u8>,
    world: World<'_>,
    field: usize,
    plan: &Arc<Plan>,
    record: &Record,
    pager: &mut Pager<'_>,
) {
    let inner = &world.schema.objects[plan.object];
    let candidates: Vec<&Arc<Record>> = world.state.pointing(inner, field, record.id).collect();
    let found = rows::select(world, inner, plan, &candidates);
    let (Shape::Rows(node), false) = (&plan.shape, found.is_empty()) else {
        Value::Null.write_json(out);
        return;
    };
    let shown = found.len().min(pager.size);
    let next = (shown < found.len()).then(|| pager.locator());
    write_head(out, found.len(), next.as_deref(), pager.base, shown);
    for (position, child) in found.iter().take(shown).enumerate() {
        if position > 0 {
            out.push(b',');
        }
        pager.rows += 1;
        write_row(out, world, inner, node, child, pager);
    }
    out.extend_from_slice(b"]}");
    if let Some(locator) = next {
        let ids = found.iter().map(|record| record.id).collect();
        pager
            .children
            .push((locator, Arc::new(Found::of(world, plan, ids))));
    }
}

fn write_value(out: &mut Vec<u8>, world: World<'_>, object: &Object, record: &Record, item: &Item) {
    item.value(world, object, record)
        .unwrap_or(Cow::Owned(Value::Null))
        .write_json(out);
}

/// Appends `,"key":`. Keys are field names and aliases: letters, digits and underscores only.
pub(super) fn write_key(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}
