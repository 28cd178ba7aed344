//! The outermost door: sends a request to the org its `Host` header names.
//!
//! Must not know what is asked.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt as _;

use crate::connection::Scissors;
use crate::hosts::{Place, Which};
use crate::oauth::{SessionRejection, Symptom};
use crate::pages;
use crate::site;
use crate::state::Practice;
use crate::watch;

/// The orgs behind one port.
#[derive(Clone)]
pub(crate) struct Sites {
    practice: Arc<Practice>,
    router: Router,
}

/// The routes of all orgs behind one port.
pub(crate) fn router(practice: &Arc<Practice>, router: Router) -> Router {
    let sites = Sites {
        practice: Arc::clone(practice),
        router,
    };
    Router::new().fallback(choose).with_state(sites)
}

async fn choose(State(sites): State<Sites>, request: Request) -> Response {
    let host = site::host(request.headers(), request.uri()).map(ToOwned::to_owned);
    let place = site::names(&sites.practice.options).place(host.as_deref());
    let (practice, router) = match &place {
        // The administration interface refuses foreign names in its own words.
        Place::Unknown if !request.uri().path().starts_with(watch::ADMINISTRATION) => {
            return pages::not_found().await;
        }
        Place::Named {
            which: Which::Sandbox,
            ..
        } => match &sites.practice.sandbox {
            Some(sandbox) => match sandbox.get().await {
                Ok(found) => found,
                Err(error) => {
                    tracing::error!(%error, "the sandbox could not be made");
                    return StatusCode::SERVICE_UNAVAILABLE.into_response();
                }
            },
            None => return pages::not_found().await,
        },
        Place::Plain | Place::Unknown | Place::Named { .. } => {
            (Arc::clone(&sites.practice), sites.router)
        }
    };
    let symptom = host.and_then(|host| practice.oauth.symptom(&host));
    match symptom.filter(|_| is_abandoned(&place, request.uri().path())) {
        Some(symptom) => abandoned(&practice, symptom, &request),
        None => match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
    }
}

/// On the plain address sign-in and administration stay: there the same name is also the sign-in host.
fn is_abandoned(place: &Place, path: &str) -> bool {
    match place {
        Place::Plain => ["services/data", "services/Soap", "services/async"]
            .iter()
            .any(|prefix| path.trim_start_matches('/').starts_with(prefix)),
        _ => true,
    }
}

/// What a host answers after the org has left it.
fn abandoned(practice: &Practice, symptom: Symptom, request: &Request) -> Response {
    let redirect = |status| {
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        let instance = practice.oauth.instance().instance_url;
        let location = instance.unwrap_or_else(|| practice.base_url.clone()) + path;
        pages::redirect(status, &location)
    };
    match symptom {
        Symptom::InvalidSession => SessionRejection::Expired.into_response(),
        Symptom::Moved => redirect(StatusCode::MOVED_PERMANENTLY),
        Symptom::Found => redirect(StatusCode::FOUND),
        Symptom::TemporaryRedirect => redirect(StatusCode::TEMPORARY_REDIRECT),
        Symptom::NotFoundPage => page(StatusCode::NOT_FOUND, "URL No Longer Exists"),
        Symptom::TooCalm => {
            let status = StatusCode::from_u16(420).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
            page(status, "INVALID_INSTANCE")
        }
        Symptom::Gone => {
            if let Some(scissors) = request.extensions().get::<Scissors>() {
                scissors.cut();
            }
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

fn page(status: StatusCode, text: &'static str) -> Response {
    let content_type = HeaderValue::from_static("text/html; charset=UTF-8");
    let body = format!(
        "<!DOCTYPE html><html><head><title>{text}</title></head><body>{text}</body></html>"
    );
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}
