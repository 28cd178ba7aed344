//! `FROM` with its aliases and scope ("SOQL and SOSL Reference, FROM; USING SCOPE; Alias
//! Notation"). Must not know which objects there are.

use super::{Parsed, Parser};
use crate::ast::{From, FromJoin, Name};
use crate::lexer::{Keyword, Symbol, TokenKind};

impl Parser<'_> {
    /// The clause with its keyword, and the scope.
    pub(super) fn from(&mut self) -> Parsed<(From, Option<Name>)> {
        self.expect(Keyword::From)?;
        let object = self.path()?;
        let alias = self.source_alias()?;
        let mut scope = self.scope()?;
        let mut joins = Vec::new();
        while self.take_symbol(Symbol::Comma) {
            let path = self.path()?;
            let alias = self.source_alias()?;
            joins.push(FromJoin { path, alias });
            if let Some(early) = &scope {
                // The grammar takes a scope at each entry; a query has one, at the end.
                self.refuse_token(early.span);
            }
            scope = self.scope()?;
        }
        let from = From {
            object,
            alias,
            joins,
        };
        Ok((from, scope))
    }

    fn source_alias(&mut self) -> Parsed<Option<Name>> {
        let keyword = self.take(Keyword::As);
        if self.at_name() && !self.at_clause() {
            return self.name().map(Some);
        }
        // The grammar lets the alias behind `AS` away.
        if keyword.is_some() {
            self.refuse_token(self.span());
        }
        Ok(None)
    }

    /// These words may be names, so the next token decides whether a clause starts here.
    fn at_clause(&self) -> bool {
        let next = self.kind_after(1);
        match self.kind() {
            TokenKind::Word(Keyword::Order | Keyword::Group) => {
                next == TokenKind::Word(Keyword::By)
            }
            TokenKind::Word(Keyword::Offset) => matches!(
                next,
                TokenKind::Integer | TokenKind::Symbol(Symbol::Plus | Symbol::Minus)
            ),
            _ => false,
        }
    }

    /// `USING SCOPE name`; the grammar also takes several, and `LOOKUP name`.
    fn scope(&mut self) -> Parsed<Option<Name>> {
        if self.take(Keyword::Using).is_none() {
            return Ok(None);
        }
        let mut scope = None;
        loop {
            let lookup = self.take(Keyword::Lookup);
            if lookup.is_none() {
                self.expect(Keyword::Scope)?;
            }
            let name = self.free_name()?;
            if let Some(odd) = lookup.or(scope.as_ref().map(|_| name.span)) {
                self.refuse_token(odd);
            }
            scope = scope.or(Some(name));
            let more = self.symbol_after(0, Symbol::Comma)
                && (self.word_after(1, Keyword::Lookup)
                    || (self.word_after(1, Keyword::Scope) && self.name_after(2)));
            if !more {
                return Ok(scope);
            }
            self.step();
        }
    }
}
