//! The successful answer of a token endpoint (RFC 6749 §5.1), with what vendors add to it.
//!
//! Must not know: which hosts are acceptable. The secrets leave the map of public facts at once.

use gatelodge_model::Secret;
use serde_json::{Map, Value};
use std::time::Duration;

/// Members that are credentials and never belong to the public facts. `signature` is none, but nobody
/// needs it; an identity token can be replayed at services that trust the provider.
const SECRET_MEMBERS: [&str; 4] = ["access_token", "refresh_token", "id_token", "signature"];

/// Lives longer than this are taken for nonsense: ten years.
const LONGEST_LIFE: u64 = 10 * 366 * 24 * 60 * 60;

/// What a token endpoint gave.
#[derive(Debug, Clone)]
pub struct TokenAnswer {
    /// The access token.
    pub access_token: Secret,
    /// The refresh token; many vendors return one only at the first exchange or when they rotate it.
    pub refresh_token: Option<Secret>,
    /// Granted scopes; none where the answer is silent, which means "as asked" (RFC 6749 §5.1).
    pub scopes: Option<Vec<String>>,
    /// How long the access token lives, where it is told and believable.
    pub expires_in: Option<Duration>,
    /// Address of the identity (Salesforce).
    pub id: Option<String>,
    /// Base of the API (Salesforce), not vetted.
    pub instance_url: Option<String>,
    /// All other members, without the credentials.
    pub facts: Map<String, Value>,
}

/// An answer with a status of success that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAnswer {
    /// Not a JSON object: usually a page of a proxy or a maintenance notice.
    #[error("the token endpoint did not answer with a JSON object")]
    NotAnObject,
    /// No `access_token`, or not a plain one.
    #[error("the token endpoint answered without an access token")]
    NoAccessToken,
    /// `token_type` is another than Bearer (RFC 6749 §7.1).
    #[error("the token endpoint answered with a token that is no bearer")]
    UnknownTokenType,
}

impl TokenAnswer {
    /// Reads the body of a 2xx answer.
    ///
    /// # Errors
    /// [`InvalidAnswer`], which never repeats the body.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let Ok(Value::Object(mut facts)) = serde_json::from_slice(body) else {
            return Err(InvalidAnswer::NotAnObject);
        };
        let access_token = token(&facts, "access_token").ok_or(InvalidAnswer::NoAccessToken)?;
        let bearer = match facts.get("token_type") {
            None | Some(Value::Null) => true,
            Some(Value::String(kind)) => kind.eq_ignore_ascii_case("bearer"),
            Some(_) => false,
        };
        if !bearer {
            return Err(InvalidAnswer::UnknownTokenType);
        }
        let refresh_token = token(&facts, "refresh_token");
        for member in SECRET_MEMBERS {
            facts.remove(member);
        }
        Ok(Self {
            access_token,
            refresh_token,
            scopes: scopes(facts.get("scope")),
            expires_in: life(facts.get("expires_in")),
            id: text(&facts, "id"),
            instance_url: text(&facts, "instance_url"),
            facts,
        })
    }
}

/// A token is printable ASCII without spaces (RFC 6749 appendix A.12: VSCHAR; RFC 6750 §2.1 is stricter),
/// so that it can never break a header apart.
fn token(map: &Map<String, Value>, name: &str) -> Option<Secret> {
    map.get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(Secret::new)
}

fn text(map: &Map<String, Value>, name: &str) -> Option<String> {
    map.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// Space separated (RFC 6749 §3.3); some vendors use commas or an array.
pub(crate) fn scopes(value: Option<&Value>) -> Option<Vec<String>> {
    let list = match value? {
        Value::String(text) => text
            .split([' ', ','])
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect(),
        Value::Array(items) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => return None,
    };
    Some(list)
}

/// Seconds as number or text; missing, zero, negative and absurd values all mean "unknown", because a
/// 401 tells the truth anyway.
fn life(value: Option<&Value>) -> Option<Duration> {
    let seconds = match value? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (1..=LONGEST_LIFE)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_example_of_the_rfc_is_read() {
        // RFC 6749 §5.1
        let answer = TokenAnswer::parse(
            br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example2","expires_in":3600}"#,
        );
        assert_eq!(answer.unwrap_err(), InvalidAnswer::UnknownTokenType);
        let answer = TokenAnswer::parse(
            br#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,
                 "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","example_parameter":"example_value"}"#,
        )
        .unwrap();
        assert_eq!(answer.expires_in, Some(Duration::from_hours(1)));
        assert_eq!(
            answer.refresh_token,
            Some(Secret::new("tGzv3JOkF0XG5Qx2TlKWIA"))
        );
        assert_eq!(answer.scopes, None);
        assert_eq!(answer.facts["example_parameter"], "example_value");
    }

    #[test]
    fn a_salesforce_answer_is_read_and_its_secrets_leave_the_facts() {
        // proves CON-9, CRED-2
        let body = json!({
            "access_token": "00DdM00000vfgTu!AQ4A", "refresh_token": "5Aep861", "signature": "c2ln",
            "scope": "refresh_token api id", "instance_url": "https://acme.my.salesforce.com",
            "id": "https://login.salesforce.com/id/00DdM00000vfgTuUAI/005dM00000awSFJQA2",
            "token_type": "Bearer", "issued_at": "1778063260123"
        });
        let answer = TokenAnswer::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(answer.scopes.unwrap(), ["refresh_token", "api", "id"]);
        assert_eq!(answer.expires_in, None);
        assert_eq!(
            answer.instance_url.as_deref(),
            Some("https://acme.my.salesforce.com")
        );
        let facts = Value::Object(answer.facts).to_string();
        assert!(!facts.contains("5Aep861") && !facts.contains("AQ4A") && !facts.contains("c2ln"));
    }

    #[test]
    fn an_unbelievable_life_is_unknown() {
        // proves R5
        for value in [
            json!(0),
            json!(-5),
            json!("soon"),
            json!(u64::MAX),
            json!(null),
            json!(1.5),
        ] {
            assert_eq!(life(Some(&value)), None, "{value}");
        }
        assert_eq!(life(Some(&json!("7200"))), Some(Duration::from_hours(2)));
        assert_eq!(life(None), None);
    }

    #[test]
    fn answers_that_are_none_say_so() {
        // proves R6: a page of a proxy is no token
        for (body, error) in [
            ("<html>Down</html>", InvalidAnswer::NotAnObject),
            ("[]", InvalidAnswer::NotAnObject),
            ("", InvalidAnswer::NotAnObject),
            ("{}", InvalidAnswer::NoAccessToken),
            (r#"{"access_token":5}"#, InvalidAnswer::NoAccessToken),
            (r#"{"access_token":""}"#, InvalidAnswer::NoAccessToken),
            (
                r#"{"access_token":"a\r\nHost: evil"}"#,
                InvalidAnswer::NoAccessToken,
            ),
        ] {
            assert_eq!(
                TokenAnswer::parse(body.as_bytes()).unwrap_err(),
                error,
                "{body}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_parser_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            // what is refused is a value, never a panic
            drop(TokenAnswer::parse(&body));
        }

        #[test]
        fn what_was_granted_comes_back(
            access in "[!-~]{1,60}",
            refresh in proptest::option::of("[!-~]{1,60}"),
            scopes in proptest::collection::vec("[a-z_]{1,10}", 1..5),
            seconds in 1_u64..100_000,
        ) {
            let mut body = json!({
                "access_token": access, "token_type": "bearer",
                "scope": scopes.join(" "), "expires_in": seconds,
            });
            if let Some(refresh) = &refresh {
                body["refresh_token"] = json!(refresh);
            }
            let answer = TokenAnswer::parse(body.to_string().as_bytes()).unwrap();
            prop_assert_eq!(answer.access_token.expose(), access);
            prop_assert_eq!(answer.refresh_token.map(|token| token.expose().to_owned()), refresh);
            prop_assert_eq!(answer.scopes.unwrap(), scopes);
            prop_assert_eq!(answer.expires_in, Some(Duration::from_secs(seconds)));
            prop_assert!(!answer.facts.contains_key("access_token"));
            prop_assert!(!answer.facts.contains_key("refresh_token"));
        }
    }
}
