//! Prints searches. Must not know how a search is carried out.

use std::fmt::{Display, Formatter, Result};

use super::{list, update};
use crate::sosl::{Returning, Search, SearchGroup, SearchTerm, SearchWithKind};
use crate::{Pattern, PatternPiece, escape_search};

impl Display for Search {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        write!(formatter, "FIND {{{}}}", self.term)?;
        formatter.write_str(match self.group {
            SearchGroup::All => "",
            SearchGroup::Name => " IN NAME FIELDS",
            SearchGroup::Email => " IN EMAIL FIELDS",
            SearchGroup::Phone => " IN PHONE FIELDS",
            SearchGroup::Sidebar => " IN SIDEBAR FIELDS",
        })?;
        if !self.returning.is_empty() {
            formatter.write_str(" RETURNING ")?;
            list(formatter, &self.returning)?;
        }
        for with in &self.with {
            write!(formatter, " WITH {}", with.kind)?;
        }
        if let Some(limit) = &self.limit {
            write!(formatter, " LIMIT {}", limit.value)?;
        }
        update(
            formatter,
            self.update_tracking.is_some(),
            self.update_viewstat.is_some(),
        )
    }
}

impl Display for SearchTerm {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Word(pattern) if !must_be_quoted(pattern) => term_text(formatter, pattern),
            Self::Word(pattern) | Self::Phrase(pattern) => {
                formatter.write_str("\"")?;
                term_text(formatter, pattern)?;
                formatter.write_str("\"")
            }
            Self::And(all) => joined(formatter, all, " AND "),
            Self::Or(any) => joined(formatter, any, " OR "),
            Self::Not(inner) => {
                formatter.write_str("NOT ")?;
                member(formatter, inner)
            }
        }
    }
}

fn joined(formatter: &mut Formatter<'_>, members: &[SearchTerm], operator: &str) -> Result {
    for (index, term) in members.iter().enumerate() {
        if index > 0 {
            formatter.write_str(operator)?;
        }
        member(formatter, term)?;
    }
    Ok(())
}

fn member(formatter: &mut Formatter<'_>, term: &SearchTerm) -> Result {
    match term {
        SearchTerm::And(_) | SearchTerm::Or(_) => write!(formatter, "({term})"),
        _ => term.fmt(formatter),
    }
}

/// A word that would be read as an operator, or as several words, is safe only in quotes.
fn must_be_quoted(pattern: &Pattern) -> bool {
    let text = |piece: &PatternPiece| match piece {
        PatternPiece::Text(text) => text.contains(char::is_whitespace),
        _ => false,
    };
    let operator = match pattern.pieces.as_slice() {
        [PatternPiece::Text(only)] => ["AND", "OR", "NOT"]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(only)),
        _ => false,
    };
    operator || pattern.pieces.iter().any(text)
}

fn term_text(formatter: &mut Formatter<'_>, pattern: &Pattern) -> Result {
    for piece in &pattern.pieces {
        match piece {
            PatternPiece::Text(text) => formatter.write_str(&escape_search(text))?,
            PatternPiece::AnyRun => formatter.write_str("*")?,
            PatternPiece::AnyOne => formatter.write_str("?")?,
        }
    }
    Ok(())
}

impl Display for Returning {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        self.object.fmt(formatter)?;
        if self.fields.is_empty() {
            return Ok(());
        }
        formatter.write_str("(")?;
        list(formatter, &self.fields)?;
        if let Some(list_view) = &self.list_view {
            write!(formatter, " USING ListView={list_view}")?;
        }
        if let Some(filter) = &self.filter {
            write!(formatter, " WHERE {filter}")?;
        }
        if !self.order_by.is_empty() {
            formatter.write_str(" ORDER BY ")?;
            list(formatter, &self.order_by)?;
        }
        if let Some(limit) = &self.limit {
            write!(formatter, " LIMIT {}", limit.value)?;
        }
        if let Some(offset) = &self.offset {
            write!(formatter, " OFFSET {}", offset.value)?;
        }
        formatter.write_str(")")
    }
}

impl Display for SearchWithKind {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Division(name) => write!(formatter, "DIVISION = {name}"),
            Self::DataCategory(category) => category.fmt(formatter),
            Self::Highlight => formatter.write_str("HIGHLIGHT"),
            Self::Snippet(None) => formatter.write_str("SNIPPET"),
            Self::Snippet(Some(length)) => {
                write!(formatter, "SNIPPET(target_length={})", length.value)
            }
            Self::Network(networks) => {
                formatter.write_str("NETWORK IN (")?;
                list(formatter, networks)?;
                formatter.write_str(")")
            }
            Self::Pricebook(id) => write!(formatter, "PricebookId = {id}"),
            Self::Metadata(kind) => write!(formatter, "METADATA = {kind}"),
            Self::SpellCorrection(on) => write!(formatter, "SPELL_CORRECTION = {on}"),
        }
    }
}
