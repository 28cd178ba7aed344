//! List views: the lists of an object that every org has, what they select, and their rows.
//!
//! Must not know SOQL beyond the statement of a list. Source of the shapes: "List Views", REST API Developer Guide.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::{layouts, query};
use crate::org::query::Page;
use crate::org::{ApiError, Id, Object};

/// Key prefix of list views.
const PREFIX: [u8; 3] = *b"00B";
/// Rows of a list when the caller names no number.
const PAGE: usize = 25;
/// Most rows of one answer.
const MOST: usize = 2_000;

/// One list of an object.
struct View {
    id: Id,
    name: String,
    label: String,
    /// Only the rows that the person owns.
    mine: bool,
}

/// Everything below `/sobjects/X/listviews`.
pub(super) fn route(call: &Call<'_>, object: &Object, rest: &[&str]) -> Result<Answer, ApiError> {
    if !object.searchable {
        return Err(ApiError::not_found());
    }
    let views = views(object);
    call.allow(&["GET"], || match rest {
        [] => Ok(list(call, object, &views)),
        // The lists that the person looked at; nobody looks at lists through this interface.
        ["recent"] => Ok(list(call, object, &[])),
        [id] => Ok(Answer::json(200, &entry(call, object, find(&views, id)?))),
        [id, "describe"] => {
            let view = find(&views, id)?;
            Ok(Answer::json(200, &describe(call, object, view)))
        }
        [id, "results"] => results(call, object, find(&views, id)?),
        _ => Err(ApiError::not_found()),
    })
}

/// The statement of the list with this id, for the plan of a list.
pub(super) fn statement_of(call: &Call<'_>, id: Id) -> Option<String> {
    let objects = &call.practice.org.schema().objects;
    objects
        .iter()
        .filter(|object| object.searchable && call.access.object(object).read)
        .find_map(|object| {
            let views = views(object);
            let view = views.iter().find(|view| view.id == id)?;
            Some(statement(call, object, view))
        })
}

fn views(object: &Object) -> Vec<View> {
    let number = u64::try_from(object.index).unwrap_or(0) * 2 + 1;
    let stem = object.name.trim_end_matches("__c");
    let plural = object.plural.replace(' ', "");
    let mut views = vec![View {
        id: Id::generate(PREFIX, number),
        name: format!("All{plural}"),
        label: format!("All {}", object.plural),
        mine: false,
    }];
    if object.owner_field.is_some() {
        views.push(View {
            id: Id::generate(PREFIX, number + 1),
            name: format!("My{stem}s"),
            label: format!("My {}", object.plural),
            mine: true,
        });
    }
    views
}

fn find<'a>(views: &'a [View], id: &str) -> Result<&'a View, ApiError> {
    let id = Id::parse(id).ok_or_else(ApiError::not_found)?;
    views
        .iter()
        .find(|view| view.id == id)
        .ok_or_else(ApiError::not_found)
}

fn list(call: &Call<'_>, object: &Object, views: &[View]) -> Answer {
    let entries: Vec<Value> = views.iter().map(|view| entry(call, object, view)).collect();
    Answer::json(
        200,
        &json!({
            "done": true,
            "listviews": entries,
            "nextRecordsUrl": null,
            "size": entries.len(),
            "sobjectType": object.name,
        }),
    )
}

fn entry(call: &Call<'_>, object: &Object, view: &View) -> Value {
    let url = format!(
        "{}/sobjects/{}/listviews/{}",
        call.base, object.name, view.id
    );
    json!({
        "describeUrl": format!("{url}/describe"),
        "developerName": view.name,
        "id": view.id,
        "label": view.label,
        "resultsUrl": format!("{url}/results"),
        "soqlCompatible": true,
        "url": url,
    })
}

/// The fields that a list selects: what it shows, and then what every list selects.
fn selected(call: &Call<'_>, object: &Object) -> Vec<(usize, bool)> {
    let mut fields: Vec<(usize, bool)> = layouts::short(call, object)
        .into_iter()
        .map(|field| (field, false))
        .collect();
    for name in ["Id", "CreatedDate", "LastModifiedDate", "SystemModstamp"] {
        if let Some(field) = call.access.field(object, name) {
            fields.push((field, true));
        }
    }
    fields
}

fn order(object: &Object) -> (&str, &str) {
    let name = object.name_field.unwrap_or(0);
    (&object.fields[name].name, "Id")
}

fn statement(call: &Call<'_>, object: &Object, view: &View) -> String {
    let names: Vec<&str> = selected(call, object)
        .iter()
        .map(|(field, _)| object.fields[*field].name.as_str())
        .collect();
    let scope = if view.mine { " USING SCOPE mine" } else { "" };
    let (first, second) = order(object);
    format!(
        "SELECT {} FROM {}{scope} ORDER BY {first} ASC NULLS FIRST, {second} ASC NULLS FIRST",
        names.join(", "),
        object.name
    )
}

fn columns(call: &Call<'_>, object: &Object) -> Vec<Value> {
    let (first, _) = order(object);
    selected(call, object)
        .into_iter()
        .map(|(field, hidden)| {
            let field = &object.fields[field];
            let sorted = field.name == first;
            json!({
                "ascendingLabel": if hidden { Value::Null } else { "Z-A".into() },
                "descendingLabel": if hidden { Value::Null } else { "A-Z".into() },
                "fieldNameOrPath": field.name,
                "hidden": hidden,
                "label": field.label,
                "searchable": field.kind.is_text(),
                "selectListItem": field.name,
                "sortDirection": if sorted { Value::from("ascending") } else { Value::Null },
                "sortIndex": if sorted { Value::from(0) } else { Value::Null },
                "sortable": !hidden && field.sortable(),
                "type": field.kind.name(),
            })
        })
        .collect()
}

fn describe(call: &Call<'_>, object: &Object, view: &View) -> Value {
    let (first, second) = order(object);
    let by = |name: &str| json!({ "fieldNameOrPath": name, "nullsPosition": "first", "sortDirection": "ascending" });
    json!({
        "columns": columns(call, object),
        "id": view.id,
        "orderBy": [by(first), by(second)],
        "query": statement(call, object, view),
        "relatedEntityId": null,
        "scope": if view.mine { "mine" } else { "everything" },
        "scopeEntityId": null,
        "sobjectType": object.name,
        "whereCondition": { "conditions": [], "conjunction": "and" },
    })
}

/// `GET …/results?limit=&offset=`.
fn results(call: &Call<'_>, object: &Object, view: &View) -> Result<Answer, ApiError> {
    let number = |name: &str, otherwise: usize, most: usize| {
        match call.parameter(name) {
        None => Ok(otherwise),
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| *number <= most)
            .ok_or_else(|| {
                let message = format!(
                    "Invalid value for the parameter {name}: '{text}'. Use a whole number up to {most}."
                );
                ApiError::new(400, "ILLEGAL_QUERY_PARAMETER_VALUE", message)
            }),
    }
    };
    let (limit, offset) = (number("limit", PAGE, MOST)?, number("offset", 0, MOST)?);
    // One row more tells whether there are others.
    let text = format!(
        "{} LIMIT {} OFFSET {offset}",
        statement(call, object, view),
        limit + 1
    );
    let state = call.snapshot();
    let schema = call.practice.org.schema();
    let asker = query::asker(call, false);
    let found = crate::org::query::run(schema, &state, &asker, &text)?;
    let page = Page {
        base: &call.base,
        from: 0,
        size: limit,
        locator: None,
        locators: &String::new,
    };
    let page = found.page(schema, &state, page).body;
    let page: Map<String, Value> = serde_json::from_slice(&page).unwrap_or_default();
    let columns = columns(call, object);
    let rows = page.get("records").and_then(Value::as_array);
    let records: Vec<Value> = rows
        .into_iter()
        .flatten()
        .map(|row| record(&columns, row))
        .collect();
    let body = json!({
        "columns": columns,
        "developerName": view.name,
        "done": found.rows() <= limit,
        "id": view.id,
        "label": view.label,
        "records": records,
        "size": records.len(),
    });
    Ok(Answer::json(200, &body))
}

/// A row as the list shows it: every value is a text.
fn record(columns: &[Value], row: &Value) -> Value {
    let cells: Vec<Value> = columns
        .iter()
        .map(|column| {
            let path = &column["fieldNameOrPath"];
            let value = &row[path.as_str().unwrap_or_default()];
            let shown = match value {
                Value::Null | Value::String(_) => value.clone(),
                other => other.to_string().into(),
            };
            json!({ "fieldNameOrPath": path, "value": shown })
        })
        .collect();
    json!({ "columns": cells })
}
