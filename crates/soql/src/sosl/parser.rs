//! The clauses of a search ("SOQL and SOSL Reference, `IN SearchGroup`; `RETURNING FieldSpec`;
//! WITH …; LIMIT n; UPDATE TRACKING; UPDATE VIEWSTAT"), with the parts that SOQL has too read
//! by its parser. Must not know the rules inside the braces.

use std::collections::HashSet;

use super::term::TermParser;
use super::{Returning, Search, SearchGroup, SearchTerm, SearchWith, SearchWithKind};
use crate::ast::{Expression, Literal, SelectItem, Selected, Value};
use crate::lexer::{Keyword, Symbol, TokenKind};
use crate::parser::{Parsed, Parser};
use crate::{ErrorCode, ParseError, Span, lexer};

const CODE: ErrorCode = ErrorCode::MalformedSearch;

/// Reads a SOSL statement as the REST API takes it, with the term in braces.
///
/// # Errors
/// `MALFORMED_SEARCH` with the place, also when the text is longer than
/// [`MAX_LENGTH`](crate::MAX_LENGTH) or nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
pub fn parse_search(text: &str) -> Result<Search, ParseError> {
    lexer::check_length(text, CODE)?;
    let start = text.len() - text.trim_start().len();
    let after_find = text[start..]
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("FIND"));
    let rest = after_find.map_or("", |_| text[start + 4..].trim_start());
    if !rest.starts_with('{') {
        let message = "No search term found. The search term must be enclosed in braces.";
        return Err(ParseError::whole(CODE, text, message.to_owned()));
    }
    let mut term_parser = TermParser::new(text, text.len() - rest.len() + 1);
    let term_start = term_parser.at;
    let term = term_parser.term()?;
    let term_span = Span::new(term_start, term_parser.at);

    let mut parser = Parser::new(text, term_parser.at + 1, CODE)?;
    let clauses = parser.search_clauses(start, term, term_span);
    match (parser.refusal, clauses) {
        // A search knows no difference between grammar and refusal: there is no grammar of the
        // vendor's to compare with.
        (Some(refusal), _) => Err(refusal.in_grammar()),
        (None, clauses) => clauses,
    }
}

impl Parser<'_> {
    fn search_clauses(
        &mut self,
        start: usize,
        term: SearchTerm,
        term_span: Span,
    ) -> Parsed<Search> {
        let parser = self;
        let group = parser.search_group()?;
        let returning = match parser.take(Keyword::Returning) {
            Some(_) => parser.list(Parser::returning)?,
            None => Vec::new(),
        };
        let mut with = Vec::new();
        while let Some(keyword) = parser.take(Keyword::With) {
            let kind = parser.search_with(keyword.start)?;
            with.push(SearchWith {
                kind,
                span: parser.span_from(keyword.start),
            });
        }
        let limit = parser.limit()?;
        let (update_tracking, update_viewstat) = parser.update_clause()?;
        parser.end()?;
        parser.check_objects(&returning)?;
        let span = Span::new(start, parser.span_from(term_span.end + 1).end);
        Ok(Search {
            term,
            term_span,
            group,
            returning,
            with,
            limit,
            update_tracking,
            update_viewstat,
            span,
        })
    }

    /// Each object stands once, and `OFFSET` is for a search of one object.
    fn check_objects(&self, returning: &[Returning]) -> Parsed<()> {
        let mut seen = HashSet::new();
        for one in returning {
            let name = &one.object;
            if !seen.insert(name.text.to_ascii_lowercase()) {
                return Err(self.error(name.span, format!("duplicate object in RETURNING: {name}")));
            }
        }
        let paged = returning.iter().find_map(|one| one.offset);
        match paged {
            Some(offset) if returning.len() > 1 => {
                let message = "OFFSET is only allowed with a single object in RETURNING".to_owned();
                Err(self.error(offset.span, message))
            }
            _ => Ok(()),
        }
    }

    fn search_group(&mut self) -> Parsed<SearchGroup> {
        if self.take(Keyword::In).is_none() {
            return Ok(SearchGroup::All);
        }
        let group = match self.kind() {
            TokenKind::Word(Keyword::All) => SearchGroup::All,
            TokenKind::Word(Keyword::Name) => SearchGroup::Name,
            TokenKind::Word(Keyword::Email) => SearchGroup::Email,
            TokenKind::Word(Keyword::Phone) => SearchGroup::Phone,
            TokenKind::Word(Keyword::Sidebar) => SearchGroup::Sidebar,
            _ => return Err(self.unexpected()),
        };
        self.step();
        self.expect(Keyword::Fields)?;
        Ok(group)
    }

    fn returning(&mut self) -> Parsed<Returning> {
        let object = self.name()?;
        let start = object.span.start;
        let mut returning = Returning {
            object,
            fields: Vec::new(),
            list_view: None,
            filter: None,
            order_by: Vec::new(),
            limit: None,
            offset: None,
            span: Span::default(),
        };
        if self.take_symbol(Symbol::Open) {
            returning.fields = self.list(Self::returned_item)?;
            if self.take(Keyword::Using).is_some() {
                self.expect(Keyword::ListView)?;
                self.expect_symbol(Symbol::Equal)?;
                returning.list_view = Some(self.name()?);
            }
            returning.filter = self.filter()?;
            returning.order_by = self.order_by()?;
            returning.limit = self.limit()?;
            returning.offset = self.offset()?;
            self.expect_symbol(Symbol::Close)?;
        }
        returning.span = self.span_from(start);
        Ok(returning)
    }

    fn returned_item(&mut self) -> Parsed<SelectItem> {
        if self.at_fields_call() {
            return self.fields_call().map(SelectItem::Fields);
        }
        let expression = self.field()?;
        let span = expression.span();
        if !may_be_returned(&expression) {
            return Err(self.error(span, format!("unexpected token: '{expression}'")));
        }
        Ok(SelectItem::Expression(Selected {
            expression,
            alias: None,
            span,
        }))
    }

    fn search_with(&mut self, start: usize) -> Parsed<SearchWithKind> {
        if self.at(Keyword::Data) {
            return self.data_category(start).map(SearchWithKind::DataCategory);
        }
        if self.take(Keyword::Highlight).is_some() {
            return Ok(SearchWithKind::Highlight);
        }
        if self.take(Keyword::Snippet).is_some() {
            if !self.take_symbol(Symbol::Open) {
                return Ok(SearchWithKind::Snippet(None));
            }
            self.expect(Keyword::TargetLength)?;
            self.expect_symbol(Symbol::Equal)?;
            let length = self.count()?;
            self.expect_symbol(Symbol::Close)?;
            return Ok(SearchWithKind::Snippet(Some(length)));
        }
        if self.take(Keyword::Network).is_some() {
            return self.network().map(SearchWithKind::Network);
        }
        if self.take(Keyword::SpellCorrection).is_some() {
            self.expect_symbol(Symbol::Equal)?;
            let correct = self.at(Keyword::True);
            if !correct && !self.at(Keyword::False) {
                return Err(self.unexpected());
            }
            self.step();
            return Ok(SearchWithKind::SpellCorrection(correct));
        }
        let kind = if self.take(Keyword::Division).is_some() {
            SearchWithKind::Division
        } else if self.take(Keyword::PricebookId).is_some() {
            SearchWithKind::Pricebook
        } else {
            self.expect(Keyword::Metadata)?;
            self.expect_symbol(Symbol::Equal)?;
            return self.metadata().map(SearchWithKind::Metadata);
        };
        self.expect_symbol(Symbol::Equal)?;
        self.string_literal().map(kind)
    }

    /// `'LABELS'` is the only value.
    fn metadata(&mut self) -> Parsed<Literal> {
        let literal = self.string_literal()?;
        match &literal.value {
            Value::String(text) if text.eq_ignore_ascii_case("LABELS") => Ok(literal),
            _ => Err(self.error(literal.span, format!("unexpected token: {literal}"))),
        }
    }

    fn network(&mut self) -> Parsed<Vec<Literal>> {
        if self.take_symbol(Symbol::Equal) {
            return Ok(vec![self.string_literal()?]);
        }
        self.expect(Keyword::In)?;
        self.expect_symbol(Symbol::Open)?;
        let networks = self.list(Self::string_literal)?;
        self.expect_symbol(Symbol::Close)?;
        Ok(networks)
    }
}

/// A field, `toLabel`, `convertCurrency`, or `FORMAT` of a field or currency.
fn may_be_returned(expression: &Expression) -> bool {
    match expression {
        Expression::Field(_) | Expression::ToLabel(_) | Expression::ConvertCurrency(_) => true,
        Expression::Format(_) => !expression.is_aggregate(),
        _ => false,
    }
}
