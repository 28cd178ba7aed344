//! Tokens to tree, by recursive descent; one file per part of the grammar.
//!
//! This file holds the walk over tokens and the vendor's words for what does not fit. Nesting
//! is bounded by the lexer: every recursion of the parser consumes an opening parenthesis.
//! The parser must not know names of an org, nor which combinations an evaluator refuses.

mod condition;
mod expression;
mod query;
mod select;
mod value;
mod with;

use crate::ast::{Count, FieldPath, Name, Query};
use crate::lexer::{self, Token, TokenKind};
use crate::{ErrorCode, ParseError, Span};

pub(crate) type Parsed<T> = Result<T, ParseError>;

/// Words that are never an alias, a field or an object ("SOQL and SOSL Reference, Alias
/// Notation"). Object names are excepted in [`Parser::object`].
const RESERVED: [&str; 23] = [
    "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST",
    "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH", "TRUE",
    "FALSE",
];

/// Reads a SOQL statement as the REST API takes it.
///
/// Takes time linear in the length of the text. Apex-only forms (`:bind`, `FOR UPDATE`,
/// `ALL ROWS`) and comments are refused, as the vendor's REST API does.
///
/// # Errors
/// `MALFORMED_QUERY` with the place, also when the text is longer than
/// [`MAX_LENGTH`](crate::MAX_LENGTH) or nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
pub fn parse(text: &str) -> Result<Query, ParseError> {
    lexer::check_length(text, ErrorCode::MalformedQuery)?;
    let mut parser = Parser::new(text, 0, ErrorCode::MalformedQuery)?;
    let query = parser.query(query::Place::Top)?;
    parser.end()?;
    Ok(query)
}

pub(crate) struct Parser<'text> {
    text: &'text str,
    tokens: Vec<Token>,
    at: usize,
    code: ErrorCode,
}

impl<'text> Parser<'text> {
    /// A parser of the text from the byte offset `start` on.
    pub(crate) fn new(text: &'text str, start: usize, code: ErrorCode) -> Parsed<Self> {
        let tokens = lexer::tokens(text, start, code)?;
        Ok(Self {
            text,
            tokens,
            at: 0,
            code,
        })
    }

    fn token_after(&self, count: usize) -> &Token {
        // The last token is always `End`, and nothing steps beyond it.
        &self.tokens[(self.at + count).min(self.tokens.len() - 1)]
    }

    fn token(&self) -> &Token {
        self.token_after(0)
    }

    pub(crate) fn span(&self) -> Span {
        self.token().span
    }

    /// From the given start to the end of the token read last.
    pub(crate) fn span_from(&self, start: usize) -> Span {
        let end = self
            .at
            .checked_sub(1)
            .map_or(start, |last| self.tokens[last].span.end);
        Span::new(start, end.max(start))
    }

    fn step(&mut self) -> Span {
        let span = self.span();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        span
    }

    fn text_of(&self, span: Span) -> &'text str {
        &self.text[span.start..span.end]
    }

    fn word_after(&self, count: usize) -> Option<&'text str> {
        let token = self.token_after(count);
        (token.kind == TokenKind::Word).then(|| self.text_of(token.span))
    }

    /// Whether the words at this place are these, in any letter case.
    pub(crate) fn at_words(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(count, word)| {
            self.word_after(count)
                .is_some_and(|found| found.eq_ignore_ascii_case(word))
        })
    }

    /// Steps over these words when all of them stand here; gives their place.
    pub(crate) fn take_words(&mut self, words: &[&str]) -> Option<Span> {
        if !self.at_words(words) {
            return None;
        }
        let start = self.span().start;
        for _ in words {
            self.step();
        }
        Some(self.span_from(start))
    }

    /// Steps over these words, one by one so that an error names the first that differs.
    pub(crate) fn expect_words(&mut self, words: &[&str]) -> Parsed<Span> {
        let start = self.span().start;
        for word in words {
            if self.take_words(&[word]).is_none() {
                return Err(self.unexpected());
            }
        }
        Ok(self.span_from(start))
    }

    fn symbol_after(&self, count: usize, symbol: &str) -> bool {
        matches!(self.token_after(count).kind, TokenKind::Symbol(found) if found == symbol)
    }

    /// Whether this word stands here with a parenthesis after it.
    pub(crate) fn at_call(&self, word: &str) -> bool {
        self.at_words(&[word]) && self.symbol_after(1, "(")
    }

    pub(crate) fn take(&mut self, symbol: &str) -> bool {
        let found = self.symbol_after(0, symbol);
        if found {
            self.step();
        }
        found
    }

    pub(crate) fn expect(&mut self, symbol: &str) -> Parsed<Span> {
        if self.symbol_after(0, symbol) {
            Ok(self.step())
        } else {
            Err(self.unexpected())
        }
    }

    pub(crate) fn end(&self) -> Parsed<()> {
        if self.token().kind == TokenKind::End {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    /// One or more items with commas between.
    pub(crate) fn list<T>(&mut self, item: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.take(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// The vendor's words for a token that does not fit.
    pub(crate) fn unexpected(&self) -> ParseError {
        let span = self.span();
        let found = if span.start == span.end {
            "<EOF>"
        } else {
            self.text_of(span)
        };
        self.error(span, format!("unexpected token: '{found}'"))
    }

    pub(crate) fn error(&self, span: Span, message: String) -> ParseError {
        ParseError::syntax(self.code, self.text, span, message)
    }

    fn is_reserved(word: &str) -> bool {
        RESERVED
            .iter()
            .any(|reserved| reserved.eq_ignore_ascii_case(word))
    }

    /// Any word, reserved or not.
    pub(crate) fn any_name(&mut self) -> Parsed<Name> {
        let Some(word) = self.word_after(0) else {
            return Err(self.unexpected());
        };
        Ok(Name {
            text: word.to_owned(),
            span: self.step(),
        })
    }

    pub(crate) fn name(&mut self) -> Parsed<Name> {
        match self.word_after(0) {
            Some(word) if !Self::is_reserved(word) => self.any_name(),
            _ => Err(self.unexpected()),
        }
    }

    /// `Group` and `Order` are objects; the other reserved words are refused.
    pub(crate) fn object(&mut self) -> Parsed<Name> {
        if self.at_words(&["GROUP"]) {
            self.any_name()
        } else {
            self.name()
        }
    }

    pub(crate) fn path(&mut self) -> Parsed<FieldPath> {
        // `Group.Name` is a field of the object `GroupMember`.
        let first = if self.symbol_after(1, ".") {
            self.object()?
        } else {
            self.name()?
        };
        self.path_after(first)
    }

    fn path_after(&mut self, first: Name) -> Parsed<FieldPath> {
        let start = first.span.start;
        let mut segments = vec![first];
        while self.take(".") {
            segments.push(self.any_name()?);
        }
        Ok(FieldPath {
            segments,
            span: self.span_from(start),
        })
    }

    /// The number after `LIMIT` or `OFFSET`.
    pub(crate) fn count(&mut self) -> Parsed<Count> {
        let span = self.span();
        match (&self.token().kind, self.text_of(span).parse()) {
            (TokenKind::Number, Ok(value)) if !self.text_of(span).starts_with('+') => Ok(Count {
                value,
                span: self.step(),
            }),
            _ => Err(self.unexpected()),
        }
    }
}
