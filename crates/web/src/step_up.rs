//! Forms whose use case asks the person to prove again who they are: the answer is the page that takes the proof, with
//! everything that was typed but secrets, and the form goes on from there in one step. Nothing was changed meanwhile.
//!
//! Must not know: which use cases ask, or how a proof is judged.

use crate::{
    extract::unreadable,
    pages::step_up::StepUpPage,
    respond,
    state::WebState,
    text::next::{encode, safe_next},
    visitor::{Visitor, page_of},
};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest as _, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gatelodge_core::{Proof, http_status};
use gatelodge_model::{Error, Result, Secret};
use std::{net::IpAddr, sync::Arc};
use url::form_urlencoded;

/// The fields of a proof, in whatever form it comes with.
const PASSWORD: &str = "step_up_password";
const STATE: &str = "step_up_state";
const ANSWER: &str = "step_up_answer";

/// Stands on an answer that asks for a proof.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProofNeeded;

/// A form that waits for a proof.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting {
    /// Where it goes.
    pub(crate) action: String,
    /// What was typed and is no secret.
    pub(crate) kept: Vec<(String, String)>,
    /// The names of secrets that were typed.
    pub(crate) secrets: Vec<String>,
    /// The page to return to.
    pub(crate) page: String,
}

/// A form that came in.
struct Sent {
    pairs: Vec<(String, String)>,
    proof: Option<Proof>,
}

/// Whether a field holds what must never be written into a page.
pub(crate) fn is_secret(field: &str) -> bool {
    let word = |word: &str| field == word || field.ends_with(&format!("_{word}"));
    !field.starts_with("clear_")
        && (["password", "secret", "passphrase", "code", "token"]
            .into_iter()
            .any(word)
            || field == "again")
}

/// Runs a handler for a signed-in person: a proof that comes with the form is judged first, and where the handler asks
/// for one, the page that takes it is the answer.
pub(crate) async fn run(
    state: &WebState,
    mut visitor: Visitor,
    address: IpAddr,
    request: Request,
    next: Next,
) -> Response {
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let place = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let (mut request, sent) = match read_form(request).await {
        Ok(read) => read,
        Err(refused) => return visitor.fault(refused).into_response(),
    };
    let mut waiting = Waiting {
        action: place.clone(),
        page: page_behind(&headers),
        ..Waiting::default()
    };
    if let Some(Sent { pairs, proof }) = sent {
        for (name, value) in pairs {
            if !is_secret(&name) {
                waiting.kept.push((name, value));
            } else if !value.is_empty() {
                waiting.secrets.push(name);
            }
        }
        if let Some(proof) = proof {
            match state.hub.prove(&visitor.person, proof, address).await {
                Ok(proved) => visitor.person = Arc::new(proved),
                Err(error) => return unproven(state, &visitor, waiting, error).await,
            }
        }
    }
    request.extensions_mut().insert(visitor.clone());
    let response = next.run(request).await;
    if response.extensions().get::<ProofNeeded>().is_none() {
        return response;
    }
    if headers.contains_key("hx-request") {
        return moved(&page_behind(&headers));
    }
    if method == Method::GET {
        return Redirect::to(&asking(&place)).into_response();
    }
    respond::page(
        StatusCode::FORBIDDEN,
        &StepUpPage::of(state, &visitor, waiting, None).await,
    )
}

/// The page that takes a proof before it leads to another one.
fn asking(page: &str) -> String {
    format!("/step-up?next={}", encode(&safe_next(page)))
}

/// A fragment must not be replaced by a whole page; the browser moves there itself.
fn moved(page: &str) -> Response {
    let mut response = StatusCode::FORBIDDEN.into_response();
    if let Ok(place) = HeaderValue::from_str(&asking(page)) {
        response.headers_mut().insert("hx-redirect", place);
    }
    response
}

async fn unproven(state: &WebState, visitor: &Visitor, waiting: Waiting, error: Error) -> Response {
    let status = http_status(error.kind());
    if status >= 500 {
        return visitor.fault(error).into_response();
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    let page = StepUpPage::of(state, visitor, waiting, Some(&error)).await;
    respond::page(status, &page)
}

fn page_behind(headers: &HeaderMap) -> String {
    safe_next(&page_of(headers).unwrap_or_else(|| "/".to_owned()))
}

/// The fields of a form, and the request as its handler shall see it: without the proof.
async fn read_form(request: Request) -> Result<(Request, Option<Sent>)> {
    let is_form = request.method() == Method::POST
        && request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Ok((request, None));
    }
    let (mut parts, body) = request.into_parts();
    // Bounded like every body that a handler reads.
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), &())
        .await
        .map_err(|_| unreadable())?;
    let (proof, pairs): (Vec<_>, Vec<_>) = form_urlencoded::parse(&bytes)
        .into_owned()
        .partition(|(name, _)| [PASSWORD, STATE, ANSWER].contains(&name.as_str()));
    let body = if proof.is_empty() {
        bytes
    } else {
        parts.headers.remove(header::CONTENT_LENGTH);
        let stripped = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&pairs)
            .finish();
        Bytes::from(stripped)
    };
    let sent = Sent {
        pairs,
        proof: proof_of(proof),
    };
    Ok((Request::from_parts(parts, Body::from(body)), Some(sent)))
}

fn proof_of(fields: Vec<(String, String)>) -> Option<Proof> {
    let (mut password, mut sealed, mut answer) = (String::new(), String::new(), String::new());
    for (name, value) in fields {
        match name.as_str() {
            PASSWORD => password = value,
            STATE => sealed = value,
            _ => answer = value,
        }
    }
    if !answer.is_empty() {
        let state = URL_SAFE_NO_PAD.decode(&sealed).unwrap_or_default();
        return Some(Proof::Passkey { state, answer });
    }
    (!password.is_empty()).then(|| Proof::Password(Secret::new(password)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_for_a_secret_is_known_as_one() {
        // proves ADM-9, SEC-1: what a template asks for as a password is never carried through a page
        let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let mut found = 0;
        for entry in std::fs::read_dir(templates).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            for field in text.split("<input").skip(1) {
                let tag = field.split('>').next().unwrap_or_default();
                let Some(name) = tag
                    .split_once("name=\"")
                    .and_then(|(_, rest)| rest.split('"').next())
                else {
                    continue;
                };
                if tag.contains("type=\"password\"") && !name.contains("{{") {
                    assert!(is_secret(name), "{name} in {}", path.display());
                    found += 1;
                }
            }
        }
        assert!(found > 3, "{found}");
        for plain in [
            "name",
            "client_id",
            "clear_secret",
            "auth_base_url",
            "confirm",
        ] {
            assert!(!is_secret(plain), "{plain}");
        }
    }

    #[tokio::test]
    async fn a_proof_is_taken_out_of_its_form() {
        let form = |text: &str| {
            Request::post("/agents")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(text.to_owned()))
                .unwrap()
        };
        let (request, sent) = read_form(form("name=A+%26+B&step_up_password=pw&role=x&role=y"))
            .await
            .unwrap();
        let sent = sent.unwrap();
        assert!(matches!(&sent.proof, Some(Proof::Password(secret)) if secret.expose() == "pw"));
        let left = Bytes::from_request(request, &()).await.unwrap();
        assert_eq!(left, "name=A+%26+B&role=x&role=y");
        let (request, sent) = read_form(form("name=%41")).await.unwrap();
        assert!(sent.unwrap().proof.is_none());
        let left = Bytes::from_request(request, &()).await.unwrap();
        assert_eq!(left, "name=%41", "as it came");
    }
}
