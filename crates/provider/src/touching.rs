//! What a call touches, said by the tool before it runs, and what is taken out of its answer, so that rules can decide
//! by object, field and number of records.
//!
//! Must not know: rules. A tool says what it touches whoever asks; it never decides.

use crate::caller::Caller;
use gatelodge_model::policy::Depth;

/// How a tool may look at what its input means.
#[derive(Clone, Copy)]
pub struct Looking<'call> {
    /// The connection, to look names up; none where nothing may be sent. What would have to be looked up is then said
    /// to be unknown.
    pub caller: Option<&'call dyn Caller>,
    /// How closely to look: what is not asked need not be said.
    pub depth: Depth,
}

/// What must not be in the answer of a call.
pub trait Hides: Send + Sync {
    /// Whether an object is hidden as a whole.
    fn object(&self, object: &str) -> bool;
    /// Whether a field of an object is hidden.
    fn field(&self, object: &str, field: &str) -> bool;
}
