//! `WITH` clauses ("SOQL and SOSL Reference, WITH; WITH DATA CATEGORY; WITH
//! `RecordVisibilityContext`"). Must not know what access they demand.

use super::{Parsed, Parser};
use crate::ast::{
    CategorySelection, CategorySelector, DataCategory, UserFilter, VisibilityContext,
    VisibilitySetting, WithClause,
};
use crate::lexer::TokenKind;

impl Parser<'_> {
    pub(super) fn with_clauses(&mut self) -> Parsed<Vec<WithClause>> {
        let mut clauses = Vec::new();
        while let Some(keyword) = self.take_words(&["WITH"]) {
            clauses.push(self.with_clause(keyword.start)?);
        }
        Ok(clauses)
    }

    fn with_clause(&mut self, start: usize) -> Parsed<WithClause> {
        if self.take_words(&["SECURITY_ENFORCED"]).is_some() {
            return Ok(WithClause::SecurityEnforced(self.span_from(start)));
        }
        if self.take_words(&["USER_MODE"]).is_some() {
            return Ok(WithClause::UserMode(self.span_from(start)));
        }
        if self.take_words(&["SYSTEM_MODE"]).is_some() {
            return Ok(WithClause::SystemMode(self.span_from(start)));
        }
        if self.at_words(&["DATA"]) {
            return self.data_category(start).map(WithClause::DataCategory);
        }
        if self.take_words(&["UserId"]).is_some() {
            self.expect("=")?;
            let user = self.string_literal()?;
            return Ok(WithClause::User(UserFilter {
                user,
                span: self.span_from(start),
            }));
        }
        self.expect_words(&["RecordVisibilityContext"])?;
        self.expect("(")?;
        let settings = self.list(Self::visibility_setting)?;
        self.expect(")")?;
        let span = self.span_from(start);
        Ok(WithClause::RecordVisibility(VisibilityContext {
            settings,
            span,
        }))
    }

    fn visibility_setting(&mut self) -> Parsed<VisibilitySetting> {
        let name = self.name()?;
        self.expect("=")?;
        let is_boolean = self.at_words(&["TRUE"]) || self.at_words(&["FALSE"]);
        if !is_boolean && self.token().kind != TokenKind::Number {
            return Err(self.unexpected());
        }
        let value = self.literal()?;
        Ok(VisibilitySetting { name, value })
    }

    /// `DATA CATEGORY …`, after `WITH` at `start`; SOSL has it too.
    pub(crate) fn data_category(&mut self, start: usize) -> Parsed<DataCategory> {
        self.expect_words(&["DATA", "CATEGORY"])?;
        let mut selections = vec![self.category_selection()?];
        while self.take_words(&["AND"]).is_some() {
            selections.push(self.category_selection()?);
        }
        Ok(DataCategory {
            selections,
            span: self.span_from(start),
        })
    }

    fn category_selection(&mut self) -> Parsed<CategorySelection> {
        let group = self.name()?;
        let selector = if self.take_words(&["AT"]).is_some() {
            CategorySelector::At
        } else if self.take_words(&["ABOVE"]).is_some() {
            CategorySelector::Above
        } else if self.take_words(&["BELOW"]).is_some() {
            CategorySelector::Below
        } else {
            self.expect_words(&["ABOVE_OR_BELOW"])?;
            CategorySelector::AboveOrBelow
        };
        let categories = if self.take("(") {
            let categories = self.list(Self::name)?;
            self.expect(")")?;
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
