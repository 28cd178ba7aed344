//! What a query selects: a tree of fields, parents and child queries, in the order of the statement.
//!
//! Must not know records.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use chrono_tz::Tz;
use gatelodge_soql::Span;
use gatelodge_soql::ast::{
    ComparisonOperator, Condition, DateCall, DateFunction, Expression, FieldPath, FieldSet,
    FieldsCall, MembershipSource, Name, Query, SelectItem,
};

use super::compile::Compiler;
use super::filter::{Form, Operand, Source};
use super::path::{Column, Leaf, Place, Step, own_leaf, type_of};
use super::{Plan, World};
use crate::org::error::ApiError;
use crate::org::schema::{FieldType, Object};
use crate::org::state::Record;
use crate::org::value::Value;

/// Most child subqueries.
const MOST_CHILDREN: usize = 20;
/// Largest `LIMIT` next to `FIELDS(ALL)`.
const MOST_WITH_FIELDS: u64 = 200;
/// First version with `FIELDS()`.
const FIELDS_SINCE: u32 = 51;
/// Most parents, over all paths of the select list.
const MOST_RELATIONSHIPS: usize = 55;

/// Steps of a path with their names, and where they lead.
type Parents<'a> = (Vec<(Option<Step>, String)>, Place<'a>);

/// What is selected of one record.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) items: Vec<Item>,
    /// How many fields the whole statement had selected when each item was added: rows without nesting keep that
    /// order.
    pub(super) places: Vec<usize>,
    /// The step to each parent, and what is selected of it.
    pub(super) parents: Vec<(Step, Node)>,
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
    /// What is selected depends on the object that a reference points at.
    TypeOf {
        key: String,
        field: usize,
        branches: Vec<(usize, Node)>,
        otherwise: Option<Node>,
    },
    Child {
        key: String,
        field: usize,
        plan: Arc<Plan>,
    },
}

impl Node {
    pub(super) fn push(&mut self, item: Item, place: usize) {
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
            Self::Parent { .. } | Self::TypeOf { .. } | Self::Child { .. } => None,
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
                    self.require_few(query, call)?;
                    self.select_set(object, &mut node, &mut chosen, call.set, call.span)?;
                }
                SelectItem::Subquery(inner) => {
                    children += 1;
                    if children > MOST_CHILDREN {
                        return Err(self
                            .malformed(inner.span, "Only 20 child relationships can be queried"));
                    }
                    node.push(self.select_children(object, query, inner)?, chosen.len());
                }
                SelectItem::TypeOf(choice) => {
                    self.select_type_of(object, &mut node, &mut chosen, choice)?;
                }
                SelectItem::CountAll(span) => {
                    return Err(self.malformed(*span, "COUNT() must be alone in the select list"));
                }
            }
        }
        if relationships(&node) > MOST_RELATIONSHIPS {
            let text = "Only 55 relationships to parents can be queried";
            return Err(self.malformed(query.span, text));
        }
        Ok(node)
    }

    /// `FIELDS(…)` is only for few rows, unless it is about standard fields.
    fn require_few(&self, query: &Query, call: &FieldsCall) -> Result<(), ApiError> {
        if self.asker.version < FIELDS_SINCE {
            return Err(self.malformed(call.span, "unexpected token: 'FIELDS'"));
        }
        let limited = query
            .limit
            .as_ref()
            .is_some_and(|count| count.value <= MOST_WITH_FIELDS);
        let few = query.filter.as_ref().is_some_and(names_few);
        if call.set == FieldSet::Standard || limited || few {
            return Ok(());
        }
        let text = "The SOQL FIELDS function must have a LIMIT of at most 200";
        Err(self.malformed(call.span, text))
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
            Expression::ToLabel(_)
            | Expression::ConvertCurrency(_)
            | Expression::Format(_)
            | Expression::Distance(_) => {
                self.select_computed(object, node, chosen, expression, alias)
            }
            Expression::Date(call) => Err(self.malformed(
                call.span,
                "Date functions must be grouped by in the select list",
            )),
            Expression::Grouping(call) => {
                Err(self.malformed(call.span, "GROUPING needs GROUP BY ROLLUP or CUBE"))
            }
            Expression::Aggregate(call) => Err(self.malformed(call.span, "unexpected aggregate")),
        }
    }

    /// A function over a field. Without an alias it stands where the field would stand.
    fn select_computed(
        &self,
        object: &'a Object,
        node: &mut Node,
        chosen: &mut HashSet<String>,
        expression: &Expression,
        alias: Option<&Name>,
    ) -> Result<(), ApiError> {
        let mut operand = self.operand(object, expression)?;
        if let Some(alias) = alias {
            if !chosen.insert(alias.text.to_ascii_lowercase()) {
                return Err(self.malformed(alias.span, format!("duplicate alias: {}", alias.text)));
            }
            let key = alias.text.clone();
            node.push(Item::Computed { key, operand }, chosen.len());
            return Ok(());
        }
        if let Operand::Distance(_) = operand {
            let unnamed = node
                .items
                .iter()
                .filter(
                    |item| matches!(item, Item::Computed { key, .. } if key.starts_with("expr")),
                )
                .count();
            let key = format!("expr{unnamed}");
            chosen.insert(key.clone());
            node.push(Item::Computed { key, operand }, chosen.len());
            return Ok(());
        }
        let path = expression.path();
        self.choose(object, chosen, path)?;
        let key = operand.name().to_owned();
        operand.at_its_end();
        let place = chosen.len();
        self.walk(object, node, path)?
            .push(Item::Computed { key, operand }, place);
        Ok(())
    }

    /// Keeps that a path is selected.
    pub(super) fn choose(
        &self,
        object: &'a Object,
        chosen: &mut HashSet<String>,
        path: &FieldPath,
    ) -> Result<(), ApiError> {
        let (mut names, place) = self.parents(object, path)?;
        if let Some(last) = path.field() {
            let known = match place {
                Place::At(object) => object.field(&last.text).map(|field| field.name.clone()),
                Place::Polymorphic => None,
            };
            names.push((None, known.unwrap_or_else(|| last.text.clone())));
        }
        let names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
        let full = names.join(".");
        if chosen.insert(full.to_ascii_lowercase()) {
            Ok(())
        } else {
            Err(self.duplicate(path.span, &full))
        }
    }

    /// The node of the object whose field a path ends with.
    fn walk<'n>(
        &self,
        object: &'a Object,
        node: &'n mut Node,
        path: &FieldPath,
    ) -> Result<&'n mut Node, ApiError> {
        let mut current = node;
        for (step, key) in self.parents(object, path)?.0 {
            if let Some(step) = step {
                current = parent_node(current, &key, &step);
            }
        }
        Ok(current)
    }

    /// The steps of a path with their names as the schema writes them, and where they end.
    fn parents(&self, object: &'a Object, path: &FieldPath) -> Result<Parents<'a>, ApiError> {
        let segments = self.without_alias(object, &path.segments);
        let mut place = Place::At(object);
        let mut found = Vec::new();
        for name in segments
            .split_last()
            .map_or(&[][..], |(_, parents)| parents)
        {
            let key = match place {
                Place::At(at) => at
                    .relationship(&name.text)
                    .and_then(|field| at.fields[field].relationship.clone()),
                Place::Polymorphic => None,
            };
            let (step, next) = self.step(place, name, path)?;
            found.push((Some(step), key.unwrap_or_else(|| name.text.clone())));
            place = next;
        }
        Ok((found, place))
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

    pub(super) fn select_path(
        &self,
        object: &'a Object,
        node: &mut Node,
        chosen: &mut HashSet<String>,
        path: &FieldPath,
    ) -> Result<(), ApiError> {
        // Resolving first gives the errors of the path as a whole, before the tree is touched.
        let column = self.column(object, path)?;
        self.choose(object, chosen, path)?;
        let place = chosen.len();
        self.walk(object, node, path)?.push(item_of(column), place);
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
                self.require_date(&column, call)?;
                let zone = if call.convert_timezone {
                    self.person.zone
                } else {
                    Tz::UTC
                };
                Ok(Operand::Date(call.function, zone, column))
            }
            Expression::Distance(call) => {
                Ok(Operand::Distance(Box::new(self.distance(object, call)?)))
            }
            Expression::Format(call) => {
                let inner = self.operand(object, &call.argument)?;
                let form = Form {
                    person: self.person,
                    kind: inner.kind(),
                    scale: inner.field(self.schema).map_or(0, |field| field.scale),
                };
                Ok(Operand::Formatted(Box::new(inner), form))
            }
            Expression::Aggregate(call) => {
                Err(self.malformed(call.span, "Aggregates are not allowed here"))
            }
            Expression::Grouping(call) => {
                Err(self.malformed(call.span, "GROUPING is not allowed here"))
            }
        }
    }

    fn require_date(&self, column: &Column, call: &DateCall) -> Result<(), ApiError> {
        let timed = column.kind == FieldType::DateTime;
        let needs_time = call.function == DateFunction::HourInDay || call.convert_timezone;
        if timed || (column.kind == FieldType::Date && !needs_time) {
            return Ok(());
        }
        let message = format!(
            "field {} does not support {}",
            column.name,
            if call.convert_timezone {
                "convertTimezone"
            } else {
                call.function.name()
            }
        );
        Err(self.malformed(call.span, message))
    }
}

/// What shows a column in the node where its path ends.
pub(super) fn item_of(mut column: Column) -> Item {
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

/// How many parents are walked to.
fn relationships(node: &Node) -> usize {
    let below: usize = node
        .parents
        .iter()
        .map(|(_, parent)| relationships(parent))
        .sum();
    node.parents.len() + below
}

/// Does a condition name at most as many ids as `FIELDS()` may have rows?
fn names_few(condition: &Condition) -> bool {
    let is_id = |expression: &Expression| matches!(expression, Expression::Field(path) if path.field().is_some_and(|name| name.is("Id")) && path.segments.len() == 1);
    match condition {
        Condition::And(parts) => parts.iter().any(names_few),
        Condition::Comparison(comparison) => {
            comparison.operator == ComparisonOperator::Equal && is_id(&comparison.left)
        }
        Condition::In(membership) => match &membership.source {
            MembershipSource::Values(values) => {
                !membership.negated
                    && is_id(&membership.left)
                    && u64::try_from(values.len()).is_ok_and(|count| count <= MOST_WITH_FIELDS)
            }
            MembershipSource::Query(_) => false,
        },
        _ => false,
    }
}

/// The node of a parent, made at its first mention.
fn parent_node<'n>(node: &'n mut Node, wanted: &str, step: &Step) -> &'n mut Node {
    let known = node.parents.iter().position(|(known, _)| known == step);
    let index = known.unwrap_or_else(|| {
        node.parents.push((step.clone(), Node::default()));
        let item = Item::Parent {
            key: wanted.to_owned(),
            parent: node.parents.len() - 1,
        };
        node.push(item, 0);
        node.parents.len() - 1
    });
    &mut node.parents[index].1
}
