//! Conditions ("SOQL and SOSL Reference, Condition Expression Syntax; Comparison Operators;
//! Logical Operators"). `AND` and `OR` do not mix at one level, and `NOT` beside either of them
//! needs parentheses. Must not know fields' types, nor where semi-joins are allowed.

use super::query::Place;
use super::{Parsed, Parser};
use crate::ast::{
    Comparison, ComparisonOperator, Condition, Expression, Inclusion, Like, Literal, Membership,
    MembershipSource,
};
use crate::lexer::{TokenKind, decode_pattern};
use crate::{ParseError, Span};

impl Parser<'_> {
    pub(crate) fn condition(&mut self) -> Parsed<Condition> {
        if self.take_words(&["NOT"]).is_some() {
            // No `AND` or `OR` may follow; the caller refuses what is left.
            return Ok(Condition::Not(Box::new(self.simple_condition()?)));
        }
        let first = self.simple_condition()?;
        for (word, other) in [("AND", "OR"), ("OR", "AND")] {
            if !self.at_words(&[word]) {
                continue;
            }
            let mut all = vec![first];
            while self.take_words(&[word]).is_some() {
                all.push(self.simple_condition()?);
            }
            if self.at_words(&[other]) {
                return Err(self.mixed_operators());
            }
            return Ok(if word == "AND" {
                Condition::And(all)
            } else {
                Condition::Or(all)
            });
        }
        Ok(first)
    }

    /// The vendor writes the operator without quotes here.
    fn mixed_operators(&self) -> ParseError {
        let span = self.span();
        self.error(span, format!("unexpected token: {}", self.text_of(span)))
    }

    fn simple_condition(&mut self) -> Parsed<Condition> {
        if self.take("(") {
            let condition = self.condition()?;
            self.expect(")")?;
            return Ok(condition);
        }
        let left = self.expression()?;
        self.comparison(left)
    }

    fn comparison(&mut self, left: Expression) -> Parsed<Condition> {
        let start = left.span().start;
        if let TokenKind::Symbol(symbol) = self.token().kind {
            let operator = match symbol {
                "=" => ComparisonOperator::Equal,
                "!=" | "<>" => ComparisonOperator::NotEqual,
                "<" => ComparisonOperator::Less,
                "<=" => ComparisonOperator::LessOrEqual,
                ">" => ComparisonOperator::Greater,
                ">=" => ComparisonOperator::GreaterOrEqual,
                _ => return Err(self.unexpected()),
            };
            self.step();
            let value = self.literal()?;
            let span = self.span_from(start);
            return Ok(Condition::Comparison(Comparison {
                left,
                operator,
                value,
                span,
            }));
        }
        if self.take_words(&["LIKE"]).is_some() {
            return self.like(left, start);
        }
        for (word, negated) in [("INCLUDES", false), ("EXCLUDES", true)] {
            if self.take_words(&[word]).is_some() {
                return self.inclusion(left, negated, start);
            }
        }
        let negated = self.take_words(&["NOT"]).is_some();
        self.expect_words(&["IN"])?;
        self.membership(left, negated, start)
    }

    fn like(&mut self, left: Expression, start: usize) -> Parsed<Condition> {
        if !matches!(self.token().kind, TokenKind::String { .. }) {
            return Err(self.unexpected());
        }
        let pattern_span = self.step();
        let inner = Span::new(pattern_span.start + 1, pattern_span.end - 1);
        let pattern = decode_pattern(self.text_of(inner));
        let span = self.span_from(start);
        Ok(Condition::Like(Like {
            left,
            pattern,
            pattern_span,
            span,
        }))
    }

    fn inclusion(&mut self, left: Expression, negated: bool, start: usize) -> Parsed<Condition> {
        self.expect("(")?;
        let values = self.list(Self::string_literal)?;
        self.expect(")")?;
        let span = self.span_from(start);
        Ok(Condition::Includes(Inclusion {
            left,
            negated,
            values,
            span,
        }))
    }

    /// A quoted string, and nothing else.
    pub(crate) fn string_literal(&mut self) -> Parsed<Literal> {
        // The error is built only when needed: finding its row walks the text.
        if !matches!(self.token().kind, TokenKind::String { .. }) {
            return Err(self.unexpected());
        }
        self.literal()
    }

    fn membership(&mut self, left: Expression, negated: bool, start: usize) -> Parsed<Condition> {
        self.expect("(")?;
        let source = if self.at_words(&["SELECT"]) {
            MembershipSource::Query(Box::new(self.query(Place::Nested)?))
        } else {
            MembershipSource::Values(self.list(Self::literal)?)
        };
        self.expect(")")?;
        let span = self.span_from(start);
        Ok(Condition::In(Membership {
            left,
            negated,
            source,
            span,
        }))
    }
}
