//! What every request passes: a request id, the refusal of tokens in addresses, and, where the table says
//! so, the proof of which agent calls.
//!
//! Must not know: routes and their answers.

use crate::{ApiState, refusal::Refusal};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gatelodge_core::{AgentCaller, bearer, token_in_query};
use gatelodge_model::{Error, ErrorKind, Face, RequestId, Secret, WhoMustAct};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Joins an answer with our log.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request its id unless the server did, and renders refusals with it.
pub(crate) async fn answer(
    State(state): State<ApiState>,
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

/// A token in the address is refused even beside a good header, so that nobody gets used to it (M7).
pub(crate) async fn refuse_tokens_in_addresses(request: Request, next: Next) -> Response {
    if request.uri().query().is_some_and(token_in_query) {
        return Refusal::TokenInAddress.into_response();
    }
    next.run(request).await
}

/// Finds out which agent calls; the handler gets an [`AgentCaller`].
pub(crate) async fn authenticate(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    let token = sent_token(request.headers());
    let id = request.extensions().get::<RequestId>().copied();
    match who_calls(&state, token, id).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn who_calls(
    state: &ApiState,
    token: Option<Secret>,
    id: Option<RequestId>,
) -> Result<AgentCaller, Refusal> {
    let token = token.ok_or_else(|| Refusal::Unauthenticated {
        error: missing_token(),
        token_was_sent: false,
    })?;
    let id = id.unwrap_or_else(|| state.hub.new_request_id());
    state
        .hub
        .authenticate_agent(&token, Face::Rest, id)
        .await
        .map_err(|error| match error.kind() {
            ErrorKind::Unauthenticated => Refusal::Unauthenticated {
                error,
                token_was_sent: true,
            },
            _ => error.into(),
        })
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

fn missing_token() -> Error {
    Error::new(
        ErrorKind::Unauthenticated,
        "The request has no usable bearer token.",
    )
    .with_hint(
        WhoMustAct::Person,
        "Make a token under Agents in Gatelodge and send it as 'Authorization: Bearer …'.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_authorization_header_counts() {
        let mut headers = HeaderMap::new();
        assert_eq!(sent_token(&headers), None);
        headers.append(
            header::AUTHORIZATION,
            HeaderValue::from_static("Bearer gla_a"),
        );
        assert_eq!(sent_token(&headers), Some(Secret::new("gla_a")));
        headers.append(
            header::AUTHORIZATION,
            HeaderValue::from_static("Bearer gla_b"),
        );
        assert_eq!(sent_token(&headers), None);
    }
}
