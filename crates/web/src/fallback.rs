//! The page for paths that nobody answers: in the person's own frame where one is signed in.
//!
//! Must not know: any path.

use crate::{cookies, fault::Fault, parts::Frame, state::WebState};
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use gatelodge_model::{Error, ErrorKind, RequestId, WhoMustAct};

/// Answers with 404.
pub(crate) async fn not_found(State(state): State<WebState>, request: Request) -> Response {
    let wants_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !wants_page {
        return StatusCode::NOT_FOUND.into_response();
    }
    let id = request
        .extensions()
        .get::<RequestId>()
        .copied()
        .unwrap_or_else(|| state.hub.new_request_id());
    let error = Error::new(ErrorKind::NotFound, "There is no page at this address.").with_hint(
        WhoMustAct::Person,
        "Check the address, or start from the start page.",
    );
    let frame = match cookies::read(request.headers(), state.options.session_cookie()) {
        Some(token) => state
            .hub
            .authenticate_session(&token, id)
            .await
            .ok()
            .map(|person| {
                let (organization, user) = (person.organization(), person.user());
                Box::new(Frame::new(&organization.name, &user.name, person.role(), 0))
            }),
        None => None,
    };
    Fault {
        error,
        request: Some(id),
        frame,
    }
    .into_response()
}
