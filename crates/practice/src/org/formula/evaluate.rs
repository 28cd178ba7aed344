//! The value of a formula for one record.
//!
//! Blanks count as zero in arithmetic and as the empty text among texts, as the platform does it by default.
//! Must not know the grammar.

use std::cmp::Ordering;

use chrono::Duration;

use super::functions::{Function, text_of};
use super::{Node, Operator, Path, Subject};
use crate::org::state::Record;
use crate::org::value::Value;

pub(super) fn evaluate(node: &Node, subject: Subject<'_>) -> Value {
    match node {
        Node::Constant(value) => value.clone(),
        Node::Field(path) => field(path, subject, subject.record),
        Node::Not(inner) => Value::Bool(!evaluate(inner, subject).as_bool()),
        Node::Negate(inner) => Value::Double(-evaluate(inner, subject).as_number().unwrap_or(0.0)),
        Node::Binary(operator, left, right) => binary(*operator, left, right, subject),
        Node::Call(function, arguments) => call(*function, arguments, subject),
    }
}

fn field(path: &Path, subject: Subject<'_>, record: &Record) -> Value {
    let mut current = record;
    for step in &path.steps {
        let parent = current.values[*step]
            .as_id()
            .and_then(|id| subject.state.any_record(subject.schema, id));
        let Some((_, parent)) = parent else {
            return Value::Null;
        };
        current = parent;
    }
    match (&current.values[path.field], path.percent) {
        (Value::Double(number), true) => Value::Double(number / 100.0),
        (value, _) => value.clone(),
    }
}

fn call(function: Function, arguments: &[Node], subject: Subject<'_>) -> Value {
    let value = |index: usize| {
        arguments
            .get(index)
            .map_or(Value::Null, |node| evaluate(node, subject))
    };
    let old = |index: usize| match (arguments.get(index), subject.old) {
        (Some(Node::Field(path)), Some(old)) => Some(field(path, subject, old)),
        _ => None,
    };
    match function {
        Function::And => Value::Bool((0..arguments.len()).all(|index| value(index).as_bool())),
        Function::Or => Value::Bool((0..arguments.len()).any(|index| value(index).as_bool())),
        Function::Not => Value::Bool(!value(0).as_bool()),
        Function::If => value(if value(0).as_bool() { 1 } else { 2 }),
        Function::Case => {
            let wanted = value(0);
            let mut index = 1;
            while index + 1 < arguments.len() {
                if compare(&wanted, &value(index)) == Some(Ordering::Equal) {
                    return value(index + 1);
                }
                index += 2;
            }
            value(index)
        }
        Function::IsBlank => Value::Bool(is_blank(&value(0))),
        Function::BlankValue => match value(0) {
            blank if is_blank(&blank) => value(1),
            given => given,
        },
        Function::IsChanged => Value::Bool(old(0).is_some_and(|old| old != value(0))),
        Function::IsNew => Value::Bool(subject.old.is_none()),
        Function::PriorValue => old(0).unwrap_or_else(|| value(0)),
        Function::Today => Value::Date(subject.now.date_naive()),
        Function::Now => Value::DateTime(subject.now),
        _ => {
            let values: Vec<Value> = (0..arguments.len()).map(value).collect();
            function.apply(&values)
        }
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_text().is_some_and(str::is_empty)
}

fn binary(operator: Operator, left: &Node, right: &Node, subject: Subject<'_>) -> Value {
    let left = evaluate(left, subject);
    match operator {
        Operator::Or if left.as_bool() => return Value::Bool(true),
        Operator::And if !left.as_bool() => return Value::Bool(false),
        _ => {}
    }
    let right = evaluate(right, subject);
    let order = || compare(&left, &right);
    Value::Bool(match operator {
        Operator::Or | Operator::And => right.as_bool(),
        Operator::Equal => order() == Some(Ordering::Equal),
        Operator::NotEqual => order() != Some(Ordering::Equal),
        Operator::Less => order() == Some(Ordering::Less),
        Operator::LessOrEqual => order().is_some_and(Ordering::is_le),
        Operator::Greater => order() == Some(Ordering::Greater),
        Operator::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
        Operator::Join => return Value::text(text_of(&left) + &text_of(&right)),
        _ => return arithmetic(operator, &left, &right),
    })
}

/// Order of two values; none where a date is missing.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Null, Value::Text(text)) => Some("".cmp(text.as_ref())),
        (Value::Text(text), Value::Null) => Some(text.as_ref().cmp("")),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Null, Value::Int(_) | Value::Double(_)) => Some(Value::Double(0.0).order(right)),
        (Value::Int(_) | Value::Double(_), Value::Null) => Some(left.order(&Value::Double(0.0))),
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Date(_), Value::DateTime(_)) | (Value::DateTime(_), Value::Date(_)) => {
            Some(left.as_date().cmp(&right.as_date()))
        }
        (Value::Id(id), Value::Text(text)) | (Value::Text(text), Value::Id(id)) => {
            Some(id.to_string().as_str().cmp(text.as_ref()))
        }
        _ => Some(left.order(right)),
    }
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Value {
    let sign = if operator == Operator::Subtract {
        -1.0
    } else {
        1.0
    };
    let days = |value: &Value| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the number of seconds is cut to a range before"
        )]
        value
            .as_number()
            .map(|days| Duration::seconds((sign * days * 86_400.0).clamp(-1e11, 1e11) as i64))
    };
    match (left, right) {
        (Value::Date(left), Value::Date(right)) if operator == Operator::Subtract => {
            let days = i32::try_from((*left - *right).num_days()).unwrap_or(i32::MAX);
            Value::Double(days.into())
        }
        (Value::Date(date), other) => days(other)
            .and_then(|days| date.checked_add_signed(days))
            .map_or(Value::Null, Value::Date),
        (Value::DateTime(at), other) => days(other)
            .and_then(|days| at.checked_add_signed(days))
            .map_or(Value::Null, Value::DateTime),
        (Value::Text(_), _) | (_, Value::Text(_)) if operator == Operator::Add => {
            Value::text(text_of(left) + &text_of(right))
        }
        _ => {
            let (left, right) = (
                left.as_number().unwrap_or(0.0),
                right.as_number().unwrap_or(0.0),
            );
            let result = match operator {
                Operator::Subtract => left - right,
                Operator::Multiply => left * right,
                Operator::Divide => left / right,
                _ => left + right,
            };
            // A division by zero is shown as an error by the platform; in an answer it is empty.
            if result.is_finite() {
                Value::Double(result)
            } else {
                Value::Null
            }
        }
    }
}
