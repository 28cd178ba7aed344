//! The handlers below `/services/data`.
//!
//! One dispatcher takes paths apart, because the platform is more tolerant than a route table: names in any letter
//! case, trailing slashes, a method override in the query. Must not know how tokens are checked or changes logged.

mod answer;
mod blobs;
mod call;
mod classic;
mod composite;
mod conditions;
mod envelope;
mod feeds;
mod group;
mod jobs;
mod layouts;
mod limits;
mod listviews;
mod multipart;
mod pages;
mod parameterized;
mod query;
mod recent;
mod rows;
mod search;
mod sobjects;
mod subrequest;
mod upsert;
mod versions;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::Method;
use axum::http::header::WARNING;
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use crate::oauth::Session;
use crate::org::{ApiError, Id};
use crate::state::Practice;
use answer::Answer;
use call::Call;
pub(crate) use limits::allowances;

/// Largest request body that is read.
const BODY_LIMIT: usize = 50 * 1024 * 1024;
/// Largest file of a bulk job.
const JOB_BODY_LIMIT: usize = 150 * 1024 * 1024;

/// All routes, relative to `/services/data`.
pub fn router() -> Router<Arc<Practice>> {
    Router::new().route("/", any(dispatch)).fallback(dispatch)
}

/// The routes of the first Bulk API, relative to `/services/async`.
pub fn classic_router() -> Router<Arc<Practice>> {
    Router::new().fallback(classic::dispatch)
}

async fn dispatch(State(practice): State<Arc<Practice>>, request: Request) -> Response {
    match answer(&practice, request).await {
        Ok(answer) => answer,
        Err(error) => Answer::error(&error).into_response(),
    }
}

async fn answer(practice: &Arc<Practice>, request: Request) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    if let Some(refusal) = envelope::refuse(&parts) {
        return Ok(refusal.into_response());
    }
    let mut segments = call::segments(parts.uri.path());
    envelope::settle_form(&parts, &mut segments)?;
    let Some((version, rest)) = segments.split_first() else {
        return Ok(match parts.method {
            Method::GET | Method::HEAD => versions::list().into_response(),
            _ => answer::not_allowed(&parts.method, &["HEAD", "GET"]).into_response(),
        });
    };
    let version = versions::parse(version)?;
    let session = match Session::from_request_parts(&mut parts, practice).await {
        Ok(session) => session,
        Err(refusal) => return Ok(refusal.into_response()),
    };
    let user = session.user_id.record().ok_or_else(no_session)?;
    let access = practice.org.access(user).ok_or_else(no_session)?;
    if !access.api_enabled {
        let message = "The REST API is not enabled for this Organization.";
        return Err(ApiError::new(403, "API_DISABLED_FOR_ORG", message));
    }
    let limit = match rest.first().map(String::as_str) {
        Some("jobs") => JOB_BODY_LIMIT,
        _ => BODY_LIMIT,
    };
    let body = envelope::read(&parts, body, limit).await?;
    let call = Call::new(practice, version, rest.to_vec(), &parts, body, user, access)?;
    let routed = match call.segments.first().map(String::as_str) {
        Some("jobs") => jobs::route(practice, &call),
        _ => route(&call),
    };
    let mut answer = match routed {
        Ok(answer) => answer,
        Err(error) => Answer::error(&error),
    };
    if let Some(durable) = answer.durable.take()
        && let Err(error) = durable.wait().await
    {
        let message = format!("The change could not be kept: {error}");
        return Err(ApiError::new(500, "UNKNOWN_EXCEPTION", message));
    }
    if let Some(warning) = versions::warning(version) {
        answer = answer.header(WARNING, warning);
    }
    Ok(answer.into_response())
}

fn no_session() -> ApiError {
    ApiError::new(401, "INVALID_SESSION_ID", "Session expired or invalid")
}

/// Chooses the handler by the path behind the version.
fn route(call: &Call<'_>) -> Result<Answer, ApiError> {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        [] => call.allow(&["GET"], || Ok(versions::resources(call))),
        ["sobjects"] => call.allow(&["GET"], || sobjects::global(call)),
        ["sobjects", rest @ ..] => sobjects::route(call, rest),
        ["query"] => call.allow(&["GET"], || query::run(call, false)),
        ["queryAll"] => call.allow(&["GET"], || query::run(call, true)),
        ["query" | "queryAll", locator] => call.allow(&["GET"], || query::more(call, locator)),
        ["search"] => call.allow(&["GET"], || search::search(call)),
        ["search", "scopeOrder"] => call.allow(&["GET"], || Ok(search::scope_order(call))),
        ["search", "layout"] => call.allow(&["GET"], || search::layout(call)),
        ["search", "suggestions"] => call.allow(&["GET"], || search::suggestions(call)),
        ["parameterizedSearch"] => {
            call.allow(&["GET", "POST"], || parameterized::parameterized(call))
        }
        ["limits"] => call.allow(&["GET"], || Ok(limits::limits(call))),
        ["limits", "recordCount"] => call.allow(&["GET"], || Ok(limits::record_count(call))),
        ["composite", rest @ ..] => composite::route(call, rest),
        ["tabs"] => call.allow(&["GET"], || pages::tabs(call)),
        ["theme"] => call.allow(&["GET"], || pages::theme(call)),
        ["appMenu", kind] => call.allow(&["GET"], || pages::app_menu(call, kind)),
        ["quickActions"] => call.allow(&["GET"], || pages::quick_actions(call)),
        ["compactLayouts"] => call.allow(&["GET"], || layouts::of_objects(call)),
        ["recent"] => call.allow(&["GET"], || recent::recent(call)),
        _ => Err(ApiError::not_found()),
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let body = self.stream.unwrap_or_else(|| Body::from(self.body));
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// The id in a path: 15 or 18 characters of the right object.
fn path_id(object: &crate::org::Object, text: &str) -> Result<Id, ApiError> {
    Id::parse(text)
        .filter(|id| id.prefix() == object.prefix)
        .ok_or_else(|| {
            if Id::parse(text).is_some() {
                ApiError::not_found()
            } else {
                ApiError::no_external_id(text)
            }
        })
}
