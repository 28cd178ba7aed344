//! The answers of the OAuth endpoints for programs: texts of the errors and the three formats.
//!
//! Writes what it is given; decides nothing.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::oauth::policy;

/// An error of the token endpoint, in Salesforce's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TokenError {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
}

/// The fields of an answer, in their order.
pub(crate) type Fields = Vec<(&'static str, String)>;

const fn bad(error: &'static str, description: &'static str) -> TokenError {
    TokenError {
        status: StatusCode::BAD_REQUEST,
        error,
        description,
    }
}

impl TokenError {
    pub(crate) const EXPIRED_TOKEN: Self = bad("invalid_grant", "expired access/refresh token");
    pub(crate) const EXPIRED_CODE: Self = bad("invalid_grant", "expired authorization code");
    pub(crate) const INVALID_CODE: Self = bad("invalid_grant", "invalid authorization code");
    pub(crate) const INVALID_VERIFIER: Self = bad("invalid_grant", "invalid code verifier");
    pub(crate) const BAD_SIGN_IN: Self = bad("invalid_grant", "authentication failure");
    pub(crate) const INACTIVE_USER: Self = bad("invalid_grant", "inactive user");
    pub(crate) const REDIRECT_MISMATCH: Self = bad(
        "redirect_uri_mismatch",
        "redirect_uri must match configuration",
    );
    pub(crate) const INACTIVE_ORG: Self = bad("invalid_grant", "inactive organization");
    pub(crate) const RESTRICTED_TIME: Self = bad("invalid_grant", policy::RESTRICTED_TIME);
    pub(crate) const IP_RESTRICTED: Self = bad("invalid_grant", "ip restricted");
    pub(crate) const NOT_APPROVED: Self =
        bad("invalid_grant", "user hasn't approved this consumer");
    pub(crate) const WRONG_AUDIENCE: Self = bad("invalid_grant", "audience validation failed");
    pub(crate) const INVALID_ASSERTION: Self = bad("invalid_grant", "invalid assertion");
    pub(crate) const WRONG_HOST: Self =
        bad("invalid_grant", "request not supported on this domain");
    pub(crate) const IN_PROCESS: Self =
        bad("invalid_grant", "token request is already being processed");
    pub(crate) const RATE: Self = bad("rate_limit_exceeded", "login rate exceeded");
    pub(crate) const APP_ACCESS: Self = bad(
        "invalid_app_access",
        "user is not admin approved to access this app",
    );
    pub(crate) const NOT_INSTALLED: Self = bad("invalid_client", "app must be installed into org");
    pub(crate) const CLIENT_APP_NOT_INSTALLED: Self = bad(
        "app_not_found",
        "External client app is not installed in this org",
    );
    pub(crate) const PENDING: Self = bad(
        "authorization_pending",
        "User has not yet approved this app",
    );
    pub(crate) const SLOW_DOWN: Self = bad("slow_down", "Polling too frequently");
    pub(crate) const ACCESS_DENIED: Self = bad("access_denied", "end-user denied authorization");
    pub(crate) const INVALID_DEVICE: Self = bad("invalid_grant", "invalid device code");
    pub(crate) const EXPIRED_DEVICE: Self = bad("invalid_grant", "expired device code");
    pub(crate) const NO_DEVICE_FLOW: Self = bad("invalid_request", "device flow is not enabled");
    pub(crate) const NO_INTROSPECTION: Self = bad(
        "invalid_request",
        "introspection is not enabled for this app",
    );
    pub(crate) const NO_ASSERTION: Self =
        bad("invalid_request", "missing required parameter: assertion");
    pub(crate) const UNKNOWN_CLIENT: Self = bad("invalid_client_id", "client identifier invalid");
    pub(crate) const WRONG_SECRET: Self = bad("invalid_client", "invalid client credentials");
    pub(crate) const MUST_POST: Self = bad("invalid_request", "must use HTTP POST");
    pub(crate) const NO_GRANT_TYPE: Self =
        bad("invalid_request", "missing required parameter: grant_type");
    pub(crate) const NO_CLIENT_ID: Self =
        bad("invalid_request", "missing required parameter: client_id");
    pub(crate) const NO_CODE: Self = bad("invalid_request", "missing required parameter: code");
    pub(crate) const NO_REFRESH_TOKEN: Self = bad(
        "invalid_request",
        "missing required parameter: refresh_token",
    );
    pub(crate) const UNSUPPORTED_GRANT: Self =
        bad("unsupported_grant_type", "grant type not supported");
    pub(crate) const INVALID_SCOPE: Self =
        bad("invalid_scope", "the requested scope is not allowed");
    pub(crate) const APP_BLOCKED: Self = bad("OAUTH_APP_BLOCKED", "this app is blocked by admin");
    pub(crate) const NO_RUN_AS: Self = bad("invalid_grant", "no client credentials user enabled");
    pub(crate) const UNSUPPORTED_TOKEN: Self =
        bad("unsupported_token_type", "this token type is not supported");
    pub(crate) const SERVER_ERROR: Self = TokenError {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        error: "server_error",
        description: "the practice org could not write to its data folder",
    };

    /// The same error with the status that introspection uses for a wrong client.
    pub(crate) const fn unauthorized(self) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..self
        }
    }

    pub(crate) fn answer(self, format: Format) -> Response {
        let fields = [
            ("error", self.error.to_owned()),
            ("error_description", self.description.to_owned()),
        ];
        write(self.status, format, &fields)
    }
}

/// How a token answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
    UrlEncoded,
}

impl Format {
    /// The `format` parameter decides, then `Accept`, then JSON.
    pub(crate) fn wanted(parameter: Option<&str>, headers: &HeaderMap) -> Self {
        match parameter {
            Some("xml") => return Self::Xml,
            Some("urlencoded") => return Self::UrlEncoded,
            Some(_) => return Self::Json,
            None => {}
        }
        let accept = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok());
        match accept.map(|accept| accept.split([',', ';']).next().unwrap_or_default().trim()) {
            Some("application/xml") => Self::Xml,
            Some("application/x-www-form-urlencoded") => Self::UrlEncoded,
            _ => Self::Json,
        }
    }
}

/// Writes fields in their order; never to be cached (RFC 6749 section 5.1).
pub(crate) fn write(
    status: StatusCode,
    format: Format,
    fields: &[(&'static str, String)],
) -> Response {
    let (content_type, body) = match format {
        Format::Json => ("application/json;charset=UTF-8", json(fields)),
        Format::Xml => ("application/xml;charset=UTF-8", xml(fields)),
        Format::UrlEncoded => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            (
                "application/x-www-form-urlencoded;charset=UTF-8",
                form.extend_pairs(fields).finish(),
            )
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache, no-store"),
        ),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, body).into_response()
}

fn json(fields: &[(&'static str, String)]) -> String {
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
    serde_json::Value::Object(fields.collect()).to_string()
}

fn xml(fields: &[(&'static str, String)]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAuth>".to_owned();
    for (name, value) in fields {
        let value = escape_xml(value);
        text.extend(["<", name, ">", &value, "</", name, ">"]);
    }
    text + "</OAuth>"
}

/// Text for an XML element.
pub(crate) fn escape_xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_wins_over_the_header() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static("application/xml, */*"),
        );
        assert_eq!(Format::wanted(None, &headers), Format::Xml);
        assert_eq!(Format::wanted(Some("json"), &headers), Format::Json);
        assert_eq!(
            Format::wanted(Some("urlencoded"), &headers),
            Format::UrlEncoded
        );
        assert_eq!(Format::wanted(None, &HeaderMap::new()), Format::Json);
    }

    #[test]
    fn the_three_formats() {
        let fields = [("scope", "api <id>".to_owned()), ("x", "1".to_owned())];
        assert_eq!(json(&fields), r#"{"scope":"api <id>","x":"1"}"#);
        assert!(xml(&fields).ends_with("<OAuth><scope>api &lt;id&gt;</scope><x>1</x></OAuth>"));
    }
}
