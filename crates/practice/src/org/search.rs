//! SOSL over a snapshot: which records contain the words, and what of them is returned.
//!
//! Must not know HTTP. Fields and conditions of `RETURNING` are those of a query, so they are compiled as one.

use std::sync::Arc;

use gatelodge_soql::ast::{Expression, FieldPath, From, Name, Query, SelectItem, Selected};
use gatelodge_soql::sosl::{Returning, Search, SearchGroup, SearchTerm, SearchWithKind};
use gatelodge_soql::{Pattern, PatternPiece, Span, parse_search};

use super::error::ApiError;
use super::query::{Asker, Selection};
use super::schema::{Field, FieldType, Schema};
use super::state::{Record, State};

/// Most records of a search.
const MOST: usize = 2_000;
/// Most records of one object without a limit of its own.
const MOST_PER_OBJECT: usize = 250;

/// Runs a search and gives the records as JSON texts, without brackets around them.
///
/// # Errors
/// `MALFORMED_SEARCH` for the statement, and the errors of a query for what is returned.
pub fn run(
    schema: &Schema,
    state: &Arc<State>,
    asker: &Asker,
    text: &str,
) -> Result<Vec<u8>, ApiError> {
    let search = parse_search(text)
        .map_err(|error| ApiError::new(400, error.code.as_str(), error.render(text)))?;
    refuse_unsupported(&search)?;
    let returning = if search.returning.is_empty() {
        everything(schema, asker)
    } else {
        search.returning.clone()
    };
    let most = search
        .limit
        .as_ref()
        .map_or(MOST, |count| usize::try_from(count.value).unwrap_or(MOST))
        .min(MOST);
    let mut left = most;
    let mut out = Vec::new();
    for entry in &returning {
        let object = schema
            .object(&entry.object.text)
            .filter(|object| object.searchable && asker.access.object(object).read)
            .ok_or_else(|| ApiError::invalid_type(&entry.object.text))?;
        if let Some(view) = &entry.list_view {
            return Err(unsupported(&format!("USING ListView={}", view.text)));
        }
        let selection = Selection::compile(schema, state, asker, text, object, &query_of(entry))?;
        let fields: Vec<usize> = (0..object.fields.len())
            .filter(|index| {
                asker.access.readable(object, *index)
                    && searched(search.group, &object.fields[*index])
            })
            .collect();
        let matches: Vec<&Arc<Record>> = state
            .live(object)
            .filter(|record| contains(&search.term, record, &fields))
            .collect();
        let per_object = if entry.limit.is_some() {
            MOST
        } else {
            MOST_PER_OBJECT
        };
        left -= selection.write(
            &mut out,
            schema,
            state,
            &asker.base,
            &matches,
            per_object.min(left),
        );
    }
    Ok(out)
}

fn unsupported(what: &str) -> ApiError {
    ApiError::new(
        400,
        "MALFORMED_SEARCH",
        format!("{what} is not supported by this practice org"),
    )
}

fn refuse_unsupported(search: &Search) -> Result<(), ApiError> {
    if search.update_tracking.is_some() || search.update_viewstat.is_some() {
        return Err(unsupported("UPDATE TRACKING or VIEWSTAT"));
    }
    for with in &search.with {
        match &with.kind {
            // Words are taken as they are, and there is one division.
            SearchWithKind::SpellCorrection(_)
            | SearchWithKind::Division(_)
            | SearchWithKind::Metadata(_) => {}
            SearchWithKind::DataCategory(_) => return Err(unsupported("WITH DATA CATEGORY")),
            SearchWithKind::Highlight => return Err(unsupported("WITH HIGHLIGHT")),
            SearchWithKind::Snippet(_) => return Err(unsupported("WITH SNIPPET")),
            SearchWithKind::Network(_) => return Err(unsupported("WITH NETWORK")),
            SearchWithKind::Pricebook(_) => return Err(unsupported("WITH PricebookId")),
        }
    }
    Ok(())
}

/// Every searchable object, ids only.
fn everything(schema: &Schema, asker: &Asker) -> Vec<Returning> {
    schema
        .objects
        .iter()
        .filter(|object| object.searchable && asker.access.object(object).read)
        .map(|object| Returning {
            object: name(&object.name),
            fields: Vec::new(),
            list_view: None,
            filter: None,
            order_by: Vec::new(),
            limit: None,
            offset: None,
            span: Span::default(),
        })
        .collect()
}

fn name(text: &str) -> Name {
    Name {
        text: text.to_owned(),
        span: Span::default(),
    }
}

/// The query that stands behind one entry of `RETURNING`.
fn query_of(entry: &Returning) -> Query {
    let path = |name: Name| FieldPath {
        span: name.span,
        segments: vec![name],
    };
    let id = SelectItem::Expression(Selected {
        expression: Expression::Field(path(name("Id"))),
        alias: None,
        span: Span::default(),
    });
    Query {
        select: if entry.fields.is_empty() {
            vec![id]
        } else {
            entry.fields.clone()
        },
        from: From {
            object: path(entry.object.clone()),
            alias: None,
            joins: Vec::new(),
        },
        scope: None,
        filter: entry.filter.clone(),
        with: Vec::new(),
        group_by: None,
        having: None,
        order_by: entry.order_by.clone(),
        limit: entry.limit,
        offset: entry.offset,
        for_view: None,
        for_reference: None,
        update_tracking: None,
        update_viewstat: None,
        span: entry.span,
    }
}

/// Is the field looked at for this group?
fn searched(group: SearchGroup, field: &Field) -> bool {
    match group {
        SearchGroup::All => {
            matches!(
                field.kind,
                FieldType::String
                    | FieldType::Textarea
                    | FieldType::Combobox
                    | FieldType::Email
                    | FieldType::Phone
                    | FieldType::Url
            )
        }
        SearchGroup::Name => field.name_field || field.compound.as_deref() == Some("Name"),
        SearchGroup::Email => field.kind == FieldType::Email,
        SearchGroup::Phone => field.kind == FieldType::Phone,
        SearchGroup::Sidebar => {
            field.name_field || matches!(field.kind, FieldType::Email | FieldType::Phone)
        }
    }
}

fn contains(term: &SearchTerm, record: &Record, fields: &[usize]) -> bool {
    match term {
        SearchTerm::And(parts) => parts.iter().all(|part| contains(part, record, fields)),
        SearchTerm::Or(parts) => parts.iter().any(|part| contains(part, record, fields)),
        SearchTerm::Not(part) => !contains(part, record, fields),
        SearchTerm::Word(pattern) => texts(record, fields).any(|text| word(pattern, text)),
        SearchTerm::Phrase(pattern) => texts(record, fields).any(|text| phrase(pattern, text)),
    }
}

fn texts<'a>(record: &'a Record, fields: &'a [usize]) -> impl Iterator<Item = &'a str> {
    fields
        .iter()
        .filter_map(|field| record.values[*field].as_text())
}

/// A word of the text, or the whole text, matches; a term with punctuation in it is looked for as it stands.
fn word(pattern: &Pattern, text: &str) -> bool {
    let punctuated = pattern.pieces.iter().any(|piece| {
        matches!(piece, PatternPiece::Text(text) if text.contains(|c: char| !c.is_alphanumeric()))
    });
    if punctuated {
        return phrase(pattern, text);
    }
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| !word.is_empty() && pattern.matches(word))
        || pattern.matches(text)
}

fn phrase(pattern: &Pattern, text: &str) -> bool {
    let mut pieces = pattern.pieces.clone();
    pieces.insert(0, PatternPiece::AnyRun);
    pieces.push(PatternPiece::AnyRun);
    Pattern { pieces }.matches(text)
}
