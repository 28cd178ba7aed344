//! A backup: every row of one moment in a file that is encrypted to `age` recipients while it is written, so
//! that nothing lies in clear anywhere, with a manifest at its end. Never the operator's key.
//!
//! Inside it is lines of JSON in a form that no database engine owns; [`write`] makes them, [`read`] checks
//! every one before anybody may believe the manifest. Must not know: what rows mean.

mod error;
mod format;
mod read;
mod write;

pub use error::BackupError;
pub use format::{Head, Manifest, TableCount, TokenState};
pub use read::{Visitor, read};
pub use write::{generations, write};
