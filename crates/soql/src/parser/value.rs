//! Literals where a value is expected ("SOQL and SOSL Reference, Date Formats and Date
//! Literals in WHERE; Querying Currency Fields in Multi-Currency Orgs"). Must not know which
//! field the value is for.

use super::{Parsed, Parser};
use crate::ParseError;
use crate::ast::{Currency, DateLiteral, DateWord, Literal, Period, Reach, Value};
use crate::lexer::{TokenKind, illegal_escape};

impl Parser<'_> {
    pub(crate) fn literal(&mut self) -> Parsed<Literal> {
        let span = self.span();
        let value = match &self.token().kind {
            TokenKind::Word => return self.word_literal(),
            TokenKind::String {
                decoded,
                pattern_escape,
            } => {
                if let Some(at) = pattern_escape {
                    return Err(illegal_escape(self.code, self.text, span, *at));
                }
                Value::String(decoded.clone())
            }
            TokenKind::Number => Value::Number(self.text_of(span).to_owned()),
            TokenKind::Date(date) => Value::Date(*date),
            TokenKind::DateTime(moment) => Value::DateTime(*moment),
            TokenKind::Time(time) => Value::Time(*time),
            TokenKind::Symbol(_) | TokenKind::End => return Err(self.unexpected()),
        };
        self.step();
        Ok(Literal { value, span })
    }

    fn word_literal(&mut self) -> Parsed<Literal> {
        let span = self.span();
        let word = self.text_of(span);
        let value = if word.eq_ignore_ascii_case("TRUE") {
            Value::Boolean(true)
        } else if word.eq_ignore_ascii_case("FALSE") {
            Value::Boolean(false)
        } else if word.eq_ignore_ascii_case("NULL") {
            Value::Null
        } else if let Some(meaning) = DateWord::read(word) {
            return self.date_literal(meaning);
        } else if let Some((code, amount)) = currency(word) {
            return Ok(self.currency_literal(code, amount));
        } else {
            return Err(self.unexpected());
        };
        self.step();
        Ok(Literal { value, span })
    }

    fn date_literal(&mut self, meaning: DateWord) -> Parsed<Literal> {
        let start = self.step().start;
        let literal = match meaning {
            DateWord::Whole(literal) => literal,
            DateWord::Counted(period, reach) => self.counted(period, reach)?,
        };
        Ok(Literal {
            value: Value::DateLiteral(literal),
            span: self.span_from(start),
        })
    }

    fn counted(&mut self, period: Period, reach: fn(u32) -> Reach) -> Parsed<DateLiteral> {
        if !self.take(":") {
            return Err(self.expecting_colon());
        }
        let span = self.span();
        let count = self.count()?;
        let Ok(count) = u32::try_from(count.value) else {
            return Err(self.error(span, format!("unexpected token: '{}'", self.text_of(span))));
        };
        Ok(DateLiteral {
            period,
            reach: reach(count),
        })
    }

    fn expecting_colon(&self) -> ParseError {
        let span = self.span();
        let found = if span.start == span.end {
            "<EOF>"
        } else {
            self.text_of(span)
        };
        self.error(span, format!("expecting a colon, found '{found}'"))
    }

    /// `USD5000` is one word; the fraction of `USD5000.01` is a token of its own.
    fn currency_literal(&mut self, code: &str, whole: &str) -> Literal {
        let start = self.span();
        let code = code.to_ascii_uppercase();
        let mut amount = whole.to_owned();
        self.step();
        let next = self.span();
        let fraction = self.text_of(next);
        let touches = next.start == start.end && self.token().kind == TokenKind::Number;
        if touches && fraction.starts_with('.') {
            amount.push_str(fraction);
            self.step();
        }
        let span = self.span_from(start.start);
        Literal {
            value: Value::Currency(Currency { code, amount }),
            span,
        }
    }
}

/// Code and whole amount of a word like `USD5000`.
fn currency(word: &str) -> Option<(&str, &str)> {
    let (code, amount) = word.split_at_checked(3)?;
    let is_currency = code.bytes().all(|letter| letter.is_ascii_alphabetic())
        && !amount.is_empty()
        && amount.bytes().all(|digit| digit.is_ascii_digit());
    is_currency.then_some((code, amount))
}
