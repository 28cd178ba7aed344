//! The exact request that a person decides about.
//!
//! Must not know: host and credential; the keeper adds those.

use super::super::{client, rest};
use gatelodge_model::{CredentialPlace, FrozenRequest};
use gatelodge_provider::Caller;
use serde_json::Value;

/// A request with a JSON body, marked with the agent's name.
pub(in super::super) fn with_body(
    caller: &dyn Caller,
    method: &str,
    path: String,
    body: &Value,
) -> FrozenRequest {
    let mut request = without_body(caller, method, path);
    request
        .headers
        .insert(0, ("Content-Type".to_owned(), rest::JSON.to_owned()));
    request.body = Some(body.to_string());
    request
}

/// A request without a body, marked with the agent's name.
pub(in super::super) fn without_body(
    caller: &dyn Caller,
    method: &str,
    path: String,
) -> FrozenRequest {
    FrozenRequest {
        method: method.to_owned(),
        path,
        headers: client::headers(caller.client_name()),
        body: None,
        credential: CredentialPlace::Header,
    }
}

/// Sent only if nobody changed the record meanwhile ("Conditional Request Headers").
pub(in super::super) fn only_if_unmodified(request: &mut FrozenRequest, since: Option<String>) {
    if let Some(since) = since {
        request
            .headers
            .push(("If-Unmodified-Since".to_owned(), since));
    }
}
