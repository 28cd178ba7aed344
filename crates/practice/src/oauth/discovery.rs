//! The discovery document, with which a client finds the endpoints by itself.
//!
//! Lists only what this org really answers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::state::Practice;

/// `GET /.well-known/openid-configuration`
pub(crate) async fn configuration(State(practice): State<Arc<Practice>>) -> Json<Value> {
    let base = &practice.base_url;
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/services/oauth2/authorize"),
        "token_endpoint": format!("{base}/services/oauth2/token"),
        "revocation_endpoint": format!("{base}/services/oauth2/revoke"),
        "userinfo_endpoint": format!("{base}/services/oauth2/userinfo"),
        "introspection_endpoint": format!("{base}/services/oauth2/introspect"),
        "jwks_uri": format!("{base}/id/keys"),
        "scopes_supported": ["api", "refresh_token", "full", "id", "profile", "email", "web"],
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "client_secret_basic", "none"],
        "display_values_supported": ["page", "popup", "touch"],
    }))
}

/// `GET /id/keys`: this org signs no identity tokens, so the set is empty.
pub(crate) async fn keys() -> Json<Value> {
    Json(json!({"keys": []}))
}
