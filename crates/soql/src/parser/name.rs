//! Names and dotted paths ("SOQL and SOSL Reference, Alias Notation; Relationship Queries").
//! Must not know whether a name exists.

use super::{Parsed, Parser};
use crate::Span;
use crate::ast::{FieldPath, Name};
use crate::lexer::TokenKind;

impl Parser<'_> {
    /// Whether a name stands here: any word that is not reserved.
    pub(crate) fn at_name(&self) -> bool {
        self.name_after(0)
    }

    pub(super) fn name_after(&self, count: usize) -> bool {
        matches!(self.kind_after(count), TokenKind::Word(word) if !word.is_reserved())
    }

    /// A name without dots; one with dots is a refusal.
    pub(crate) fn name(&mut self) -> Parsed<Name> {
        if !self.at_name() {
            return Err(self.unexpected());
        }
        let span = self.step();
        let text = self.text_of(span);
        if !is_plain_name(text) {
            self.refuse_token(span);
        }
        Ok(Name {
            text: text.to_owned(),
            span,
        })
    }

    /// A name that is no word of the language, which a few places ask for.
    pub(crate) fn free_name(&mut self) -> Parsed<Name> {
        match self.kind() {
            TokenKind::Word(word) if !word.is_token() => self.name(),
            _ => Err(self.unexpected()),
        }
    }

    /// A field, possibly with relationships or an alias before it. The vendor's lexer takes the
    /// whole path as one name, so there are no blanks around its dots.
    pub(crate) fn path(&mut self) -> Parsed<FieldPath> {
        if !self.at_name() {
            return Err(self.unexpected());
        }
        let span = self.step();
        let text = self.text_of(span);
        let segments = if text.as_bytes().contains(&b'.') {
            self.segments(text, span)
        } else {
            if !text.is_ascii() {
                self.refuse_token(span);
            }
            vec![Name {
                text: text.to_owned(),
                span,
            }]
        };
        Ok(FieldPath { segments, span })
    }

    fn segments(&mut self, text: &str, span: Span) -> Vec<Name> {
        let mut start = span.start;
        let mut segments = Vec::with_capacity(4);
        for segment in text.split('.') {
            let place = Span::new(start, start + segment.len());
            start = place.end + 1;
            if !is_plain_name(segment) {
                self.refuse_token(span);
            }
            segments.push(Name {
                text: segment.to_owned(),
                span: place,
            });
        }
        segments
    }
}

/// `[A-Za-z][A-Za-z0-9_]*`; the grammar also takes dots anywhere and any letter.
fn is_plain_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
