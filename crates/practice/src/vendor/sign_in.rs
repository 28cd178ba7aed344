//! Sign-in and decision of a person in a browser, the same at every vendor.
//!
//! The cookie says who the browser is; the flow says what is asked. A decision needs both. Must not know what the
//! decision means.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::pages::{self, PageFrame};
use super::{Ground, Vendor, people};
use crate::oauth::{Parameters, secrets};

const FLOW_GONE: &str =
    "This request has expired or was already decided. Go back to the app and start again.";
const WRONG_PASSWORD: &str =
    "Please check the email address and the password. Both are listed on the start page.";

impl Ground {
    /// Keeps a request for access, and sends the browser to the page that decides about it.
    pub(crate) fn begin(&self, asked: Parameters) -> Response {
        let flow = self.letters(43);
        self.door.begin(&flow, asked, self.now());
        pages::redirect(&format!("/consent?flow={flow}"))
    }
}

fn flow_gone<V: Vendor>(vendor: &V) -> Response {
    let frame = PageFrame::of(vendor);
    let status = StatusCode::BAD_REQUEST;
    pages::notice(frame, status, "This cannot go on", FLOW_GONE, "")
}

/// Cookies of one host are shared by all its ports, so each vendor has a name of its own.
fn cookie_name<V: Vendor>() -> String {
    format!(
        "practice_{}",
        V::NAME.to_ascii_lowercase().replace(' ', "_")
    )
}

fn cookie<V: Vendor>(headers: &HeaderMap) -> Option<&str> {
    let name = cookie_name::<V>();
    let all = headers.get_all(header::COOKIE).iter();
    let mut pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

fn query(query: Option<String>) -> Parameters {
    Parameters::parse(query.unwrap_or_default().as_bytes())
}

/// `GET /login`
pub(super) async fn page<V: Vendor>(
    State(vendor): State<Arc<V>>,
    RawQuery(raw): RawQuery,
) -> Response {
    let parameters = query(raw);
    let (ground, flow) = (vendor.ground(), parameters.text("flow"));
    let Some(asked) = ground.door.asked(flow, ground.now()) else {
        return flow_gone(vendor.as_ref());
    };
    let frame = PageFrame::of(vendor.as_ref());
    pages::sign_in(frame, StatusCode::OK, flow, asked.text("login_hint"), None)
}

/// `POST /login`
pub(super) async fn sign_in<V: Vendor>(State(vendor): State<Arc<V>>, body: Bytes) -> Response {
    let form = Parameters::parse(&body);
    let (ground, flow) = (vendor.ground(), form.text("flow"));
    if ground.door.asked(flow, ground.now()).is_none() {
        return flow_gone(vendor.as_ref());
    }
    let username = form.text("username");
    let known = people::known(username).filter(|known| {
        ground
            .passwords
            .matches(known.username, form.text("password"))
    });
    let Some(employee) = known else {
        let frame = PageFrame::of(vendor.as_ref());
        let status = StatusCode::UNAUTHORIZED;
        return pages::sign_in(frame, status, flow, username, Some(WRONG_PASSWORD));
    };
    let secret = ground.letters(43);
    ground
        .door
        .sign_in(&secret, employee.username, ground.now());
    let mut response = pages::redirect(&format!("/consent?flow={flow}"));
    let name = cookie_name::<V>();
    let value = format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// `GET /consent`
pub(super) async fn ask<V: Vendor>(
    State(vendor): State<Arc<V>>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Response {
    let parameters = query(raw);
    let (ground, flow) = (vendor.ground(), parameters.text("flow"));
    let Some(asked) = ground.door.asked(flow, ground.now()) else {
        return flow_gone(vendor.as_ref());
    };
    match visitor::<V>(ground, &headers) {
        Some(username) => vendor.ask(flow, &asked, &username),
        None => pages::redirect(&format!("/login?flow={flow}")),
    }
}

/// `POST /consent`
pub(super) async fn decide<V: Vendor>(
    State(vendor): State<Arc<V>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Parameters::parse(&body);
    let (ground, flow) = (vendor.ground(), form.text("flow"));
    let Some(asked) = ground.door.asked(flow, ground.now()) else {
        return flow_gone(vendor.as_ref());
    };
    let back_to_sign_in = pages::redirect(&format!("/login?flow={flow}"));
    let Some(username) = visitor::<V>(ground, &headers) else {
        return back_to_sign_in;
    };
    if secrets::same(form.text("decision"), "switch") {
        if let Some(cookie) = cookie::<V>(&headers) {
            ground.door.sign_out(cookie);
        }
        return back_to_sign_in;
    }
    ground.door.finish(flow);
    vendor.decide(&asked, &username, &form)
}

fn visitor<V: Vendor>(ground: &Ground, headers: &HeaderMap) -> Option<String> {
    ground.door.signed_in(cookie::<V>(headers)?, ground.now())
}
