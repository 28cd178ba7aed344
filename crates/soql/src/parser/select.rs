//! The `SELECT` list ("SOQL and SOSL Reference, `SELECT`; `TYPEOF`; `FIELDS()`;
//! `COUNT()`"). Must not
//! know which items an evaluator refuses side by side.

use super::query::Place;
use super::{Parsed, Parser};
use crate::ast::{FieldSet, FieldsCall, SelectItem, Selected, TypeOf, TypeOfBranch};

impl Parser<'_> {
    pub(super) fn select_list(&mut self) -> Parsed<Vec<SelectItem>> {
        let start = self.span().start;
        if self.at_words(&["COUNT"]) && self.symbol_after(1, "(") && self.symbol_after(2, ")") {
            self.at += 3;
            // It stands alone: whatever follows but `FROM` is refused by the caller.
            return Ok(vec![SelectItem::CountAll(self.span_from(start))]);
        }
        self.list(Self::select_item)
    }

    fn select_item(&mut self) -> Parsed<SelectItem> {
        if self.take("(") {
            let query = self.query(Place::Nested)?;
            self.expect(")")?;
            return Ok(SelectItem::Subquery(Box::new(query)));
        }
        let next_is_name = self
            .word_after(1)
            .is_some_and(|word| !Self::is_reserved(word));
        if self.at_words(&["TYPEOF"]) && next_is_name {
            return self.type_of().map(SelectItem::TypeOf);
        }
        if self.at_call("FIELDS") {
            return self.fields_call().map(SelectItem::Fields);
        }
        self.selected().map(SelectItem::Expression)
    }

    fn selected(&mut self) -> Parsed<Selected> {
        let expression = self.expression()?;
        let start = expression.span().start;
        let alias = match self.word_after(0) {
            Some(word) if !Self::is_reserved(word) => Some(self.name()?),
            _ => None,
        };
        Ok(Selected {
            expression,
            alias,
            span: self.span_from(start),
        })
    }

    pub(crate) fn fields_call(&mut self) -> Parsed<FieldsCall> {
        let start = self.expect_words(&["FIELDS"])?.start;
        self.expect("(")?;
        let set = if self.take_words(&["ALL"]).is_some() {
            FieldSet::All
        } else if self.take_words(&["STANDARD"]).is_some() {
            FieldSet::Standard
        } else {
            self.expect_words(&["CUSTOM"])?;
            FieldSet::Custom
        };
        self.expect(")")?;
        Ok(FieldsCall {
            set,
            span: self.span_from(start),
        })
    }

    fn type_of(&mut self) -> Parsed<TypeOf> {
        let start = self.expect_words(&["TYPEOF"])?.start;
        let relationship = self.path()?;
        let mut branches = Vec::new();
        while branches.is_empty() || self.at_words(&["WHEN"]) {
            self.expect_words(&["WHEN"])?;
            let object = self.object()?;
            self.expect_words(&["THEN"])?;
            branches.push(TypeOfBranch {
                object,
                fields: self.list(Self::path)?,
            });
        }
        let otherwise = match self.take_words(&["ELSE"]) {
            Some(_) => self.list(Self::path)?,
            None => Vec::new(),
        };
        self.expect_words(&["END"])?;
        Ok(TypeOf {
            relationship,
            branches,
            otherwise,
            span: self.span_from(start),
        })
    }
}
