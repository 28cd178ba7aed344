//! Field values: how they are kept, compared with each other and written on the wire.
//!
//! Must not know objects, fields or users; a value does not know whose it is.
//! Source of the wire forms: "Primitive Data Types", Salesforce SOAP/REST references.

use std::cmp::Ordering;
use std::io::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};

use super::id::Id;

/// One field of one record.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Arc<str>),
    Id(Id),
    Date(NaiveDate),
    DateTime(DateTime<Utc>),
    Time(NaiveTime),
}

impl Value {
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_id(&self) -> Option<Id> {
        match self {
            Self::Id(id) => Some(*id),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    pub fn as_number(&self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "whole numbers have at most nine digits"
            )]
            Self::Int(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    pub fn as_date(&self) -> Option<NaiveDate> {
        match self {
            Self::Date(date) => Some(*date),
            Self::DateTime(at) => Some(at.date_naive()),
            _ => None,
        }
    }

    /// Order of two values of one field: text without regard to letter case, numbers by size, null first.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            (Self::Text(a), Self::Text(b)) => order_text(a, b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Id(a), Self::Id(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::DateTime(a), Self::DateTime(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            _ => match (self.as_number(), other.as_number()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => Ordering::Equal,
            },
        }
    }

    /// Appends the JSON form.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Int(number) => write_display(out, number),
            Self::Double(number) => write_double(out, *number),
            Self::Text(text) => write_text(out, text),
            Self::Id(id) => {
                out.push(b'"');
                out.extend_from_slice(&id.bytes());
                out.push(b'"');
            }
            Self::Date(date) => {
                out.push(b'"');
                write_date(out, *date);
                out.push(b'"');
            }
            Self::DateTime(at) => {
                out.push(b'"');
                write_date(out, at.date_naive());
                out.push(b'T');
                write_clock(out, at.time());
                out.extend_from_slice(b"+0000\"");
            }
            Self::Time(time) => {
                out.push(b'"');
                write_clock(out, *time);
                out.extend_from_slice(b"Z\"");
            }
        }
    }

    /// The JSON form as a value, for the change log and for describe answers.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Int(number) => (*number).into(),
            Self::Double(number) => (*number).into(),
            Self::Text(text) => text.as_ref().into(),
            Self::Id(id) => id.to_string().into(),
            Self::Date(date) => date.format("%Y-%m-%d").to_string().into(),
            Self::DateTime(at) => at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string().into(),
            Self::Time(time) => time.format("%H:%M:%S%.3fZ").to_string().into(),
        }
    }
}

/// Case-insensitive order, without allocating for plain ASCII.
pub fn order_text(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        a.bytes()
            .map(|byte| byte.to_ascii_lowercase())
            .cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
    } else {
        a.chars()
            .flat_map(char::to_lowercase)
            .cmp(b.chars().flat_map(char::to_lowercase))
    }
}

/// Appends a number with leading zeros. Dates are the most frequent values of a row, and the general formatter of
/// the calendar library takes longer than everything else about it.
fn write_digits(out: &mut Vec<u8>, number: u32, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_u32.pow(place) % 10;
        out.push(b'0' + u8::try_from(digit).unwrap_or(0));
    }
}

fn write_date(out: &mut Vec<u8>, date: NaiveDate) {
    write_digits(out, u32::try_from(date.year()).unwrap_or(0), 4);
    out.push(b'-');
    write_digits(out, date.month(), 2);
    out.push(b'-');
    write_digits(out, date.day(), 2);
}

/// Appends `10:30:00.000`.
fn write_clock(out: &mut Vec<u8>, time: NaiveTime) {
    for (number, end) in [
        (time.hour(), b':'),
        (time.minute(), b':'),
        (time.second(), b'.'),
    ] {
        write_digits(out, number, 2);
        out.push(end);
    }
    write_digits(out, time.nanosecond() / 1_000_000 % 1_000, 3);
}

/// Appends a JSON string.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing to memory cannot fail, and a string cannot fail to serialise.
    drop(serde_json::to_writer(out, text));
}

/// Appends whatever can be displayed.
pub fn write_display(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    // Writing to memory cannot fail.
    drop(write!(out, "{value}"));
}

/// Appends a number the way the platform prints it: `1200.0`, `1.39E8`, `5.0E-4`.
/// Source of the rule: `Double.toString` of the Java platform, which the servers use.
pub fn write_double(out: &mut Vec<u8>, number: f64) {
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        write_display(out, format_args!("{number:?}"));
        return;
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => {
            write_display(out, format_args!("{mantissa}.0E{exponent}"));
        }
        _ => out.extend_from_slice(text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(number: f64) -> String {
        let mut out = Vec::new();
        write_double(&mut out, number);
        String::from_utf8(out).unwrap()
    }

    // proves SFB-VAL-4
    #[test]
    fn numbers_are_printed_the_java_way() {
        for (number, text) in [
            (0.0, "0.0"),
            (1200.0, "1200.0"),
            (0.5, "0.5"),
            (-3.25, "-3.25"),
            (139_000_000.0, "1.39E8"),
            (10_000_000.0, "1.0E7"),
            (9_999_999.0, "9999999.0"),
            (912_260_031.0, "9.12260031E8"),
            (0.001, "0.001"),
            (0.0005, "5.0E-4"),
        ] {
            assert_eq!(double(number), text);
        }
    }

    // proves SFB-VAL-1, SFB-VAL-3
    #[test]
    fn dates_and_times_have_the_wire_form() {
        let at = DateTime::parse_from_rfc3339("2026-05-01T07:25:37Z")
            .unwrap()
            .with_timezone(&Utc);
        let mut out = Vec::new();
        Value::DateTime(at).write_json(&mut out);
        assert_eq!(out, b"\"2026-05-01T07:25:37.000+0000\"");
        out.clear();
        Value::Time(NaiveTime::from_hms_opt(10, 30, 0).unwrap()).write_json(&mut out);
        assert_eq!(out, b"\"10:30:00.000Z\"");
    }

    #[test]
    fn text_is_ordered_without_regard_to_case_and_null_comes_first() {
        assert_eq!(
            Value::text("acme").order(&Value::text("ACME")),
            Ordering::Equal
        );
        assert_eq!(
            Value::text("Ärger").order(&Value::text("ärger")),
            Ordering::Equal
        );
        assert_eq!(Value::Null.order(&Value::text("")), Ordering::Less);
        assert_eq!(Value::Int(2).order(&Value::Double(1.5)), Ordering::Greater);
    }
}
