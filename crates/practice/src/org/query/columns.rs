//! The columns of a query, as `columns=true` describes them: what the command line client of the vendor reads
//! before it prints a table.
//!
//! Must not know records. Source of the shape: recorded answers; the parameter itself is undocumented.

use serde_json::{Value, json};

use super::path::Step;
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
                    .map(|shown| {
                        let field = shown.field.and_then(|key| key.field(schema));
                        column(
                            shown.name,
                            &shown.display,
                            Some(shown.kind),
                            field,
                            shown.aggregated,
                        )
                    })
                    .collect();
                (columns, !grouping.whole, false)
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
                Some(own(*field).map_or(FieldType::String, |field| field.kind)),
                own(*field),
                false,
            ),
            Item::ByObject { key, .. } => column(key, key, Some(FieldType::String), None, false),
            Item::Type => column("Type", "Type", Some(FieldType::String), None, false),
            Item::Computed { key, operand } => {
                let field = operand.field(schema);
                column(key, key, Some(operand.kind()), field, false)
            }
            Item::Parent { key, parent } => {
                let (step, below) = &node.parents[*parent];
                let target = object.and_then(|object| step.target(schema, object));
                let mut made = joined(key, node_columns(schema, target, below), false);
                if let Step::Field(field) = step {
                    made["foreignKeyName"] = own(*field).map(|field| field.name.as_str()).into();
                }
                made
            }
            Item::TypeOf {
                key,
                field,
                branches,
                otherwise,
            } => {
                let mut inner: Vec<Value> = Vec::new();
                let branches = branches
                    .iter()
                    .map(|(object, node)| (Some(&schema.objects[*object]), node))
                    .chain(otherwise.iter().map(|node| (None, node)));
                for (object, node) in branches {
                    for made in node_columns(schema, object, node) {
                        if !inner
                            .iter()
                            .any(|known| known["columnName"] == made["columnName"])
                        {
                            inner.push(made);
                        }
                    }
                }
                let mut made = joined(key, inner, false);
                made["foreignKeyName"] = own(*field).map(|field| field.name.as_str()).into();
                made
            }
            Item::Child { key, plan, .. } => match &plan.shape {
                Shape::Rows(node) => {
                    let inner = &schema.objects[plan.object];
                    joined(key, node_columns(schema, Some(inner), node), true)
                }
                _ => joined(key, Vec::new(), true),
            },
        })
        .collect()
}

/// A parent or a list of children: a column that holds columns.
fn joined(name: &str, inner: Vec<Value>, children: bool) -> Value {
    let mut made = column(name, name, None, None, children);
    made["joinColumns"] = Value::Array(inner);
    made
}

fn column(
    name: &str,
    shown: &str,
    kind: Option<FieldType>,
    field: Option<&Field>,
    aggregated: bool,
) -> Value {
    let apex = kind.filter(|_| !aggregated).map(|kind| match kind {
        FieldType::Id | FieldType::Reference => "Id",
        FieldType::Boolean => "Boolean",
        FieldType::Int => "Integer",
        FieldType::Double | FieldType::Currency | FieldType::Percent => "Double",
        FieldType::Date => "Date",
        FieldType::DateTime => "Datetime",
        FieldType::Time => "Time",
        FieldType::Address => "Address",
        FieldType::Base64 => "Base64",
        _ => "String",
    });
    json!({
        "aggregate": aggregated,
        "apexType": apex,
        "booleanType": kind == Some(FieldType::Boolean),
        "columnName": name,
        "custom": field.is_some_and(Field::custom),
        "displayName": shown,
        "foreignKeyName": null,
        "insertable": field.is_some_and(|field| field.createable),
        "joinColumns": [],
        "numberType": kind.is_some_and(FieldType::is_number),
        "textType": kind.is_some_and(FieldType::is_text),
        "updatable": field.is_some_and(|field| field.updateable),
    })
}
