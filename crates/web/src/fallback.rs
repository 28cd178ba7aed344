//! What answers where no page does: a page that says so, in the person's own frame where one is signed in,
//! and the way back from the address of a form.
//!
//! Must not know: what any path does.

use crate::{cookies, fault::Fault, parts::Frame, state::WebState};
use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
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
        connection: None,
    }
    .into_response()
}

/// Answers a method that a path does not take. Who reloads or returns to the address that a form was sent
/// to means the page that the form stood on.
pub(crate) async fn wrong_method(request: Request) -> Response {
    if request.method() == Method::GET || request.method() == Method::HEAD {
        Redirect::to(&page_behind(request.uri().path())).into_response()
    } else {
        StatusCode::METHOD_NOT_ALLOWED.into_response()
    }
}

/// The page that the form of this path stands on.
fn page_behind(path: &str) -> String {
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let kept = match segments.first().copied() {
        Some("approvals" | "connections") => 2,
        // Their forms stand on the list.
        Some("admin")
            if matches!(
                segments.get(1),
                Some(
                    &("invitations"
                        | "webhooks"
                        | "way-out"
                        | "keys"
                        | "panic"
                        | "rollout"
                        | "policy")
                )
            ) =>
        {
            2
        }
        Some("admin") => 3,
        Some("sign-out") | None => 0,
        Some(_) => 1,
    };
    let kept = segments.get(..kept.min(segments.len())).unwrap_or_default();
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{Who, routes};

    #[test]
    fn every_form_address_leads_back_to_a_page() {
        let routes = routes();
        let is_page = |path: &str| {
            routes
                .iter()
                .any(|route| route.method == Method::GET && route.path == path)
        };
        for form in routes
            .iter()
            .filter(|route| route.method == Method::POST && route.who != Who::Public)
        {
            let page = page_behind(form.path);
            assert!(is_page(&page), "{} leads to {page}", form.path);
        }
        assert_eq!(page_behind("/approvals/prp_1/approve"), "/approvals/prp_1");
        assert_eq!(page_behind("//evil.example/x"), "/evil.example");
    }
}
