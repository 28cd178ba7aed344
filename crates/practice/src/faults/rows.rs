//! Faults inside a write: rows that somebody else has locked, and a storage that is full.
//!
//! Must not know how rows are written; the org asks before it saves one.

use std::cell::RefCell;
use std::future::Future;

use super::kind::Kind;
use super::{Asked, Fault, Faults};
use crate::org::{ApiError, Attempt, Id, Obstacle, WriteKind};

/// The request that is being handled, and the row faults that it has met already.
struct Present {
    asked: Asked,
    met: RefCell<Met>,
}

#[derive(Default)]
struct Met {
    hit: Vec<Fault>,
    passed: Vec<u64>,
}

tokio::task_local! {
    static PRESENT: Present;
}

/// Handles a request in such a way that row faults know who asks.
pub(super) async fn under<F: Future>(asked: Asked, work: F) -> F::Output {
    let met = RefCell::default();
    PRESENT.scope(Present { asked, met }, work).await
}

impl Obstacle for Faults {
    fn refuse(&self, attempt: &Attempt<'_>) -> Option<ApiError> {
        let refused = PRESENT.try_with(|present| {
            let mut met = present.met.borrow_mut();
            self.block(&present.asked, &mut met, attempt)
        });
        match refused.ok()?? {
            Kind::RowLock => Some(lock(attempt.blocked_id())),
            Kind::StorageLimit => Some(ApiError::row(
                "STORAGE_LIMIT_EXCEEDED",
                "storage limit exceeded",
                &[],
            )),
            _ => None,
        }
    }
}

impl Faults {
    /// A fault is used up by one for each request, however many rows of it are hit.
    fn block(&self, asked: &Asked, met: &mut Met, attempt: &Attempt<'_>) -> Option<Kind> {
        if let Some(fault) = met.hit.iter().find(|fault| fault.blocks(attempt)) {
            return fault.kind;
        }
        let mut inner = self.lock();
        let passed = &met.passed;
        let index = inner.orders.iter().position(|order| {
            order.blocks(attempt) && order.matches(asked) && !passed.contains(&order.id)
        })?;
        let id = inner.orders[index].id;
        let Some(fault) = inner.use_up(index) else {
            met.passed.push(id);
            return None;
        };
        let kind = fault.kind;
        met.hit.push(fault);
        kind
    }
}

fn lock(id: Id) -> ApiError {
    let message = format!("unable to obtain exclusive access to this record or 1 records: {id}");
    ApiError::row("UNABLE_TO_LOCK_ROW", message, &[])
}

impl Fault {
    /// Whether the order is about this row.
    fn blocks(&self, attempt: &Attempt<'_>) -> bool {
        let object = self
            .object
            .as_deref()
            .is_none_or(|object| object.eq_ignore_ascii_case(&attempt.object.name));
        let record = self.record.as_deref().and_then(Id::parse);
        let row = match self.kind {
            Some(Kind::RowLock) => record.is_none_or(|record| attempt.touches(record)),
            Some(Kind::StorageLimit) => attempt.kind == WriteKind::Insert,
            _ => false,
        };
        object && row
    }
}
