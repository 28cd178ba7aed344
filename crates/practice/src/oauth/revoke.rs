//! Revocation and introspection of tokens.
//!
//! Must not know how tokens are kept.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::oauth::answer::{Format, TokenError};
use crate::oauth::client::Claim;
use crate::oauth::identity::{self, is_name, script};
use crate::oauth::parameters::Parameters;
use crate::oauth::token::storage_failure;
use crate::site::Site;
use crate::state::Practice;

/// `GET /services/oauth2/revoke?token=…`
pub(crate) async fn get(
    State(practice): State<Arc<Practice>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    let Some(callback) = parameters.get("callback").filter(|name| is_name(name)) else {
        return revoke(&practice, &headers, &parameters).await;
    };
    // A script that is loaded into a page has no status: the answer says it.
    let answer = match end(&practice, &parameters).await {
        Ok(()) => json!({}),
        Err(error) => json!({"error": error.error, "error_description": error.description}),
    };
    script(format!("{callback}({answer});"))
}

/// `POST /services/oauth2/revoke`
pub(crate) async fn post(
    State(practice): State<Arc<Practice>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    revoke(&practice, &headers, &Parameters::parse(&body)).await
}

async fn revoke(practice: &Practice, headers: &HeaderMap, parameters: &Parameters) -> Response {
    let format = Format::wanted(parameters.get("format"), headers);
    if let Err(error) = end(practice, parameters).await {
        return error.answer(format);
    }
    let content_type = HeaderValue::from_static("text/html;charset=UTF-8");
    (StatusCode::OK, [(header::CONTENT_TYPE, content_type)], "").into_response()
}

async fn end(practice: &Practice, parameters: &Parameters) -> Result<(), TokenError> {
    let durable = practice.oauth.revoke(practice, parameters.text("token"));
    let durable = durable.ok_or(TokenError::UNSUPPORTED_TOKEN)?;
    durable
        .wait()
        .await
        .map_err(|error| storage_failure(&error))
}

/// `POST /services/oauth2/introspect`
pub(crate) async fn introspect(
    State(practice): State<Arc<Practice>>,
    site: Site,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = Parameters::parse(&body);
    let claim = Claim::of(&headers, &parameters);
    // Blocked apps and unknown ones get the same answer as a wrong secret.
    let Ok(app) = claim.and_then(|claim| claim.prove(&practice.oauth, |_| false)) else {
        return TokenError::WRONG_SECRET.unauthorized().answer(Format::Json);
    };
    if !app.introspection {
        return TokenError::NO_INTROSPECTION.answer(Format::Json);
    }
    let found = practice.oauth.look_at(&practice, parameters.text("token"));
    let own = found.filter(|(access, _)| access.client_id.as_ref() == Some(&app.client_id));
    let user = own
        .as_ref()
        .and_then(|(access, _)| practice.org.user(&access.user));
    let body = match (own, user) {
        (Some((access, is_refresh)), Some(user)) => json!({
            "active": true,
            "scope": access.scopes.join(" "),
            "client_id": app.client_id,
            "username": user.username,
            "sub": identity::address(&practice, &site, &user.id),
            "token_type": if is_refresh { "refresh_token" } else { "access_token" },
            "exp": access.expires_at.timestamp(),
            "iat": access.issued_at.timestamp(),
            "nbf": access.issued_at.timestamp(),
        }),
        _ => json!({"active": false}),
    };
    let content_type = HeaderValue::from_static("application/json;charset=UTF-8");
    let no_store = HeaderValue::from_static("no-store");
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, no_store),
    ];
    (headers, body.to_string()).into_response()
}
