//! Templates as answers, and the redirects that follow every form.
//!
//! Must not know: which page it is.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};

/// A rendered page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            // Nothing is left to render with.
            tracing::error!(%error, "a template does not render");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Gatelodge could not show this page.",
            )
                .into_response()
        }
    }
}

/// A page that is as it should be.
pub(crate) fn ok(template: &impl Template) -> Response {
    page(StatusCode::OK, template)
}

/// Post, redirect, get: 303 to a page of ours, with the code of what was done.
pub(crate) fn see(path: &str, done: Option<&str>) -> Response {
    let place = match done {
        Some(code) => format!("{path}?done={code}"),
        None => path.to_owned(),
    };
    Redirect::to(&place).into_response()
}
