//! Reading JSON that says one thing only: an object that has a key twice is refused, because two readers
//! could take two values from it (RFC 8259 §4) and a person would approve another one than is sent.
//!
//! Numbers outside JSON (`NaN`, `Infinity`) and text after the value are refused by the grammar; nesting is
//! bounded to 128 levels by the reader. Must not know: what the JSON is for.

use gatelodge_model::{Error, Result};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Reads one JSON value.
///
/// # Errors
/// `invalid_argument` with line and column.
pub fn parse_json(bytes: &[u8]) -> Result<Value> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Strict
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| Error::invalid("", format!("The body is not usable JSON: {error}.")))
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                let shown: String = key.chars().take(80).collect();
                return Err(A::Error::custom(format!(
                    "the key '{shown}' stands twice in one object"
                )));
            }
            let value = entries.next_value_seed(Strict)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_says_two_things_is_refused() {
        // proves M18
        let deep = "[".repeat(200) + &"]".repeat(200);
        for (text, words) in [
            (r#"{"a":1,"a":2}"#, "'a' stands twice"),
            (r#"{"b":[{"a":1,"\u0061":2}]}"#, "'a' stands twice"),
            (r#"{"a":NaN}"#, "expected value"),
            (r#"{"a":1e999}"#, "out of range"),
            (r#"{"a":1} {"a":2}"#, "trailing"),
            (r#"{"a":1,}"#, "trailing comma"),
            ("", "EOF"),
            ("\u{feff}{}", "expected value"),
            (deep.as_str(), "recursion limit"),
        ] {
            let error = parse_json(text.as_bytes()).unwrap_err();
            assert!(
                error.message().contains(words),
                "{text}: {}",
                error.message()
            );
        }
        assert!(
            parse_json(b"{\"a\":\"\xff\"}").is_err(),
            "bytes that are no UTF-8"
        );
    }

    #[test]
    fn order_and_numbers_are_kept() {
        let text = r#"{"z":1,"a":[-2,3.5,null,true,"x"]}"#;
        let value = parse_json(text.as_bytes()).unwrap();
        assert_eq!(value, json!({"z": 1, "a": [-2, 3.5, null, true, "x"]}));
        assert_eq!(value.to_string(), text);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_the_usual_reader_reads(value in any_json()) {
            prop_assert_eq!(parse_json(value.to_string().as_bytes()).unwrap(), value);
        }

        #[test]
        fn it_never_takes_what_the_usual_reader_refuses(text in ".{0,40}") {
            if serde_json::from_str::<Value>(&text).is_err() {
                prop_assert!(parse_json(text.as_bytes()).is_err());
            }
        }
    }
}
