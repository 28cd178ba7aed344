//! All rows of a database, out and in again: whatever tables there are, in a form that no engine owns, so
//! that a copy of SQLite can be filled into PostgreSQL and the other way round.
//!
//! Tables and columns are read from the database itself, so a new table cannot be forgotten; a column of a
//! kind that is not known stops the copy instead of losing it. Must not know: what rows mean, files, keys.

mod cell;
mod read;
mod shape;
mod write;

pub use cell::{Cell, Kind};
pub use read::Snapshot;
pub(crate) use shape::tables;
pub use shape::{Column, Table};
pub use write::Filling;
