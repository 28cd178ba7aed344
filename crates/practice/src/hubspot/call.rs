//! What every call of the interface passes: the bearer token, its scopes, the allowance, and the headers of the answer.
//!
//! Must not know what is asked.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::HubSpot;
use super::grants::{Dead, Grant};
use super::problem::Problem;
use crate::journal::RequestNote;
use crate::oauth;
use crate::vendor::Allowance;

/// Which allowance a call counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Usual,
    Search,
}

/// What a call answers with.
pub(super) type Answer = Result<(StatusCode, Value), Problem>;

/// Does the work of a call that may be made; an empty scope is one that every token has.
pub(super) fn with(
    hubspot: &HubSpot,
    headers: &HeaderMap,
    note: &RequestNote,
    scope: &str,
    lane: Lane,
    work: impl FnOnce(&Grant) -> Answer,
) -> Response {
    let grant = match enter(hubspot, headers, note) {
        Ok(grant) => grant,
        Err(problem) => return problem.render(&hubspot.ground),
    };
    let left = match count(hubspot, &grant, lane) {
        Ok(left) => left,
        Err(problem) => {
            let response = problem.render(&hubspot.ground);
            return announce(hubspot, response, &grant, lane, Left::default());
        }
    };
    let answer = if scope.is_empty() || grant.scopes.iter().any(|known| known == scope) {
        work(&grant)
    } else {
        Err(Problem::missing_scope(scope))
    };
    let response = match answer {
        Ok((status, body)) => (status, Json(body)).into_response(),
        Err(problem) => problem.render(&hubspot.ground),
    };
    announce(hubspot, response, &grant, lane, left)
}

fn enter(hubspot: &HubSpot, headers: &HeaderMap, note: &RequestNote) -> Result<Grant, Problem> {
    let refuse =
        |category, message: &str| Problem::new(StatusCode::UNAUTHORIZED, category, message);
    let Some(token) = oauth::token_of(headers) else {
        let message = "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview";
        return Err(refuse("INVALID_AUTHENTICATION", message));
    };
    let (state, now) = (hubspot.state(), hubspot.ground.now());
    match state.grants.check(token, now) {
        Ok(grant) => {
            note.set(
                &grant.user_id.to_string(),
                &grant.username,
                Some(&grant.client_id),
            );
            Ok(grant.clone())
        }
        Err(Dead::Unknown) => {
            let message =
                "Authentication credentials are invalid, or the app is not installed any more.";
            Err(refuse("INVALID_AUTHENTICATION", message))
        }
        Err(Dead::Expired(until)) => {
            let minutes = (now - until).num_minutes();
            let message =
                format!("The OAuth token used to make this call expired {minutes} minute(s) ago.");
            let problem = refuse("EXPIRED_AUTHENTICATION", &message);
            Err(problem.with_context("expire time", until.to_rfc3339()))
        }
    }
}

/// Requests that are left.
#[derive(Clone, Copy, Debug, Default)]
struct Left {
    burst: usize,
    day: Option<usize>,
}

fn count(hubspot: &HubSpot, grant: &Grant, lane: Lane) -> Result<Left, Problem> {
    let take = |name: &str, allowance, policy| {
        let key = format!("{name} {} {}", grant.client_id, grant.hub_id);
        let taken = hubspot.requests.take(&key, allowance, hubspot.ground.now());
        taken.map_err(|_| Problem::limited(policy))
    };
    let day = if grant.private {
        Some(take("day", hubspot.options.private_daily, "DAILY")?)
    } else {
        None
    };
    let burst = match lane {
        Lane::Usual => take("usual", burst(hubspot, grant), "TEN_SECONDLY_ROLLING")?,
        Lane::Search => take("search", hubspot.options.searches, "SECONDLY")?,
    };
    Ok(Left { burst, day })
}

fn burst(hubspot: &HubSpot, grant: &Grant) -> Allowance {
    if grant.private {
        hubspot.options.private_burst
    } else {
        hubspot.options.burst
    }
}

/// Adds the headers about the allowance, which searches do not have; those about the day are for private apps.
fn announce(
    hubspot: &HubSpot,
    mut response: Response,
    grant: &Grant,
    lane: Lane,
    left: Left,
) -> Response {
    if lane == Lane::Search {
        return response;
    }
    let burst = burst(hubspot, grant);
    let mut values = vec![
        ("x-hubspot-ratelimit-max", HeaderValue::from(burst.requests)),
        (
            "x-hubspot-ratelimit-remaining",
            HeaderValue::from(left.burst),
        ),
        (
            "x-hubspot-ratelimit-interval-milliseconds",
            HeaderValue::from(burst.window.num_milliseconds()),
        ),
    ];
    if grant.private {
        let most = hubspot.options.private_daily.requests;
        let left = left.day.unwrap_or_default();
        values.extend([
            ("x-hubspot-ratelimit-daily", HeaderValue::from(most)),
            (
                "x-hubspot-ratelimit-daily-remaining",
                HeaderValue::from(left),
            ),
        ]);
    }
    let headers = response.headers_mut();
    for (name, value) in values {
        headers.insert(HeaderName::from_static(name), value);
    }
    response
}

/// The answer for an address that does not exist.
pub(super) async fn nothing_here(Shared(hubspot): Shared<Arc<HubSpot>>) -> Response {
    Problem::not_found("Unable to find a resource at this address").render(&hubspot.ground)
}
