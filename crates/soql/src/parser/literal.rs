//! Literals where a value is expected ("SOQL and SOSL Reference, Date Formats and Date
//! Literals in WHERE; Querying Currency Fields in Multi-Currency Orgs"). Must not know which
//! field the value is for.

use super::{Parsed, Parser};
use crate::ast::{Currency, DateLiteral, DateWord, Literal, Period, Reach, Value};
use crate::lexer::{
    self, Escapes, Keyword, Symbol, TokenKind, date, date_time, decode, decode_pattern, string_flaw,
};
use crate::{Pattern, Span};

impl Parser<'_> {
    /// Any literal.
    pub(crate) fn literal(&mut self) -> Parsed<Literal> {
        let span = self.span();
        let text = self.text_of(span);
        let moment = match self.kind() {
            TokenKind::Word(word) => return self.word_literal(word),
            TokenKind::String(judge) => return self.string(span, judge),
            TokenKind::Integer
            | TokenKind::Decimal
            | TokenKind::Symbol(Symbol::Plus | Symbol::Minus) => return self.number_literal(),
            TokenKind::Date => date(text).map(Value::Date),
            TokenKind::DateTime => date_time(text).map(Value::DateTime),
            TokenKind::Time => lexer::time(text).map(Value::Time),
            TokenKind::Symbol(_) | TokenKind::End => return Err(self.unexpected()),
        };
        self.step();
        if moment.is_none() {
            self.refuse(span, || format!("invalid date: {text}"));
        }
        Ok(Literal {
            value: moment.unwrap_or(Value::Null),
            span,
        })
    }

    /// A quoted string, and nothing else.
    pub(crate) fn string_literal(&mut self) -> Parsed<Literal> {
        match self.kind() {
            TokenKind::String(judge) => self.string(self.span(), judge),
            // Built only when needed: finding a row walks the text.
            _ => Err(self.unexpected()),
        }
    }

    fn string(&mut self, span: Span, judge: bool) -> Parsed<Literal> {
        self.step();
        let raw = self.inside(span);
        let decoded = if judge {
            self.sound(span, decode(raw, Escapes::Plain))?
        } else {
            raw.to_owned()
        };
        Ok(Literal {
            value: Value::String(decoded),
            span,
        })
    }

    /// The string of `LIKE`; other literals are a refusal there.
    pub(super) fn pattern(&mut self) -> Parsed<(Pattern, Span)> {
        let span = self.span();
        if let TokenKind::String(_) = self.kind() {
            self.step();
            let pattern = self.sound(span, decode_pattern(self.inside(span)))?;
            return Ok((pattern, span));
        }
        let span = self.literal()?.span;
        self.refuse_token(span);
        Ok((Pattern::default(), span))
    }

    /// The text between the quotes.
    fn inside(&self, span: Span) -> &'_ str {
        self.text_of(Span::new(span.start + 1, span.end - 1))
    }

    fn sound<T: Default>(&mut self, string: Span, decoded: Result<T, lexer::Flaw>) -> Parsed<T> {
        let flaw = match decoded {
            Ok(decoded) => return Ok(decoded),
            Err(flaw) => flaw,
        };
        let (span, message) = string_flaw(self.text, string, &flaw);
        if flaw.grammatical {
            self.refuse(span, || message);
            return Ok(T::default());
        }
        Err(self.error(span, message))
    }

    /// A number with an optional sign; blanks after the sign are dropped.
    pub(super) fn number(&mut self) -> Parsed<String> {
        let start = self.span().start;
        let signed = matches!(self.kind(), TokenKind::Symbol(Symbol::Plus | Symbol::Minus));
        if signed {
            self.step();
        }
        let span = self.span();
        if !matches!(self.kind(), TokenKind::Integer | TokenKind::Decimal) {
            return Err(self.unexpected());
        }
        self.step();
        if signed && span.start > start + 1 {
            let sign = &self.text[start..=start];
            return Ok(format!("{sign}{}", self.text_of(span)));
        }
        Ok(self.text_of(self.span_from(start)).to_owned())
    }

    fn number_literal(&mut self) -> Parsed<Literal> {
        let start = self.span().start;
        let number = self.number()?;
        Ok(Literal {
            value: Value::Number(number),
            span: self.span_from(start),
        })
    }

    fn word_literal(&mut self, word: Keyword) -> Parsed<Literal> {
        let span = self.span();
        let value = match word {
            Keyword::True => Value::Boolean(true),
            Keyword::False => Value::Boolean(false),
            Keyword::Null => Value::Null,
            _ => {
                let text = self.text_of(span);
                if let Some(meaning) = DateWord::read(text) {
                    return self.date_literal(meaning);
                }
                let Some(currency) = currency(text) else {
                    return Err(self.unexpected());
                };
                if currency.amount.ends_with('.') || currency.amount.contains("..") {
                    self.refuse_token(span);
                }
                Value::Currency(currency)
            }
        };
        self.step();
        Ok(Literal { value, span })
    }

    fn date_literal(&mut self, meaning: DateWord) -> Parsed<Literal> {
        let start = self.step().start;
        let colon = self.span();
        let count = if self.take_symbol(Symbol::Colon) {
            Some(self.day_count()?)
        } else {
            None
        };
        let literal = match (meaning, count) {
            (DateWord::Whole(literal), None) => literal,
            (DateWord::Whole(literal), Some(_)) => {
                self.refuse_token(colon);
                literal
            }
            (DateWord::Counted(period, reach), count) => {
                if count.is_none() {
                    let found = self.shown(colon);
                    self.refuse(colon, || format!("expecting a colon, found '{found}'"));
                }
                counted(period, reach, count)
            }
        };
        Ok(Literal {
            value: Value::DateLiteral(literal),
            span: self.span_from(start),
        })
    }

    /// The number after the colon; it has no sign.
    fn day_count(&mut self) -> Parsed<u32> {
        let span = self.span();
        if self.kind() != TokenKind::Integer {
            return Err(self.unexpected());
        }
        self.step();
        let count = self.text_of(span).parse();
        if count.is_err() {
            self.refuse_token(span);
        }
        Ok(count.unwrap_or(u32::MAX))
    }
}

fn counted(period: Period, reach: fn(u32) -> Reach, count: Option<u32>) -> DateLiteral {
    DateLiteral {
        period,
        reach: reach(count.unwrap_or_default()),
    }
}

/// Code and amount of a word like `USD5000` or `USD5000.01`; the grammar takes any number of dots
/// in a row.
fn currency(word: &str) -> Option<Currency> {
    let (code, amount) = word.split_at_checked(3)?;
    let after_whole = amount.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let fraction = after_whole.trim_start_matches('.');
    let is_currency = code.bytes().all(|letter| letter.is_ascii_alphabetic())
        && after_whole.len() < amount.len()
        && fraction.bytes().all(|digit| digit.is_ascii_digit());
    is_currency.then(|| Currency {
        code: code.to_ascii_uppercase(),
        amount: amount.to_owned(),
    })
}
