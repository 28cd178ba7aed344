//! Carries a fault out: waits, acts on the org, answers in its place, spoils or cuts the answer.
//!
//! Must not know which requests it hits.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::body::{Pace, garbled, paced};
use super::kind::{Kind, Nature};
use super::order::{Cut, Fault};
use super::{Asked, Caller, answer, rows};
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
    let scissors = request
        .extensions()
        .get::<Scissors>()
        .cloned()
        .unwrap_or_default();
    let waits = fault.delay_ms > 0 || fault.answer_delay_ms > 0;
    let work = carry_out(practice, fault, asked, scissors, request, next);
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
    practice: Arc<Practice>,
    fault: Fault,
    asked: Asked,
    scissors: Scissors,
    request: Request,
    next: Next,
) -> Option<Response> {
    pause(fault.delay_ms).await;
    if fault.cut == Some(Cut::Before) {
        pause(fault.answer_delay_ms).await;
        scissors.cut();
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
    pause(fault.answer_delay_ms).await;
    if fault.cut == Some(Cut::After) {
        scissors.cut();
        return None;
    }
    let pieces = (fault.piece_delay_ms > 0).then(|| {
        let bytes = fault.piece_bytes.unwrap_or(1);
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        (Duration::from_millis(fault.piece_delay_ms), bytes)
    });
    let cut_at = match fault.cut {
        Some(Cut::AtByte(byte)) => Some(byte),
        _ => None,
    };
    if pieces.is_none() && cut_at.is_none() {
        return Some(response);
    }
    Some(paced(response, Pace { pieces, cut_at }, scissors))
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

async fn pause(milliseconds: u64) {
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
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
