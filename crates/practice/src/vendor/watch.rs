//! The outermost layer of a vendor's practice server: lets ordered faults happen, dresses the answer, writes the
//! journal.
//!
//! Must not know what any path means.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Vendor;
use crate::faults::{self, Asked, Caller};
use crate::journal::{Entry, RequestNote};
use crate::oauth::{self, Digest, Parameters};

/// Largest form that is looked into.
const LARGEST_FORM: usize = 1024 * 1024;

/// Our own pages and the administration interface are neither hit by faults nor counted.
fn is_own(path: &str) -> bool {
    path == "/" || path.starts_with("/practice/")
}

/// Disturbs, handles, writes down.
pub(super) async fn watch<V: Vendor>(
    State(vendor): State<Arc<V>>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    if is_own(&path) {
        return next.run(request).await;
    }
    let ground = vendor.ground();
    let method = request.method().to_string();
    let note = RequestNote::default();
    request.extensions_mut().insert(note.clone());
    let token = oauth::token_of(request.headers()).map(|token| Digest::of(token).fingerprint());
    let mut asked = Asked {
        method: method.clone(),
        path: path.clone(),
        caller: Caller::default(),
    };
    if !ground.faults.none() {
        (asked.caller, request) = look(vendor.as_ref(), request).await;
    }
    let response = faults::disturb_plainly(&ground.faults, &asked, request, next).await;
    let caller = note.take();
    ground.journal.add(Entry {
        sequence: 0,
        at: ground.now(),
        method,
        path,
        status: response
            .as_ref()
            .map_or(0, |response| response.status().as_u16()),
        client: None,
        user: caller.user,
        username: caller.username,
        app: caller.app,
        token,
    });
    // After a cut nobody reads this any more; the connection fails as soon as hyper writes.
    let mut response = response.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response());
    vendor.dress(&mut response);
    response
}

/// Looks who asks; a form is read and put back.
async fn look<V: Vendor>(vendor: &V, request: Request) -> (Caller, Request) {
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let kind = request.headers().get(header::CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| kind.as_bytes().starts_with(form.as_bytes()));
    if !is_form {
        let caller = vendor.who(request.headers(), &Parameters::default());
        return (caller, request);
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, LARGEST_FORM).await.unwrap_or_default();
    let caller = vendor.who(&parts.headers, &Parameters::parse(&bytes));
    (caller, Request::from_parts(parts, Body::from(bytes)))
}
