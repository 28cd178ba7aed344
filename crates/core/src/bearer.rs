//! The bearer token in the text of an `Authorization` header (RFC 6750 §2.1), and the refusal of tokens in
//! addresses (RFC 6750 §2.3 allows them; proxies and logs keep them, so we do not).
//!
//! Must not know: HTTP types, or whose token it is.

use gatelodge_model::Secret;

/// Longest text that is looked at; our tokens have 47 characters.
const MAX_TOKEN: usize = 512;

/// Names under which programs put tokens into addresses.
const TOKEN_PARAMETERS: [&str; 7] = [
    "access_token",
    "api_key",
    "apikey",
    "auth_token",
    "authorization",
    "bearer",
    "token",
];

/// The token of `Bearer <token>`; none for another scheme or a malformed token.
pub fn bearer(header: &str) -> Option<Secret> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim_start_matches(' ');
    let body = token.trim_end_matches('=');
    let well_formed = scheme.eq_ignore_ascii_case("bearer")
        && !body.is_empty()
        && token.len() <= MAX_TOKEN
        && body
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte));
    well_formed.then(|| Secret::new(token))
}

/// Whether the query part of an address seems to carry a token: by the name of a parameter, or by a value
/// that begins like ours.
pub fn token_in_query(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| {
        value.starts_with("gla_")
            || TOKEN_PARAMETERS
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        for header in [
            "Bearer gla_abc-_",
            "bearer gla_abc-_",
            " BEARER   gla_abc-_ ",
        ] {
            assert_eq!(bearer(header), Some(Secret::new("gla_abc-_")), "{header}");
        }
        assert_eq!(bearer("Bearer YWJj=="), Some(Secret::new("YWJj==")));
    }

    #[test]
    fn anything_else_is_no_token() {
        // proves M1
        let long = format!("Bearer {}", "a".repeat(MAX_TOKEN + 1));
        for header in [
            "",
            "Bearer",
            "Bearer ",
            "Basic gla_abc",
            "gla_abc",
            "Bearer a b",
            "Bearer a,b",
            "Bearer ==",
            "Bearer \u{e4}",
            &long,
        ] {
            assert_eq!(bearer(header), None, "{header}");
        }
    }

    #[test]
    fn tokens_in_addresses_are_noticed() {
        // proves M7
        for query in [
            "access_token=x",
            "a=1&Token=x",
            "q=gla_abc",
            "q=%67la_abc",
            "api%5Fkey=1",
        ] {
            assert!(token_in_query(query), "{query}");
        }
        for query in ["", "wait_seconds=5", "q=token", "tokens=3"] {
            assert!(!token_in_query(query), "{query}");
        }
    }
}
