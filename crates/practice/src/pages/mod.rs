//! The pages a person sees at the practice org: start page, sign-in, consent, objects, records, apps, faults,
//! journal, errors.
//!
//! Renders what it is given; decides nothing.

mod apps;
mod cell;
mod faults;
pub(crate) mod frame;
mod journal;
mod limits;
mod objects;
mod policies;
mod record;
mod start;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::state::Practice;

/// Nothing but our own style and image is loaded. There is no `form-action`: consent ends in a redirect to the
/// app, and Chromium would hold that against the form.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the sign-in page shows.
pub(crate) struct SignIn {
    pub(crate) organization: String,
    pub(crate) app: String,
    pub(crate) flow: String,
    pub(crate) username: String,
    pub(crate) problem: Option<String>,
}

/// What the consent page shows.
pub(crate) struct Consent {
    pub(crate) organization: String,
    pub(crate) app: String,
    pub(crate) username: String,
    pub(crate) flow: String,
    pub(crate) scopes: Vec<ScopeLine>,
}

/// A scope in words.
pub(crate) struct ScopeLine {
    pub(crate) words: String,
    pub(crate) scope: String,
}

struct ErrorPage<'a> {
    title: &'a str,
    text: &'a str,
    hint: &'a str,
    code: &'a str,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInTemplate<'a> {
    page: &'a SignIn,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentTemplate<'a> {
    page: &'a Consent,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    page: ErrorPage<'a>,
}

/// The start page and the files of all pages.
pub(crate) fn router() -> Router<Arc<Practice>> {
    Router::new()
        .route("/", get(start::page))
        .route("/practice/style.css", get(async move || style()))
        .route("/practice/photo.svg", get(async move || photo()))
        .merge(looking())
}

/// Pages that only show what the org holds.
fn looking() -> Router<Arc<Practice>> {
    Router::new()
        .route("/practice/objects", get(objects::list))
        .route("/practice/objects/{name}", get(objects::one))
        .route("/practice/records/{id}", get(record::one))
        .route("/practice/limits", get(limits::show))
        .route("/lightning/r/{object}/{id}/view", get(record::lightning))
        .route("/{id}", get(record::short))
}

/// Pages that give orders, or show who asked what; for this machine only.
pub(crate) fn administration() -> Router<Arc<Practice>> {
    Router::new()
        .route("/practice/apps", get(apps::show))
        .route("/practice/apps/add", post(apps::add))
        .route("/practice/apps/block", post(apps::block))
        .route("/practice/apps/install", post(apps::install))
        .route("/practice/apps/policies", post(apps::change))
        .route("/practice/apps/revoke", post(apps::revoke))
        .route("/practice/faults", get(faults::show))
        .route("/practice/faults/add", post(faults::add))
        .route("/practice/faults/clear", post(faults::clear))
        .route("/practice/journal", get(journal::show))
        .layer(from_fn(frame::only_here))
}

/// The style of all pages.
pub(crate) fn style() -> Response {
    file(
        "text/css; charset=utf-8",
        include_str!("../../templates/style.css"),
    )
}

/// The picture beside the title of all pages.
pub(crate) fn photo() -> Response {
    file("image/svg+xml", include_str!("../../templates/photo.svg"))
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    let content_type = HeaderValue::from_static(content_type);
    let nosniff = HeaderValue::from_static("nosniff");
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::X_CONTENT_TYPE_OPTIONS, nosniff),
    ];
    (headers, text).into_response()
}

pub(crate) fn sign_in(status: StatusCode, page: &SignIn) -> Response {
    html(status, &SignInTemplate { page })
}

pub(crate) fn consent(page: &Consent) -> Response {
    html(StatusCode::OK, &ConsentTemplate { page })
}

/// An authorization error that must not travel to the app. The line with the code has the form in which
/// Salesforce shows it.
pub(crate) fn authorization_error(status: StatusCode, error: &str, description: &str) -> Response {
    let page = ErrorPage {
        title: "This app cannot be authorized",
        text: description,
        hint: what_to_do(error),
        code: &format!("error={error}&error_description={description}"),
    };
    html(status, &ErrorTemplate { page })
}

fn what_to_do(error: &str) -> &'static str {
    match error {
        "invalid_client_id" => {
            "Compare the client id in the app with the OAuth apps on the start page of this practice org."
        }
        "redirect_uri_mismatch" => {
            "Register the callback address of the app exactly as the app sends it, up to the last slash."
        }
        "OAUTH_APP_BLOCKED" => "Ask an administrator of this org to unblock the app.",
        _ => "",
    }
}

/// The answer for an address that does not exist.
pub(crate) async fn not_found() -> Response {
    let page = ErrorPage {
        title: "Page not found",
        text: "There is nothing at this address of the practice org.",
        hint: "",
        code: "",
    };
    html(StatusCode::NOT_FOUND, &ErrorTemplate { page })
}

/// A redirect that is never cached.
pub(crate) fn redirect(status: StatusCode, location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, no_store()),
    ];
    (status, headers).into_response()
}

fn no_store() -> HeaderValue {
    HeaderValue::from_static("no-store")
}

/// Renders a page with the headers that all pages have.
pub(crate) fn html(status: StatusCode, template: &impl Template) -> Response {
    let text = match template.render() {
        Ok(text) => text,
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let fixed = |name: HeaderName, value: &'static str| (name, HeaderValue::from_static(value));
    let headers = [
        fixed(header::CONTENT_TYPE, "text/html; charset=utf-8"),
        fixed(header::CACHE_CONTROL, "no-store"),
        fixed(header::CONTENT_SECURITY_POLICY, POLICY),
        fixed(header::REFERRER_POLICY, "same-origin"),
        fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        fixed(header::X_FRAME_OPTIONS, "DENY"),
    ];
    (status, headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped() {
        let page = SignIn {
            organization: "Org".to_owned(),
            app: "<script>".to_owned(),
            flow: "f".to_owned(),
            username: "\"><b>".to_owned(),
            problem: Some("wrong".to_owned()),
        };
        let text = SignInTemplate { page: &page }.render().unwrap();
        assert!(!text.contains("<script>") && !text.contains("\"><b>"));
        assert!(text.contains("Practice org") && text.contains("role=\"alert\""));
    }
}
