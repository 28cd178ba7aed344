//! Text of strangers and plain words of ours: what a page needs before anything becomes markup.
//!
//! Must not know: pages, requests, the hub.

pub(crate) mod markdown;
pub(crate) mod next;
pub(crate) mod numbers;
pub(crate) mod relative;
pub(crate) mod scripts;
pub(crate) mod visible;

pub(crate) use numbers::grouped;
pub(crate) use relative::{Moment, moment};
pub(crate) use visible::{Visible, laid_out, one_line, visible};
