//! Prints searches. Must not know how a search is carried out.

use std::fmt::{Display, Formatter, Result};

use super::clause::update;
use super::list;
use crate::sosl::{Returning, Search, SearchGroup, SearchTerm, SearchWithKind};
use crate::{Pattern, PatternPiece, escape_search};

impl Display for Search {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        write!(formatter, "FIND {{{}}}", self.term)?;
        if let Some(group) = in_group(self.group) {
            write!(formatter, " {group}")?;
        }
        if !self.returning.is_empty() {
            formatter.write_str(" RETURNING ")?;
            list(formatter, &self.returning)?;
        }
        for part in tail(self) {
            write!(formatter, " {part}")?;
        }
        Ok(())
    }
}

/// The parts of a search, each for a line of its own.
pub(super) fn parts(search: &Search) -> Vec<String> {
    let mut parts = vec![format!("FIND {{{}}}", search.term)];
    parts.extend(in_group(search.group).map(str::to_owned));
    if !search.returning.is_empty() {
        let objects: Vec<String> = search
            .returning
            .iter()
            .map(|object| format!("    {object}"))
            .collect();
        parts.push(format!("RETURNING\n{}", objects.join(",\n")));
    }
    parts.extend(tail(search));
    parts
}

fn in_group(group: SearchGroup) -> Option<&'static str> {
    match group {
        SearchGroup::All => None,
        SearchGroup::Name => Some("IN NAME FIELDS"),
        SearchGroup::Email => Some("IN EMAIL FIELDS"),
        SearchGroup::Phone => Some("IN PHONE FIELDS"),
        SearchGroup::Sidebar => Some("IN SIDEBAR FIELDS"),
    }
}

/// What stands behind `RETURNING`.
fn tail(search: &Search) -> Vec<String> {
    let with = search.with.iter().map(|with| format!("WITH {}", with.kind));
    let limit = search.limit.map(|limit| format!("LIMIT {}", limit.value));
    let update = update(
        search.update_tracking.is_some(),
        search.update_viewstat.is_some(),
    );
    with.chain(limit).chain(update.map(str::to_owned)).collect()
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
