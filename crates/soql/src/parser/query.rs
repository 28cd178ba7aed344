//! The clauses of a statement in their order ("SOQL and SOSL Reference, SOQL SELECT Syntax;
//! GROUP BY; HAVING; ORDER BY; LIMIT; OFFSET; FOR VIEW; FOR REFERENCE; UPDATE"). Must not know
//! what stands inside a condition or an expression.

use super::{Parsed, Parser};
use crate::Span;
use crate::ast::{
    Condition, Count, Direction, From, GroupBy, Grouping, Name, Nulls, OrderItem, Query,
    SelectItem, Selected, WithClause,
};
use crate::lexer::{Keyword, Symbol, TokenKind};

/// Where a query stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    Top,
    /// In parentheses; the clauses that write are for whole statements only.
    Nested,
}

impl Parser<'_> {
    pub(super) fn query(&mut self, place: Place) -> Parsed<Query> {
        let start = self.expect(Keyword::Select)?.start;
        let select = self.select_list()?;
        let (from, scope) = self.from()?;
        let filter = self.filter()?;
        let with = self.with_clauses()?;
        let mut query = plain(select, from, scope, filter, with);
        query.group_by = self.group_by()?;
        if query.group_by.is_some() && self.take(Keyword::Having).is_some() {
            query.having = Some(self.condition()?);
        }
        query.order_by = self.order_by()?;
        query.limit = self.limit()?;
        query.offset = self.offset()?;
        self.bindings()?;
        self.writing_clauses(&mut query, place)?;
        query.span = self.span_from(start);
        Ok(query)
    }

    /// The query of a semi-join: one field, `FROM`, `WHERE` and one `WITH` clause.
    pub(super) fn semi_join(&mut self) -> Parsed<Query> {
        let start = self.expect(Keyword::Select)?.start;
        let expression = self.field()?;
        let span = expression.span();
        let select = vec![SelectItem::Expression(Selected {
            expression,
            alias: None,
            span,
        })];
        let (from, scope) = self.from()?;
        let filter = self.filter()?;
        let with = self.filter_clause()?.into_iter().collect();
        let mut query = plain(select, from, scope, filter, with);
        query.span = self.span_from(start);
        Ok(query)
    }

    /// `BIND name = literal, …`: the grammar knows it, no org does.
    fn bindings(&mut self) -> Parsed<()> {
        let Some(keyword) = self.take(Keyword::Bind) else {
            return Ok(());
        };
        self.refuse_token(keyword);
        self.list(|parser| {
            parser.path()?;
            parser.expect_symbol(Symbol::Equal)?;
            parser.literal()
        })?;
        Ok(())
    }

    fn writing_clauses(&mut self, query: &mut Query, place: Place) -> Parsed<()> {
        let start = self.span();
        query.for_view = self.take_two(Keyword::For, Keyword::View);
        if query.for_view.is_none() && self.take(Keyword::For).is_some() {
            self.expect(Keyword::Reference)?;
            query.for_reference = Some(self.span_from(start.start));
        }
        (query.update_tracking, query.update_viewstat) = self.update_clause()?;
        let writes = self.span_from(start.start);
        if place == Place::Nested && writes.end > writes.start {
            self.refuse_token(start);
        }
        Ok(())
    }

    /// `UPDATE TRACKING`, `UPDATE VIEWSTAT` or `UPDATE TRACKING, VIEWSTAT`; SOSL has it too. The
    /// grammar takes any list of names; whatever it says, it writes.
    pub(crate) fn update_clause(&mut self) -> Parsed<(Option<Span>, Option<Span>)> {
        let Some(keyword) = self.take(Keyword::Update) else {
            return Ok((None, None));
        };
        let first_is_tracking = self.at(Keyword::Tracking);
        if self.at(Keyword::Viewstat) && !self.symbol_after(1, Symbol::Comma) {
            return Ok((None, Some(keyword.to(self.step()))));
        }
        let names = self.list(Self::free_name)?;
        let tracking = names.first().map(|name| keyword.to(name.span));
        let viewstat = names.get(1).map(|name| name.span);
        let odd = names.iter().enumerate().find(|(index, name)| match index {
            0 => !first_is_tracking,
            1 => !name.is("VIEWSTAT"),
            _ => true,
        });
        if let Some((_, odd)) = odd {
            self.refuse_token(odd.span);
        }
        Ok((tracking, viewstat))
    }

    pub(crate) fn filter(&mut self) -> Parsed<Option<Condition>> {
        match self.take(Keyword::Where) {
            Some(_) => self.condition().map(Some),
            None => Ok(None),
        }
    }

    fn group_by(&mut self) -> Parsed<Option<GroupBy>> {
        let Some(keyword) = self.take(Keyword::Group) else {
            return Ok(None);
        };
        self.expect(Keyword::By)?;
        let kind = match self.kind() {
            TokenKind::Word(Keyword::Rollup) => Grouping::Rollup,
            TokenKind::Word(Keyword::Cube) => Grouping::Cube,
            _ => Grouping::Plain,
        };
        let expressions = if kind == Grouping::Plain {
            self.list(Self::field)?
        } else {
            self.step();
            self.expect_symbol(Symbol::Open)?;
            let expressions = self.list(Self::field)?;
            self.expect_symbol(Symbol::Close)?;
            expressions
        };
        Ok(Some(GroupBy {
            kind,
            expressions,
            span: self.span_from(keyword.start),
        }))
    }

    pub(crate) fn order_by(&mut self) -> Parsed<Vec<OrderItem>> {
        if self.take(Keyword::Order).is_none() {
            return Ok(Vec::new());
        }
        self.expect(Keyword::By)?;
        self.list(Self::order_item)
    }

    fn order_item(&mut self) -> Parsed<OrderItem> {
        let expression = self.expression()?;
        let start = expression.span().start;
        let direction = if self.take(Keyword::Desc).is_some() {
            Direction::Descending
        } else {
            self.take(Keyword::Asc);
            Direction::Ascending
        };
        let nulls = if self.take(Keyword::Nulls).is_none() {
            Nulls::First
        } else if self.take(Keyword::Last).is_some() {
            Nulls::Last
        } else {
            self.expect(Keyword::First)?;
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
        match self.take(Keyword::Limit) {
            Some(_) => self.count().map(Some),
            None => Ok(None),
        }
    }

    pub(crate) fn offset(&mut self) -> Parsed<Option<Count>> {
        match self.take(Keyword::Offset) {
            Some(_) => self.count().map(Some),
            None => Ok(None),
        }
    }
}

/// A query without the clauses after `WITH`.
fn plain(
    select: Vec<SelectItem>,
    from: From,
    scope: Option<Name>,
    filter: Option<Condition>,
    with: Vec<WithClause>,
) -> Query {
    Query {
        select,
        from,
        scope,
        filter,
        with,
        group_by: None,
        having: None,
        order_by: Vec::new(),
        limit: None,
        offset: None,
        for_view: None,
        for_reference: None,
        update_tracking: None,
        update_viewstat: None,
        span: Span::default(),
    }
}
