//! Numbers that would change on their way: refused before anything is frozen (design invariant 6).
//!
//! JSON readers keep numbers as doubles; one that needs more than 15 significant digits, or an integer
//! beyond 2^53, may come out as another number. Whoever means such a value sends it as a string.

use serde_json::Value;

const MAX_SAFE_INTEGER: u64 = 1 << 53;

/// The place of the first number that does not survive a double, as a JSON pointer (RFC 6901).
pub fn first_inexact(value: &Value) -> Option<String> {
    let mut path = String::new();
    walk(value, &mut path).then_some(path)
}

fn walk(value: &Value, path: &mut String) -> bool {
    let length = path.len();
    match value {
        Value::Number(number) => !survives(number),
        Value::Array(items) => items.iter().enumerate().any(|(index, item)| {
            path.truncate(length);
            path.push('/');
            path.push_str(&index.to_string());
            walk(item, path)
        }),
        Value::Object(map) => map.iter().any(|(key, item)| {
            path.truncate(length);
            path.push('/');
            path.push_str(&key.replace('~', "~0").replace('/', "~1"));
            walk(item, path)
        }),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

fn survives(number: &serde_json::Number) -> bool {
    if let Some(integer) = number.as_u64() {
        return integer <= MAX_SAFE_INTEGER;
    }
    if let Some(integer) = number.as_i64() {
        return integer.unsigned_abs() <= MAX_SAFE_INTEGER;
    }
    let text = number.to_string();
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').trim_end_matches('0').len() <= 15
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everyday_numbers_pass_and_long_ones_are_named() {
        assert_eq!(
            first_inexact(&json!({"a": [0.1, -5, 1_234_567.89, 9_007_199_254_740_992_u64]})),
            None
        );
        assert_eq!(
            first_inexact(&json!({"fields": {"Amount": 9_007_199_254_740_993_u64}})),
            Some("/fields/Amount".to_owned())
        );
        let long: Value = serde_json::from_str(r#"{"x":[1,12345678901234567890.12]}"#).unwrap();
        assert_eq!(first_inexact(&long), Some("/x/1".to_owned()));
    }
}
