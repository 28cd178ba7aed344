//! The answer of an introspection endpoint (RFC 7662 §2.2).
//!
//! Must not know: what is done with a token that is dead.

use crate::answer::{InvalidAnswer, scopes};
use serde_json::Value;

/// What a token is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introspection {
    /// Whether it works.
    pub active: bool,
    /// When it ends, in seconds since the epoch, where told.
    pub expires_at: Option<i64>,
    /// Its scopes, where told.
    pub scopes: Option<Vec<String>>,
    /// Whose it is, where told.
    pub subject: Option<String>,
}

impl Introspection {
    /// Reads the body of a 2xx answer.
    ///
    /// # Errors
    /// [`InvalidAnswer::NotAnObject`], also where `active` is missing: it is the one required member.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let Ok(Value::Object(map)) = serde_json::from_slice(body) else {
            return Err(InvalidAnswer::NotAnObject);
        };
        let active = map
            .get("active")
            .and_then(Value::as_bool)
            .ok_or(InvalidAnswer::NotAnObject)?;
        Ok(Self {
            active,
            expires_at: map.get("exp").and_then(Value::as_i64),
            scopes: scopes(map.get("scope")),
            subject: map.get("sub").and_then(Value::as_str).map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        // RFC 7662 §2.2
        let answer = Introspection::parse(
            br#"{"active":true,"client_id":"l238j323ds-23ij4","username":"jdoe",
                 "scope":"read write dolphin","sub":"Z5O3upPC88QrAjx00dis","exp":1419356238}"#,
        )
        .unwrap();
        assert!(answer.active);
        assert_eq!(answer.expires_at, Some(1_419_356_238));
        assert_eq!(answer.scopes.unwrap(), ["read", "write", "dolphin"]);
        assert!(!Introspection::parse(br#"{"active":false}"#).unwrap().active);
        assert!(Introspection::parse(br#"{"error":"invalid_client"}"#).is_err());
    }

    proptest! {
        #[test]
        fn no_body_makes_the_parser_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(Introspection::parse(&body));
        }
    }
}
