//! The text in braces ("SOQL and SOSL Reference, `FIND {SearchQuery}`"). It has rules of its own:
//! words side by side mean `AND`, most punctuation must be escaped. Must not know the clauses
//! around it.

use super::SearchTerm;
use crate::text::SEARCH_RESERVED;
use crate::{ErrorCode, MAX_DEPTH, ParseError, Pattern, PatternPiece, Span, work};

const CODE: ErrorCode = ErrorCode::MalformedSearch;

type Parsed<T> = Result<T, ParseError>;

pub(super) struct TermParser<'text> {
    pub(super) text: &'text str,
    pub(super) at: usize,
    depth: usize,
}

impl<'text> TermParser<'text> {
    pub(super) fn new(text: &'text str, at: usize) -> Self {
        Self { text, at, depth: 0 }
    }

    /// The whole term; `at` stands on the closing brace afterwards.
    pub(super) fn term(&mut self) -> Parsed<SearchTerm> {
        let term = self.alternatives()?;
        if self.peek() == Some('}') {
            Ok(term)
        } else {
            Err(self.mismatched())
        }
    }

    fn alternatives(&mut self) -> Parsed<SearchTerm> {
        let first = self.conjunction()?;
        let mut all = vec![first];
        while self.take_operator("OR") {
            all.push(self.conjunction()?);
        }
        Ok(single_or(all, SearchTerm::Or))
    }

    fn conjunction(&mut self) -> Parsed<SearchTerm> {
        let mut all = vec![self.operand()?];
        loop {
            let joined = self.take_operator("AND");
            if joined && self.take_operator("NOT") {
                all.push(SearchTerm::Not(Box::new(self.operand()?)));
            } else if joined || self.operand_follows() {
                all.push(self.operand()?);
            } else {
                return Ok(single_or(all, SearchTerm::And));
            }
        }
    }

    fn operand_follows(&mut self) -> bool {
        self.skip_blanks();
        let operator = self
            .operator_word()
            .is_some_and(|word| word.eq_ignore_ascii_case("OR"));
        !operator && self.peek().is_some_and(|next| !matches!(next, ')' | '}'))
    }

    fn operand(&mut self) -> Parsed<SearchTerm> {
        self.skip_blanks();
        if let Some(word) = self.operator_word() {
            return Err(self.unexpected(word.len()));
        }
        match self.peek() {
            Some('(') => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    let message = format!("nested too deeply: at most {MAX_DEPTH} levels");
                    let span = Span::new(self.at, self.at + 1);
                    return Err(ParseError::syntax(CODE, self.text, span, message));
                }
                self.at += 1;
                let inner = self.alternatives()?;
                if self.peek() != Some(')') {
                    return Err(self.mismatched_expecting(')'));
                }
                self.at += 1;
                self.depth -= 1;
                Ok(inner)
            }
            Some('"') => {
                self.at += 1;
                let pattern = self.pattern(true)?;
                if self.peek() != Some('"') {
                    return Err(self.mismatched_expecting('"'));
                }
                self.at += 1;
                Ok(SearchTerm::Phrase(pattern))
            }
            Some('}' | ')') => Err(self.unexpected(1)),
            _ => self.pattern(false).map(SearchTerm::Word),
        }
    }

    /// A word, or the inside of a phrase. Escapes are for reserved characters only.
    fn pattern(&mut self, phrase: bool) -> Parsed<Pattern> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        while let Some(next) = self.peek() {
            let wildcard = match next {
                '*' => Some(PatternPiece::AnyRun),
                '?' => Some(PatternPiece::AnyOne),
                _ => None,
            };
            if let Some(wildcard) = wildcard {
                if text.is_empty() && pieces.is_empty() {
                    // A word begins with a character that can be looked up.
                    return Err(self.unexpected(1));
                }
                if !text.is_empty() {
                    pieces.push(PatternPiece::Text(std::mem::take(&mut text)));
                }
                pieces.push(wildcard);
            } else if next == '\\' {
                self.at += 1;
                match self.peek() {
                    Some(escaped) if SEARCH_RESERVED.contains(escaped) => text.push(escaped),
                    _ => return Err(self.mismatched()),
                }
            } else if SEARCH_RESERVED.contains(next) || (!phrase && next.is_whitespace()) {
                break;
            } else {
                text.push(next);
            }
            self.at += self.peek().map_or(0, char::len_utf8);
        }
        if !text.is_empty() {
            pieces.push(PatternPiece::Text(text));
        }
        // Nothing was read, so the character here starts no word.
        if pieces.is_empty() {
            Err(self.mismatched())
        } else {
            Ok(Pattern { pieces })
        }
    }

    fn peek(&self) -> Option<char> {
        work::add(1);
        self.text[self.at..].chars().next()
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        let blanks = rest.len() - rest.trim_start().len();
        work::add(blanks + 1);
        self.at += blanks;
    }

    /// `AND`, `OR` or `NOT` when such a word stands here.
    fn operator_word(&self) -> Option<&'text str> {
        let rest = &self.text[self.at..];
        let length = rest
            .bytes()
            .take(4)
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let word = &rest[..length];
        let ends = rest[length..]
            .chars()
            .next()
            .is_none_or(|next| next.is_whitespace() || matches!(next, '(' | ')' | '"' | '}'));
        let known = ["AND", "OR", "NOT"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word));
        (ends && known).then_some(word)
    }

    fn take_operator(&mut self, operator: &str) -> bool {
        self.skip_blanks();
        let found = self
            .operator_word()
            .is_some_and(|word| word.eq_ignore_ascii_case(operator));
        if found {
            self.at += operator.len();
        }
        found
    }

    fn mismatched(&self) -> ParseError {
        self.mismatched_expecting('}')
    }

    fn mismatched_expecting(&self, expected: char) -> ParseError {
        let found = self.peek().map_or_else(|| "<EOF>".to_owned(), String::from);
        let message = format!("mismatched character '{found}' expecting '{expected}'");
        ParseError::lexical(CODE, self.text, self.at, &message)
    }

    fn unexpected(&self, length: usize) -> ParseError {
        let span = Span::new(self.at, self.at + length);
        let found = &self.text[span.start..span.end];
        ParseError::syntax(
            CODE,
            self.text,
            span,
            format!("unexpected token: '{found}'"),
        )
    }
}

fn single_or(mut all: Vec<SearchTerm>, join: fn(Vec<SearchTerm>) -> SearchTerm) -> SearchTerm {
    match all.len() {
        1 => all.remove(0),
        _ => join(all),
    }
}
