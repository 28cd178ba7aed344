//! The outermost layer: tidies the path, lets ordered faults happen, writes the journal.
//!
//! Must not know what any path means.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::connection::Scissors;
use crate::faults::{Cut, Fault};
use crate::journal::{Entry, RequestNote};
use crate::state::Practice;

/// Requests of the administration interface are neither hit by faults nor counted.
const ADMINISTRATION: &str = "/practice/admin";

/// Tidies, disturbs, handles, writes down.
pub(crate) async fn watch(
    State(practice): State<Arc<Practice>>,
    mut request: Request,
    next: Next,
) -> Response {
    tidy(&mut request);
    let path = request.uri().path().to_owned();
    if path.starts_with(ADMINISTRATION) {
        return next.run(request).await;
    }
    let method = request.method().to_string();
    let note = RequestNote::default();
    request.extensions_mut().insert(note.clone());
    let client = client_option(&request);
    let fault = practice.faults.hit(&method, &path);
    let response = disturb(fault, request, next).await;
    let caller = note.take();
    practice.journal.add(Entry {
        sequence: 0,
        at: practice.clock.now(),
        method,
        path,
        status: response
            .as_ref()
            .map_or(0, |response| response.status().as_u16()),
        client,
        user: caller.user,
        app: caller.app,
    });
    // After a cut nobody reads this any more; the connection fails as soon as hyper writes.
    response.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response())
}

/// The answer, or nothing when the connection was cut.
async fn disturb(fault: Option<Fault>, request: Request, next: Next) -> Option<Response> {
    let Some(fault) = fault else {
        return Some(next.run(request).await);
    };
    let scissors = request
        .extensions()
        .get::<Scissors>()
        .cloned()
        .unwrap_or_default();
    let waits = fault.delay_ms > 0 || fault.answer_delay_ms > 0;
    let work = carry_out(fault, scissors, request, next);
    if !waits {
        return work.await;
    }
    // A task of its own: a vendor ends what it began, also when the client has gone meanwhile.
    match tokio::spawn(work).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(cause) => std::panic::resume_unwind(cause),
            Err(_) => None,
        },
    }
}

async fn carry_out(
    fault: Fault,
    scissors: Scissors,
    request: Request,
    next: Next,
) -> Option<Response> {
    pause(fault.delay_ms).await;
    let response = match fault.cut {
        Some(Cut::Before) => None,
        Some(Cut::After) => {
            next.run(request).await;
            None
        }
        None => match answer_of(&fault) {
            Some(response) => Some(response),
            None => Some(next.run(request).await),
        },
    };
    pause(fault.answer_delay_ms).await;
    if response.is_none() {
        scissors.cut();
    }
    response
}

async fn pause(milliseconds: u64) {
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

fn answer_of(fault: &Fault) -> Option<Response> {
    let status = StatusCode::from_u16(fault.status?).ok()?;
    let content_type = fault
        .content_type
        .as_deref()
        .unwrap_or("application/json;charset=UTF-8");
    let mut response = Response::new(Body::from(fault.body.clone().unwrap_or_default()));
    *response.status_mut() = status;
    let chosen = [
        (header::CONTENT_TYPE, Some(content_type)),
        (header::RETRY_AFTER, fault.retry_after.as_deref()),
        (header::LOCATION, fault.location.as_deref()),
    ];
    for (name, value) in chosen {
        if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
            response.headers_mut().insert(name, value);
        }
    }
    Some(response)
}

fn client_option(request: &Request) -> Option<String> {
    let value = request
        .headers()
        .get("sforce-call-options")?
        .to_str()
        .ok()?;
    let mut options = value
        .split(',')
        .filter_map(|option| option.trim().split_once('='));
    let client = options.find(|(name, _)| name.trim().eq_ignore_ascii_case("client"));
    client.map(|(_, value)| value.trim().to_owned())
}

/// Collapses double slashes, drops a slash at the end, and obeys `_HttpMethod` on a POST, all of which real
/// clients send.
fn tidy(request: &mut Request) {
    if let Some(uri) = tidy_path(request.uri()) {
        *request.uri_mut() = uri;
    }
    if request.method() == Method::POST
        && let Some(method) = method_override(request.uri().query().unwrap_or_default())
    {
        *request.method_mut() = method;
    }
}

fn tidy_path(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let mut tidy = String::with_capacity(path.len());
    for part in path.split('/').filter(|part| !part.is_empty()) {
        tidy.push('/');
        tidy.push_str(part);
    }
    if tidy.is_empty() {
        tidy.push('/');
    }
    if tidy == path {
        return None;
    }
    if let Some(query) = uri.query() {
        tidy.push('?');
        tidy.push_str(query);
    }
    tidy.parse().ok()
}

fn method_override(query: &str) -> Option<Method> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, method) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("_httpmethod"))?;
    let known = [
        Method::GET,
        Method::PATCH,
        Method::PUT,
        Method::DELETE,
        Method::HEAD,
    ];
    known
        .into_iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(&method))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(text: &str) -> String {
        let uri: Uri = text.parse().unwrap();
        tidy_path(&uri).unwrap_or(uri).to_string()
    }

    #[test]
    fn slashes_are_collapsed_and_the_last_dropped() {
        assert_eq!(
            tidied("//services//data/v66.0/query/?q=a//b/"),
            "/services/data/v66.0/query?q=a//b/"
        );
        assert_eq!(tidied("/"), "/");
        assert_eq!(tidied("/a/b"), "/a/b");
    }

    #[test]
    fn only_known_methods_override() {
        assert_eq!(
            method_override("x=1&_HttpMethod=patch"),
            Some(Method::PATCH)
        );
        assert_eq!(method_override("_HttpMethod=BREW"), None);
        assert_eq!(method_override(""), None);
    }

    #[test]
    fn client_option_is_read_from_the_list() {
        let request = |value: &str| {
            Request::builder()
                .header("Sforce-Call-Options", value)
                .body(Body::empty())
                .unwrap()
        };
        let client = client_option(&request("client=gatelodge/agent, defaultNamespace=x"));
        assert_eq!(client.as_deref(), Some("gatelodge/agent"));
        assert_eq!(client_option(&request("defaultNamespace=x")), None);
    }
}
