//! From conditions of the tree to tests: which literal fits which field, and what is said when it does not.
//!
//! Must not know records.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use gatelodge_soql::ast::{
    Comparison, ComparisonOperator, Condition, Expression, Inclusion, Like, Literal,
    MembershipSource, Value as Written,
};

use super::compile::Compiler;
use super::dates;
use super::filter::{Filter, Operand, Test, value_set};
use super::joins::Joins;
use crate::org::error::ApiError;
use crate::org::id::Id;
use crate::org::schema::{FieldType, Object};
use crate::org::value::Value;

/// Longest string in a condition.
const LONGEST: usize = 4_000;

impl<'a> Compiler<'a> {
    /// A condition of `WHERE`. `joins` says whether semi-joins are still allowed here.
    pub(super) fn filter(
        &self,
        object: &'a Object,
        condition: &Condition,
        joins: Joins,
    ) -> Result<Filter, ApiError> {
        self.condition(
            condition,
            joins,
            &|expression| self.operand(object, expression),
            Some(object),
        )
    }

    /// A condition over operands that `operand` finds.
    pub(super) fn condition(
        &self,
        condition: &Condition,
        joins: Joins,
        operand: &dyn Fn(&Expression) -> Result<Operand, ApiError>,
        object: Option<&'a Object>,
    ) -> Result<Filter, ApiError> {
        let all = |parts: &[Condition], joins: Joins| {
            parts
                .iter()
                .map(|part| self.condition(part, joins, operand, object))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(match condition {
            Condition::And(parts) => Filter::And(all(parts, joins)?),
            Condition::Or(parts) => Filter::Or(all(parts, Joins::UnderOr)?),
            Condition::Not(part) => Filter::Not(Box::new(self.condition(
                part,
                Joins::UnderNot,
                operand,
                object,
            )?)),
            Condition::Comparison(comparison) => {
                let left = self.filterable(operand(&comparison.left)?, &comparison.left)?;
                let test = self.compare(&left, comparison)?;
                Filter::Test(left, test)
            }
            Condition::Like(like) => {
                let left = self.filterable(operand(&like.left)?, &like.left)?;
                let test = self.like(&left, like)?;
                Filter::Test(left, test)
            }
            Condition::In(membership) => {
                let left = self.filterable(operand(&membership.left)?, &membership.left)?;
                let test = match &membership.source {
                    MembershipSource::Values(values) => {
                        self.listed(&left, values, membership.negated)?
                    }
                    MembershipSource::Query(query) => {
                        let outer = object.ok_or_else(|| {
                            self.malformed(
                                membership.span,
                                "Semi join sub-selects are not allowed in HAVING",
                            )
                        })?;
                        let ids = self.semi_join(outer, &left, query, membership, joins)?;
                        Test::Ids {
                            ids,
                            null: false,
                            negated: membership.negated,
                        }
                    }
                };
                Filter::Test(left, test)
            }
            Condition::Includes(inclusion) => {
                let left = self.filterable(operand(&inclusion.left)?, &inclusion.left)?;
                let test = self.includes(&left, inclusion)?;
                Filter::Test(left, test)
            }
        })
    }

    fn filterable(&self, operand: Operand, expression: &Expression) -> Result<Operand, ApiError> {
        let closed = operand.kind() == FieldType::Address
            || operand
                .field(self.schema)
                .is_some_and(|field| !field.filterable());
        if closed {
            let message = format!(
                "field '{}' can not be filtered in a query call",
                operand.name()
            );
            return Err(self.at(
                expression.span(),
                ApiError::new(400, "INVALID_FIELD", message),
            ));
        }
        Ok(operand)
    }

    fn compare(&self, left: &Operand, comparison: &Comparison) -> Result<Test, ApiError> {
        let operator = comparison.operator;
        let equality = matches!(
            operator,
            ComparisonOperator::Equal | ComparisonOperator::NotEqual
        );
        let negated = operator == ComparisonOperator::NotEqual;
        let kind = left.kind();
        if let Operand::Distance(_) = left
            && !matches!(
                operator,
                ComparisonOperator::Less | ComparisonOperator::Greater
            )
        {
            let text = "DISTANCE can only be compared with < and >";
            return Err(self.malformed(comparison.span, text));
        }
        if !equality
            && (kind.is_id() || matches!(kind, FieldType::Boolean | FieldType::MultiPicklist))
        {
            let text = if kind.is_id() {
                "invalid operator on id field"
            } else {
                "invalid operator"
            };
            return Err(self.at(
                comparison.span,
                ApiError::new(400, "INVALID_QUERY_FILTER_OPERATOR", text),
            ));
        }
        if let Written::DateLiteral(literal) = &comparison.value.value
            && matches!(kind, FieldType::Date | FieldType::DateTime)
        {
            if matches!(left, Operand::Date(..)) {
                let text = "a date function can not be compared with a date literal";
                return Err(self.malformed(comparison.value.span, text));
            }
            let (first, behind) =
                dates::range(*literal, self.person, self.asker.now).ok_or_else(|| {
                    self.malformed(comparison.value.span, "the date literal is out of range")
                })?;
            return Ok(Test::Range {
                operator,
                start: self.begin(first, kind),
                end: self.begin(behind, kind),
            });
        }
        let value = self.literal(left, &comparison.value)?;
        Ok(match (equality, value) {
            (true, value) if kind == FieldType::MultiPicklist => exact_set(&value, negated),
            (true, value) => Test::Equal { value, negated },
            (false, Value::Null) => Test::Never,
            (false, value) => Test::Order(operator, value),
        })
    }

    fn like(&self, left: &Operand, like: &Like) -> Result<Test, ApiError> {
        let kind = left.kind();
        if kind.is_id() || !kind.is_text() || kind == FieldType::MultiPicklist {
            let text = if kind.is_id() {
                "invalid operator on id field"
            } else {
                "invalid operator"
            };
            return Err(self.at(
                like.span,
                ApiError::new(400, "INVALID_QUERY_FILTER_OPERATOR", text),
            ));
        }
        Ok(Test::Like(like.pattern.clone()))
    }

    fn listed(&self, left: &Operand, values: &[Literal], negated: bool) -> Result<Test, ApiError> {
        let read = values
            .iter()
            .map(|value| self.literal(left, value))
            .collect::<Result<Vec<_>, _>>()?;
        let known = read.into_iter();
        if left.kind().is_id() {
            let values: Vec<Value> = known.collect();
            let null = values.iter().any(Value::is_null);
            return Ok(Test::Ids {
                ids: values.iter().filter_map(Value::as_id).collect(),
                null,
                negated,
            });
        }
        Ok(Test::In {
            values: known.collect(),
            negated,
        })
    }

    fn includes(&self, left: &Operand, inclusion: &Inclusion) -> Result<Test, ApiError> {
        if left.kind() != FieldType::MultiPicklist {
            let error = ApiError::new(
                400,
                "INVALID_QUERY_FILTER_OPERATOR",
                "includes or excludes operator only valid on multipicklist field",
            );
            return Err(self.at(inclusion.span, error));
        }
        let mut sets = Vec::with_capacity(inclusion.values.len());
        for literal in &inclusion.values {
            let Written::String(text) = &literal.value else {
                return Err(self.wrong_type(left, literal));
            };
            sets.push(
                text.split(';')
                    .map(|value| value.trim().to_owned())
                    .collect(),
            );
        }
        Ok(Test::Includes {
            sets,
            negated: inclusion.negated,
        })
    }

    /// The value of a literal for an operand.
    fn literal(&self, left: &Operand, literal: &Literal) -> Result<Value, ApiError> {
        let kind = left.kind();
        let wrong = || self.wrong_type(left, literal);
        let value = match (&literal.value, kind) {
            // On a check box, nothing means no.
            (Written::Null, FieldType::Boolean) => Value::Bool(false),
            (Written::Null, _) => Value::Null,
            (Written::String(text), FieldType::Id | FieldType::Reference) => {
                if text.is_empty() {
                    return Ok(Value::Null);
                }
                let id = Id::parse(text).ok_or_else(|| {
                    let message = format!("invalid ID field: {text}");
                    self.at(
                        literal.span,
                        ApiError::new(400, "INVALID_QUERY_FILTER_OPERATOR", message),
                    )
                })?;
                Value::Id(id)
            }
            (Written::String(text), kind) if kind.is_text() => {
                if text.chars().count() > LONGEST {
                    return Err(self.malformed(
                        literal.span,
                        "String literals in a WHERE clause can have at most 4000 characters",
                    ));
                }
                // An empty string is kept as null, so it is found as null.
                if text.is_empty() {
                    Value::Null
                } else {
                    Value::text(text.trim_end())
                }
            }
            (Written::Number(text), kind) if kind.is_number() => {
                Value::Double(text.trim_start_matches('+').parse().map_err(|_| wrong())?)
            }
            (Written::Boolean(flag), FieldType::Boolean) => Value::Bool(*flag),
            (Written::Date(date), FieldType::Date) => Value::Date(
                NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
                    .ok_or_else(wrong)?,
            ),
            (Written::DateTime(at), FieldType::DateTime) => {
                let date = NaiveDate::from_ymd_opt(
                    at.date.year.into(),
                    at.date.month.into(),
                    at.date.day.into(),
                );
                let local = date
                    .zip(time(at.time))
                    .map(|(date, time)| date.and_time(time))
                    .ok_or_else(wrong)?;
                Value::DateTime((local - TimeDelta::minutes(at.offset_minutes.into())).and_utc())
            }
            (Written::Time(at), FieldType::Time) => Value::Time(time(*at).ok_or_else(wrong)?),
            (Written::DateLiteral(literal_date), FieldType::Date | FieldType::DateTime) => {
                // Inside a list a period stands for its first day.
                let (first, _) =
                    dates::range(*literal_date, self.person, self.asker.now).ok_or_else(wrong)?;
                if kind == FieldType::Date {
                    Value::Date(first)
                } else {
                    Value::DateTime(self.begin(first, kind))
                }
            }
            (Written::Currency(_), _) => {
                return Err(self.unsupported(
                    literal.span,
                    "A currency literal (the org has one currency)",
                ));
            }
            _ => return Err(wrong()),
        };
        Ok(value)
    }

    /// The moment a day begins: of the calendar for dates, of the person for points in time.
    fn begin(&self, date: NaiveDate, kind: FieldType) -> DateTime<Utc> {
        if kind == FieldType::Date {
            date.and_time(NaiveTime::MIN).and_utc()
        } else {
            self.person.midnight(date)
        }
    }

    fn wrong_type(&self, left: &Operand, literal: &Literal) -> ApiError {
        let kind = left.kind();
        let quoted = kind.is_text() || kind.is_id();
        let message = format!(
            "value of filter criterion for field '{}' must be of type {} and {} be enclosed in quotes",
            left.name(),
            kind.literal_name(),
            if quoted { "should" } else { "should not" }
        );
        self.at(literal.span, ApiError::new(400, "INVALID_FIELD", message))
    }
}

fn time(time: gatelodge_soql::ast::Time) -> Option<NaiveTime> {
    NaiveTime::from_hms_nano_opt(
        time.hour.into(),
        time.minute.into(),
        time.second.into(),
        time.nanosecond,
    )
}

/// Equality on a multi-select picklist compares sets; stored values keep the order of the caller.
fn exact_set(value: &Value, negated: bool) -> Test {
    match value.as_text() {
        Some(text) => Test::Set {
            values: value_set(text),
            negated,
        },
        None => Test::Equal {
            value: value.clone(),
            negated,
        },
    }
}
