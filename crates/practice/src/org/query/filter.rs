//! Conditions: what a row must satisfy, and the test for one value.
//!
//! Must not know syntax. Rules about missing values: a missing parent counts as null; null equals nothing but
//! null, is different from everything else, and is neither smaller nor greater than anything.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use gatelodge_soql::Pattern;
use gatelodge_soql::ast::{ComparisonOperator, DateFunction};

use super::World;
use super::dates;
use super::distance::Distance;
use super::path::{Column, Leaf, own_leaf};
use super::person::Person;
use crate::org::id::Id;
use crate::org::schema::{Field, FieldType, Object, Schema};
use crate::org::state::Record;
use crate::org::value::{Value, order_text};

#[derive(Debug)]
pub(super) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Test(Operand, Test),
}

/// The left side of a test, or what is selected or ordered by.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Column(Column),
    /// A date function, computed in a time zone.
    Date(DateFunction, Tz, Column),
    Label(Column),
    Formatted(Box<Operand>, Form),
    Distance(Box<Distance>),
    /// A value of a group, by position.
    Slot(usize, FieldType),
}

/// How a value is written for a person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Form {
    pub(super) person: Person,
    pub(super) kind: FieldType,
    /// Digits behind the decimal point.
    pub(super) scale: u32,
}

impl Form {
    pub(super) fn write(&self, value: &Value) -> Value {
        self.person.format(value, self.kind, self.scale)
    }
}

/// What a value is tested for.
#[derive(Debug)]
pub(super) enum Test {
    Equal {
        value: Value,
        negated: bool,
    },
    Order(ComparisonOperator, Value),
    Like(Pattern),
    In {
        values: Vec<Value>,
        negated: bool,
    },
    Ids {
        ids: HashSet<Id>,
        null: bool,
        negated: bool,
    },
    /// A period: from start, up to but not including end.
    Range {
        operator: ComparisonOperator,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    },
    /// Exactly these values of a multi-select picklist, in lower case and order.
    Set {
        values: Vec<String>,
        negated: bool,
    },
    Includes {
        sets: Vec<Vec<String>>,
        negated: bool,
    },
    Never,
}

/// Where operands take their values from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Record(World<'a>, &'a Record),
    Group(&'a [Value]),
}

impl Operand {
    /// A field of the object itself.
    pub(super) fn own(object: &Object, field: usize) -> Self {
        let known = &object.fields[field];
        Self::Column(Column {
            steps: Vec::new(),
            leaf: own_leaf(object, field),
            kind: known.kind,
            name: known.name.clone(),
        })
    }

    pub(super) fn value<'a>(&self, source: Source<'a>) -> Cow<'a, Value> {
        match (self, source) {
            (Self::Column(column), Source::Record(world, record)) => column.value(world, record),
            (Self::Label(column), Source::Record(world, record)) => {
                Cow::Owned(label(world.schema, column, &column.value(world, record)))
            }
            (Self::Date(function, zone, column), Source::Record(world, record)) => {
                Cow::Owned(dates::apply(*function, *zone, &column.value(world, record)))
            }
            (Self::Formatted(inner, form), source) => Cow::Owned(form.write(&inner.value(source))),
            (Self::Distance(distance), Source::Record(world, record)) => {
                Cow::Owned(distance.value(world, record))
            }
            (Self::Slot(slot, _), Source::Group(values)) => Cow::Borrowed(&values[*slot]),
            _ => Cow::Owned(Value::Null),
        }
    }

    /// The type of the value.
    pub(super) fn kind(&self) -> FieldType {
        match self {
            Self::Column(column) | Self::Label(column) => column.kind,
            Self::Date(DateFunction::DayOnly, ..) => FieldType::Date,
            Self::Date(..) => FieldType::Int,
            Self::Formatted(..) => FieldType::String,
            Self::Distance(_) => FieldType::Double,
            Self::Slot(_, kind) => *kind,
        }
    }

    /// Forgets the way to the parent: for whoever has gone it already.
    pub(super) fn at_its_end(&mut self) {
        match self {
            Self::Column(column) | Self::Date(_, _, column) | Self::Label(column) => {
                column.steps.clear();
            }
            Self::Formatted(inner, _) => inner.at_its_end(),
            Self::Distance(..) | Self::Slot(..) => {}
        }
    }

    fn column(&self) -> Option<&Column> {
        match self {
            Self::Column(column) | Self::Date(_, _, column) | Self::Label(column) => Some(column),
            Self::Formatted(inner, _) => inner.column(),
            Self::Distance(..) | Self::Slot(..) => None,
        }
    }

    /// The field behind it, when it is one particular field.
    pub(super) fn field<'a>(&self, schema: &'a Schema) -> Option<&'a Field> {
        match self.column()?.leaf {
            Leaf::Field { object, field } => Some(&schema.objects[object].fields[field]),
            _ => None,
        }
    }

    /// The field's name for messages.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Distance(distance) => &distance.name,
            operand => operand.column().map_or("expression", |column| &column.name),
        }
    }
}

/// The label of a picklist value.
pub(super) fn label(schema: &Schema, column: &Column, value: &Value) -> Value {
    let (Leaf::Field { object, field }, Some(text)) = (&column.leaf, value.as_text()) else {
        return value.clone();
    };
    let field = &schema.objects[*object].fields[*field];
    let of = |value: &str| -> Option<&str> {
        field
            .picklist
            .iter()
            .find(|known| known.value == value)
            .map(|known| known.label.as_str())
    };
    if field.kind == FieldType::MultiPicklist {
        let labels: Vec<&str> = text
            .split(';')
            .map(|value| of(value).unwrap_or(value))
            .collect();
        return Value::text(labels.join(";"));
    }
    of(text).map_or_else(|| value.clone(), Value::text)
}

impl Filter {
    pub(super) fn accepts(&self, source: Source<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.accepts(source)),
            Self::Or(parts) => parts.iter().any(|part| part.accepts(source)),
            Self::Not(part) => !part.accepts(source),
            Self::Test(operand, test) => test.accepts(&operand.value(source)),
        }
    }
}

impl Test {
    fn accepts(&self, value: &Value) -> bool {
        match self {
            Self::Never => false,
            Self::Equal {
                value: wanted,
                negated,
            } => (value.order(wanted) == Ordering::Equal) != *negated,
            Self::Order(operator, bound) => {
                !value.is_null() && holds(*operator, value.order(bound))
            }
            Self::Like(pattern) => value.as_text().is_some_and(|text| pattern.matches(text)),
            Self::In { values, negated } => {
                values
                    .iter()
                    .any(|wanted| value.order(wanted) == Ordering::Equal)
                    != *negated
            }
            Self::Ids { ids, null, negated } => {
                let inside = match value {
                    Value::Id(id) => ids.contains(id),
                    _ => *null,
                };
                inside != *negated
            }
            Self::Range {
                operator,
                start,
                end,
            } => in_range(value, *operator, *start, *end),
            Self::Set { values, negated } => {
                value
                    .as_text()
                    .is_some_and(|text| value_set(text) == *values)
                    != *negated
            }
            Self::Includes { sets, negated } => {
                let Some(text) = value.as_text() else {
                    return *negated;
                };
                let chosen: Vec<&str> = text.split(';').map(str::trim).collect();
                let has =
                    |wanted: &String| chosen.iter().any(|value| order_text(value, wanted).is_eq());
                sets.iter().any(|set| set.iter().all(has)) != *negated
            }
        }
    }
}

/// The values of a multi-select picklist in a form that can be compared.
pub(super) fn value_set(text: &str) -> Vec<String> {
    let mut values: Vec<String> = text
        .split(';')
        .map(|value| value.trim().to_lowercase())
        .collect();
    values.sort_unstable();
    values
}

fn holds(operator: ComparisonOperator, order: Ordering) -> bool {
    match operator {
        ComparisonOperator::Equal => order.is_eq(),
        ComparisonOperator::NotEqual => order.is_ne(),
        ComparisonOperator::Less => order.is_lt(),
        ComparisonOperator::LessOrEqual => order.is_le(),
        ComparisonOperator::Greater => order.is_gt(),
        ComparisonOperator::GreaterOrEqual => order.is_ge(),
    }
}

fn in_range(
    value: &Value,
    operator: ComparisonOperator,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> bool {
    let at = match value {
        Value::DateTime(at) => *at,
        Value::Date(date) => date.and_time(chrono::NaiveTime::MIN).and_utc(),
        _ => return operator == ComparisonOperator::NotEqual,
    };
    match operator {
        ComparisonOperator::Equal => start <= at && at < end,
        ComparisonOperator::NotEqual => at < start || at >= end,
        ComparisonOperator::Less => at < start,
        ComparisonOperator::LessOrEqual => at < end,
        ComparisonOperator::Greater => at >= end,
        ComparisonOperator::GreaterOrEqual => at >= start,
    }
}
