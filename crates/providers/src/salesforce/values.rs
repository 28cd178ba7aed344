//! Values of fields: whether one can be meant for a field, and whether two mean the same to Salesforce.
//!
//! Must not know: records. The check is soft: it refuses what Salesforce would surely refuse, early and
//! with the field's name; Salesforce decides about the rest.

use super::{describe::Field, ids::RecordId};
use chrono::{DateTime, NaiveDate, NaiveTime};
use serde_json::Value;

/// Why a value cannot be meant for a field.
pub(super) fn check(field: &Field, value: &Value) -> Result<(), String> {
    match (field.kind.as_str(), value) {
        (_, Value::Object(_) | Value::Array(_)) => Err(
            "one plain value is expected. A lookup takes the id of the other record, a multi-select picklist takes \"A;B\""
                .to_owned(),
        ),
        (_, Value::Null) if field.nillable || field.defaulted_on_create => Ok(()),
        (_, Value::Null) => Err("it cannot be empty".to_owned()),
        ("boolean", Value::Bool(_)) | ("anyType", _) => Ok(()),
        ("boolean", _) => Err("true or false is expected".to_owned()),
        ("int", Value::Number(number)) if number.as_i64().is_none() => {
            Err("a whole number is expected".to_owned())
        }
        ("int" | "double" | "currency" | "percent", Value::Number(_)) => Ok(()),
        ("int" | "double" | "currency" | "percent", Value::String(text))
            if text.trim().parse::<f64>().is_ok_and(f64::is_finite) =>
        {
            Ok(())
        }
        ("int" | "double" | "currency" | "percent", _) => Err("a number is expected".to_owned()),
        (kind, Value::String(text)) => check_text(field, kind, text),
        _ => Err("a text is expected".to_owned()),
    }
}

fn check_text(field: &Field, kind: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        // Salesforce trims texts and stores an empty one as null.
        return check(field, &Value::Null);
    }
    match kind {
        "id" | "reference" => RecordId::parse(&field.name, text)
            .map(|_| ())
            .map_err(|_| "a record id of 15 or 18 characters is expected".to_owned()),
        "date" => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(|_| ())
            .map_err(|_| "a date such as 2026-05-01 is expected".to_owned()),
        "datetime" => instant(text)
            .map(|_| ())
            .ok_or_else(|| "a time such as 2026-05-01T07:25:37Z is expected".to_owned()),
        "time" => NaiveTime::parse_from_str(text.trim_end_matches('Z'), "%H:%M:%S%.f")
            .map(|_| ())
            .map_err(|_| "a time of day such as 10:30:00.000Z is expected".to_owned()),
        "picklist" if field.restricted_picklist => one_of(field, text),
        "multipicklist" if field.restricted_picklist => text
            .split(';')
            .try_for_each(|part| one_of(field, part.trim())),
        "base64" => Ok(()),
        _ => {
            let length = text.trim().chars().count();
            if field.length > 0 && length > field.length {
                Err(format!(
                    "it has {length} characters; the field takes {}",
                    field.length
                ))
            } else {
                Ok(())
            }
        }
    }
}

fn one_of(field: &Field, value: &str) -> Result<(), String> {
    let active = || {
        field
            .picklist_values
            .iter()
            .filter(|entry| entry.active)
            .map(|entry| entry.value.as_str())
    };
    if active().any(|known| known == value) {
        return Ok(());
    }
    let known: Vec<&str> = active().take(20).collect();
    let more = if active().count() > known.len() {
        ", …"
    } else {
        ""
    };
    Err(format!(
        "'{value}' is not one of its values: {}{more}",
        known.join(", ")
    ))
}

/// Whether two values mean the same to Salesforce, which trims texts, stores empty ones as null, writes
/// numbers in its own way and times in UTC.
pub(super) fn same(kind: &str, left: &Value, right: &Value) -> bool {
    match (plain(left), plain(right)) {
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        (left, right) => match kind {
            "int" | "double" | "currency" | "percent" => match (number(&left), number(&right)) {
                (Some(left), Some(right)) => {
                    (left - right).abs() <= f64::EPSILON * left.abs().max(right.abs())
                }
                _ => left == right,
            },
            "datetime" => match (left.as_str(), right.as_str()) {
                (Some(left), Some(right)) => match (instant(left), instant(right)) {
                    // Salesforce keeps seconds.
                    (Some(left), Some(right)) => left.timestamp() == right.timestamp(),
                    _ => left == right,
                },
                _ => left == right,
            },
            "id" | "reference" => match (left.as_str(), right.as_str()) {
                (Some(left), Some(right)) => left == right || super::ids::same(left, right),
                _ => false,
            },
            "multipicklist" => parts(&left) == parts(&right),
            _ => left == right,
        },
    }
}

fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) if text.trim().is_empty() => Value::Null,
        Value::String(text) => Value::String(text.trim().replace("\r\n", "\n")),
        other => other.clone(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn parts(value: &Value) -> Vec<&str> {
    let mut parts: Vec<&str> = value
        .as_str()
        .unwrap_or_default()
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    parts.sort_unstable();
    parts
}

/// Reads a time as Salesforce writes it (`2026-05-01T07:25:37.000+0000`) and as RFC 3339 does.
pub(super) fn instant(text: &str) -> Option<DateTime<chrono::FixedOffset>> {
    DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")
        .or_else(|_| DateTime::parse_from_rfc3339(text))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::{describe::Object, testing::INVOICE};
    use serde_json::json;

    fn judged(field: &str, value: Value) -> Result<(), String> {
        let invoice: Object = serde_json::from_str(INVOICE).unwrap();
        check(invoice.field(field).unwrap(), &value)
    }

    #[test]
    fn what_surely_fails_is_refused_early() {
        // proves SF-11
        for (field, value, words) in [
            ("Amount__c", json!("abc"), "a number"),
            ("Amount__c", json!(true), "a number"),
            ("Amount__c", json!({"x": 1}), "plain value"),
            ("Paid__c", json!("true"), "true or false"),
            ("Due_Date__c", json!("2026-13-01"), "a date"),
            ("Due_Date__c", json!(5), "a text"),
            ("CreatedDate", json!("yesterday"), "a time"),
            ("Account__c", json!("Acme"), "record id"),
            ("Account__c", json!(null), "cannot be empty"),
            ("Account__c", json!("  "), "cannot be empty"),
            ("Status__c", json!("Unknown"), "Draft, Sent, Paid"),
            ("Status__c", json!("Old"), "not one of"),
            ("Channels__c", json!("Mail;Fax"), "'Fax'"),
            ("External_Id__c", json!("x".repeat(41)), "41 characters"),
        ] {
            let reason = judged(field, value.clone()).unwrap_err();
            assert!(reason.contains(words), "{field} {value}: {reason}");
        }
        for (field, value) in [
            ("Amount__c", json!(5)),
            ("Amount__c", json!("9007199254740993.25")),
            ("Amount__c", json!(null)),
            ("Paid__c", json!(false)),
            ("Due_Date__c", json!("2026-05-01")),
            ("CreatedDate", json!("2026-05-01T07:25:37.000+0000")),
            ("CreatedDate", json!("2026-05-01T09:25:37+02:00")),
            ("Account__c", json!("001dM00003jU9Gx")),
            ("Status__c", json!("Sent")),
            ("Channels__c", json!("Mail;Portal")),
            ("External_Id__c", json!("x".repeat(40))),
        ] {
            assert_eq!(judged(field, value.clone()), Ok(()), "{field} {value}");
        }
    }

    #[test]
    fn equal_values_are_equal_in_any_spelling() {
        for (kind, left, right) in [
            ("currency", json!(5), json!(5.0)),
            ("currency", json!("5"), json!(5.0)),
            ("double", json!(1.39e8), json!(139_000_000)),
            (
                "datetime",
                json!("2026-05-01T07:25:37.000+0000"),
                json!("2026-05-01T09:25:37+02:00"),
            ),
            (
                "reference",
                json!("001dM00003jU9Gx"),
                json!("001dM00003jU9GxQAK"),
            ),
            ("string", json!(" Acme "), json!("Acme")),
            ("string", json!(""), json!(null)),
            ("textarea", json!("a\nb"), json!("a\r\nb")),
            ("multipicklist", json!("A;B"), json!("B;A")),
            ("boolean", json!(true), json!(true)),
        ] {
            assert!(same(kind, &left, &right), "{kind}: {left} {right}");
        }
        for (kind, left, right) in [
            ("currency", json!(5), json!(5.01)),
            ("string", json!("Acme"), json!("acme")),
            ("string", json!("0"), json!(null)),
            ("boolean", json!(false), json!(null)),
            (
                "datetime",
                json!("2026-05-01T07:25:37Z"),
                json!("2026-05-01T07:25:38Z"),
            ),
        ] {
            assert!(!same(kind, &left, &right), "{kind}: {left} {right}");
        }
    }
}
