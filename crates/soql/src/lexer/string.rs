//! Quoted strings and their escapes ("SOQL and SOSL Reference, Quoted String Escape
//! Sequences"). `\%` and `\_` exist in `LIKE` only, which the parser knows and this file must not.

use super::{Lexer, TokenKind};
use crate::{ErrorCode, ParseError, Pattern, PatternPiece, Span};

/// One decoded character of a string.
enum Piece {
    Plain(char),
    /// `\%` or `\_`.
    Escaped(char),
}

impl Lexer<'_> {
    /// Reads a string whose opening quote is next.
    pub(super) fn string(&mut self) -> Result<TokenKind, ParseError> {
        let mut decoded = String::new();
        let mut pattern_escape = None;
        let mut at = self.at + 1;
        loop {
            match self.text[at..].chars().next() {
                None => return Err(self.mismatched(at, '\'')),
                Some('\'') => break,
                Some('\\') => {
                    let Some((piece, length)) = escape(&self.text[at..]) else {
                        return Err(self.illegal_escape(at));
                    };
                    match piece {
                        Piece::Plain(character) => decoded.push(character),
                        Piece::Escaped(character) => {
                            pattern_escape = pattern_escape.or(Some(at));
                            decoded.push(character);
                        }
                    }
                    at += length;
                }
                Some(character) => {
                    decoded.push(character);
                    at += character.len_utf8();
                }
            }
        }
        self.at = at + 1;
        Ok(TokenKind::String {
            decoded,
            pattern_escape,
        })
    }

    fn illegal_escape(&self, at: usize) -> ParseError {
        illegal_escape(
            self.code,
            self.text,
            Span::new(self.at, self.text.len()),
            at,
        )
    }
}

/// The error for a backslash that escapes nothing known.
pub(crate) fn illegal_escape(code: ErrorCode, text: &str, string: Span, at: usize) -> ParseError {
    let end = text[at..]
        .char_indices()
        .nth(2)
        .map_or(text.len(), |(length, _)| at + length);
    let sequence = &text[at..end];
    let message = format!(
        "Invalid string literal. Illegal character sequence '{sequence}' in string literal."
    );
    ParseError::syntax(code, text, Span::new(string.start, end), message)
}

/// The pattern of a `LIKE` string; `raw` is the text between the quotes, already accepted.
pub(crate) fn decode_pattern(raw: &str) -> Pattern {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut at = 0;
    while let Some(character) = raw[at..].chars().next() {
        let (piece, length) =
            escape(&raw[at..]).unwrap_or_else(|| (Piece::Plain(character), character.len_utf8()));
        let wildcard = match character {
            '%' => Some(PatternPiece::AnyRun),
            '_' => Some(PatternPiece::AnyOne),
            _ => None,
        };
        match (wildcard, piece) {
            (Some(wildcard), _) => {
                if !text.is_empty() {
                    pieces.push(PatternPiece::Text(std::mem::take(&mut text)));
                }
                pieces.push(wildcard);
            }
            (None, Piece::Plain(character) | Piece::Escaped(character)) => text.push(character),
        }
        at += length;
    }
    if !text.is_empty() {
        pieces.push(PatternPiece::Text(text));
    }
    Pattern { pieces }
}

/// The escape at the start of `text` and its length; nothing when there is none, or none known.
fn escape(text: &str) -> Option<(Piece, usize)> {
    let letter = text.strip_prefix('\\')?.chars().next()?;
    let plain = |character| Some((Piece::Plain(character), 2));
    match letter {
        'n' | 'N' => plain('\n'),
        'r' | 'R' => plain('\r'),
        't' | 'T' => plain('\t'),
        'b' | 'B' => plain('\u{8}'),
        'f' | 'F' => plain('\u{c}'),
        '"' | '\'' | '\\' => plain(letter),
        '%' | '_' => Some((Piece::Escaped(letter), 2)),
        'u' | 'U' => unicode(text),
        _ => None,
    }
}

/// `\uXXXX`, or two of them for a character outside the basic plane.
fn unicode(text: &str) -> Option<(Piece, usize)> {
    let first = unit(text)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((Piece::Plain(character), 6));
    }
    let second = unit(text.get(6..)?)?;
    let character = char::decode_utf16([first, second]).next()?.ok()?;
    Some((Piece::Plain(character), 12))
}

fn unit(text: &str) -> Option<u16> {
    let digits = text
        .strip_prefix("\\u")
        .or_else(|| text.strip_prefix("\\U"))?
        .get(..4)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}
