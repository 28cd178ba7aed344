//! The course that every order takes, named or not: the wait before the work, the wait, the cut and the pace after it.
//!
//! Must not know what stands in the place of the work.

use std::future::Future;
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use super::body::{Pace, paced};
use super::order::{Cut, Fault};
use super::{Asked, Faults, answer};
use crate::connection::Scissors;

/// Lets an order without a name hit a request. The answer, or nothing when the connection was cut.
pub(crate) async fn disturb_plainly(
    faults: &Faults,
    asked: &Asked,
    request: Request,
    next: Next,
) -> Option<Response> {
    let Some(fault) = faults.hit(asked) else {
        return Some(next.run(request).await);
    };
    let scissors = scissors_of(&request);
    let waits = waits(&fault);
    let work = async move {
        if !begin(&fault, &scissors).await {
            return None;
        }
        let response = match answer::ordered(&fault) {
            Some(response) => response,
            None => next.run(request).await,
        };
        end(&fault, response, scissors).await
    };
    to_the_end(waits, work).await
}

pub(super) fn scissors_of(request: &Request) -> Scissors {
    request
        .extensions()
        .get::<Scissors>()
        .cloned()
        .unwrap_or_default()
}

pub(super) fn waits(fault: &Fault) -> bool {
    fault.delay_ms > 0 || fault.answer_delay_ms > 0
}

/// Does the work of an order that waits in a task of its own: a vendor ends what it began, also when the client
/// has gone meanwhile.
pub(super) async fn to_the_end(
    waits: bool,
    work: impl Future<Output = Option<Response>> + Send + 'static,
) -> Option<Response> {
    if !waits {
        return work.await;
    }
    match tokio::spawn(work).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(cause) => std::panic::resume_unwind(cause),
            Err(_) => None,
        },
    }
}

/// Waits as ordered; whether the work may begin.
pub(super) async fn begin(fault: &Fault, scissors: &Scissors) -> bool {
    pause(fault.delay_ms).await;
    if fault.cut == Some(Cut::Before) {
        pause(fault.answer_delay_ms).await;
        scissors.cut();
        return false;
    }
    true
}

/// Sends the answer as ordered.
pub(super) async fn end(fault: &Fault, response: Response, scissors: Scissors) -> Option<Response> {
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

async fn pause(milliseconds: u64) {
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}
