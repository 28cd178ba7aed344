//! The two doors of the device flow: the program asks for a code, the person types it.
//!
//! From there on a person sees the same sign-in and consent as in a browser flow.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::oauth::answer::TokenError;
use crate::oauth::flow::{AuthorizationRequest, Purpose};
use crate::oauth::parameters::Parameters;
use crate::oauth::{client, device, scopes, sign_in};
use crate::pages;
use crate::site::Site;
use crate::state::Practice;

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage {
    organization: String,
    user_code: String,
    text: &'static str,
    asks: bool,
}

const ASK: &str = "Type the code that your device shows.";
const WRONG: &str = "This code is unknown or has expired. Compare it with the one on your device.";

/// `POST /services/oauth2/token` with `response_type=device_code`
///
/// # Errors
/// The app is unknown, may not do this, or lacks a scope.
pub(crate) fn start(
    practice: &Practice,
    site: &Site,
    parameters: &Parameters,
) -> Result<Response, TokenError> {
    let client_id = parameters.get("client_id");
    let client_id = client_id.ok_or(TokenError::NO_CLIENT_ID)?;
    let app = practice.oauth.app(client_id);
    let app = app.ok_or(TokenError::UNKNOWN_CLIENT)?;
    client::usable(&app)?;
    if !app.device_flow {
        return Err(TokenError::NO_DEVICE_FLOW);
    }
    let scopes = scopes::requested(&app.scopes, parameters.text("scope"));
    let scopes = scopes.ok_or(TokenError::INVALID_SCOPE)?;
    let (device_code, user_code) = practice.oauth.new_device(practice, client_id, scopes);
    let body = json!({
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": format!("{}/setup/connect", site.login),
        "interval": device::INTERVAL,
    });
    let content_type = HeaderValue::from_static("application/json;charset=UTF-8");
    let no_store = HeaderValue::from_static("no-cache, no-store");
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, no_store),
    ];
    Ok((headers, body.to_string()).into_response())
}

/// `GET /setup/connect`, with or without `user_code`
pub(crate) async fn page(
    State(practice): State<Arc<Practice>>,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    show(
        &practice,
        StatusCode::OK,
        parameters.text("user_code"),
        ASK,
        true,
    )
}

/// `POST /setup/connect`
pub(crate) async fn typed(
    State(practice): State<Arc<Practice>>,
    site: Site,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Parameters::parse(&body);
    let user_code = form.text("user_code");
    let Some((code, waiting)) = practice.oauth.waiting_device(&practice, user_code) else {
        return show(&practice, StatusCode::BAD_REQUEST, user_code, WRONG, true);
    };
    let request = AuthorizationRequest {
        client_id: waiting.client_id,
        scopes: waiting.scopes,
        purpose: Purpose::Device(code),
        login_hint: String::new(),
        ask_consent: true,
    };
    let flow = practice.oauth.begin(&practice, request, false);
    sign_in::continue_flow(&practice, &site, &headers, &flow)
}

/// The last page: the device has its answer.
pub(crate) fn finished(practice: &Practice, text: &'static str) -> Response {
    show(practice, StatusCode::OK, "", text, false)
}

fn show(
    practice: &Practice,
    status: StatusCode,
    user_code: &str,
    text: &'static str,
    asks: bool,
) -> Response {
    let page = DevicePage {
        organization: practice.org.organization().name,
        user_code: user_code.to_owned(),
        text,
        asks,
    };
    pages::html(status, &page)
}
