//! Who looks at a page: the session cookie becomes a proven person, before any handler runs.
//!
//! Must not know: what a page shows.

use crate::{
    cookies,
    fault::Fault,
    parts::Frame,
    routes::Who,
    state::{ClientAddress, WebState},
    step_up,
    text::next,
};
use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use gatelodge_core::{Person, RestoredCopy};
use gatelodge_model::{Error, ErrorKind, RequestId, WhoMustAct};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};
use url::Url;

/// A signed-in person with what their pages need.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) person: Arc<Person>,
    pub(crate) request: RequestId,
    pub(crate) waiting: u64,
    /// Set while this installation is a restored copy that sends nothing.
    pub(crate) copy: Option<RestoredCopy>,
    pub(crate) unread: u64,
    /// The configured public URL under which this request came.
    pub(crate) public_url: Url,
}

impl Visitor {
    /// The frame of this person's pages.
    pub(crate) fn frame(&self) -> Frame {
        Frame {
            copy: self.copy,
            ..Frame::new(
                &self.person.organization().name,
                &self.person.user().name,
                self.person.role(),
                self.waiting,
            )
        }
        .with_unread(self.unread)
    }

    /// An error as a page in this person's frame.
    pub(crate) fn fault(&self, error: Error) -> Fault {
        Fault {
            error,
            request: Some(self.request),
            frame: Some(Box::new(self.frame())),
            connection: None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            let cause = "a page for signed-in people is routed without its guard";
            Fault::plain(
                Error::internal(cause),
                parts.extensions.get::<Asked>().map(|asked| asked.request),
            )
        })
    }
}

/// What is known of a request before anybody is.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) request: RequestId,
    pub(crate) address: IpAddr,
    pub(crate) public_url: Url,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            Fault::plain(Error::internal("a page is routed without its guard"), None)
        })
    }
}

/// Lets in whom the route table names.
pub(crate) async fn guard(
    State((state, who)): State<(WebState, Who)>,
    mut request: Request,
    next: Next,
) -> Response {
    let asked = asked(&state, &request);
    request.extensions_mut().insert(asked.clone());
    if who == Who::Public {
        return next.run(request).await;
    }
    let proven = match cookies::read(request.headers(), state.options.session_cookie()) {
        Some(token) => state.hub.authenticate_session(&token, asked.request).await,
        None => Err(signed_out()),
    };
    let person = match proven {
        Ok(person) => person,
        Err(error) if error.kind() == ErrorKind::Unauthenticated => {
            return to_sign_in(&request, who, asked.request);
        }
        Err(error) => return Fault::plain(error, Some(asked.request)).into_response(),
    };
    // A count that cannot be read must not take the page away.
    let (waiting, unread) = match *request.method() {
        Method::GET => (
            state.hub.waiting_count(&person).await.unwrap_or(0),
            state.hub.unread_count(&person).await.unwrap_or(0),
        ),
        _ => (0, 0),
    };
    let copy = state.hub.restored_copy().await.unwrap_or_default();
    let visitor = Visitor {
        copy,
        person: Arc::new(person),
        request: asked.request,
        waiting,
        unread,
        public_url: asked.public_url,
    };
    if !who.admits(visitor.person.role()) {
        let refused = Error::new(
            ErrorKind::Forbidden,
            "This page is for administrators of the organization.",
        )
        .with_hint(
            WhoMustAct::Admin,
            "Ask an administrator to do it, or to change your role.",
        );
        return visitor.fault(refused).into_response();
    }
    step_up::run(&state, visitor, asked.address, request, next).await
}

fn signed_out() -> Error {
    Error::new(ErrorKind::Unauthenticated, "You are not signed in.")
}

fn asked(state: &WebState, request: &Request) -> Asked {
    let extensions = request.extensions();
    let socket = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let address = extensions
        .get::<ClientAddress>()
        .map(|address| address.0)
        .or(socket);
    Asked {
        request: extensions
            .get::<RequestId>()
            .copied()
            .unwrap_or_else(|| state.hub.new_request_id()),
        address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        public_url: public_url(&state.hub.settings().public_urls, request),
    }
}

/// The public URL whose host this request names. The server has refused every other host already.
fn public_url(public_urls: &[Url], request: &Request) -> Url {
    let given = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| {
            request
                .uri()
                .authority()
                .map(axum::http::uri::Authority::as_str)
        })
        .unwrap_or_default();
    public_urls
        .iter()
        .find(|url| url.authority().eq_ignore_ascii_case(given))
        .or_else(|| public_urls.first())
        .cloned()
        .unwrap_or_else(unreachable_url)
}

/// Without a configured address nothing that leaves this site can work, and the reserved name says so.
fn unreachable_url() -> Url {
    #[expect(clippy::expect_used, reason = "a constant that parses")]
    Url::parse("http://not-configured.invalid").expect("a constant that parses")
}

/// Where a person without a session goes: to the sign-in page and then back.
fn to_sign_in(request: &Request, who: Who, id: RequestId) -> Response {
    if who == Who::Callback {
        // The flow belongs to a session that is gone; signing in again cannot finish it, and the address
        // holds a code that must not travel further.
        let error = Error::new(
            ErrorKind::SessionMismatch,
            "You came back from the provider, but nobody is signed in to Gatelodge in this browser. Nothing was connected.",
        )
        .with_hint(WhoMustAct::Person, "Sign in here and connect again, in one browser.");
        return Fault::plain(error, Some(id)).into_response();
    }
    let wanted = match *request.method() {
        Method::GET => request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned(),
        _ => page_of(request.headers()).unwrap_or_else(|| "/".to_owned()),
    };
    let wanted = next::safe_next(&wanted);
    let place = if wanted == "/" {
        "/sign-in".to_owned()
    } else {
        format!("/sign-in?next={}", next::encode(&wanted))
    };
    if request.headers().contains_key("hx-request") {
        // A fragment must not be replaced by a whole sign-in page; the browser moves there itself.
        let page = page_of(request.headers()).unwrap_or_else(|| "/".to_owned());
        let place = format!("/sign-in?next={}", next::encode(&next::safe_next(&page)));
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        if let Ok(value) = HeaderValue::from_str(&place) {
            response.headers_mut().insert("hx-redirect", value);
        }
        return response;
    }
    Redirect::to(&place).into_response()
}

/// The page that a form or fragment belongs to: the path of the referrer, which `safe_next` still judges.
pub(crate) fn page_of(headers: &HeaderMap) -> Option<String> {
    let referrer = headers.get(header::REFERER)?.to_str().ok()?;
    let url = Url::parse(referrer).ok()?;
    Some(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn request(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::builder().uri("/approvals/prp_1/progress");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    fn place(response: &Response, name: &str) -> String {
        response.headers()[name].to_str().unwrap().to_owned()
    }

    fn id() -> RequestId {
        use gatelodge_model::clock::testing::{FixedClock, SeededRandom};
        RequestId::generate(&FixedClock::at(0), &SeededRandom::new(1))
    }

    #[test]
    fn the_public_url_is_the_one_of_the_host() {
        // proves CON-10
        let urls: Vec<Url> = ["https://gate.example", "http://127.0.0.1:8420"]
            .map(|url| url.parse().unwrap())
            .to_vec();
        assert_eq!(
            public_url(&urls, &request(&[("host", "127.0.0.1:8420")])),
            urls[1]
        );
        assert_eq!(
            public_url(&urls, &request(&[("host", "GATE.example")])),
            urls[0]
        );
        assert_eq!(
            public_url(&urls, &request(&[("host", "127.0.0.1")])),
            urls[0]
        );
    }

    #[test]
    fn without_a_session_a_page_leads_to_the_sign_in_page_and_back() {
        // proves U7
        let response = to_sign_in(&request(&[]), Who::SignedIn, id());
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            place(&response, "location"),
            "/sign-in?next=%2Fapprovals%2Fprp_1%2Fprogress"
        );
        let mut form = request(&[(
            "referer",
            "https://gate.example/approvals/prp_1?done=edited",
        )]);
        *form.method_mut() = Method::POST;
        let response = to_sign_in(&form, Who::SignedIn, id());
        assert_eq!(
            place(&response, "location"),
            "/sign-in?next=%2Fapprovals%2Fprp_1%3Fdone%3Dedited"
        );
    }

    #[test]
    fn a_fragment_moves_the_whole_page_and_a_callback_stays_where_it_is() {
        let fragment = request(&[
            ("hx-request", "true"),
            ("referer", "https://gate.example/approvals"),
        ]);
        let response = to_sign_in(&fragment, Who::SignedIn, id());
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(
            place(&response, "hx-redirect"),
            "/sign-in?next=%2Fapprovals"
        );
        // proves SEC-4: the code of a callback is not carried to the sign-in page
        let response = to_sign_in(&request(&[]), Who::Callback, id());
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert!(!response.headers().contains_key("location"));
    }
}
