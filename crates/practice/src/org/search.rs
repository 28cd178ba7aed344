//! SOSL over a snapshot: which records contain the words, and what of them is returned.
//!
//! Must not know HTTP. Fields and conditions of `RETURNING` are those of a query, so they are compiled as one.

use std::sync::Arc;

use gatelodge_soql::ast::{Expression, FieldPath, From, Name, Query, SelectItem, Selected};
use gatelodge_soql::sosl::{Returning, Search, SearchGroup, SearchTerm, SearchWithKind};
use gatelodge_soql::{Pattern, PatternPiece, Span, caret, parse_search};
use serde_json::{Value as Json, json};

use super::error::ApiError;
use super::query::{Asker, Selection};
use super::schema::{Field, FieldType, Object, Schema};
use super::sharing;
use super::state::{Record, State};

/// Most records of a search.
const MOST: usize = 2_000;
/// Most records of one object without a limit of its own.
const MOST_PER_OBJECT: usize = 250;
/// Most rows that `OFFSET` leaves out.
const MOST_OFFSET: u64 = 2_000;
/// From this length on, operators are words like all others; beyond the second, nothing is found.
const WITHOUT_OPERATORS: usize = 4_000;
const TOO_LONG: usize = 10_000;
/// Objects that are only searched when they are named.
const ONLY_NAMED: [&str; 6] = [
    "ContentDocument",
    "ContentVersion",
    "Document",
    "FeedItem",
    "Product2",
    "Solution",
];

/// What a search found.
#[derive(Debug)]
pub struct Hits {
    /// The records as JSON texts, without brackets around them.
    pub records: Vec<u8>,
    /// Labels of what was returned, when the statement asks for them.
    pub metadata: Option<Json>,
}

/// Runs a search.
///
/// # Errors
/// `MALFORMED_SEARCH` for the statement, and the errors of a query for what is returned.
pub fn run(
    schema: &Schema,
    state: &Arc<State>,
    asker: &Asker,
    text: &str,
) -> Result<Hits, ApiError> {
    let search = parse_search(text)
        .map_err(|error| ApiError::new(400, error.code.as_str(), error.render(text)))?;
    refuse_unsupported(&search)?;
    let returning = if search.returning.is_empty() {
        everything(schema, asker)
    } else {
        search.returning.clone()
    };
    check(&search, &returning, text)?;
    let most = search
        .limit
        .as_ref()
        .map_or(MOST, |count| usize::try_from(count.value).unwrap_or(MOST));
    let length = search.term_span.end - search.term_span.start;
    let plain = (length > WITHOUT_OPERATORS).then(|| words_of(&search.term));
    let term = plain.as_ref().unwrap_or(&search.term);
    let mut left = if length > TOO_LONG { 0 } else { most };
    let share = (MOST / returning.len().max(1)).min(MOST_PER_OBJECT);
    let mut records = Vec::new();
    let mut labels = Vec::new();
    for entry in &returning {
        let object = searchable(schema, asker, entry, text)?;
        let selection = Selection::compile(schema, state, asker, text, object, &query_of(entry))?;
        labels.push(labels_of(object, &selection));
        let fields: Vec<usize> = (0..object.fields.len())
            .filter(|index| {
                asker.access.readable(object, *index)
                    && searched(search.group, &object.fields[*index])
            })
            .collect();
        let matches: Vec<&Arc<Record>> = if left == 0 {
            Vec::new()
        } else {
            state
                .live(object)
                .filter(|record| {
                    contains(term, record, &fields)
                        && sharing::may_read(schema, state, asker.user, object, record)
                })
                .collect()
        };
        let per_object = if entry.limit.is_some() { MOST } else { share };
        let most = per_object.min(left);
        left -= selection.write(&mut records, schema, state, &asker.base, &matches, most);
    }
    let wanted = search
        .with
        .iter()
        .any(|with| matches!(with.kind, SearchWithKind::Metadata(_)));
    Ok(Hits {
        records,
        metadata: wanted.then(|| json!({ "entityMetadata": labels })),
    })
}

/// The rules of a whole search that its parser leaves to the org.
fn check(search: &Search, returning: &[Returning], text: &str) -> Result<(), ApiError> {
    let term = text
        .get(search.term_span.start..search.term_span.end)
        .unwrap_or_default()
        .trim();
    if term.chars().count() < 2 {
        let message = format!("search term must be longer than one character: {term}");
        return Err(refused(search.term_span, text, &message));
    }
    if let Some(count) = search.limit.as_ref().filter(|count| count.value > 2_000) {
        return Err(refused(
            count.span,
            text,
            "The limit of a search is at most 2000",
        ));
    }
    for entry in returning {
        if let Some(count) = entry.limit.as_ref().filter(|count| count.value > 2_000) {
            return Err(refused(
                count.span,
                text,
                "The limit of a search is at most 2000",
            ));
        }
        if let Some(offset) = entry
            .offset
            .as_ref()
            .filter(|offset| offset.value > MOST_OFFSET)
        {
            return Err(refused(
                offset.span,
                text,
                "Maximum SOSL offset allowed is 2000",
            ));
        }
    }
    Ok(())
}

fn refused(span: Span, text: &str, message: &str) -> ApiError {
    ApiError::new(
        400,
        "MALFORMED_SEARCH",
        caret::render(text, span.start, message),
    )
}

/// The object of an entry, if it can be searched by the asking user.
fn searchable<'a>(
    schema: &'a Schema,
    asker: &Asker,
    entry: &Returning,
    text: &str,
) -> Result<&'a Object, ApiError> {
    if let Some(view) = &entry.list_view {
        return Err(unsupported(&format!("USING ListView={}", view.text)));
    }
    let located = |mut error: ApiError| {
        error.entry.message = caret::render(text, entry.object.span.start, &error.entry.message);
        error
    };
    let object = schema
        .object(&entry.object.text)
        .filter(|object| asker.access.object(object).read)
        .ok_or_else(|| located(ApiError::invalid_type(&entry.object.text)))?;
    if object.searchable {
        return Ok(object);
    }
    let message = format!("entity type {} does not support search", object.name);
    Err(located(ApiError::new(
        400,
        "INVALID_TYPE_FOR_OPERATION",
        message,
    )))
}

/// Names and labels of what is returned of an object.
fn labels_of(object: &Object, selection: &Selection) -> Json {
    let fields: Vec<Json> = selection
        .fields()
        .map(|field| {
            let field = &object.fields[field];
            json!({ "name": field.name, "label": field.label })
        })
        .collect();
    json!({ "entityName": object.name, "fieldMetadata": fields })
}

/// A term without its operators: every word must be found.
fn words_of(term: &SearchTerm) -> SearchTerm {
    fn collect(term: &SearchTerm, out: &mut Vec<SearchTerm>) {
        match term {
            SearchTerm::And(parts) | SearchTerm::Or(parts) => {
                for part in parts {
                    collect(part, out);
                }
            }
            SearchTerm::Not(part) => collect(part, out),
            SearchTerm::Word(_) | SearchTerm::Phrase(_) => out.push(term.clone()),
        }
    }
    let mut words = Vec::new();
    collect(term, &mut words);
    SearchTerm::And(words)
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
        .filter(|object| !ONLY_NAMED.contains(&object.name.as_str()))
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
