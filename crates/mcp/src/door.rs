//! What every request passes before the protocol: a request id, the refusal of foreign pages and of tokens
//! in addresses, and the proof of which agent calls.
//!
//! Must not know: the protocol.

use crate::{McpState, refusal::Refusal};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gatelodge_core::{AgentCaller, bearer, token_in_query};
use gatelodge_model::{Face, RequestId, Secret};
use http::{HeaderMap, HeaderName, HeaderValue, header};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request its id unless the server did, and renders refusals with it.
pub(crate) async fn answer(
    State(state): State<McpState>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = request
        .extensions()
        .get::<RequestId>()
        .copied()
        .unwrap_or_else(|| state.hub.new_request_id());
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        response = refusal.render(id);
    }
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    // Answers hold customers' data; no cache on the way may keep them (RFC 9111 §5.2.2.5).
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Refuses pages of other sites before anything is read (M3; MCP 2025-11-25, Streamable HTTP, security
/// warning), and tokens in the address (M7).
pub(crate) async fn refuse_foreign(
    State(state): State<McpState>,
    request: Request,
    next: Next,
) -> Response {
    let foreign = request
        .headers()
        .get_all(header::ORIGIN)
        .iter()
        .any(|origin| !is_own(origin, &state.allowed_origins));
    if foreign {
        return Refusal::ForeignOrigin.into_response();
    }
    if request.uri().query().is_some_and(token_in_query) {
        return Refusal::TokenInAddress.into_response();
    }
    next.run(request).await
}

/// Origins are compared whole (RFC 6454 §5); `null` belongs to nobody.
fn is_own(origin: &HeaderValue, own: &[String]) -> bool {
    origin
        .to_str()
        .is_ok_and(|origin| own.iter().any(|own| own.eq_ignore_ascii_case(origin)))
}

/// Finds out which agent calls; the handler gets an [`AgentCaller`] from the request's extensions.
pub(crate) async fn authenticate(
    State(state): State<McpState>,
    mut request: Request,
    next: Next,
) -> Response {
    let token = sent_token(request.headers());
    let id = request.extensions().get::<RequestId>().copied();
    match who_calls(&state, token, id).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            // The token has done its work; what comes after needs to know who calls, not how it was proven.
            request.headers_mut().remove(header::AUTHORIZATION);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn who_calls(
    state: &McpState,
    token: Option<Secret>,
    id: Option<RequestId>,
) -> Result<AgentCaller, Refusal> {
    let token = token.ok_or(Refusal::NoToken)?;
    let id = id.unwrap_or_else(|| state.hub.new_request_id());
    state
        .hub
        .authenticate_agent(&token, Face::Mcp, id)
        .await
        .map_err(Refusal::Error)
}

/// The token of the one `Authorization` header; two headers could mean two callers.
fn sent_token(headers: &HeaderMap) -> Option<Secret> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let only = values.next()?;
    if values.next().is_some() {
        return None;
    }
    bearer(only.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_whole() {
        // proves M3
        let own = ["https://hub.example.com".to_owned()];
        assert!(is_own(
            &HeaderValue::from_static("https://hub.example.com"),
            &own
        ));
        for foreign in [
            "http://hub.example.com",
            "https://hub.example.com:8443",
            "https://hub.example.com.evil.tld",
            "https://evil.tld/https://hub.example.com",
            "null",
            "",
        ] {
            assert!(
                !is_own(&HeaderValue::from_static(foreign), &own),
                "{foreign}"
            );
        }
    }
}
