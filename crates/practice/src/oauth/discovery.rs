//! The discovery document, with which a client finds the endpoints by itself.
//!
//! Lists only what this org really answers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::oauth::answer::Format;
use crate::oauth::scopes;
use crate::oauth::token::storage_failure;
use crate::site::Site;
use crate::state::Practice;

/// `GET /.well-known/openid-configuration`
pub(crate) async fn configuration(site: Site) -> Json<Value> {
    let base = &site.login;
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/services/oauth2/authorize"),
        "token_endpoint": format!("{base}/services/oauth2/token"),
        "revocation_endpoint": format!("{base}/services/oauth2/revoke"),
        "userinfo_endpoint": format!("{base}/services/oauth2/userinfo"),
        "introspection_endpoint": format!("{base}/services/oauth2/introspect"),
        "jwks_uri": format!("{base}/id/keys"),
        "scopes_supported": scopes::names(),
        "response_types_supported": ["code"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "urn:ietf:params:oauth:grant-type:device",
        ],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["at_hash", "sub", "aud", "iss", "exp", "iat", "nonce"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "client_secret_basic", "none"],
        "display_values_supported": ["page", "popup", "touch", "mobile"],
    }))
}

/// `GET /id/keys`
pub(crate) async fn keys(State(practice): State<Arc<Practice>>) -> Response {
    match practice.oauth.identity_key.public_set() {
        Ok(keys) => Json(keys).into_response(),
        Err(error) => storage_failure(&error).answer(Format::Json),
    }
}
