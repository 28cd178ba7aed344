//! Rows as JSON text, in the order of the select list.
//!
//! Must not know conditions.

use std::sync::Arc;

use super::filter::Source;
use super::path::type_of;
use super::select::{Item, Node};
use super::{Shape, World, rows};
use crate::org::render::{write_attributes, write_field};
use crate::org::schema::Object;
use crate::org::state::Record;
use crate::org::value::{Value, write_display};

/// Appends the rows, separated by commas.
pub(super) fn write_rows(
    out: &mut Vec<u8>,
    world: World<'_>,
    base: &str,
    object: &Object,
    node: &Node,
    page: &[&Arc<Record>],
) {
    for (index, record) in page.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_row(out, world, base, object, node, record);
    }
}

fn write_row(
    out: &mut Vec<u8>,
    world: World<'_>,
    base: &str,
    object: &Object,
    node: &Node,
    record: &Record,
) {
    out.push(b'{');
    write_attributes(out, base, &object.name, record.id);
    for item in &node.items {
        match item {
            Item::Field { key, field } => {
                write_key(out, key);
                write_field(out, object, record, *field);
            }
            Item::ByObject { key, fields } => {
                write_key(out, key);
                match fields[object.index] {
                    Some(field) => write_field(out, object, record, field),
                    None => Value::Null.write_json(out),
                }
            }
            Item::Type => {
                write_key(out, "Type");
                type_of(world, record).write_json(out);
            }
            Item::Computed { key, operand } => {
                write_key(out, key);
                operand.value(Source::Record(world, record)).write_json(out);
            }
            Item::Parent { key, parent } => {
                write_key(out, key);
                let (field, node) = &node.parents[*parent];
                match record.values[*field].as_id().and_then(|id| world.any(id)) {
                    Some((parent_object, parent)) => {
                        write_row(out, world, base, parent_object, node, parent);
                    }
                    None => Value::Null.write_json(out),
                }
            }
            Item::Child { key, field, plan } => {
                write_key(out, key);
                let inner = &world.schema.objects[plan.object];
                let candidates: Vec<&Arc<Record>> =
                    world.state.pointing(inner, *field, record.id).collect();
                let found = rows::select(world, inner, plan, &candidates);
                match (&plan.shape, found.is_empty()) {
                    (Shape::Rows(node), false) => {
                        write_display(
                            out,
                            format_args!(
                                "{{\"totalSize\":{},\"done\":true,\"records\":[",
                                found.len()
                            ),
                        );
                        write_rows(out, world, base, inner, node, &found);
                        out.extend_from_slice(b"]}");
                    }
                    _ => Value::Null.write_json(out),
                }
            }
        }
    }
    out.push(b'}');
}

/// Appends `,"key":`. Keys are field names and aliases: letters, digits and underscores only.
pub(super) fn write_key(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}
