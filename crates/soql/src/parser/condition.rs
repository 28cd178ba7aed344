//! Conditions ("SOQL and SOSL Reference, Condition Expression Syntax; Comparison Operators;
//! Logical Operators"). `AND` and `OR` do not mix at one level, and `NOT` beside either of them
//! needs parentheses. Must not know fields' types, nor where semi-joins are allowed.

use super::{Parsed, Parser};
use crate::ParseError;
use crate::ast::{
    Comparison, ComparisonOperator, Condition, Expression, Inclusion, Like, Literal, Membership,
    MembershipSource, Value,
};
use crate::lexer::{Keyword, Symbol, TokenKind};

impl Parser<'_> {
    pub(crate) fn condition(&mut self) -> Parsed<Condition> {
        if self.take(Keyword::Not).is_some() {
            // No `AND` or `OR` may follow; the caller refuses what is left.
            return Ok(Condition::Not(Box::new(self.simple_condition()?)));
        }
        let first = self.simple_condition()?;
        let (word, other, join): (_, _, fn(Vec<Condition>) -> Condition) = match self.kind() {
            TokenKind::Word(Keyword::And) => (Keyword::And, Keyword::Or, Condition::And),
            TokenKind::Word(Keyword::Or) => (Keyword::Or, Keyword::And, Condition::Or),
            _ => return Ok(first),
        };
        let mut all = vec![first];
        while self.take(word).is_some() {
            all.push(self.simple_condition()?);
        }
        if self.at(other) {
            return Err(self.mixed_operators());
        }
        Ok(join(all))
    }

    /// The vendor writes the operator without quotes here.
    fn mixed_operators(&self) -> ParseError {
        let span = self.span();
        self.error(span, format!("unexpected token: {}", self.text_of(span)))
    }

    fn simple_condition(&mut self) -> Parsed<Condition> {
        if self.take_symbol(Symbol::Open) {
            let condition = self.condition()?;
            self.expect_symbol(Symbol::Close)?;
            return Ok(condition);
        }
        if self.at_distance() {
            let left = Expression::Distance(self.distance()?);
            return self.comparison(left);
        }
        let left = self.field()?;
        match self.kind() {
            TokenKind::Word(Keyword::Like) => self.like(left),
            TokenKind::Word(Keyword::Includes) => self.inclusion(left, false),
            TokenKind::Word(Keyword::Excludes) => self.inclusion(left, true),
            TokenKind::Word(Keyword::In | Keyword::Not) => self.membership(left),
            TokenKind::Symbol(Symbol::Plus | Symbol::Minus) => self.calculation(left),
            _ => self.comparison(left),
        }
    }

    /// `a + b > 5`: the grammar knows it, no org does.
    fn calculation(&mut self, left: Expression) -> Parsed<Condition> {
        if !matches!(left, Expression::Field(_)) {
            return Err(self.unexpected());
        }
        let operator = self.step();
        self.path()?;
        self.refuse_token(operator);
        self.comparison(left)
    }

    fn comparison(&mut self, left: Expression) -> Parsed<Condition> {
        let start = left.span().start;
        let operator = self.operator()?;
        let value = self.literal()?;
        Ok(Condition::Comparison(Comparison {
            left,
            operator,
            value,
            span: self.span_from(start),
        }))
    }

    /// `<=` and `>=` are two tokens each, so blanks may stand between.
    fn operator(&mut self) -> Parsed<ComparisonOperator> {
        let TokenKind::Symbol(symbol) = self.kind() else {
            return Err(self.unexpected());
        };
        let or_equal = self.symbol_after(1, Symbol::Equal);
        let operator = match symbol {
            Symbol::Equal => ComparisonOperator::Equal,
            Symbol::NotEqual | Symbol::LessGreater => ComparisonOperator::NotEqual,
            Symbol::Less if or_equal => ComparisonOperator::LessOrEqual,
            Symbol::Less => ComparisonOperator::Less,
            Symbol::Greater if or_equal => ComparisonOperator::GreaterOrEqual,
            Symbol::Greater => ComparisonOperator::Greater,
            _ => return Err(self.unexpected()),
        };
        self.step();
        if let ComparisonOperator::LessOrEqual | ComparisonOperator::GreaterOrEqual = operator {
            self.step();
        }
        Ok(operator)
    }

    fn like(&mut self, left: Expression) -> Parsed<Condition> {
        let start = left.span().start;
        self.step();
        let (pattern, pattern_span) = self.pattern()?;
        Ok(Condition::Like(Like {
            left,
            pattern,
            pattern_span,
            span: self.span_from(start),
        }))
    }

    fn inclusion(&mut self, left: Expression, negated: bool) -> Parsed<Condition> {
        let start = left.span().start;
        self.step();
        self.expect_symbol(Symbol::Open)?;
        let values = self.list(Self::multipicklist_value)?;
        self.expect_symbol(Symbol::Close)?;
        Ok(Condition::Includes(Inclusion {
            left,
            negated,
            values,
            span: self.span_from(start),
        }))
    }

    fn multipicklist_value(&mut self) -> Parsed<Literal> {
        let literal = self.literal()?;
        if !matches!(literal.value, Value::String(_)) {
            self.refuse_token(literal.span);
        }
        Ok(literal)
    }

    fn membership(&mut self, left: Expression) -> Parsed<Condition> {
        let start = left.span().start;
        let negated = self.take(Keyword::Not).is_some();
        self.expect(Keyword::In)?;
        self.expect_symbol(Symbol::Open)?;
        let source = if self.at(Keyword::Select) {
            MembershipSource::Query(Box::new(self.semi_join()?))
        } else {
            MembershipSource::Values(self.list(Self::literal)?)
        };
        self.expect_symbol(Symbol::Close)?;
        Ok(Condition::In(Membership {
            left,
            negated,
            source,
            span: self.span_from(start),
        }))
    }
}
