//! `/metrics`: for whoever shows the token, or on a listener of its own. Without the section of the configuration
//! there is no such page.
//!
//! Must not know: which figures there are.

use super::{join, render};
use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use gatelodge_core::Hub;
use gatelodge_model::Secret;
use std::sync::Arc;

/// What the page needs.
#[derive(Clone)]
pub struct Figures {
    /// Use cases.
    pub hub: Arc<Hub>,
    /// The token, where one is asked for.
    pub token: Option<Arc<Secret>>,
}

/// The page.
pub fn router(figures: Figures) -> Router {
    Router::new()
        .route("/metrics", get(show))
        .with_state(figures)
}

/// Whether a request shows the token.
pub fn shows_token(request: &Request, token: &Secret) -> bool {
    request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.strip_prefix("Bearer "))
        // secrets compare in constant time
        .is_some_and(|given| Secret::new(given) == *token)
}

async fn show(State(figures): State<Figures>, request: Request) -> Response {
    if let Some(token) = &figures.token
        && !shows_token(&request, token)
    {
        return (
            StatusCode::UNAUTHORIZED,
            [(header::WWW_AUTHENTICATE, "Bearer")],
            "The figures are for whoever has the token of [metrics] token_file.\n",
        )
            .into_response();
    }
    let kept = figures.hub.measure().await;
    let text = join(&render(), &kept.unwrap_or_default());
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response()
}
