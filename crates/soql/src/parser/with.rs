//! `WITH` clauses ("SOQL and SOSL Reference, WITH; WITH DATA CATEGORY; WITH
//! `RecordVisibilityContext`"). The grammar takes one `DATA CATEGORY` or `name = 'value'` first, then
//! any names, with or without settings. Must not know what access a clause demands.

use super::{Parsed, Parser};
use crate::Span;
use crate::ast::{
    CategorySelection, CategorySelector, DataCategory, UserFilter, Value, VisibilityContext,
    VisibilitySetting, WithClause,
};
use crate::lexer::{Keyword, Symbol, TokenKind};

impl Parser<'_> {
    /// All clauses of a query.
    pub(super) fn with_clauses(&mut self) -> Parsed<Vec<WithClause>> {
        let mut clauses = Vec::new();
        clauses.extend(self.filter_clause()?);
        while let Some(keyword) = self.take(Keyword::With) {
            clauses.push(self.named_clause(keyword.start)?);
        }
        Ok(clauses)
    }

    /// `DATA CATEGORY …` or `name = 'value'`, the only clauses of a semi-join.
    pub(super) fn filter_clause(&mut self) -> Parsed<Option<WithClause>> {
        if !self.at(Keyword::With) {
            return Ok(None);
        }
        let start = self.span().start;
        if self.word_after(1, Keyword::Data) && self.word_after(2, Keyword::Category) {
            self.step();
            return self
                .data_category(start)
                .map(WithClause::DataCategory)
                .map(Some);
        }
        if !self.symbol_after(2, Symbol::Equal) {
            return Ok(None);
        }
        self.step();
        let is_user = self.at(Keyword::UserId);
        let name = self.path()?.span;
        if !is_user {
            self.refuse_token(name);
        }
        self.expect_symbol(Symbol::Equal)?;
        let user = self.string_literal()?;
        let span = self.span_from(start);
        Ok(Some(WithClause::User(UserFilter { user, span })))
    }

    fn named_clause(&mut self, start: usize) -> Parsed<WithClause> {
        let kind = self.kind();
        let name = self.path()?.span;
        if self.take_symbol(Symbol::Open) {
            let settings = self.list(Self::visibility_setting)?;
            self.expect_symbol(Symbol::Close)?;
            if kind != TokenKind::Word(Keyword::RecordVisibilityContext) {
                self.refuse_token(name);
            }
            return Ok(WithClause::RecordVisibility(VisibilityContext {
                settings,
                span: self.span_from(start),
            }));
        }
        let clause: fn(Span) -> WithClause = match kind {
            TokenKind::Word(Keyword::UserMode) => WithClause::UserMode,
            TokenKind::Word(Keyword::SystemMode) => WithClause::SystemMode,
            TokenKind::Word(Keyword::SecurityEnforced) => WithClause::SecurityEnforced,
            _ => {
                self.refuse_token(name);
                WithClause::SecurityEnforced
            }
        };
        Ok(clause(self.span_from(start)))
    }

    fn visibility_setting(&mut self) -> Parsed<VisibilitySetting> {
        let name = self.name()?;
        self.expect_symbol(Symbol::Equal)?;
        let allowed = matches!(
            self.kind(),
            TokenKind::String(_)
                | TokenKind::Integer
                | TokenKind::Word(Keyword::True | Keyword::False)
        );
        if !allowed {
            return Err(self.unexpected());
        }
        let value = self.literal()?;
        if let Value::String(_) = value.value {
            self.refuse_token(value.span);
        }
        Ok(VisibilitySetting { name, value })
    }

    /// `DATA CATEGORY …`, after `WITH` at `start`; SOSL has it too.
    pub(crate) fn data_category(&mut self, start: usize) -> Parsed<DataCategory> {
        self.expect(Keyword::Data)?;
        self.expect(Keyword::Category)?;
        let mut selections = vec![self.category_selection()?];
        while self.take(Keyword::And).is_some() {
            selections.push(self.category_selection()?);
        }
        Ok(DataCategory {
            selections,
            span: self.span_from(start),
        })
    }

    fn category_selection(&mut self) -> Parsed<CategorySelection> {
        let group = self.name()?;
        let selector = match self.kind() {
            TokenKind::Word(Keyword::At) => CategorySelector::At,
            TokenKind::Word(Keyword::Above) => CategorySelector::Above,
            TokenKind::Word(Keyword::Below) => CategorySelector::Below,
            TokenKind::Word(Keyword::AboveOrBelow) => CategorySelector::AboveOrBelow,
            _ => return Err(self.unexpected()),
        };
        self.step();
        let categories = if self.take_symbol(Symbol::Open) {
            let categories = self.list(Self::name)?;
            self.expect_symbol(Symbol::Close)?;
            categories
        } else {
            vec![self.name()?]
        };
        Ok(CategorySelection {
            group,
            selector,
            categories,
        })
    }
}
