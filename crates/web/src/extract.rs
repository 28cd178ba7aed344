//! Identifiers from paths: text that is none looks exactly like something that does not exist.
//!
//! Must not know: pages.

use gatelodge_model::{Error, Result};
use std::str::FromStr;

/// Reads an identifier.
pub(crate) fn id<T: FromStr>(text: &str, what: &str) -> Result<T> {
    text.parse().map_err(|_| Error::not_found(what))
}
