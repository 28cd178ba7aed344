//! The columns of a query, as `columns=true` describes them: what the command line client of the vendor reads
//! before it prints a table.
//!
//! Must not know records. Source of the shape: recorded answers; the parameter itself is undocumented.

use serde_json::{Value, json};

use super::filter::Operand;
use super::path::Leaf;
use super::select::{Item, Node};
use super::{Found, Shape};
use crate::org::schema::{Field, FieldType, Object, Schema};

impl Found {
    /// Metadata of the answer's columns.
    pub fn columns(&self, schema: &Schema) -> Value {
        let object = &schema.objects[self.plan.object];
        let (columns, grouped, id) = match &self.plan.shape {
            Shape::Rows(node) => {
                let id = node
                    .items
                    .iter()
                    .any(|item| matches!(item, Item::Field { field: 0, .. }));
                (node_columns(schema, Some(object), node), false, id)
            }
            Shape::Count => (Vec::new(), false, false),
            Shape::Groups(grouping) => {
                let columns = grouping
                    .columns()
                    .map(|(name, shown, kind, aggregated)| {
                        column(name, &shown, kind, None, aggregated)
                    })
                    .collect();
                (columns, true, false)
            }
        };
        json!({
            "columnMetadata": columns,
            "entityName": object.name,
            "groupBy": grouped,
            "idSelected": id,
            "keyPrefix": String::from_utf8_lossy(&object.prefix),
        })
    }
}

fn node_columns(schema: &Schema, object: Option<&Object>, node: &Node) -> Vec<Value> {
    let own = |field: usize| object.map(|object| &object.fields[field]);
    node.items
        .iter()
        .map(|item| match item {
            Item::Field { key, field } => column(
                key,
                key,
                own(*field).map_or(FieldType::String, |field| field.kind),
                own(*field),
                false,
            ),
            Item::ByObject { key, .. } => column(key, key, FieldType::String, None, false),
            Item::Type => column("Type", "Type", FieldType::String, None, false),
            Item::Computed { key, operand } => {
                let field = match operand {
                    Operand::Column(column) | Operand::Label(column) => match column.leaf {
                        Leaf::Field { object, field } => {
                            Some(&schema.objects[object].fields[field])
                        }
                        _ => None,
                    },
                    _ => None,
                };
                column(key, key, operand.kind(), field, false)
            }
            Item::Parent { key, parent } => {
                let (field, node) = &node.parents[*parent];
                let reference = own(*field);
                let target = reference.and_then(|field| match field.references.as_slice() {
                    [target] => schema.object(target),
                    _ => None,
                });
                let mut made = column(key, key, FieldType::Reference, reference, false);
                made["foreignKeyName"] = reference.map(|field| field.name.as_str()).into();
                made["joinColumns"] = Value::Array(node_columns(schema, target, node));
                made
            }
            Item::Child { key, plan, .. } => {
                let mut made = column(key, key, FieldType::String, None, true);
                if let Shape::Rows(node) = &plan.shape {
                    let inner = &schema.objects[plan.object];
                    made["joinColumns"] = Value::Array(node_columns(schema, Some(inner), node));
                }
                made
            }
        })
        .collect()
}

fn column(
    name: &str,
    shown: &str,
    kind: FieldType,
    field: Option<&Field>,
    aggregated: bool,
) -> Value {
    let apex = match kind {
        FieldType::Id | FieldType::Reference => "Id",
        FieldType::Boolean => "Boolean",
        FieldType::Int => "Integer",
        FieldType::Double | FieldType::Currency | FieldType::Percent => "Double",
        FieldType::Date => "Date",
        FieldType::DateTime => "Datetime",
        FieldType::Time => "Time",
        _ => "String",
    };
    json!({
        "aggregate": aggregated,
        "apexType": apex,
        "booleanType": kind == FieldType::Boolean,
        "columnName": name,
        "custom": field.is_some_and(Field::custom),
        "displayName": shown,
        "foreignKeyName": null,
        "insertable": field.is_some_and(|field| field.createable),
        "joinColumns": [],
        "numberType": kind.is_number(),
        "textType": kind.is_text(),
        "updatable": field.is_some_and(|field| field.updateable),
    })
}
