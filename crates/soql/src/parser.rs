//! Tokens to tree, by recursive descent; one file per part of the grammar.
//!
//! This file holds the walk over tokens and the vendor's words for what does not fit. Nesting
//! is bounded by the lexer: every recursion of the parser consumes an opening parenthesis.
//! The parser must not know names of an org, nor which combinations an evaluator refuses.
//!
//! The vendor's grammar takes more than any org runs: `SELECT f(x)` for every name `f`,
//! `LIMIT -1`, `BIND`. Such a thing is a *refusal*: noted while the rest is read by the grammar,
//! and given as the error when the rest is sound. So both questions have an answer, whether
//! the vendor's parser takes a text and whether the vendor would run it.

mod condition;
mod expression;
mod from;
mod literal;
mod name;
mod query;
mod select;
mod with;

use crate::ast::{Count, Query};
use crate::lexer::{self, Keyword, Symbol, Token, TokenKind};
use crate::{ErrorCode, ErrorStage, ParseError, Span, work};

pub(crate) type Parsed<T> = Result<T, ParseError>;

/// Reads a SOQL statement as the REST API takes it.
///
/// Takes time linear in the length of the text. Apex-only forms (`:bind`, `FOR UPDATE`,
/// `ALL ROWS`) and comments are refused, as the vendor's REST API does.
///
/// # Errors
/// `MALFORMED_QUERY` with the place, also when the text is longer than
/// [`MAX_LENGTH`](crate::MAX_LENGTH) or nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
/// [`ParseError::stage`] tells a text that the vendor's grammar does not take from one that it
/// takes and no org runs.
pub fn parse(text: &str) -> Result<Query, ParseError> {
    let (query, refusal) = read(text)?;
    refusal.map_or(Ok(query), Err)
}

/// The tree by the grammar alone, and the first refusal. Where something is refused the tree holds
/// a stand-in, so it may be asked for its clauses, and not handed out.
pub(crate) fn read(text: &str) -> Parsed<(Query, Option<ParseError>)> {
    lexer::check_length(text, ErrorCode::MalformedQuery)?;
    let mut parser = Parser::new(text, 0, ErrorCode::MalformedQuery)?;
    let query = parser.query(query::Place::Top).and_then(|query| {
        parser.end()?;
        Ok(query)
    });
    match query {
        Ok(query) => Ok((query, parser.refusal)),
        // The reader wants the first thing that is wrong.
        Err(error) => Err(parser.refusal.take().map_or(error, ParseError::in_grammar)),
    }
}

pub(crate) struct Parser<'text> {
    text: &'text str,
    tokens: Vec<Token>,
    at: usize,
    code: ErrorCode,
    /// The first thing that the grammar takes and no org runs.
    pub(crate) refusal: Option<ParseError>,
}

impl<'text> Parser<'text> {
    /// A parser of the text from the byte offset `start` on.
    pub(crate) fn new(text: &'text str, start: usize, code: ErrorCode) -> Parsed<Self> {
        let tokens = lexer::tokens(text, start, code)?;
        let mut parser = Self {
            text,
            tokens: tokens.all,
            at: 0,
            code,
            refusal: None,
        };
        if let Some(comment) = tokens.comment {
            parser.refuse(comment, || "unexpected token: '$'".to_owned());
        }
        Ok(parser)
    }

    fn token_after(&self, count: usize) -> Token {
        work::add(1);
        // The last token is always `End`, and nothing steps beyond it.
        self.tokens[(self.at + count).min(self.tokens.len() - 1)]
    }

    pub(crate) fn kind(&self) -> TokenKind {
        self.token_after(0).kind
    }

    fn kind_after(&self, count: usize) -> TokenKind {
        self.token_after(count).kind
    }

    pub(crate) fn span(&self) -> Span {
        self.token_after(0).span()
    }

    /// From the given start to the end of the token read last.
    pub(crate) fn span_from(&self, start: usize) -> Span {
        let end = self
            .at
            .checked_sub(1)
            .map_or(start, |last| self.tokens[last].span().end);
        Span::new(start, end.max(start))
    }

    pub(crate) fn step(&mut self) -> Span {
        let span = self.span();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        span
    }

    fn text_of(&self, span: Span) -> &'text str {
        &self.text[span.start..span.end]
    }

    pub(crate) fn at(&self, word: Keyword) -> bool {
        self.kind() == TokenKind::Word(word)
    }

    fn word_after(&self, count: usize, word: Keyword) -> bool {
        self.kind_after(count) == TokenKind::Word(word)
    }

    fn symbol_after(&self, count: usize, symbol: Symbol) -> bool {
        self.kind_after(count) == TokenKind::Symbol(symbol)
    }

    /// Steps over the word when it stands here; gives its place.
    pub(crate) fn take(&mut self, word: Keyword) -> Option<Span> {
        if self.at(word) {
            Some(self.step())
        } else {
            None
        }
    }

    /// Steps over both words when they stand here; gives their place.
    fn take_two(&mut self, first: Keyword, second: Keyword) -> Option<Span> {
        if self.at(first) && self.word_after(1, second) {
            let start = self.step();
            Some(start.to(self.step()))
        } else {
            None
        }
    }

    /// Steps over the word, or says that something else stands here.
    pub(crate) fn expect(&mut self, word: Keyword) -> Parsed<Span> {
        self.take(word).ok_or_else(|| self.unexpected())
    }

    pub(crate) fn take_symbol(&mut self, symbol: Symbol) -> bool {
        let found = self.symbol_after(0, symbol);
        if found {
            self.step();
        }
        found
    }

    pub(crate) fn expect_symbol(&mut self, symbol: Symbol) -> Parsed<Span> {
        if self.symbol_after(0, symbol) {
            Ok(self.step())
        } else {
            Err(self.unexpected())
        }
    }

    pub(crate) fn end(&self) -> Parsed<()> {
        if self.kind() == TokenKind::End {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    /// One or more items with commas between.
    pub(crate) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.take_symbol(Symbol::Comma) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// The vendor's words for a token that does not fit.
    pub(crate) fn unexpected(&self) -> ParseError {
        let span = self.span();
        self.error(span, self.unexpected_words(span))
    }

    fn unexpected_words(&self, span: Span) -> String {
        format!("unexpected token: '{}'", self.shown(span))
    }

    fn shown(&self, span: Span) -> &'text str {
        if span.start == span.end {
            "<EOF>"
        } else {
            self.text_of(span)
        }
    }

    pub(crate) fn error(&self, span: Span, message: String) -> ParseError {
        ParseError::syntax(self.code, self.text, span, message)
    }

    /// Notes what the vendor's grammar takes and no org runs.
    fn refuse(&mut self, span: Span, message: impl FnOnce() -> String) {
        // Finding a row walks the text, so it is done for the first refusal only.
        if self.refusal.is_none() {
            let error = self.error(span, message());
            self.refusal = Some(error.in_stage(ErrorStage::Refusal));
        }
    }

    /// Notes that this piece, which the grammar takes, is taken by no org.
    pub(crate) fn refuse_token(&mut self, span: Span) {
        let words = self.unexpected_words(span);
        self.refuse(span, || words);
    }

    /// The whole number after `LIMIT` or `OFFSET`. The grammar takes a sign.
    pub(crate) fn count(&mut self) -> Parsed<Count> {
        let sign = match self.kind() {
            TokenKind::Symbol(Symbol::Plus | Symbol::Minus) => Some(self.step()),
            _ => None,
        };
        let span = self.span();
        if self.kind() != TokenKind::Integer {
            return Err(self.unexpected());
        }
        self.step();
        let value = self.text_of(span).parse();
        match (sign, &value) {
            (Some(sign), _) => self.refuse_token(sign),
            (None, Err(_)) => self.refuse_token(span),
            (None, Ok(_)) => {}
        }
        Ok(Count {
            value: value.unwrap_or(u64::MAX),
            span,
        })
    }
}
