//! The `SELECT` list ("SOQL and SOSL Reference, `SELECT`; `TYPEOF`; `FIELDS()`;
//! `COUNT()`"). Must not know which items an evaluator refuses side by side.

use super::query::Place;
use super::{Parsed, Parser};
use crate::ast::{FieldSet, FieldsCall, SelectItem, Selected, TypeOf, TypeOfBranch};
use crate::lexer::{Keyword, Symbol, TokenKind};

impl Parser<'_> {
    pub(super) fn select_list(&mut self) -> Parsed<Vec<SelectItem>> {
        let start = self.span().start;
        let counts = self.at(Keyword::Count)
            && self.symbol_after(1, Symbol::Open)
            && self.symbol_after(2, Symbol::Close);
        if counts {
            self.at += 3;
            // It stands alone: whatever follows but `FROM` is refused by the caller.
            return Ok(vec![SelectItem::CountAll(self.span_from(start))]);
        }
        self.list(Self::select_item)
    }

    fn select_item(&mut self) -> Parsed<SelectItem> {
        if self.take_symbol(Symbol::Open) {
            let query = self.query(Place::Nested)?;
            self.expect_symbol(Symbol::Close)?;
            self.no_alias()?;
            return Ok(SelectItem::Subquery(Box::new(query)));
        }
        if self.at(Keyword::TypeOf) && self.name_after(1) && self.word_after(2, Keyword::When) {
            let choice = self.type_of()?;
            self.no_alias()?;
            return Ok(SelectItem::TypeOf(choice));
        }
        if self.at_fields_call() {
            let call = self.fields_call()?;
            self.no_alias()?;
            return Ok(SelectItem::Fields(call));
        }
        self.selected().map(SelectItem::Expression)
    }

    /// The grammar takes an alias here, no org does.
    fn no_alias(&mut self) -> Parsed<()> {
        if self.at_name() {
            let alias = self.name()?;
            self.refuse_token(alias.span);
        }
        Ok(())
    }

    fn selected(&mut self) -> Parsed<Selected> {
        let expression = self.expression()?;
        let start = expression.span().start;
        let alias = if self.at_name() {
            Some(self.name()?)
        } else {
            None
        };
        Ok(Selected {
            expression,
            alias,
            span: self.span_from(start),
        })
    }

    /// `FIELDS(ALL)` and the like; with another word it is a call like any other.
    pub(crate) fn at_fields_call(&self) -> bool {
        let set = matches!(
            self.kind_after(2),
            TokenKind::Word(Keyword::All | Keyword::Standard | Keyword::Custom)
        );
        self.at(Keyword::Fields) && self.symbol_after(1, Symbol::Open) && set
    }

    pub(crate) fn fields_call(&mut self) -> Parsed<FieldsCall> {
        let start = self.expect(Keyword::Fields)?.start;
        self.expect_symbol(Symbol::Open)?;
        let set = if self.take(Keyword::All).is_some() {
            FieldSet::All
        } else if self.take(Keyword::Standard).is_some() {
            FieldSet::Standard
        } else {
            self.expect(Keyword::Custom)?;
            FieldSet::Custom
        };
        self.expect_symbol(Symbol::Close)?;
        Ok(FieldsCall {
            set,
            span: self.span_from(start),
        })
    }

    fn type_of(&mut self) -> Parsed<TypeOf> {
        let start = self.expect(Keyword::TypeOf)?.start;
        let relationship = self.path()?;
        let mut branches = Vec::new();
        while branches.is_empty() || self.at(Keyword::When) {
            self.expect(Keyword::When)?;
            let object = self.name()?;
            self.expect(Keyword::Then)?;
            branches.push(TypeOfBranch {
                object,
                fields: self.list(Self::path)?,
            });
        }
        let otherwise = match self.take(Keyword::Else) {
            Some(_) => self.list(Self::path)?,
            None => Vec::new(),
        };
        self.expect(Keyword::End)?;
        Ok(TypeOf {
            relationship,
            branches,
            otherwise,
            span: self.span_from(start),
        })
    }
}
