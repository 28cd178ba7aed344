//! The words of a formula.
//!
//! Must not know fields or functions.

use super::FormulaError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    /// A name, with dots where it goes over parents.
    Name(String),
    /// An operator, a bracket or a comma.
    Sign(&'static str),
}

const SIGNS: [&str; 21] = [
    "&&", "||", "==", "!=", "<>", "<=", ">=", "<", ">", "=", "!", "&", "+", "-", "*", "/", "(",
    ")", ",", "[", "]",
];

/// Tokens with their columns, from 1.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, FormulaError> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let offset = text.len() - rest.len();
        let column = text[..offset].chars().count() + 1;
        if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
        } else if first == '"' || first == '\'' {
            let (value, length) = quoted(rest, first).ok_or_else(|| FormulaError {
                column,
                reason: "the text has no closing quote".to_owned(),
            })?;
            found.push((Token::Text(value), column));
            rest = &rest[length..];
        } else if first.is_ascii_digit() {
            let length = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let number = rest[..length].parse().map_err(|_| FormulaError {
                column,
                reason: format!("`{}` is no number", &rest[..length]),
            })?;
            found.push((Token::Number(number), column));
            rest = &rest[length..];
        } else if first.is_alphabetic() || first == '_' {
            let length = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
                .unwrap_or(rest.len());
            found.push((Token::Name(rest[..length].to_owned()), column));
            rest = &rest[length..];
        } else {
            let sign = SIGNS
                .iter()
                .find(|sign| rest.starts_with(**sign))
                .ok_or_else(|| FormulaError {
                    column,
                    reason: format!("unexpected `{first}`"),
                })?;
            found.push((Token::Sign(sign), column));
            rest = &rest[sign.len()..];
        }
    }
    Ok(found)
}

/// A quoted text at the start of `rest`: its value and how many bytes it takes.
fn quoted(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((offset, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?.1),
            _ if character == quote => return Some((value, offset + 1)),
            _ => value.push(character),
        }
    }
    None
}
