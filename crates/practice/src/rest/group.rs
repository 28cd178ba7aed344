//! Several requests that are one write: they see each other's changes, and are logged in one line.
//!
//! Must not know which resource groups them, or what they write.

use std::sync::{Arc, Mutex, PoisonError};

use super::call::Call;
use crate::org::dml::Draft;
use crate::org::{ApiError, Id, State};
use crate::persistence::Durable;

/// A write that several requests share.
pub(super) trait Group: Sync {
    /// The records with the changes so far.
    fn state(&self) -> Arc<State>;
    /// Works on the common draft. Must not be called from within itself.
    fn with(&self, work: &mut dyn FnMut(&mut Draft<'_>));
    /// Keeps for later what is remembered once the group is saved.
    fn remember(&self, seen: Seen);
}

/// What is remembered of a user's work, beside the rows.
pub(super) enum Seen {
    /// A record that was worked with.
    Touched(Id),
    /// Records of a query that were viewed (`FOR VIEW`), or only shown.
    Viewed(Vec<Id>, bool),
}

/// A draft that is handed from request to request.
pub(super) struct Shared<'d, 's> {
    draft: Mutex<&'d mut Draft<'s>>,
    seen: Mutex<Vec<Seen>>,
}

impl<'d, 's> Shared<'d, 's> {
    pub(super) fn new(draft: &'d mut Draft<'s>) -> Self {
        Self {
            draft: Mutex::new(draft),
            seen: Mutex::default(),
        }
    }

    /// What was remembered, in its order.
    fn seen(self) -> Vec<Seen> {
        self.seen
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Group for Shared<'_, '_> {
    fn state(&self) -> Arc<State> {
        let draft = self.draft.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::new(draft.state().clone())
    }

    fn with(&self, work: &mut dyn FnMut(&mut Draft<'_>)) {
        work(&mut self.draft.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn remember(&self, seen: Seen) {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(seen);
    }
}

/// Runs one write of a group under the headers of its own request. What it refuses leaves no trace.
pub(super) fn write_in<T>(
    call: &Call<'_>,
    group: &dyn Group,
    prepare: impl FnOnce(&mut Draft<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let mut prepare = Some(prepare);
    let mut result = None;
    group.with(&mut |draft| {
        if let Some(prepare) = prepare.take() {
            let now = draft.context.now;
            draft.context = call.write_context();
            draft.context.now = now;
            result = Some(draft.attempt(prepare));
        }
    });
    result.unwrap_or_else(|| {
        Err(ApiError::new(
            500,
            "UNKNOWN_EXCEPTION",
            "The write did not run",
        ))
    })
}

/// Runs several requests as one write. What was seen is remembered once the write stands.
pub(super) fn in_one_write<T>(
    call: &Call<'_>,
    work: impl FnOnce(&dyn Group) -> T,
) -> Result<(T, Option<Durable>), ApiError> {
    let ((result, seen), durable) = call.write(|draft| {
        let shared = Shared::new(draft);
        let result = work(&shared);
        Ok((result, shared.seen()))
    })?;
    for seen in seen {
        call.remember(seen);
    }
    Ok((result, durable))
}
