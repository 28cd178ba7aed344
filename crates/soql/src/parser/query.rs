//! The clauses of a statement in their order ("SOQL and SOSL Reference, SOQL SELECT Syntax;
//! FROM; USING SCOPE; GROUP BY; HAVING; ORDER BY; LIMIT; OFFSET; FOR VIEW; FOR REFERENCE;
//! UPDATE"). Must not know what stands inside a condition or an expression.

use super::{Parsed, Parser};
use crate::Span;
use crate::ast::{
    Condition, Count, Direction, From, FromJoin, GroupBy, Grouping, Name, Nulls, OrderItem, Query,
};
use crate::lexer::TokenKind;

/// Where a query stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Top,
    /// In parentheses; the clauses that write are for whole statements only.
    Nested,
}

impl Parser<'_> {
    pub(super) fn query(&mut self, place: Place) -> Parsed<Query> {
        let start = self.span().start;
        self.expect_words(&["SELECT"])?;
        let select = self.select_list()?;
        self.expect_words(&["FROM"])?;
        let from = self.source()?;
        let scope = match self.take_words(&["USING"]) {
            Some(_) => {
                self.expect_words(&["SCOPE"])?;
                Some(self.name()?)
            }
            None => None,
        };
        let filter = self.filter()?;
        let with = self.with_clauses()?;
        let group_by = self.group_by()?;
        let having = match &group_by {
            Some(_) if self.take_words(&["HAVING"]).is_some() => Some(self.condition()?),
            _ => None,
        };
        let order_by = self.order_by()?;
        let limit = self.limit()?;
        let offset = self.offset()?;
        let mut query = Query {
            select,
            from,
            scope,
            filter,
            with,
            group_by,
            having,
            order_by,
            limit,
            offset,
            for_view: None,
            for_reference: None,
            update_tracking: None,
            update_viewstat: None,
            span: Span::default(),
        };
        if place == Place::Top {
            self.writing_clauses(&mut query)?;
        }
        query.span = self.span_from(start);
        Ok(query)
    }

    fn writing_clauses(&mut self, query: &mut Query) -> Parsed<()> {
        query.for_view = self.take_words(&["FOR", "VIEW"]);
        if query.for_view.is_none() && self.at_words(&["FOR"]) {
            query.for_reference = Some(self.expect_words(&["FOR", "REFERENCE"])?);
        }
        (query.update_tracking, query.update_viewstat) = self.update_clause()?;
        Ok(())
    }

    /// `UPDATE TRACKING`, `UPDATE VIEWSTAT` or `UPDATE TRACKING, VIEWSTAT`; SOSL has it too.
    pub(crate) fn update_clause(&mut self) -> Parsed<(Option<Span>, Option<Span>)> {
        if !self.at_words(&["UPDATE"]) {
            return Ok((None, None));
        }
        if let Some(viewstat) = self.take_words(&["UPDATE", "VIEWSTAT"]) {
            return Ok((None, Some(viewstat)));
        }
        let tracking = self.expect_words(&["UPDATE", "TRACKING"])?;
        let viewstat = if self.take(",") {
            Some(self.expect_words(&["VIEWSTAT"])?)
        } else {
            None
        };
        Ok((Some(tracking), viewstat))
    }

    fn source(&mut self) -> Parsed<From> {
        let object = self.object()?;
        let object = self.path_after(object)?;
        let alias = self.source_alias()?;
        let mut joins = Vec::new();
        while self.take(",") {
            let path = self.path()?;
            joins.push(FromJoin {
                path,
                alias: self.source_alias()?,
            });
        }
        Ok(From {
            object,
            alias,
            joins,
        })
    }

    fn source_alias(&mut self) -> Parsed<Option<Name>> {
        if self.take_words(&["AS"]).is_some() {
            return self.name().map(Some);
        }
        let Some(word) = self.word_after(0) else {
            return Ok(None);
        };
        // These words may be names, so the next token decides whether a clause starts here.
        let starts_clause = self.at_words(&["FOR"])
            || self.at_words(&["ORDER", "BY"])
            || self.at_words(&["UPDATE", "TRACKING"])
            || self.at_words(&["UPDATE", "VIEWSTAT"])
            || (self.at_words(&["OFFSET"]) && self.token_after(1).kind == TokenKind::Number);
        if starts_clause || Self::is_reserved(word) {
            return Ok(None);
        }
        self.name().map(Some)
    }

    pub(crate) fn filter(&mut self) -> Parsed<Option<Condition>> {
        match self.take_words(&["WHERE"]) {
            Some(_) => self.condition().map(Some),
            None => Ok(None),
        }
    }

    fn group_by(&mut self) -> Parsed<Option<GroupBy>> {
        let start = self.span().start;
        if self.take_words(&["GROUP"]).is_none() {
            return Ok(None);
        }
        self.expect_words(&["BY"])?;
        let called = self.symbol_after(1, "(");
        let kind = if called && self.at_words(&["ROLLUP"]) {
            Grouping::Rollup
        } else if called && self.at_words(&["CUBE"]) {
            Grouping::Cube
        } else {
            Grouping::Plain
        };
        let expressions = if kind == Grouping::Plain {
            self.list(Self::expression)?
        } else {
            self.step();
            self.expect("(")?;
            let expressions = self.list(Self::expression)?;
            self.expect(")")?;
            expressions
        };
        Ok(Some(GroupBy {
            kind,
            expressions,
            span: self.span_from(start),
        }))
    }

    pub(crate) fn order_by(&mut self) -> Parsed<Vec<OrderItem>> {
        if self.take_words(&["ORDER"]).is_none() {
            return Ok(Vec::new());
        }
        self.expect_words(&["BY"])?;
        self.list(Self::order_item)
    }

    fn order_item(&mut self) -> Parsed<OrderItem> {
        let expression = self.expression()?;
        let start = expression.span().start;
        let direction = if self.take_words(&["DESC"]).is_some() {
            Direction::Descending
        } else {
            self.take_words(&["ASC"]);
            Direction::Ascending
        };
        let nulls = if self.take_words(&["NULLS"]).is_none() {
            Nulls::First
        } else if self.take_words(&["LAST"]).is_some() {
            Nulls::Last
        } else {
            self.expect_words(&["FIRST"])?;
            Nulls::First
        };
        Ok(OrderItem {
            expression,
            direction,
            nulls,
            span: self.span_from(start),
        })
    }

    pub(crate) fn limit(&mut self) -> Parsed<Option<Count>> {
        match self.take_words(&["LIMIT"]) {
            Some(_) => self.count().map(Some),
            None => Ok(None),
        }
    }

    pub(crate) fn offset(&mut self) -> Parsed<Option<Count>> {
        match self.take_words(&["OFFSET"]) {
            Some(_) => self.count().map(Some),
            None => Ok(None),
        }
    }
}
