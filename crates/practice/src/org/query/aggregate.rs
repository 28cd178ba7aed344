//! Grouped and aggregated queries: which values a group has, and what is shown of them.
//!
//! Must not know records; `groups` runs it.

use std::cell::RefCell;

use gatelodge_soql::ast::{Aggregate, Direction, Expression, Nulls, Query, SelectItem};

use super::compile::Compiler;
use super::filter::{Filter, Operand};
use super::rows::Order;
use crate::org::error::ApiError;
use crate::org::schema::{FieldType, Object};

/// How rows become groups. A group's values are its keys, then its aggregates.
#[derive(Debug)]
pub(super) struct Grouping {
    pub(super) keys: Vec<Operand>,
    pub(super) aggregates: Vec<Call>,
    pub(super) having: Option<Filter>,
    /// Name in the answer and position of the value.
    pub(super) output: Vec<(String, usize)>,
    /// Without `GROUP BY` all rows are one group, even none.
    pub(super) whole: bool,
}

#[derive(Debug, PartialEq)]
pub(super) struct Call {
    pub(super) function: Aggregate,
    pub(super) operand: Operand,
}

impl<'a> Compiler<'a> {
    pub(super) fn grouping(
        &self,
        object: &'a Object,
        query: &Query,
    ) -> Result<(Grouping, Vec<Order>), ApiError> {
        let whole = query.group_by.is_none();
        if let (true, Some(count)) = (whole, query.limit.as_ref().or(query.offset.as_ref())) {
            let word = if query.limit.is_some() {
                "LIMIT"
            } else {
                "OFFSET"
            };
            let message = format!(
                "Non-grouped query that uses overall aggregate functions cannot also use {word}"
            );
            return Err(self.malformed(count.span, message));
        }
        let keys = self.group_keys(object, query)?;
        let aggregates = RefCell::new(Vec::new());
        let slot = |expression: &Expression, complaint: &str| {
            self.slot(
                object,
                &keys,
                &mut aggregates.borrow_mut(),
                expression,
                complaint,
            )
        };
        let mut output: Vec<(String, usize)> = Vec::new();
        let mut unnamed = 0;
        for item in &query.select {
            let SelectItem::Expression(selected) = item else {
                return Err(self.malformed(
                    item.span(),
                    "only fields and aggregates are allowed in a grouped query",
                ));
            };
            let (position, _) = slot(&selected.expression, "Field must be grouped or aggregated")?;
            let name = match (&selected.alias, &selected.expression) {
                (Some(alias), _) => alias.text.clone(),
                (None, Expression::Field(_)) => keys[position].name().to_owned(),
                _ => {
                    unnamed += 1;
                    format!("expr{}", unnamed - 1)
                }
            };
            if output
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(&name))
            {
                return Err(self.malformed(selected.span, format!("duplicate alias: {name}")));
            }
            output.push((name, position));
        }
        let operand = |complaint: &'static str| {
            move |expression: &Expression| -> Result<Operand, ApiError> {
                let (position, kind) = slot(expression, complaint)?;
                Ok(Operand::Slot(position, kind))
            }
        };
        let having = match &query.having {
            Some(condition) => {
                let find = operand("Field must be grouped or aggregated");
                Some(self.condition(condition, false, &find, None)?)
            }
            None => None,
        };
        let find = operand("Ordered field must be grouped or aggregated");
        let mut order = Vec::with_capacity(query.order_by.len());
        for item in &query.order_by {
            order.push(Order {
                operand: find(&item.expression)?,
                descending: item.direction == Direction::Descending,
                nulls_last: item.nulls == Nulls::Last,
            });
        }
        let aggregates = aggregates.into_inner();
        Ok((
            Grouping {
                keys,
                aggregates,
                having,
                output,
                whole,
            },
            order,
        ))
    }

    /// What `GROUP BY` lists.
    fn group_keys(&self, object: &'a Object, query: &Query) -> Result<Vec<Operand>, ApiError> {
        let mut keys = Vec::new();
        for expression in query.group_by.iter().flat_map(|group| &group.expressions) {
            if expression.is_aggregate() {
                let message = format!(
                    "Grouped field should not be aggregated: {}",
                    shown(expression)
                );
                return Err(self.malformed(expression.span(), message));
            }
            let operand = self.operand(object, expression)?;
            let groupable = match &operand {
                Operand::Date(..) => true,
                operand => operand
                    .field(self.schema)
                    .is_none_or(crate::org::schema::Field::groupable),
            };
            if !groupable {
                let message = format!(
                    "field '{}' can not be grouped in a query call",
                    operand.name()
                );
                return Err(self.malformed(expression.span(), message));
            }
            keys.push(operand);
        }
        Ok(keys)
    }

    /// Position and type of an expression among a group's values; a new aggregate is added.
    fn slot(
        &self,
        object: &'a Object,
        keys: &[Operand],
        aggregates: &mut Vec<Call>,
        expression: &Expression,
        complaint: &str,
    ) -> Result<(usize, FieldType), ApiError> {
        let Expression::Aggregate(call) = expression else {
            let operand = self.operand(object, expression)?;
            let found = keys.iter().position(|key| *key == operand);
            let position = found.ok_or_else(|| {
                self.malformed(
                    expression.span(),
                    format!("{complaint}: {}", shown(expression)),
                )
            })?;
            return Ok((position, operand.kind()));
        };
        let column = self.column(object, &call.field)?;
        let operand = Operand::Column(column);
        let kind = operand.kind();
        let (word, fits, result) = match call.function {
            Aggregate::Count => ("COUNT", true, FieldType::Int),
            Aggregate::CountDistinct => ("COUNT_DISTINCT", true, FieldType::Int),
            Aggregate::Sum => ("SUM", kind.is_number(), kind),
            Aggregate::Average => ("AVG", kind.is_number(), FieldType::Double),
            Aggregate::Minimum => (
                "MIN",
                !matches!(kind, FieldType::Boolean | FieldType::Time),
                kind,
            ),
            Aggregate::Maximum => (
                "MAX",
                !matches!(kind, FieldType::Boolean | FieldType::Time),
                kind,
            ),
        };
        let open = operand
            .field(self.schema)
            .is_none_or(crate::org::schema::Field::aggregatable);
        if !fits || !open {
            let message = format!(
                "field {} does not support aggregate operator {word}",
                operand.name()
            );
            return Err(self.malformed(call.span, message));
        }
        let call = Call {
            function: call.function,
            operand,
        };
        let position = aggregates
            .iter()
            .position(|known| *known == call)
            .unwrap_or_else(|| {
                aggregates.push(call);
                aggregates.len() - 1
            });
        Ok((keys.len() + position, result))
    }
}

impl Grouping {
    /// Name in the answer, display name, type, and whether it is an aggregate, for each column.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, String, FieldType, bool)> {
        self.output.iter().map(|(name, position)| {
            if let Some(key) = self.keys.get(*position) {
                return (name.as_str(), key.name().to_owned(), key.kind(), false);
            }
            let call = &self.aggregates[position - self.keys.len()];
            let (word, kind) = match call.function {
                Aggregate::Count => ("count", FieldType::Int),
                Aggregate::CountDistinct => ("count_distinct", FieldType::Int),
                Aggregate::Sum => ("sum", FieldType::Double),
                Aggregate::Average => ("avg", FieldType::Double),
                Aggregate::Minimum => ("min", call.operand.kind()),
                Aggregate::Maximum => ("max", call.operand.kind()),
            };
            (
                name.as_str(),
                format!("{word}({})", call.operand.name()),
                kind,
                true,
            )
        })
    }
}

/// An expression as messages print it.
fn shown(expression: &Expression) -> String {
    let path = expression.path();
    path.segments
        .iter()
        .map(|name| name.text.as_str())
        .collect::<Vec<_>>()
        .join(".")
}
