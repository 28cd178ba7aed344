//! The metadata of a message: an event type and a payload that only apps see.
//!
//! Must not know messages.

use serde_json::Value;

use super::answer::Failure;

/// Largest metadata in bytes.
const LARGEST: usize = 16_000;

/// Checks metadata as it comes.
pub(super) fn check(metadata: &Value) -> Result<(), Failure> {
    let whole = metadata.get("event_type").is_some_and(Value::is_string)
        && metadata.get("event_payload").is_some_and(Value::is_object);
    if !whole {
        return Err("invalid_metadata_format".into());
    }
    if metadata.to_string().len() > LARGEST {
        return Err("metadata_too_large".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn type_and_payload_are_wanted() {
        let right = json!({ "event_type": "sent", "event_payload": { "id": "1" } });
        assert_eq!(check(&right), Ok(()));
        for wrong in [
            json!([]),
            json!({ "event_type": "sent" }),
            json!({ "event_type": 1, "event_payload": {} }),
        ] {
            assert_eq!(check(&wrong), Err("invalid_metadata_format".into()));
        }
        let large = json!({ "event_type": "a", "event_payload": { "b": "c".repeat(LARGEST) } });
        assert_eq!(check(&large), Err("metadata_too_large".into()));
    }
}
