//! SOQL and SOSL for programs that must understand a statement before they send or answer it.
//!
//! The crate is for reading, checking, changing and printing statements. It must not know what
//! an org contains (objects, fields, users), how a statement travels, or who asks.
#![warn(missing_docs)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

pub mod ast;
mod pattern;
mod span;

pub use pattern::{Pattern, PatternPiece};
pub use span::Span;
