//! `/search`, and the small resources below it that user interfaces ask.
//!
//! Must not know how records are found.

use gatelodge_soql::escape_like;
use gatelodge_soql::valid_identifier;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::query::asker;
use crate::org::query::{self, Page};
use crate::org::value::write_display;
use crate::org::{ApiError, Object, search};

/// Suggestions when the caller names no number, and most of them.
const SUGGESTIONS: usize = 5;
const MOST_SUGGESTIONS: usize = 200;
/// Most objects of one question for layouts.
const MOST_LAYOUTS: usize = 100;

/// `GET /search?q=`.
pub(super) fn search(call: &Call<'_>) -> Result<Answer, ApiError> {
    let text = call
        .parameter("q")
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| {
            let message = "No search term found. The search term must be enclosed in braces.";
            ApiError::new(400, "MALFORMED_SEARCH", message)
        })?;
    run(call, text)
}

pub(super) fn run(call: &Call<'_>, text: &str) -> Result<Answer, ApiError> {
    let org = &call.practice.org;
    let hits = search::run(org.schema(), &call.snapshot(), &asker(call, false), text)?;
    // Before version 37 the answer was the bare list.
    if call.version < 37 {
        return Ok(Answer::bytes(
            [b"[", hits.records.as_slice(), b"]"].concat(),
        ));
    }
    let mut body = [b"{\"searchRecords\":[", hits.records.as_slice(), b"]"].concat();
    if let Some(metadata) = hits.metadata {
        write_display(&mut body, format_args!(",\"metadata\":{metadata}"));
    }
    body.push(b'}');
    Ok(Answer::bytes(body))
}

/// `GET /search/scopeOrder`: the objects that a global search shows, in its order.
pub(super) fn scope_order(call: &Call<'_>) -> Answer {
    let objects: Vec<Value> = call
        .practice
        .org
        .schema()
        .objects
        .iter()
        .filter(|object| object.searchable && call.access.object(object).read)
        .map(|object| {
            json!({
                "type": object.name,
                "url": format!("{}/sobjects/{}/describe", call.base, object.name),
            })
        })
        .collect();
    Answer::json(200, &objects)
}

/// `GET /search/layout?q=Account,Contact`: which columns a list of results shows.
pub(super) fn layout(call: &Call<'_>) -> Result<Answer, ApiError> {
    let names = call.parameter("q").unwrap_or_default();
    let names: Vec<&str> = names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() || names.len() > MOST_LAYOUTS {
        return Err(illegal("q", call.parameter("q").unwrap_or_default()));
    }
    let layouts = names
        .iter()
        .map(|name| Ok(layout_of(call, searchable(call, name)?)))
        .collect::<Result<Vec<Value>, ApiError>>()?;
    Ok(Answer::json(200, &layouts))
}

fn layout_of(call: &Call<'_>, object: &Object) -> Value {
    let shown = ["Phone", "Email", "Status", "StageName", "Amount", "OwnerId"];
    let others = shown.iter().filter_map(|name| object.field_index(name));
    let columns: Vec<Value> = object
        .name_field
        .into_iter()
        .chain(others)
        .filter(|field| call.access.readable(object, *field))
        .map(|field| {
            let field = &object.fields[field];
            json!({
                "field": format!("{}.{}", object.name, field.name),
                "format": null,
                "label": field.label,
                "name": field.name,
            })
        })
        .collect();
    json!({
        "errorMsg": null,
        "label": "Search Results",
        "limitRows": 25,
        "objectType": object.name,
        "searchColumns": columns,
    })
}

/// `GET /search/suggestions?q=ac&sobject=Account`: records whose name begins like this.
pub(super) fn suggestions(call: &Call<'_>) -> Result<Answer, ApiError> {
    let wanted = call.parameter("q").unwrap_or_default().trim();
    if wanted.chars().count() < 2 {
        return Err(illegal("q", wanted));
    }
    let object = searchable(call, call.parameter("sobject").unwrap_or_default())?;
    let limit = match call.parameter("limit") {
        None => SUGGESTIONS,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MOST_SUGGESTIONS).contains(limit))
            .ok_or_else(|| illegal("limit", text))?,
    };
    let name = object
        .name_field
        .map_or("Id", |field| object.fields[field].name.as_str());
    let mut fields = vec!["Id", name];
    for field in call.parameter("fields").unwrap_or_default().split(',') {
        let field = field.trim();
        if field.is_empty() || fields.iter().any(|known| known.eq_ignore_ascii_case(field)) {
            continue;
        }
        if !field.split('.').all(valid_identifier) {
            return Err(illegal("fields", field));
        }
        fields.push(field);
    }
    let condition = call
        .parameter("where")
        .map(|condition| format!(" AND ({condition})"))
        .unwrap_or_default();
    let text = format!(
        "SELECT {} FROM {} WHERE {name} LIKE '{}%'{condition} ORDER BY {name} LIMIT {}",
        fields.join(", "),
        object.name,
        escape_like(wanted),
        limit + 1
    );
    let org = &call.practice.org;
    let state = call.snapshot();
    let found = query::run(org.schema(), &state, &asker(call, false), &text)?;
    let page = Page {
        base: &call.base,
        from: 0,
        size: limit,
        locator: Some(""),
        locators: &String::new,
    };
    let answer: Value =
        serde_json::from_slice(&found.page(org.schema(), &state, page).body).unwrap_or_default();
    let results = json!({
        "autoSuggestResults": answer["records"],
        "hasMoreResults": found.total() > limit,
    });
    Ok(Answer::json(200, &results))
}

fn searchable<'a>(call: &Call<'a>, name: &str) -> Result<&'a Object, ApiError> {
    call.practice
        .org
        .schema()
        .object(name)
        .filter(|object| object.searchable && call.access.object(object).read)
        .ok_or_else(|| ApiError::invalid_type(name))
}

pub(super) fn illegal(name: &str, value: &str) -> ApiError {
    let message = format!("Invalid value for the parameter {name}: '{value}'");
    ApiError::new(400, "ILLEGAL_QUERY_PARAMETER_VALUE", message)
}
