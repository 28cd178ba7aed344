//! Grouped and aggregated queries: which values a group has, and what is shown of them.
//!
//! Must not know records; `groups` runs it.

use std::cell::RefCell;

use gatelodge_soql::ast::{
    Aggregate, Direction, Expression, FieldCall, Grouping as GroupingKind, Nulls, Query, SelectItem,
};

use super::compile::Compiler;
use super::filter::{Filter, Form, Operand};
use super::joins::Joins;
use super::rows::Order;
use crate::org::error::ApiError;
use crate::org::schema::{FieldType, Object};

/// Most fields of ROLLUP and CUBE.
const MOST_TOTALLED: usize = 3;

/// How rows become groups. A group's values are its keys, for each key whether the row is a subtotal over it, then
/// its aggregates.
#[derive(Debug)]
pub(super) struct Grouping {
    pub(super) keys: Vec<Operand>,
    pub(super) aggregates: Vec<Call>,
    pub(super) having: Option<Filter>,
    pub(super) output: Vec<Output>,
    /// Without `GROUP BY` all rows are one group, even none.
    pub(super) whole: bool,
    /// Which keys make the groups: all of them once, and with ROLLUP and CUBE some of them again for subtotals.
    pub(super) sets: Vec<Vec<bool>>,
}

/// One column of the answer.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) position: usize,
    pub(super) form: Option<Form>,
}

/// What describes a column.
pub(super) struct Shown<'a> {
    pub(super) name: &'a str,
    pub(super) display: String,
    pub(super) kind: FieldType,
    pub(super) aggregated: bool,
    pub(super) field: Option<&'a Operand>,
}

/// Where an expression is among the values of a group.
#[derive(Clone, Copy)]
struct Slot {
    position: usize,
    kind: FieldType,
    /// Digits behind the decimal point.
    scale: u32,
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
        let subtotals = query
            .group_by
            .as_ref()
            .is_some_and(|group| group.kind != GroupingKind::Plain);
        let slot = |expression: &Expression, complaint: &str| {
            self.slot(
                object,
                &keys,
                subtotals,
                &mut aggregates.borrow_mut(),
                expression,
                complaint,
            )
        };
        let mut output: Vec<Output> = Vec::new();
        let mut unnamed = 0;
        for item in &query.select {
            let SelectItem::Expression(selected) = item else {
                return Err(self.malformed(
                    item.span(),
                    "only fields and aggregates are allowed in a grouped query",
                ));
            };
            let (expression, formatted) = match &selected.expression {
                Expression::Format(call) => (call.argument.as_ref(), true),
                expression => (expression, false),
            };
            let found = slot(expression, "Field must be grouped or aggregated")?;
            let name = match (&selected.alias, expression) {
                (Some(alias), _) => alias.text.clone(),
                (None, Expression::Field(_)) => keys[found.position].name().to_owned(),
                _ => {
                    unnamed += 1;
                    format!("expr{}", unnamed - 1)
                }
            };
            if output
                .iter()
                .any(|known| known.name.eq_ignore_ascii_case(&name))
            {
                return Err(self.malformed(selected.span, format!("duplicate alias: {name}")));
            }
            output.push(Output {
                name,
                position: found.position,
                form: formatted.then_some(Form {
                    person: self.person,
                    kind: found.kind,
                    scale: found.scale,
                }),
            });
        }
        let operand = |complaint: &'static str| {
            move |expression: &Expression| -> Result<Operand, ApiError> {
                let found = slot(expression, complaint)?;
                Ok(Operand::Slot(found.position, found.kind))
            }
        };
        let having = match &query.having {
            Some(condition) => {
                let find = operand("Field must be grouped or aggregated");
                Some(self.condition(condition, Joins::UnderNot, &find, None)?)
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
                sets: sets(query, keys.len()),
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
        if let Some(group) = &query.group_by
            && group.kind != GroupingKind::Plain
            && let Some(item) = group.expressions.get(MOST_TOTALLED)
        {
            let text = "ROLLUP and CUBE take at most three fields";
            return Err(self.malformed(item.span(), text));
        }
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
                Operand::Distance(_) | Operand::Formatted(..) => false,
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
            if keys.contains(&operand) {
                let message = format!("duplicate field in GROUP BY: {}", shown(expression));
                return Err(self.malformed(expression.span(), message));
            }
            keys.push(operand);
        }
        Ok(keys)
    }

    /// Where an expression is among a group's values; a new aggregate is added.
    fn slot(
        &self,
        object: &'a Object,
        keys: &[Operand],
        subtotals: bool,
        aggregates: &mut Vec<Call>,
        expression: &Expression,
        complaint: &str,
    ) -> Result<Slot, ApiError> {
        let scale = |operand: &Operand| operand.field(self.schema).map_or(0, |field| field.scale);
        let call = match expression {
            Expression::Aggregate(call) => call,
            Expression::Grouping(call) => {
                return self.grouping_flag(object, keys, subtotals, call);
            }
            // One currency: every amount already is in the user's.
            Expression::ConvertCurrency(call) => {
                let inner = Expression::Field(call.field.clone());
                return self.slot(object, keys, subtotals, aggregates, &inner, complaint);
            }
            Expression::Format(call) => {
                let inner = &call.argument;
                return self.slot(object, keys, subtotals, aggregates, inner, complaint);
            }
            _ => {
                let operand = self.operand(object, expression)?;
                let found = keys.iter().position(|key| *key == operand);
                let position = found.ok_or_else(|| {
                    self.malformed(
                        expression.span(),
                        format!("{complaint}: {}", shown(expression)),
                    )
                })?;
                return Ok(Slot {
                    position,
                    kind: operand.kind(),
                    scale: scale(&operand),
                });
            }
        };
        let column = self.column(object, &call.field)?;
        let operand = Operand::Column(column);
        let kind = operand.kind();
        if keys.contains(&operand) {
            let message = format!(
                "Grouped field should not be aggregated: {}",
                shown(expression)
            );
            return Err(self.malformed(call.span, message));
        }
        let (fits, result) = match call.function {
            Aggregate::Count | Aggregate::CountDistinct => (true, FieldType::Int),
            Aggregate::Sum => (kind.is_number(), kind),
            Aggregate::Average => (kind.is_number(), FieldType::Double),
            Aggregate::Minimum | Aggregate::Maximum => {
                (!matches!(kind, FieldType::Boolean | FieldType::Time), kind)
            }
        };
        let open = operand
            .field(self.schema)
            .is_none_or(crate::org::schema::Field::aggregatable);
        if !fits || !open {
            let message = format!(
                "field {} does not support aggregate operator {}",
                operand.name(),
                call.function.name()
            );
            return Err(self.malformed(call.span, message));
        }
        let call_function = call.function;
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
        Ok(Slot {
            position: 2 * keys.len() + position,
            kind: result,
            scale: match call_function {
                Aggregate::Count | Aggregate::CountDistinct => 0,
                _ => scale(&aggregates[position].operand),
            },
        })
    }

    /// `GROUPING(f)`.
    fn grouping_flag(
        &self,
        object: &'a Object,
        keys: &[Operand],
        subtotals: bool,
        call: &FieldCall,
    ) -> Result<Slot, ApiError> {
        if !subtotals {
            let text = "GROUPING is only allowed with GROUP BY ROLLUP or CUBE";
            return Err(self.malformed(call.span, text));
        }
        let operand = Operand::Column(self.column(object, &call.field)?);
        let key = keys.iter().position(|key| *key == operand).ok_or_else(|| {
            let message = format!("Field must be grouped: {}", operand.name());
            self.malformed(call.span, message)
        })?;
        Ok(Slot {
            position: keys.len() + key,
            kind: FieldType::Int,
            scale: 0,
        })
    }
}

/// Which keys make groups: `ROLLUP` leaves them out from the end, `CUBE` in every combination.
fn sets(query: &Query, keys: usize) -> Vec<Vec<bool>> {
    let kind = query.group_by.as_ref().map(|group| group.kind);
    match kind {
        Some(GroupingKind::Rollup) => (0..=keys)
            .rev()
            .map(|taken| (0..keys).map(|key| key < taken).collect())
            .collect(),
        Some(GroupingKind::Cube) => (0..1_usize << keys)
            .rev()
            .map(|taken| (0..keys).map(|key| taken >> key & 1 == 1).collect())
            .collect(),
        _ => vec![vec![true; keys]],
    }
}

impl Grouping {
    /// What describes the columns of the answer.
    pub(super) fn columns(&self) -> impl Iterator<Item = Shown<'_>> {
        let count = self.keys.len();
        self.output.iter().map(move |output| {
            let position = output.position;
            let (display, kind, field) = if let Some(key) = self.keys.get(position) {
                (key.name().to_owned(), key.kind(), Some(key))
            } else if position < 2 * count {
                let name = self.keys[position - count].name();
                (format!("grouping({name})"), FieldType::Int, None)
            } else {
                let call = &self.aggregates[position - 2 * count];
                let word = call.function.name().to_ascii_lowercase();
                let kind = match call.function {
                    Aggregate::Count | Aggregate::CountDistinct => FieldType::Int,
                    Aggregate::Sum | Aggregate::Average => FieldType::Double,
                    Aggregate::Minimum | Aggregate::Maximum => call.operand.kind(),
                };
                (format!("{word}({})", call.operand.name()), kind, None)
            };
            Shown {
                name: &output.name,
                display,
                kind,
                aggregated: field.is_none(),
                field,
            }
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
