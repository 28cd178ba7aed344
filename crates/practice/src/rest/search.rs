//! `/search` and `/parameterizedSearch`.
//!
//! Must not know how records are found; a parameterized search is written as a statement and run as one.

use std::fmt::Write as _;

use axum::http::Method;
use gatelodge_soql::{escape_search, valid_identifier};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::Call;
use super::query::asker;
use crate::org::{ApiError, search};

/// Largest `defaultLimit` and `overallLimit`.
const MOST: u64 = 2_000;

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

fn run(call: &Call<'_>, text: &str) -> Result<Answer, ApiError> {
    let org = &call.practice.org;
    let records = search::run(org.schema(), &call.snapshot(), &asker(call, false), text)?;
    // Before version 37 the answer was the bare list.
    let (open, close): (&[u8], &[u8]) = if call.version >= 37 {
        (b"{\"searchRecords\":[", b"]}")
    } else {
        (b"[", b"]")
    };
    Ok(Answer::bytes([open, &records, close].concat()))
}

/// `GET` and `POST /parameterizedSearch`.
pub(super) fn parameterized(call: &Call<'_>) -> Result<Answer, ApiError> {
    let wanted = if call.method == Method::POST {
        from_body(call)?
    } else {
        from_parameters(call)?
    };
    run(call, &wanted.statement()?)
}

/// A parameterized search, wherever it came from.
#[derive(Default)]
struct Wanted {
    term: String,
    group: Option<String>,
    fields: Vec<String>,
    objects: Vec<WantedObject>,
    default_limit: Option<u64>,
    overall_limit: Option<u64>,
}

#[derive(Default)]
struct WantedObject {
    name: String,
    fields: Vec<String>,
    condition: Option<String>,
    order: Option<String>,
    limit: Option<u64>,
}

fn illegal(name: &str, value: &str) -> ApiError {
    let message = format!("Invalid value for the parameter {name}: '{value}'");
    ApiError::new(400, "ILLEGAL_QUERY_PARAMETER_VALUE", message)
}

fn names(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn from_parameters(call: &Call<'_>) -> Result<Wanted, ApiError> {
    let number = |name: &str| -> Result<Option<u64>, ApiError> {
        call.parameter(name)
            .map(|text| text.parse().map_err(|_| illegal(name, text)))
            .transpose()
    };
    let objects = call
        .parameters
        .iter()
        .filter(|(name, _)| name == "sobject" || name == "sobjects")
        .flat_map(|(_, list)| names(list))
        .map(|name| {
            Ok(WantedObject {
                fields: call
                    .parameter(&format!("{name}.fields"))
                    .map(names)
                    .unwrap_or_default(),
                condition: call.parameter(&format!("{name}.where")).map(str::to_owned),
                order: call
                    .parameter(&format!("{name}.orderBy"))
                    .map(str::to_owned),
                limit: number(&format!("{name}.limit"))?,
                name,
            })
        })
        .collect::<Result<_, ApiError>>()?;
    Ok(Wanted {
        term: call.parameter("q").unwrap_or_default().to_owned(),
        group: call.parameter("in").map(str::to_owned),
        fields: call.parameter("fields").map(names).unwrap_or_default(),
        objects,
        default_limit: number("defaultLimit")?,
        overall_limit: number("overallLimit")?,
    })
}

fn from_body(call: &Call<'_>) -> Result<Wanted, ApiError> {
    let (body, _) = call.json_body()?;
    let text = |map: &Map<String, Value>, key: &str| {
        map.get(key).and_then(Value::as_str).map(str::to_owned)
    };
    let list = |map: &Map<String, Value>, key: &str| -> Vec<String> {
        let values = map.get(key).and_then(Value::as_array);
        values
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let number = |map: &Map<String, Value>, key: &str| -> Result<Option<u64>, ApiError> {
        match map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_u64()
                .map(Some)
                .ok_or_else(|| illegal(key, &value.to_string())),
        }
    };
    let objects = body
        .get("sobjects")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|object| {
            Ok(WantedObject {
                name: text(object, "name")
                    .ok_or_else(|| illegal("sobjects", "an object without a name"))?,
                fields: list(object, "fields"),
                condition: text(object, "where"),
                order: text(object, "orderBy"),
                limit: number(object, "limit")?,
            })
        })
        .collect::<Result<_, ApiError>>()?;
    Ok(Wanted {
        term: text(&body, "q").unwrap_or_default(),
        group: text(&body, "in"),
        fields: list(&body, "fields"),
        objects,
        default_limit: number(&body, "defaultLimit")?,
        overall_limit: number(&body, "overallLimit")?,
    })
}

impl Wanted {
    /// The search as a statement. Names are checked here; conditions are parsed where they stand.
    fn statement(&self) -> Result<String, ApiError> {
        if self.term.trim().is_empty() {
            return Err(ApiError::new(
                400,
                "MALFORMED_SEARCH",
                "The parameter q is required",
            ));
        }
        let group = self.group.as_deref().unwrap_or("ALL").to_ascii_uppercase();
        if !matches!(
            group.as_str(),
            "ALL" | "NAME" | "EMAIL" | "PHONE" | "SIDEBAR"
        ) {
            return Err(illegal("in", &group));
        }
        // Writing to a string cannot fail.
        let mut text = format!(
            "FIND {{{}}} IN {group} FIELDS",
            escape_search(self.term.trim())
        );
        let mut returning = Vec::with_capacity(self.objects.len());
        for object in &self.objects {
            let fields = match (object.fields.as_slice(), self.fields.as_slice()) {
                ([], []) => "Id".to_owned(),
                ([], common) => common.join(","),
                (own, _) => own.join(","),
            };
            for name in fields.split(',').chain([object.name.as_str()]) {
                if !name.split('.').all(valid_identifier) {
                    return Err(illegal("fields", name));
                }
            }
            let mut entry = format!("{}({fields}", object.name);
            if let Some(condition) = &object.condition {
                let _ = write!(entry, " WHERE {condition}");
            }
            if let Some(order) = &object.order {
                let _ = write!(entry, " ORDER BY {order}");
            }
            if let Some(limit) = object.limit.or(self.default_limit) {
                let _ = write!(entry, " LIMIT {}", limit.min(MOST));
            }
            entry.push(')');
            returning.push(entry);
        }
        if !returning.is_empty() {
            let _ = write!(text, " RETURNING {}", returning.join(", "));
        }
        if let Some(limit) = self.overall_limit {
            let _ = write!(text, " LIMIT {}", limit.min(MOST));
        }
        Ok(text)
    }
}
