//! From JSON to field values: leniently for what the org wrote itself, strictly for what a caller sends.
//!
//! Must not know records; checks that need other records are in `dml`.

use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound, Utc};
use serde_json::Value as Json;

use super::error::ApiError;
use super::id::Id;
use super::schema::{Field, FieldType};
use super::value::Value;

/// A value from the change log or the seed. What cannot be read becomes null.
pub(super) fn stored(field: &Field, json: &Json) -> Value {
    let text = json.as_str().unwrap_or_default();
    let value = match field.kind {
        FieldType::Id | FieldType::Reference => Id::parse(text).map(Value::Id),
        FieldType::Boolean => json.as_bool().map(Value::Bool),
        FieldType::Int => json.as_i64().map(Value::Int),
        FieldType::Double | FieldType::Currency | FieldType::Percent => {
            json.as_f64().map(Value::Double)
        }
        FieldType::Date => date(text).map(Value::Date),
        FieldType::DateTime => datetime(text).map(Value::DateTime),
        FieldType::Time => time(text).map(Value::Time),
        FieldType::Address => None,
        _ => json.as_str().map(Value::text),
    };
    value.unwrap_or_default()
}

/// A value from a request body. `position` tells where in the body the field stands.
///
/// # Errors
/// The texts of the platform for a value that the field cannot hold.
pub(super) fn given(
    field: &Field,
    json: &Json,
    position: impl Fn() -> (usize, usize),
) -> Result<Value, ApiError> {
    if json.is_null() {
        return Ok(Value::Null);
    }
    let unreadable = |wanted: &str| {
        let (line, column) = position();
        let (kind, shown) = token(json);
        let message = format!(
            "Cannot deserialize instance of {wanted} from {kind} value {shown} or request may be missing a required \
             field at [line:{line}, column:{column}]"
        );
        ApiError::new(400, "JSON_PARSER_ERROR", message)
    };
    let text = json.as_str().map(str::trim);
    if text == Some("") {
        return Ok(Value::Null);
    }
    match field.kind {
        FieldType::Boolean => match (json.as_bool(), text) {
            (Some(flag), _) => Ok(Value::Bool(flag)),
            (None, Some("true")) => Ok(Value::Bool(true)),
            (None, Some("false")) => Ok(Value::Bool(false)),
            _ => Err(unreadable("boolean")),
        },
        FieldType::Int | FieldType::Double | FieldType::Currency | FieldType::Percent => {
            let Some(number) = json
                .as_f64()
                .or_else(|| text.and_then(|text| text.parse().ok()))
            else {
                return match text {
                    Some(text) => Err(not_of_type(field, text)),
                    None => Err(unreadable(field.kind.literal_name())),
                };
            };
            number_value(field, number)
        }
        FieldType::Date => text
            .and_then(given_date)
            .map(Value::Date)
            .ok_or_else(|| unreadable("date")),
        FieldType::DateTime => text
            .and_then(|text| {
                datetime(text).or_else(|| {
                    date(text)
                        .and_then(|date| date.and_hms_opt(0, 0, 0))
                        .map(|at| at.and_utc())
                })
            })
            .map(|at| Value::DateTime(at.trunc_subsecs(0)))
            .ok_or_else(|| unreadable("datetime")),
        FieldType::Time => text
            .and_then(time)
            .map(Value::Time)
            .ok_or_else(|| unreadable("time")),
        FieldType::Id | FieldType::Reference => {
            let text = text.ok_or_else(|| unreadable("reference"))?;
            Id::parse(text).map(Value::Id).ok_or_else(|| {
                let message = format!("{}: id value of incorrect type: {text}", field.label);
                ApiError::row("MALFORMED_ID", message, &[&field.name])
            })
        }
        FieldType::Address => Err(unreadable("address")),
        _ => text_value(field, text.ok_or_else(|| unreadable("string"))?),
    }
}

/// Can a value of this type be read from the text?
pub fn fits(kind: FieldType, text: &str) -> bool {
    match kind {
        FieldType::Date => given_date(text).is_some(),
        FieldType::DateTime => datetime(text).is_some() || date(text).is_some(),
        FieldType::Time => time(text).is_some(),
        _ if kind.is_number() => text.parse::<f64>().is_ok_and(f64::is_finite),
        _ => true,
    }
}

fn number_value(field: &Field, number: f64) -> Result<Value, ApiError> {
    let shown = || {
        if number.fract() == 0.0 {
            format!("{number:.0}")
        } else {
            number.to_string()
        }
    };
    let whole_digits = if field.kind == FieldType::Int {
        field.digits
    } else {
        field.precision - field.scale
    };
    if !number.is_finite() || number.abs() >= 10_f64.powi(i32::try_from(whole_digits).unwrap_or(18))
    {
        let message = format!(
            "{}: value outside of valid range on numeric field: {}",
            field.label,
            shown()
        );
        return Err(ApiError::row(
            "NUMBER_OUTSIDE_VALID_RANGE",
            message,
            &[&field.name],
        ));
    }
    if field.kind == FieldType::Int {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the range was checked: at most nine digits"
        )]
        return if number.fract() == 0.0 {
            Ok(Value::Int(number as i64))
        } else {
            Err(not_of_type(field, &shown()))
        };
    }
    let factor = 10_f64.powi(i32::try_from(field.scale).unwrap_or(0));
    let rounded = (number * factor).round() / factor;
    Ok(Value::Double(if rounded.is_finite() {
        rounded
    } else {
        number
    }))
}

fn text_value(field: &Field, text: &str) -> Result<Value, ApiError> {
    if field.length > 0 && text.chars().count() > field.length as usize {
        let message = format!(
            "{}: data value too large: {text} (max length={})",
            field.label, field.length
        );
        return Err(ApiError::row("STRING_TOO_LONG", message, &[&field.name]));
    }
    if field.kind == FieldType::Email && !is_email(text) {
        let message = format!("{}: invalid email address: {text}", field.label);
        return Err(ApiError::row(
            "INVALID_EMAIL_ADDRESS",
            message,
            &[&field.name],
        ));
    }
    if field.restricted {
        let parts: Box<dyn Iterator<Item = &str>> = match field.kind {
            FieldType::MultiPicklist => Box::new(text.split(';')),
            _ => Box::new(std::iter::once(text)),
        };
        for part in parts {
            if !field.picklist_values.contains(part.trim()) {
                return Err(ApiError::bad_picklist_value(
                    &field.label,
                    &field.name,
                    part,
                ));
            }
        }
    }
    Ok(Value::text(text))
}

fn not_of_type(field: &Field, text: &str) -> ApiError {
    let message = format!("{}: value not of required type: {text}", field.label);
    ApiError::row("INVALID_TYPE_ON_FIELD_IN_RECORD", message, &[&field.name])
}

/// The token name of the JSON parser that the platform uses, and the value as it prints it.
fn token(json: &Json) -> (&'static str, String) {
    match json {
        Json::Null => ("VALUE_NULL", "null".to_owned()),
        Json::Bool(flag) => (
            if *flag { "VALUE_TRUE" } else { "VALUE_FALSE" },
            flag.to_string(),
        ),
        Json::Number(number) if number.is_f64() => ("VALUE_NUMBER_FLOAT", number.to_string()),
        Json::Number(number) => ("VALUE_NUMBER_INT", number.to_string()),
        Json::String(text) => ("VALUE_STRING", text.clone()),
        Json::Array(_) => ("START_ARRAY", "[".to_owned()),
        Json::Object(_) => ("START_OBJECT", "{".to_owned()),
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let clean = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "@,;<>()".contains(c))
    };
    clean(local)
        && clean(domain)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

pub(super) fn date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10)
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
}

/// A date field also takes a date with a time behind it.
fn given_date(text: &str) -> Option<NaiveDate> {
    date(text).or_else(|| datetime(text).map(|at| at.date_naive()))
}

/// Reads `2026-05-01T07:25:37.000+0000`, `…Z` and `…+01:00`.
pub fn datetime(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .map(|at| at.with_timezone(&Utc))
}

pub(super) fn time(text: &str) -> Option<NaiveTime> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    NaiveTime::parse_from_str(text, "%H:%M:%S%.f").ok()
}
