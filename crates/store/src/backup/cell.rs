//! One value of a row, and its form in JSON: `null`, a number, a truth value, or text.
//!
//! Must not know: tables.

use crate::{Result, StoreError};
use gatelodge_model::Timestamp;
use sea_orm::{QueryResult, Value};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identity.
    Uuid,
    /// A moment.
    Time,
    /// Bytes.
    Bytes,
    /// Text.
    Text,
    /// A number of up to 32 bits.
    Small,
    /// A number of up to 64 bits.
    Integer,
    /// A truth value.
    Boolean,
}

impl Kind {
    /// Reads how an engine declares a column.
    pub(super) fn declared(words: &str) -> Option<Self> {
        let words = words.to_ascii_lowercase();
        let word = words.split('(').next().unwrap_or_default().trim();
        Some(match word {
            "uuid" | "uuid_text" => Self::Uuid,
            "timestamp with time zone" | "timestamp_with_timezone_text" => Self::Time,
            "bytea" | "blob" => Self::Bytes,
            "text" | "varchar" | "character varying" => Self::Text,
            "integer" | "int" => Self::Small,
            "bigint" => Self::Integer,
            "boolean" => Self::Boolean,
            _ => return None,
        })
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// An identity.
    Uuid(Uuid),
    /// A moment.
    Time(Timestamp),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Text.
    Text(String),
    /// A number.
    Integer(i64),
    /// A truth value.
    Boolean(bool),
}

impl Cell {
    /// The value in JSON.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Uuid(value) => json!(value),
            Self::Time(value) => json!(value),
            Self::Bytes(value) => Json::String(hex(value)),
            Self::Text(value) => json!(value),
            Self::Integer(value) => json!(value),
            Self::Boolean(value) => json!(value),
        }
    }

    /// Reads a value of a kind back.
    pub fn from_json(kind: Kind, value: &Json) -> Option<Self> {
        if value.is_null() {
            return Some(Self::Null);
        }
        Some(match kind {
            Kind::Uuid => Self::Uuid(value.as_str()?.parse().ok()?),
            Kind::Time => Self::Time(value.as_str()?.parse().ok()?),
            Kind::Bytes => Self::Bytes(unhex(value.as_str()?)?),
            Kind::Text => Self::Text(value.as_str()?.to_owned()),
            Kind::Small => Self::Integer(i64::from(i32::try_from(value.as_i64()?).ok()?)),
            Kind::Integer => Self::Integer(value.as_i64()?),
            Kind::Boolean => Self::Boolean(value.as_bool()?),
        })
    }

    pub(super) fn read(row: &QueryResult, index: usize, kind: Kind) -> Result<Self> {
        let cell = match kind {
            Kind::Uuid => row
                .try_get_by_index(index)
                .map(|value| some(value, Self::Uuid)),
            Kind::Time => row
                .try_get_by_index(index)
                .map(|value| some(value, Self::Time)),
            Kind::Bytes => row
                .try_get_by_index(index)
                .map(|value| some(value, Self::Bytes)),
            Kind::Text => row
                .try_get_by_index(index)
                .map(|value| some(value, Self::Text)),
            Kind::Small => row
                .try_get_by_index(index)
                .map(|value| some(value, |number: i32| Self::Integer(i64::from(number)))),
            Kind::Integer => row
                .try_get_by_index(index)
                .map(|value| some(value, Self::Integer)),
            Kind::Boolean => row
                .try_get_by_index(index)
                .map(|value| some(value, Self::Boolean)),
        };
        cell.map_err(StoreError::from)
    }

    pub(super) fn to_value(&self, kind: Kind) -> Option<Value> {
        Some(match (self, kind) {
            (Self::Null, Kind::Uuid) => None::<Uuid>.into(),
            (Self::Null, Kind::Time) => None::<Timestamp>.into(),
            (Self::Null, Kind::Bytes) => None::<Vec<u8>>.into(),
            (Self::Null, Kind::Text) => None::<String>.into(),
            (Self::Null, Kind::Small) => None::<i32>.into(),
            (Self::Null, Kind::Integer) => None::<i64>.into(),
            (Self::Null, Kind::Boolean) => None::<bool>.into(),
            (Self::Uuid(value), Kind::Uuid) => (*value).into(),
            (Self::Time(value), Kind::Time) => (*value).into(),
            (Self::Bytes(value), Kind::Bytes) => value.clone().into(),
            (Self::Text(value), Kind::Text) => value.clone().into(),
            (Self::Integer(value), Kind::Small) => i32::try_from(*value).ok()?.into(),
            (Self::Integer(value), Kind::Integer) => (*value).into(),
            (Self::Boolean(value), Kind::Boolean) => (*value).into(),
            _ => return None,
        })
    }
}

fn some<T>(value: Option<T>, cell: impl Fn(T) -> Cell) -> Cell {
    value.map_or(Cell::Null, cell)
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .map(char::from)
        .collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_round_trip_and_others_are_refused() {
        let bytes: Vec<u8> = (0..=255).collect();
        for (kind, cell) in [
            (Kind::Bytes, Cell::Bytes(bytes)),
            (Kind::Text, Cell::Text("ä\n\0".to_owned())),
            (Kind::Integer, Cell::Integer(i64::MIN)),
            (Kind::Small, Cell::Integer(-1)),
            (Kind::Boolean, Cell::Boolean(true)),
            (Kind::Uuid, Cell::Uuid(Uuid::from_u128(7))),
            (Kind::Time, Cell::Null),
        ] {
            assert_eq!(Cell::from_json(kind, &cell.to_json()), Some(cell));
        }
        for (kind, wrong) in [
            (Kind::Bytes, json!("0")),
            (Kind::Bytes, json!("zz")),
            (Kind::Small, json!(i64::MAX)),
            (Kind::Uuid, json!(1)),
            (Kind::Time, json!("yesterday")),
        ] {
            assert_eq!(Cell::from_json(kind, &wrong), None, "{wrong}");
        }
        assert_eq!(Kind::declared("character varying(20)"), Some(Kind::Text));
        assert_eq!(Kind::declared("geometry"), None);
    }
}
