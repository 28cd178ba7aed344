//! What a refusal of a token endpoint means (RFC 6749 §5.2, and the codes that Salesforce adds).
//!
//! The most important question is whether the grant is gone: a wrong "yes" throws away a working
//! credential. So only a well-formed answer with a code that says so counts. Must not know: what is
//! stored, or whether it is tried again.

use serde_json::Value;

/// Descriptions longer than this are cut; nobody reads more, and a hostile server could send more.
const LONGEST_TEXT: usize = 500;

/// What a refusal means for the grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenErrorClass {
    /// The grant is gone; the person must connect again.
    Terminal,
    /// The provider or the way to it has trouble; nothing is lost.
    RetryLater,
    /// The OAuth app, its secret or our request is wrong; nothing is lost.
    Configuration,
    /// The provider's administrator must allow the OAuth app; nothing is lost.
    ApprovalNeeded,
    /// Another exchange with the same token is under way: read what is stored, then try once more.
    AlreadyInProgress,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenError {
    /// HTTP status.
    pub status: u16,
    /// The code; empty where the answer is not one of OAuth.
    pub error: String,
    /// The description, cut; may echo what was sent, so it must be redacted before it is shown.
    pub description: String,
    /// What it means.
    pub class: TokenErrorClass,
}

impl TokenError {
    /// Reads an answer whose status is no success.
    pub fn parse(status: u16, body: &[u8]) -> Self {
        let map = match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => map,
            _ => serde_json::Map::new(),
        };
        let member = |name: &str| {
            map.get(name)
                .and_then(Value::as_str)
                .map(|text| text.chars().take(LONGEST_TEXT).collect::<String>())
                .unwrap_or_default()
        };
        let error = member("error");
        let description = member("error_description");
        let class = classify(status, &error, &description);
        Self {
            status,
            error,
            description,
            class,
        }
    }

    /// Whether the person must connect again.
    pub fn is_terminal(&self) -> bool {
        self.class == TokenErrorClass::Terminal
    }
}

fn classify(status: u16, error: &str, description: &str) -> TokenErrorClass {
    use TokenErrorClass::{AlreadyInProgress, ApprovalNeeded, Configuration, RetryLater, Terminal};
    // A gateway in between may put any body under these; the code in it proves nothing.
    if !(400..500).contains(&status) || matches!(status, 408 | 425 | 429) || error.is_empty() {
        return RetryLater;
    }
    let description = description.to_ascii_lowercase();
    if description.contains("already being processed") {
        return AlreadyInProgress;
    }
    let blocked = [
        "installed",
        "blocked",
        "not admin approved",
        "hasn't approved",
    ]
    .iter()
    .any(|words| description.contains(words));
    let of_place_or_time = [
        "ip restricted",
        "restricted time",
        "login hours",
        "redirect_uri",
    ]
    .iter()
    .any(|words| description.contains(words));
    match error.to_ascii_lowercase().as_str() {
        "invalid_grant" | "invalid_client" | "unauthorized_client" | "access_denied" if blocked => {
            ApprovalNeeded
        }
        "invalid_app_access"
        | "app_not_found"
        | "oauth_app_blocked"
        | "oauth_app_access_denied"
        | "oauth_approval_error_generic" => ApprovalNeeded,
        // The grant lives: the address that asked is not on the list of the provider's administrator, it is outside
        // of the hours in which the person may sign in, or the exchange named another callback than the authorize
        // request.
        "invalid_grant" if of_place_or_time => Configuration,
        "invalid_grant"
        | "inactive_user"
        | "inactive_org"
        | "interaction_required"
        | "consent_required"
        | "login_required" => Terminal,
        "rate_limit_exceeded"
        | "server_error"
        | "temporarily_unavailable"
        | "unknown_error"
        | "slow_down" => RetryLater,
        _ => Configuration,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TokenErrorClass::{AlreadyInProgress, ApprovalNeeded, Configuration, RetryLater, Terminal};
    use proptest::prelude::*;
    use serde_json::json;

    fn class(status: u16, error: &str, description: &str) -> TokenErrorClass {
        let body = json!({"error": error, "error_description": description});
        TokenError::parse(status, body.to_string().as_bytes()).class
    }

    #[test]
    fn every_known_refusal_has_its_meaning() {
        // proves CON-13, O15, R6
        for (error, description, expected) in [
            ("invalid_grant", "expired access/refresh token", Terminal),
            ("invalid_grant", "expired authorization code", Terminal),
            ("invalid_grant", "invalid code verifier", Terminal),
            ("invalid_grant", "authentication failure", Terminal),
            ("invalid_grant", "inactive user", Terminal),
            ("inactive_user", "user is inactive", Terminal),
            ("inactive_org", "organization is inactive/locked", Terminal),
            ("invalid_grant", "ip restricted", Configuration),
            ("ip_not_allowed", "", Configuration),
            (
                "invalid_grant",
                "user hasn't approved this consumer",
                ApprovalNeeded,
            ),
            (
                "invalid_grant",
                "token request is already being processed",
                AlreadyInProgress,
            ),
            (
                "invalid_request",
                "Token request is already being processed",
                AlreadyInProgress,
            ),
            (
                "redirect_uri_mismatch",
                "redirect_uri must match configuration",
                Configuration,
            ),
            (
                "invalid_grant",
                "redirect_uri must match configuration",
                Configuration,
            ),
            (
                "invalid_client_id",
                "client identifier invalid",
                Configuration,
            ),
            (
                "invalid_client",
                "invalid client credentials",
                Configuration,
            ),
            (
                "invalid_client",
                "app must be installed into org",
                ApprovalNeeded,
            ),
            (
                "app_not_found",
                "External client app is not installed in this org",
                ApprovalNeeded,
            ),
            (
                "invalid_app_access",
                "user is not admin approved to access this app",
                ApprovalNeeded,
            ),
            (
                "OAUTH_APP_BLOCKED",
                "this app is blocked by admin",
                ApprovalNeeded,
            ),
            (
                "unsupported_grant_type",
                "grant type not supported",
                Configuration,
            ),
            (
                "invalid_scope",
                "the requested scope is not allowed",
                Configuration,
            ),
            ("rate_limit_exceeded", "login rate exceeded", RetryLater),
            ("server_error", "", RetryLater),
            ("unknown_error", "retry your request", RetryLater),
        ] {
            assert_eq!(
                class(400, error, description),
                expected,
                "{error} {description}"
            );
        }
        // a wrong secret is answered with 401 (RFC 6749 §5.2)
        assert_eq!(class(401, "invalid_client", ""), Configuration);
    }

    #[test]
    fn trouble_on_the_way_never_ends_a_grant() {
        // proves R6
        for status in [200, 302, 408, 429, 500, 502, 503, 504] {
            assert_eq!(
                class(status, "invalid_grant", "expired"),
                RetryLater,
                "{status}"
            );
        }
        for body in ["<html>invalid_grant</html>", "", "[]", r#"{"error":5}"#] {
            assert_eq!(
                TokenError::parse(400, body.as_bytes()).class,
                RetryLater,
                "{body}"
            );
        }
    }

    proptest! {
        #[test]
        fn only_a_wellformed_refusal_is_terminal(
            status in 100_u16..600,
            body in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            prop_assert!(!TokenError::parse(status, &body).is_terminal());
        }

        #[test]
        fn texts_are_kept_short(text in "\\PC{0,2000}") {
            let body = json!({"error": "invalid_grant", "error_description": text});
            let refusal = TokenError::parse(400, body.to_string().as_bytes());
            prop_assert!(refusal.description.chars().count() <= LONGEST_TEXT);
        }
    }
}
