//! Quoted strings and their escapes ("SOQL and SOSL Reference, Quoted String Escape
//! Sequences"). `\%` and `\_` exist in `LIKE` only; the caller says which rules hold. Must not
//! know where a string stands.

use super::{Lexer, TokenKind};
use crate::{ParseError, Pattern, PatternPiece, Span};

/// Which escapes a string may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    Plain,
    /// Also `\%` and `\_`.
    Like,
}

/// One decoded character of a string.
enum Piece {
    Plain(char),
    /// `\%` or `\_`.
    Escaped(char),
    /// Half of a character outside the basic plane: the grammar takes it, no text can hold it.
    Half,
}

/// What is wrong inside a string, and at which byte of it.
pub(crate) struct Flaw {
    pub(crate) at: usize,
    /// Whether the vendor's grammar takes it all the same.
    pub(crate) grammatical: bool,
}

impl Lexer<'_> {
    /// Steps over a string whose opening quote is next.
    pub(super) fn string(&mut self) -> Result<TokenKind, ParseError> {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        let mut judge = false;
        loop {
            match bytes.get(at) {
                None => return Err(self.mismatched(self.text.len(), '\'')),
                Some(b'\'') => break,
                Some(b'\\') => {
                    judge = true;
                    at += 2;
                }
                Some(b'\n') => {
                    judge = true;
                    at += 1;
                }
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        Ok(TokenKind::String(judge))
    }
}

/// The text of a string; `raw` is what stands between the quotes.
pub(crate) fn decode(raw: &str, escapes: Escapes) -> Result<String, Flaw> {
    let mut decoded = String::with_capacity(raw.len());
    pieces(raw, escapes, |piece, _| match piece {
        Piece::Plain(character) | Piece::Escaped(character) => decoded.push(character),
        Piece::Half => decoded.push(char::REPLACEMENT_CHARACTER),
    })?;
    Ok(decoded)
}

/// The pattern of a `LIKE` string; `raw` is what stands between the quotes.
pub(crate) fn decode_pattern(raw: &str) -> Result<Pattern, Flaw> {
    let mut found = Vec::new();
    let mut text = String::new();
    pieces(raw, Escapes::Like, |piece, written| {
        let wildcard = match written {
            b'%' => PatternPiece::AnyRun,
            b'_' => PatternPiece::AnyOne,
            _ => {
                return match piece {
                    Piece::Plain(character) | Piece::Escaped(character) => text.push(character),
                    Piece::Half => text.push(char::REPLACEMENT_CHARACTER),
                };
            }
        };
        if !text.is_empty() {
            found.push(PatternPiece::Text(std::mem::take(&mut text)));
        }
        found.push(wildcard);
    })?;
    if !text.is_empty() {
        found.push(PatternPiece::Text(text));
    }
    Ok(Pattern { pieces: found })
}

/// Gives each decoded character with the byte that it is written with, or starts with.
fn pieces(raw: &str, escapes: Escapes, mut take: impl FnMut(Piece, u8)) -> Result<(), Flaw> {
    let mut half = None;
    let mut at = 0;
    while let Some(character) = raw[at..].chars().next() {
        let grammatical = false;
        let (piece, length) = match character {
            '\\' => escape(&raw[at..]).ok_or(Flaw { at, grammatical })?,
            '\n' => return Err(Flaw { at, grammatical }),
            other => (Piece::Plain(other), other.len_utf8()),
        };
        match piece {
            Piece::Escaped(_) if escapes == Escapes::Plain => return Err(Flaw { at, grammatical }),
            Piece::Half => half = half.or(Some(at)),
            _ => {}
        }
        take(piece, raw.as_bytes()[at]);
        at += length;
    }
    half.map_or(Ok(()), |at| {
        Err(Flaw {
            at,
            grammatical: true,
        })
    })
}

/// The escape at the start of `text` and its length; nothing when there is none known.
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

/// `\uXXXX`, or two of them for a character outside the basic plane. `\uFFFF` is refused: it is
/// no character.
fn unicode(text: &str) -> Option<(Piece, usize)> {
    let first = unit(text)?;
    if first == u16::MAX {
        return None;
    }
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((Piece::Plain(character), 6));
    }
    let whole = text
        .get(6..)
        .and_then(unit)
        .and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    Some(whole.map_or((Piece::Half, 6), |character| (Piece::Plain(character), 12)))
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

/// The vendor's words for a flaw in the string at `string`, and the flaw's place.
pub(crate) fn string_flaw(text: &str, string: Span, flaw: &Flaw) -> (Span, String) {
    let at = string.start + 1 + flaw.at;
    let rest = &text[at..];
    let length = rest
        .char_indices()
        .nth(2)
        .map_or(rest.len(), |(end, _)| end);
    if rest.starts_with('\n') {
        let message = "Line breaks not allowed in string literals".to_owned();
        return (Span::new(at, at + 1), message);
    }
    let message = format!(
        "Invalid string literal. Illegal character sequence '{}' in string literal.",
        &rest[..length]
    );
    (Span::new(string.start, at + length), message)
}
