//! What an aggregate function keeps while rows pass by, and what it says at the end.
//!
//! Must not know rows or groups.

use std::cmp::Ordering;
use std::collections::HashSet;

use gatelodge_soql::ast::Aggregate;

use super::aggregate::Call;
use crate::org::schema::{FieldType, PicklistValue, Schema};
use crate::org::value::Value;

/// One aggregate in the making. Null values pass by unseen.
pub(super) enum Tally<'a> {
    Count(i64),
    Distinct {
        seen: HashSet<Vec<u8>>,
        mark: Vec<u8>,
    },
    Sum {
        sum: f64,
        count: u32,
        average: bool,
    },
    Extreme {
        best: Option<Value>,
        wanted: Ordering,
        /// Picklists go by the order of their values.
        picklist: Option<&'a [PicklistValue]>,
    },
}

impl<'a> Tally<'a> {
    pub(super) fn of(schema: &'a Schema, call: &Call) -> Self {
        let sum = |average| Self::Sum {
            sum: 0.0,
            count: 0,
            average,
        };
        let extreme = |wanted| Self::Extreme {
            best: None,
            wanted,
            picklist: call
                .operand
                .field(schema)
                .filter(|field| field.kind == FieldType::Picklist)
                .map(|field| field.picklist.as_slice()),
        };
        match call.function {
            Aggregate::Count => Self::Count(0),
            Aggregate::CountDistinct => Self::Distinct {
                seen: HashSet::new(),
                mark: Vec::new(),
            },
            Aggregate::Sum => sum(false),
            Aggregate::Average => sum(true),
            Aggregate::Minimum => extreme(Ordering::Less),
            Aggregate::Maximum => extreme(Ordering::Greater),
        }
    }

    pub(super) fn add(&mut self, value: &Value) {
        if value.is_null() {
            return;
        }
        match self {
            Self::Count(count) => *count += 1,
            Self::Distinct { seen, mark } => {
                mark.clear();
                write_mark(mark, value);
                if !seen.contains(mark) {
                    seen.insert(mark.clone());
                }
            }
            Self::Sum { sum, count, .. } => {
                *sum += value.as_number().unwrap_or(0.0);
                *count += 1;
            }
            Self::Extreme {
                best,
                wanted,
                picklist,
            } => {
                let better = best
                    .as_ref()
                    .is_none_or(|best| order(*picklist, value, best) == *wanted);
                if better {
                    *best = Some(value.clone());
                }
            }
        }
    }

    pub(super) fn result(self) -> Value {
        match self {
            Self::Count(count) => Value::Int(count),
            Self::Distinct { seen, .. } => {
                Value::Int(i64::try_from(seen.len()).unwrap_or(i64::MAX))
            }
            Self::Sum { count: 0, .. } => Value::Null,
            Self::Sum {
                sum,
                count,
                average: true,
            } => Value::Double(sum / f64::from(count)),
            Self::Sum { sum, .. } => Value::Double(sum),
            Self::Extreme { best, .. } => best.unwrap_or_default(),
        }
    }
}

fn order(picklist: Option<&[PicklistValue]>, a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| {
        picklist.and_then(|list| {
            list.iter()
                .position(|known| Some(known.value.as_str()) == value.as_text())
        })
    };
    rank(a).cmp(&rank(b)).then_with(|| a.order(b))
}

/// Appends bytes that are the same for equal values only; text is equal whatever its letter case.
pub(super) fn write_mark(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(text) => {
            out.push(b't');
            if text.is_ascii() {
                out.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
            } else {
                let mut letter = [0; 4];
                for lower in text.chars().flat_map(char::to_lowercase) {
                    out.extend_from_slice(lower.encode_utf8(&mut letter).as_bytes());
                }
            }
            out.push(0);
        }
        Value::Id(id) => out.extend_from_slice(&id.bytes()),
        Value::Double(number) => {
            out.push(b'd');
            out.extend_from_slice(&number.to_bits().to_le_bytes());
        }
        value => {
            out.push(b'v');
            value.write_json(out);
            out.push(0);
        }
    }
}
