//! SOQL and SOSL for programs that must understand a statement before they send or answer it.
//!
//! The crate is for reading, checking, changing and printing statements. It must not know what
//! an org contains (objects, fields, users), how a statement travels, or who asks.
//!
#![doc = include_str!("../README.md")]
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
pub mod caret;
mod count;
mod error;
mod inventory;
mod lexer;
mod limit;
#[cfg(test)]
mod million;
mod parser;
mod pattern;
mod printer;
mod side_effect;
pub mod sosl;
mod span;
mod spans;
mod text;
mod verdict;
mod work;

pub use count::{NotCountable, to_count};
pub use error::{ErrorCode, ErrorStage, ParseError};
pub use inventory::{ObjectRole, ObjectUse, inventory, search_inventory};
pub use limit::with_limit;
pub use parser::parse;
pub use pattern::{Pattern, PatternPiece};
pub use printer::{pretty, pretty_search};
pub use side_effect::{SideEffect, SideEffectClause, Statement, is_read_only};
pub use sosl::parse_search;
pub use span::Span;
pub use text::{escape_like, escape_search, escape_string, valid_identifier};
pub use verdict::{Verdict, check, check_search};

/// The longest statement taken, in characters ("SOQL and SOSL Limits").
pub const MAX_LENGTH: usize = 100_000;

/// The deepest nesting of parentheses taken; far beyond what people and programs write.
pub const MAX_DEPTH: usize = 100;
