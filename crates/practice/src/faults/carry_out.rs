//! Carries a fault out: acts on the org, answers in its place, spoils the answer.
//!
//! Must not know which requests it hits.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::body::garbled;
use super::kind::{Kind, Nature};
use super::order::Fault;
use super::{Asked, Caller, answer, course, rows};
use crate::connection::Scissors;
use crate::persistence::LogError;
use crate::state::Practice;
use crate::wire;

/// The data interface.
const DATA: &str = "/services/data";

/// The answer, or nothing when the connection was cut.
pub(crate) async fn disturb(
    practice: Arc<Practice>,
    mut asked: Asked,
    request: Request,
    next: Next,
) -> Option<Response> {
    if practice.faults.none() {
        return Some(next.run(request).await);
    }
    let (caller, request) = Caller::of(&practice, request).await;
    asked.caller = caller;
    let Some(fault) = practice.faults.hit(&asked) else {
        return Some(rows::under(asked, next.run(request)).await);
    };
    let scissors = course::scissors_of(&request);
    let waits = course::waits(&fault);
    let work = carry_out(practice, fault, asked, scissors, request, next);
    course::to_the_end(waits, work).await
}

async fn carry_out(
    practice: Arc<Practice>,
    fault: Fault,
    asked: Asked,
    scissors: Scissors,
    request: Request,
    next: Next,
) -> Option<Response> {
    if !course::begin(&fault, &scissors).await {
        return None;
    }
    if let Some(kind) = fault.kind
        && kind.nature() == Nature::Act
        && let Err(error) = act(&practice, kind, &asked.caller).await
    {
        tracing::error!(%error, "a fault could not be carried out");
        return Some(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    }
    let mut response = match answer::instead(&fault, &practice.usage) {
        Some(mut response) => {
            if asked.path.starts_with(DATA) {
                dress(&practice, &fault, &asked.caller, &mut response);
            }
            response
        }
        None => rows::under(asked, next.run(request)).await,
    };
    if let Some(kind) = fault.kind {
        response = garbled(response, kind).await;
    }
    course::end(&fault, response, scissors).await
}

/// Gives an answer of the data interface what all its answers have; pages of the edge count no request.
fn dress(practice: &Practice, fault: &Fault, caller: &Caller, response: &mut Response) {
    let from_edge = fault.kind.is_some() && !answer::is_json(response);
    let headers = response.headers_mut();
    if !from_edge && caller.user.is_some() {
        wire::count(practice, caller.app.as_deref(), headers);
    }
    wire::complete(practice, headers);
}

/// Changes the org as the fault says, so that the request meets the changed org.
async fn act(practice: &Practice, kind: Kind, caller: &Caller) -> Result<(), LogError> {
    let (oauth, log) = (&practice.oauth, &practice.log);
    let token = caller.token.as_ref();
    let durable = match kind {
        Kind::ExpiredToken => token.map(|token| oauth.end_token(log, token)),
        Kind::RevokedGrant => match caller.grant {
            Some(grant) => Some(oauth.end_grant(log, grant).1),
            // A token without a grant goes alone.
            None => token.map(|token| oauth.end_token(log, token)),
        },
        Kind::EvictedGrant => caller.user.zip(caller.app.as_deref()).map(|(user, app)| {
            let (_, durable) = oauth.end_oldest_grant(log, app, &user.into());
            durable
        }),
        Kind::BlockedApp => {
            let app = caller.app.as_deref().and_then(|app| oauth.app(app));
            app.map(|mut app| {
                app.blocked = true;
                oauth.save_app(log, app)
            })
        }
        Kind::ExpiredLocator => {
            if let Some(user) = caller.user {
                practice.org.cursors().forget(Some(user));
            }
            None
        }
        _ => None,
    };
    match durable {
        Some(durable) => durable.wait().await,
        None => Ok(()),
    }
}
