//! Text to tokens ("SOQL and SOSL Reference, Reserved Characters in SOQL; Date Formats").
//!
//! One pass, no going back further than a token, so the time is linear. Length and nesting are
//! limited here, before anything recursive sees the statement. Tokens are cut as the vendor's
//! lexer cuts them: the longest match wins, dots belong to a name, a sign is a token of its own.
//! Must not know where a token may stand, nor what a literal means.

mod keyword;
mod number;
mod string;

pub(crate) use keyword::Keyword;
pub(crate) use number::{date, date_time, time};
pub(crate) use string::{Escapes, Flaw, decode, decode_pattern, string_flaw};

use crate::{ErrorCode, MAX_DEPTH, MAX_LENGTH, ParseError, Span, work};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name with its dots, or a keyword.
    Word(Keyword),
    /// Quotes included; `true` when a backslash or line break within must be judged.
    String(bool),
    Integer,
    Decimal,
    Date,
    DateTime,
    Time,
    Symbol(Symbol),
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    Open,
    Close,
    Comma,
    Colon,
    Equal,
    /// `!=`
    NotEqual,
    /// `<>`
    LessGreater,
    Less,
    Greater,
    Plus,
    Minus,
    /// A character that the vendor's lexer knows and its grammar has no place for.
    Other,
}

/// Offsets are in bytes; the length limit keeps them far below 2³².
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    start: u32,
    end: u32,
}

impl Token {
    pub(crate) fn span(self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }
}

pub(crate) struct Tokens {
    /// The last one is `End`.
    pub(crate) all: Vec<Token>,
    /// The first comment, from `$` to the end of its line.
    pub(crate) comment: Option<Span>,
}

struct Lexer<'text> {
    text: &'text str,
    at: usize,
    code: ErrorCode,
    comment: Option<Span>,
}

/// All tokens from `start` on.
pub(crate) fn tokens(text: &str, start: usize, code: ErrorCode) -> Result<Tokens, ParseError> {
    let mut lexer = Lexer {
        text,
        at: start,
        code,
        comment: None,
    };
    // An English word is five letters long, and SOQL has much punctuation.
    let mut all = Vec::with_capacity((text.len() - start) / 4 + 8);
    let mut depth = 0_usize;
    loop {
        let token = lexer.next()?;
        all.push(token);
        match token.kind {
            TokenKind::Symbol(Symbol::Open) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    let message = format!("nested too deeply: at most {MAX_DEPTH} levels");
                    return Err(ParseError::syntax(code, text, token.span(), message));
                }
            }
            TokenKind::Symbol(Symbol::Close) => depth = depth.saturating_sub(1),
            TokenKind::End => {
                let comment = lexer.comment;
                return Ok(Tokens { all, comment });
            }
            _ => {}
        }
    }
}

/// Refuses a text that is longer than the vendor takes ("SOQL and SOSL Limits").
pub(crate) fn check_length(text: &str, code: ErrorCode) -> Result<(), ParseError> {
    // Bytes are an upper bound of characters, and cheap. No character has more than four.
    if text.len() <= MAX_LENGTH
        || (text.len() <= 4 * MAX_LENGTH && text.chars().count() <= MAX_LENGTH)
    {
        return Ok(());
    }
    let message = format!("statement too long: at most {MAX_LENGTH} characters");
    Err(ParseError::whole(code, text, message))
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Token, ParseError> {
        self.skip_blanks();
        let start = self.at;
        let kind = self.kind()?;
        work::add(self.at - start + 1);
        Ok(Token {
            kind,
            start: offset(start),
            end: offset(self.at),
        })
    }

    /// Blanks, and comments: the vendor's lexer drops the rest of a line from `$` on.
    fn skip_blanks(&mut self) {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'$') => {
                    let line = self.rest().find(['\r', '\n']);
                    let end = line.map_or(self.text.len(), |length| self.at + length);
                    self.comment = self.comment.or(Some(Span::new(self.at, end)));
                    self.at = end;
                }
                _ => return,
            }
        }
    }

    fn kind(&mut self) -> Result<TokenKind, ParseError> {
        let bytes = &self.text.as_bytes()[self.at..];
        let Some(first) = bytes.first() else {
            return Ok(TokenKind::End);
        };
        let second = bytes.get(1).copied().unwrap_or_default();
        let (symbol, length) = match first {
            b'A'..=b'Z' | b'a'..=b'z' => return Ok(self.word()),
            b'0'..=b'9' => return Ok(self.number()),
            b'.' if second.is_ascii_digit() => return Ok(self.number()),
            b'\'' => return self.string(),
            b'(' => (Symbol::Open, 1),
            b')' => (Symbol::Close, 1),
            b',' => (Symbol::Comma, 1),
            b':' => (Symbol::Colon, 1),
            b'=' => (Symbol::Equal, 1),
            b'!' if second == b'=' => (Symbol::NotEqual, 2),
            b'<' if second == b'>' => (Symbol::LessGreater, 2),
            b'<' => (Symbol::Less, 1),
            b'>' => (Symbol::Greater, 1),
            b'+' => (Symbol::Plus, 1),
            b'-' => (Symbol::Minus, 1),
            b'*' | b'/' | b'.' | b'_' | b'~' => (Symbol::Other, 1),
            _ => return Err(self.no_viable(self.at)),
        };
        self.at += length;
        Ok(TokenKind::Symbol(symbol))
    }

    fn word(&mut self) -> TokenKind {
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| is_word(*byte)).count();
        let keyword = Keyword::read(&rest[..length]);
        self.at += length;
        TokenKind::Word(keyword)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// The vendor's words for a character that starts no token.
    fn no_viable(&self, at: usize) -> ParseError {
        let found = self.text[at..].chars().next();
        let found = found.map_or_else(|| "<EOF>".to_owned(), |found| found.to_string());
        let message = format!("no viable alternative at character '{found}'");
        ParseError::lexical(self.code, self.text, at, &message)
    }

    fn mismatched(&self, at: usize, expected: char) -> ParseError {
        let found = self.text[at..].chars().next();
        let found = found.map_or_else(|| "<EOF>".to_owned(), |found| found.to_string());
        let message = format!("mismatched character '{found}' expecting '{expected}'");
        ParseError::lexical(self.code, self.text, at, &message)
    }
}

/// Whether the byte goes on with a word; the vendor's lexer takes any character beyond ASCII.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || byte >= 0x80
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
