//! Text to tokens ("SOQL and SOSL Reference, Reserved Characters in SOQL; Date Formats").
//!
//! One pass, no going back further than a token, so the time is linear. Length and nesting are
//! limited here, before anything recursive sees the statement. Must not know keywords: the
//! language reserves few, and only the parser knows where a word is one.

mod number;
mod string;

pub(crate) use string::{decode_pattern, illegal_escape};

use crate::ast::{Date, DateTime, Time};
use crate::{ErrorCode, MAX_DEPTH, MAX_LENGTH, ParseError, Span};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    Word,
    /// Decoded, with the pattern escapes `\%` and `\_` still to be judged by the parser.
    String {
        decoded: String,
        pattern_escape: Option<usize>,
    },
    Number,
    Date(Date),
    DateTime(DateTime),
    Time(Time),
    /// `( ) , . :` and the comparison operators.
    Symbol(&'static str),
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 12] = [
    "!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", ".", ":",
];

pub(crate) struct Lexer<'text> {
    text: &'text str,
    at: usize,
    code: ErrorCode,
}

/// All tokens from `start` on, the last one `End`.
pub(crate) fn tokens(text: &str, start: usize, code: ErrorCode) -> Result<Vec<Token>, ParseError> {
    let mut lexer = Lexer {
        text,
        at: start,
        code,
    };
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    loop {
        let token = lexer.next()?;
        match token.kind {
            TokenKind::Symbol("(") => {
                depth += 1;
                if depth > MAX_DEPTH {
                    let message = format!("nested too deeply: at most {MAX_DEPTH} levels");
                    return Err(ParseError::syntax(code, text, token.span, message));
                }
            }
            TokenKind::Symbol(")") => depth = depth.saturating_sub(1),
            _ => {}
        }
        let end = token.kind == TokenKind::End;
        tokens.push(token);
        if end {
            return Ok(tokens);
        }
    }
}

/// Refuses a text that is longer than the vendor takes ("SOQL and SOSL Limits").
pub(crate) fn check_length(text: &str, code: ErrorCode) -> Result<(), ParseError> {
    // Bytes are an upper bound of characters, and cheap.
    if text.len() <= MAX_LENGTH || text.chars().count() <= MAX_LENGTH {
        return Ok(());
    }
    let message = format!("statement too long: at most {MAX_LENGTH} characters");
    Err(ParseError::whole(code, text, message))
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Token, ParseError> {
        self.at += self
            .rest()
            .bytes()
            .take_while(u8::is_ascii_whitespace)
            .count();
        let start = self.at;
        let kind = self.kind()?;
        Ok(Token {
            kind,
            span: Span::new(start, self.at),
        })
    }

    fn kind(&mut self) -> Result<TokenKind, ParseError> {
        let rest = self.rest();
        let mut bytes = rest.bytes();
        let Some(first) = bytes.next() else {
            return Ok(TokenKind::End);
        };
        let second = bytes.next().unwrap_or_default();
        let third = bytes.next().unwrap_or_default();
        if first.is_ascii_alphabetic() {
            self.at += word_length(rest);
            return Ok(TokenKind::Word);
        }
        if first == b'\'' {
            return self.string();
        }
        let signed = matches!(first, b'+' | b'-');
        let fraction = |dot: u8, digit: u8| dot == b'.' && digit.is_ascii_digit();
        if first.is_ascii_digit()
            || fraction(first, second)
            || (signed && (second.is_ascii_digit() || fraction(second, third)))
        {
            return self.number();
        }
        for symbol in SYMBOLS {
            if rest.starts_with(symbol) {
                self.at += symbol.len();
                return Ok(TokenKind::Symbol(symbol));
            }
        }
        Err(self.no_viable(self.at))
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

fn word_length(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count()
}
