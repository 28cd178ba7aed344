//! What a query selects: a tree of fields, parents and child queries, in the order of the statement.
//!
//! Must not know records.

use std::borrow::Cow;
use std::collections::HashSet;

use gatelodge_soql::Span;
use gatelodge_soql::ast::{Expression, FieldPath, FieldSet, Name, Query, SelectItem};

use super::compile::Compiler;
use super::filter::{Operand, Source};
use super::path::{Column, Leaf, Place, own_leaf, type_of};
use super::{Plan, World};
use crate::org::error::ApiError;
use crate::org::schema::{FieldType, Object};
use crate::org::state::Record;
use crate::org::value::Value;

/// Most child subqueries.
const MOST_CHILDREN: usize = 20;
/// Largest `LIMIT` next to `FIELDS(ALL)`.
const MOST_WITH_FIELDS: u64 = 200;

/// What is selected of one record.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) items: Vec<Item>,
    /// How many fields the whole statement had selected when each item was added: rows without nesting keep that
    /// order.
    pub(super) places: Vec<usize>,
    /// Reference field of each parent, and what is selected of it.
    pub(super) parents: Vec<(usize, Node)>,
}

#[derive(Debug)]
pub(super) enum Item {
    Field {
        key: String,
        field: usize,
    },
    ByObject {
        key: String,
        fields: Vec<Option<usize>>,
    },
    Type,
    Computed {
        key: String,
        operand: Operand,
    },
    /// Position in [`Node::parents`].
    Parent {
        key: String,
        parent: usize,
    },
    Child {
        key: String,
        field: usize,
        plan: Box<Plan>,
    },
}

impl Node {
    fn push(&mut self, item: Item, place: usize) {
        self.items.push(item);
        self.places.push(place);
    }
}

impl Item {
    /// The value of an item that has one; parents, children and compound fields are written in another way.
    pub(super) fn value<'a>(
        &'a self,
        world: World<'a>,
        object: &Object,
        record: &'a Record,
    ) -> Option<Cow<'a, Value>> {
        match self {
            Self::Field { field, .. } => Some(Cow::Borrowed(&record.values[*field])),
            Self::ByObject { fields, .. } => Some(match fields[object.index] {
                Some(field) => Cow::Borrowed(&record.values[field]),
                None => Cow::Owned(Value::Null),
            }),
            Self::Type => Some(Cow::Owned(type_of(world, record))),
            Self::Computed { operand, .. } => Some(operand.value(Source::Record(world, record))),
            Self::Parent { .. } | Self::Child { .. } => None,
        }
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn select(&self, object: &'a Object, query: &Query) -> Result<Node, ApiError> {
        let mut node = Node::default();
        let mut chosen = HashSet::new();
        let mut children = 0;
        for item in &query.select {
            match item {
                SelectItem::Expression(selected) => {
                    self.select_expression(
                        object,
                        &mut node,
                        &mut chosen,
                        &selected.expression,
                        selected.alias.as_ref(),
                    )?;
                }
                SelectItem::Fields(call) => {
                    let limited = query
                        .limit
                        .as_ref()
                        .is_some_and(|count| count.value <= MOST_WITH_FIELDS);
                    if call.set != FieldSet::Standard && !limited {
                        let text = "The SOQL FIELDS function must have a LIMIT of at most 200";
                        return Err(self.malformed(call.span, text));
                    }
                    self.select_set(object, &mut node, &mut chosen, call.set, call.span)?;
                }
                SelectItem::Subquery(inner) => {
                    children += 1;
                    if children > MOST_CHILDREN {
                        return Err(self
                            .malformed(inner.span, "Only 20 child relationships can be queried"));
                    }
                    node.push(self.select_children(object, inner)?, chosen.len());
                }
                SelectItem::TypeOf(choice) => return Err(self.unsupported(choice.span, "TYPEOF")),
                SelectItem::CountAll(span) => {
                    return Err(self.malformed(*span, "COUNT() must be alone in the select list"));
                }
            }
        }
        Ok(node)
    }

    fn select_expression(
        &self,
        object: &'a Object,
        node: &mut Node,
        chosen: &mut HashSet<String>,
        expression: &Expression,
        alias: Option<&Name>,
    ) -> Result<(), ApiError> {
        match expression {
            Expression::Field(path) => {
                if let Some(alias) = alias {
                    return Err(
                        self.malformed(alias.span, "only aggregate expressions use field aliasing")
                    );
                }
                self.select_path(object, node, chosen, path)
            }
            Expression::ToLabel(call) | Expression::ConvertCurrency(call) => {
                let column = self.column(object, &call.field)?;
                let key = alias.map_or_else(|| column.name.clone(), |alias| alias.text.clone());
                if !column.steps.is_empty() {
                    return Err(self.unsupported(
                        call.span,
                        "A function over a parent field in the select list",
                    ));
                }
                if !chosen.insert(key.to_ascii_lowercase()) {
                    return Err(self.duplicate(call.span, &key));
                }
                let operand = match expression {
                    Expression::ToLabel(_) => Operand::Label(column),
                    // One currency: every amount already is in the user's.
                    _ => Operand::Column(column),
                };
                node.push(Item::Computed { key, operand }, chosen.len());
                Ok(())
            }
            Expression::Date(call) => Err(self.malformed(
                call.span,
                "Date functions must be grouped by in the select list",
            )),
            Expression::Format(call) => Err(self.unsupported(call.span, "FORMAT()")),
            Expression::Distance(call) => Err(self.unsupported(call.span, "DISTANCE()")),
            Expression::Grouping(call) => {
                Err(self.malformed(call.span, "GROUPING needs GROUP BY ROLLUP or CUBE"))
            }
            Expression::Aggregate(call) => Err(self.malformed(call.span, "unexpected aggregate")),
        }
    }

    fn duplicate(&self, span: Span, name: &str) -> ApiError {
        self.at(
            span,
            ApiError::new(
                400,
                "INVALID_FIELD",
                format!("duplicate field selected: {name}"),
            ),
        )
    }

    fn select_path(
        &self,
        object: &'a Object,
        node: &mut Node,
        chosen: &mut HashSet<String>,
        path: &FieldPath,
    ) -> Result<(), ApiError> {
        // Resolving first gives the errors of the path as a whole, before the tree is touched.
        let column = self.column(object, path)?;
        let segments = self.without_alias(object, &path.segments);
        let full: Vec<String> = segments
            .iter()
            .map(|name| name.text.to_ascii_lowercase())
            .collect();
        if !chosen.insert(full.join(".")) {
            let shown: Vec<&str> = segments.iter().map(|name| name.text.as_str()).collect();
            return Err(self.duplicate(path.span, &shown.join(".")));
        }
        let mut place = Place::At(object);
        let mut current = node;
        let Some((_, parents)) = segments.split_last() else {
            return Ok(());
        };
        for name in parents {
            let key = match place {
                Place::At(at) => at
                    .relationship(&name.text)
                    .and_then(|field| at.fields[field].relationship.clone()),
                Place::Polymorphic => None,
            };
            let (field, next) = self.step(place, name, path)?;
            current = parent_node(current, &key.unwrap_or_else(|| name.text.clone()), field);
            place = next;
        }
        current.push(item_of(column), chosen.len());
        Ok(())
    }

    fn select_set(
        &self,
        object: &'a Object,
        node: &mut Node,
        chosen: &mut HashSet<String>,
        set: FieldSet,
        span: Span,
    ) -> Result<(), ApiError> {
        let before = node.items.len();
        for (index, field) in object.fields.iter().enumerate() {
            let wanted = match set {
                FieldSet::All => true,
                FieldSet::Standard => !field.custom(),
                FieldSet::Custom => field.custom(),
            };
            if !wanted || !self.asker.access.readable(object, index) {
                continue;
            }
            if !chosen.insert(field.name.to_ascii_lowercase()) {
                return Err(self.duplicate(span, &field.name));
            }
            let column = Column {
                steps: Vec::new(),
                leaf: own_leaf(object, index),
                kind: field.kind,
                name: field.name.clone(),
            };
            node.push(item_of(column), chosen.len());
        }
        if node.items.len() == before {
            let text = "'FIELDS(...)' expansion function must result in at least one field being selected.";
            return Err(self.malformed(span, text));
        }
        Ok(())
    }

    fn select_children(&self, object: &'a Object, query: &Query) -> Result<Item, ApiError> {
        let Some(name) = query.from.object.single() else {
            return Err(self.unsupported(query.from.object.span, "A path in FROM of a subquery"));
        };
        let child = object
            .child(&name.text)
            .filter(|child| {
                self.asker
                    .access
                    .readable(&self.schema.objects[child.object], child.field)
            })
            .ok_or_else(|| self.at(name.span, ApiError::no_such_child(&name.text)))?;
        let inner = &self.schema.objects[child.object];
        let compiler = Compiler {
            schema: self.schema,
            state: self.state,
            asker: self.asker,
            text: self.text,
            aliases: query
                .from
                .alias
                .iter()
                .map(|alias| (alias.text.clone(), Vec::new()))
                .collect(),
            joins: std::cell::Cell::new(0),
            inner: self.inner,
            level: self.level + 1,
        };
        let plan = compiler.plan_of(inner, query)?;
        if !matches!(plan.shape, super::Shape::Rows(_)) {
            return Err(
                self.malformed(query.span, "Aggregates are not allowed in a child subquery")
            );
        }
        let key = child
            .relationship
            .clone()
            .unwrap_or_else(|| name.text.clone());
        Ok(Item::Child {
            key,
            field: child.field,
            plan: Box::new(plan),
        })
    }

    /// An expression outside the select list of a query without groups.
    pub(super) fn operand(
        &self,
        object: &'a Object,
        expression: &Expression,
    ) -> Result<Operand, ApiError> {
        match expression {
            Expression::Field(path) => Ok(Operand::Column(self.column(object, path)?)),
            Expression::ConvertCurrency(call) => {
                Ok(Operand::Column(self.column(object, &call.field)?))
            }
            Expression::ToLabel(call) => Ok(Operand::Label(self.column(object, &call.field)?)),
            Expression::Date(call) => {
                let column = self.column(object, &call.field)?;
                self.require_date(&column, call.span)?;
                if call.convert_timezone {
                    return Err(self.unsupported(call.span, "convertTimezone()"));
                }
                Ok(Operand::Date(call.function, column))
            }
            Expression::Distance(call) => Err(self.unsupported(call.span, "DISTANCE()")),
            Expression::Format(call) => Err(self.unsupported(call.span, "FORMAT()")),
            Expression::Aggregate(call) => {
                Err(self.malformed(call.span, "Aggregates are not allowed here"))
            }
            Expression::Grouping(call) => {
                Err(self.malformed(call.span, "GROUPING is not allowed here"))
            }
        }
    }

    fn require_date(&self, column: &Column, span: Span) -> Result<(), ApiError> {
        if matches!(column.kind, FieldType::Date | FieldType::DateTime) {
            return Ok(());
        }
        let message = format!("field {} does not support date functions", column.name);
        Err(self.malformed(span, message))
    }
}

/// What shows a column in the node where its path ends.
fn item_of(mut column: Column) -> Item {
    column.steps.clear();
    match column.leaf {
        Leaf::Field { field, .. } => Item::Field {
            key: column.name,
            field,
        },
        Leaf::ByObject(fields) => Item::ByObject {
            key: column.name,
            fields,
        },
        Leaf::Type => Item::Type,
        Leaf::Viewed { .. } => Item::Computed {
            key: column.name.clone(),
            operand: Operand::Column(column),
        },
    }
}

/// The node of a parent, made at its first mention.
fn parent_node<'n>(node: &'n mut Node, wanted: &str, wanted_field: usize) -> &'n mut Node {
    let known = node
        .parents
        .iter()
        .position(|(field, _)| *field == wanted_field);
    let index = known.unwrap_or_else(|| {
        node.parents.push((wanted_field, Node::default()));
        let item = Item::Parent {
            key: wanted.to_owned(),
            parent: node.parents.len() - 1,
        };
        node.push(item, 0);
        node.parents.len() - 1
    });
    &mut node.parents[index].1
}
