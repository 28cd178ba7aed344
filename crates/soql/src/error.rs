//! Why a text is not a statement. The message is the bare reason in the vendor's words; the
//! place is in the vendor's counting, so that a client sees what the vendor would show.

use crate::{Span, caret};

/// The vendor's code for a text that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// `MALFORMED_QUERY`, for SOQL.
    MalformedQuery,
    /// `MALFORMED_SEARCH`, for SOSL.
    MalformedSearch,
}

impl ErrorCode {
    /// The code as the vendor writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MalformedQuery => "MALFORMED_QUERY",
            Self::MalformedSearch => "MALFORMED_SEARCH",
        }
    }
}

/// Where on its way through the vendor a text fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorStage {
    /// The vendor's lexer and grammar do not take the text.
    Grammar,
    /// The grammar takes it, and no org runs it: a function that does not exist, a date that is
    /// not in the calendar, a negative limit.
    Refusal,
}

/// A text that is not a statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (row {row}, column {column})")]
pub struct ParseError {
    /// The vendor's code.
    pub code: ErrorCode,
    /// The bare reason, e.g. `unexpected token: 'FROM'`.
    pub message: String,
    /// The offending piece of the text.
    pub span: Span,
    /// The byte offset under which the caret stands.
    pub offset: usize,
    /// The row of the caret, from 1, blank lines at the start not counted.
    pub row: usize,
    /// The column of the caret, from 1, in characters.
    pub column: usize,
    /// Whether the grammar does not take the text, or no org runs it.
    pub stage: ErrorStage,
    /// Whether the vendor shows the text and a caret before the reason.
    located: bool,
}

impl ParseError {
    /// An error of the grammar: the caret stands under the first character of the piece.
    pub(crate) fn syntax(code: ErrorCode, text: &str, span: Span, message: String) -> Self {
        Self::build(code, text, span, span.start, message)
    }

    /// An error of the lexer. The vendor's lexer counts columns from 0 and shows that number as
    /// if counted from 1, so its caret stands one character before the offending one.
    pub(crate) fn lexical(code: ErrorCode, text: &str, at: usize, message: &str) -> Self {
        let place = caret::position(text, at);
        let length = text[at..].chars().next().map_or(0, char::len_utf8);
        let before = text[..at].chars().next_back().map_or(0, char::len_utf8);
        let offset = if place.column > 1 { at - before } else { at };
        let message = format!("line {}:{} {message}", place.row, place.column - 1);
        Self::build(code, text, Span::new(at, at + length), offset, message)
    }

    /// An error of the statement as a whole, shown without text and caret.
    pub(crate) fn whole(code: ErrorCode, text: &str, message: String) -> Self {
        let mut error = Self::build(code, text, Span::new(0, text.len()), 0, message);
        error.located = false;
        error
    }

    fn build(code: ErrorCode, text: &str, span: Span, offset: usize, message: String) -> Self {
        let place = caret::position(text, offset);
        Self {
            code,
            message,
            span,
            offset,
            row: place.row,
            column: place.column,
            stage: ErrorStage::Grammar,
            located: true,
        }
    }

    pub(crate) fn in_stage(self, stage: ErrorStage) -> Self {
        Self { stage, ..self }
    }

    /// The same, for a text whose rest the grammar does not take.
    pub(crate) fn in_grammar(self) -> Self {
        self.in_stage(ErrorStage::Grammar)
    }

    /// The message as the vendor sends it: text, caret, position, reason.
    ///
    /// `text` must be the text that was parsed.
    pub fn render(&self, text: &str) -> String {
        if self.located {
            caret::render(text, self.offset, &self.message)
        } else {
            self.message.clone()
        }
    }
}
