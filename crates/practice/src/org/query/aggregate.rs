//! Grouped and aggregated queries: from rows to groups, and from groups to JSON text.
//!
//! Must not know single rows' output.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use gatelodge_soql::ast::{Aggregate, Direction, Expression, Nulls, Query, SelectItem};

use super::compile::Compiler;
use super::filter::{Filter, Operand, Source};
use super::output::write_key;
use super::rows::{self, Order};
use super::{MOST_GROUPS, Plan, World};
use crate::org::error::ApiError;
use crate::org::schema::{FieldType, Object};
use crate::org::value::Value;

/// How rows become groups. A group's values are its keys, then its aggregates.
#[derive(Debug)]
pub(super) struct Grouping {
    keys: Vec<Operand>,
    aggregates: Vec<Call>,
    having: Option<Filter>,
    /// Name in the answer and position of the value.
    output: Vec<(String, usize)>,
    /// Without `GROUP BY` all rows are one group, even none.
    whole: bool,
}

#[derive(Debug, PartialEq)]
struct Call {
    function: Aggregate,
    operand: Operand,
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

/// The groups of a plan, as JSON text.
///
/// # Errors
/// When there are more groups than one answer can hold.
pub(super) fn run(
    world: World<'_>,
    object: &Object,
    plan: &Plan,
    grouping: &Grouping,
) -> Result<Vec<Vec<u8>>, ApiError> {
    let found = rows::select(world, object, plan, None);
    let mut groups: Vec<(Vec<Value>, Vec<Source<'_>>)> = Vec::new();
    if grouping.whole {
        groups.push((
            Vec::new(),
            found
                .iter()
                .map(|record| Source::Record(world, record))
                .collect(),
        ));
    } else {
        let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
        for record in &found {
            let source = Source::Record(world, record);
            let keys: Vec<Value> = grouping
                .keys
                .iter()
                .map(|key| key.value(source).into_owned())
                .collect();
            let mut mark = Vec::new();
            for key in &keys {
                key.write_json(&mut mark);
                mark.push(b',');
            }
            mark.make_ascii_lowercase();
            let index = *known.entry(mark).or_insert_with(|| {
                groups.push((keys, Vec::new()));
                groups.len() - 1
            });
            groups[index].1.push(source);
        }
    }
    let mut values: Vec<Vec<Value>> = groups
        .into_iter()
        .map(|(keys, members)| {
            let calls = grouping
                .aggregates
                .iter()
                .map(|call| aggregate(world, call, &members));
            keys.into_iter().chain(calls).collect()
        })
        .filter(|values: &Vec<Value>| {
            grouping
                .having
                .as_ref()
                .is_none_or(|having| having.accepts(Source::Group(values)))
        })
        .collect();
    let mut ordered: Vec<&[Value]> = Vec::with_capacity(values.len());
    if plan.order.is_empty() {
        // No order is promised; by key is what the platform usually gives.
        values.sort_by(|a, b| {
            a.iter()
                .zip(b)
                .take(grouping.keys.len())
                .map(|(a, b)| a.order(b))
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
    }
    ordered.extend(values.iter().map(Vec::as_slice));
    if !plan.order.is_empty() {
        rows::sort(&mut ordered, &plan.order, Source::Group);
    }
    let cut = ordered
        .into_iter()
        .skip(plan.offset)
        .take(plan.limit.unwrap_or(usize::MAX));
    let texts: Vec<Vec<u8>> = cut.map(|values| write_group(grouping, values)).collect();
    if texts.len() > MOST_GROUPS {
        let text = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch";
        return Err(ApiError::new(400, "EXCEEDED_ID_LIMIT", text));
    }
    Ok(texts)
}

fn write_group(grouping: &Grouping, values: &[Value]) -> Vec<u8> {
    let mut out = b"{\"attributes\":{\"type\":\"AggregateResult\"}".to_vec();
    for (name, position) in &grouping.output {
        write_key(&mut out, name);
        values[*position].write_json(&mut out);
    }
    out.push(b'}');
    out
}

fn aggregate(world: World<'_>, call: &Call, members: &[Source<'_>]) -> Value {
    let values: Vec<Cow<'_, Value>> = members
        .iter()
        .map(|source| call.operand.value(*source))
        .filter(|value| !value.is_null())
        .collect();
    let count = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let sum = || {
        values
            .iter()
            .filter_map(|value| value.as_number())
            .sum::<f64>()
    };
    match call.function {
        Aggregate::Count => count(values.len()),
        Aggregate::CountDistinct => {
            let mut sorted: Vec<&Value> = values.iter().map(AsRef::as_ref).collect();
            sorted.sort_by(|a, b| a.order(b));
            sorted.dedup_by(|a, b| a.order(b).is_eq());
            count(sorted.len())
        }
        Aggregate::Sum | Aggregate::Average if values.is_empty() => Value::Null,
        Aggregate::Sum => Value::Double(sum()),
        #[expect(clippy::cast_precision_loss, reason = "no org here has 2^52 records")]
        Aggregate::Average => Value::Double(sum() / values.len() as f64),
        Aggregate::Minimum => extreme(world, call, &values, std::cmp::Ordering::Less),
        Aggregate::Maximum => extreme(world, call, &values, std::cmp::Ordering::Greater),
    }
}

/// Smallest or largest value; picklists go by the order of their values.
fn extreme(
    world: World<'_>,
    call: &Call,
    values: &[Cow<'_, Value>],
    wanted: std::cmp::Ordering,
) -> Value {
    let picklist = call
        .operand
        .field(world.schema)
        .filter(|field| field.kind == FieldType::Picklist)
        .map(|field| field.picklist.as_slice());
    let rank = |value: &Value| {
        picklist.and_then(|list| {
            list.iter()
                .position(|known| Some(known.value.as_str()) == value.as_text())
        })
    };
    let order = |a: &Value, b: &Value| match picklist {
        Some(_) => rank(a).cmp(&rank(b)).then_with(|| a.order(b)),
        None => a.order(b),
    };
    let mut best: Option<&Value> = None;
    for value in values {
        if best.is_none_or(|best| order(value, best) == wanted) {
            best = Some(value);
        }
    }
    best.cloned().unwrap_or_default()
}
