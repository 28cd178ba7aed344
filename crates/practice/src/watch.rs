//! The outermost layer: tidies the path, lets ordered faults happen, writes the journal.
//!
//! Must not know what any path means.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::faults::{self, Asked, Caller};
use crate::journal::{Entry, RequestNote};
use crate::oauth::{self, Digest};
use crate::state::Practice;

/// Where the administration interface is.
pub(crate) const ADMINISTRATION: &str = "/practice/admin";

/// Our own pages and the administration interface are neither hit by faults nor counted.
fn is_own(path: &str) -> bool {
    path == "/" || path.starts_with("/practice/") || path.starts_with("/lightning/")
}

/// Tidies, disturbs, handles, writes down.
pub(crate) async fn watch(
    State(practice): State<Arc<Practice>>,
    mut request: Request,
    next: Next,
) -> Response {
    tidy(&mut request);
    let path = request.uri().path().to_owned();
    if is_own(&path) {
        return next.run(request).await;
    }
    let method = request.method().to_string();
    let note = RequestNote::default();
    request.extensions_mut().insert(note.clone());
    let client = client_option(&request);
    let token = oauth::token_of(request.headers()).map(|token| Digest::of(token).fingerprint());
    let asked = Asked {
        method: method.clone(),
        path: path.clone(),
        caller: Caller::default(),
    };
    let response = faults::disturb(Arc::clone(&practice), asked, request, next).await;
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
        username: caller.username,
        app: caller.app,
        token,
    });
    // After a cut nobody reads this any more; the connection fails as soon as hyper writes.
    response.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response())
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

/// Where the first Bulk API is, which carries its session in a header of its own.
const CLASSIC: &str = "/services/async/";

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
    if request.uri().path().starts_with(CLASSIC)
        && let Some(session) = request.headers().get("x-sfdc-session")
        && let Ok(session) = session.to_str()
        && let Ok(bearer) = HeaderValue::from_str(&format!("Bearer {session}"))
    {
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
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
    use axum::body::Body;

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
