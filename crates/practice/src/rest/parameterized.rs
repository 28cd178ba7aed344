//! `/parameterizedSearch`: a search in parameters or in a body. It is written as a statement and run as one.
//!
//! Must not know how records are found. Source of the names: "Parameterized Search", REST API Developer Guide.

use std::fmt::Write as _;

use axum::http::Method;
use gatelodge_soql::{escape_search, escape_string, valid_identifier};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::Call;
use super::search::{self, illegal};
use crate::org::ApiError;

/// Largest `defaultLimit`, `overallLimit` and `offset`.
const MOST: u64 = 2_000;

/// `GET` and `POST /parameterizedSearch`.
pub(super) fn parameterized(call: &Call<'_>) -> Result<Answer, ApiError> {
    let wanted = if call.method == Method::POST {
        Wanted::from_body(&call.json_body()?.0)?
    } else {
        Wanted::from_parameters(call)?
    };
    search::run(call, &wanted.statement()?)
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
    offset: Option<u64>,
    /// `WITH` clauses and the like, as a statement writes them.
    clauses: String,
}

#[derive(Default)]
struct WantedObject {
    name: String,
    fields: Vec<String>,
    condition: Option<String>,
    order: Option<String>,
    limit: Option<u64>,
}

fn names(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A number from 0 to the most that a search takes.
fn number(name: &str, text: &str) -> Result<u64, ApiError> {
    text.parse()
        .ok()
        .filter(|number| *number <= MOST)
        .ok_or_else(|| illegal(name, text))
}

/// The clauses behind `RETURNING`, from the values of their parameters.
fn clauses<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Result<String, ApiError> {
    let mut text = String::new();
    let mut add = |clause: &str| {
        text.push(' ');
        text.push_str(clause);
    };
    let flag = |name: &str| -> Result<Option<bool>, ApiError> {
        value(name)
            .map(|text| {
                text.to_ascii_lowercase()
                    .parse()
                    .map_err(|_| illegal(name, text))
            })
            .transpose()
    };
    if let Some(division) = value("division") {
        add(&format!("WITH DIVISION = '{}'", escape_string(division)));
    }
    if let Some(category) = value("dataCategory") {
        add(&format!("WITH DATA CATEGORY {category}"));
    }
    if let Some(length) = value("snippet") {
        number("snippet", length)?;
        add(&format!("WITH SNIPPET (target_length={length})"));
    }
    if let Some(network) = value("netWork") {
        add(&format!("WITH NETWORK = '{}'", escape_string(network)));
    }
    if let Some(metadata) = value("metadata") {
        if !metadata.eq_ignore_ascii_case("LABELS") {
            return Err(illegal("metadata", metadata));
        }
        add("WITH METADATA = 'LABELS'");
    }
    if let Some(correct) = flag("spellCorrection")? {
        add(&format!("WITH SPELL_CORRECTION = {correct}"));
    }
    Ok(text)
}

/// `UPDATE`, which stands at the very end.
fn updates<'a>(value: impl Fn(&str) -> Option<&'a str>) -> &'static str {
    let on = |name: &str| value(name).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    match (on("updateTracking"), on("updateViewStat")) {
        (true, true) => " UPDATE TRACKING, VIEWSTAT",
        (true, false) => " UPDATE TRACKING",
        (false, true) => " UPDATE VIEWSTAT",
        (false, false) => "",
    }
}

impl Wanted {
    fn from_parameters(call: &Call<'_>) -> Result<Self, ApiError> {
        let counted = |name: &str| {
            call.parameter(name)
                .map(|text| number(name, text))
                .transpose()
        };
        let objects = call
            .parameters
            .iter()
            .filter(|(name, _)| name == "sobject" || name == "sobjects")
            .flat_map(|(_, list)| names(list))
            .map(|name| {
                let own = |key: &str| call.parameter(&format!("{name}.{key}"));
                Ok(WantedObject {
                    fields: own("fields").map(names).unwrap_or_default(),
                    condition: own("where").map(str::to_owned),
                    order: own("orderBy").map(str::to_owned),
                    limit: counted(&format!("{name}.limit"))?,
                    name,
                })
            })
            .collect::<Result<_, ApiError>>()?;
        let value = |name: &str| call.parameter(name);
        Ok(Self {
            term: call.parameter("q").unwrap_or_default().to_owned(),
            group: call.parameter("in").map(str::to_owned),
            fields: call.parameter("fields").map(names).unwrap_or_default(),
            objects,
            default_limit: counted("defaultLimit")?,
            overall_limit: counted("overallLimit")?,
            offset: counted("offset")?,
            clauses: clauses(value)? + updates(value),
        })
    }

    fn from_body(body: &Map<String, Value>) -> Result<Self, ApiError> {
        // Numbers and flags count as what they say, quoted or not.
        let plain: Map<String, Value> = body
            .iter()
            .map(|(key, value)| {
                let text = match value {
                    Value::Number(number) => number.to_string().into(),
                    Value::Bool(flag) => flag.to_string().into(),
                    other => other.clone(),
                };
                (key.clone(), text)
            })
            .collect();
        let value = |name: &str| plain.get(name).and_then(Value::as_str);
        let counted = |name: &str| value(name).map(|text| number(name, text)).transpose();
        let objects = body
            .get("sobjects")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(WantedObject::from_body)
            .collect::<Result<_, ApiError>>()?;
        Ok(Self {
            term: value("q").unwrap_or_default().to_owned(),
            group: value("in").map(str::to_owned),
            fields: list(body.get("fields")),
            objects,
            default_limit: counted("defaultLimit")?,
            overall_limit: counted("overallLimit")?,
            offset: counted("offset")?,
            clauses: clauses(value)? + updates(value),
        })
    }

    /// The search as a statement. Names are checked here; conditions are parsed where they stand.
    fn statement(&self) -> Result<String, ApiError> {
        let term = self.term.trim();
        if term.is_empty() {
            let text = "The parameter q is required";
            return Err(ApiError::new(400, "MALFORMED_SEARCH", text));
        }
        let group = self.group.as_deref().unwrap_or("ALL").to_ascii_uppercase();
        let known = ["ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR"];
        if !known.contains(&group.as_str()) {
            return Err(illegal("in", &group));
        }
        let mut text = format!("FIND {{{}}} IN {group} FIELDS", escape_search(term));
        let entries = self
            .objects
            .iter()
            .map(|object| self.entry(object))
            .collect::<Result<Vec<_>, _>>()?;
        if !entries.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, " RETURNING {}", entries.join(", "));
        }
        let (with, update) = match self.clauses.find(" UPDATE ") {
            Some(at) => self.clauses.split_at(at),
            None => (self.clauses.as_str(), ""),
        };
        text.push_str(with);
        if let Some(limit) = self.overall_limit {
            let _ = write!(text, " LIMIT {limit}");
        }
        text.push_str(update);
        Ok(text)
    }

    fn entry(&self, object: &WantedObject) -> Result<String, ApiError> {
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
            let _ = write!(entry, " LIMIT {limit}");
        }
        if let Some(offset) = self.offset {
            let _ = write!(entry, " OFFSET {offset}");
        }
        entry.push(')');
        Ok(entry)
    }
}

impl WantedObject {
    fn from_body(value: &Value) -> Result<Self, ApiError> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let limit = match &value["limit"] {
            Value::Null => None,
            Value::String(text) => Some(number("limit", text)?),
            other => Some(number("limit", &other.to_string())?),
        };
        Ok(Self {
            name: text("name").ok_or_else(|| illegal("sobjects", "an object without a name"))?,
            fields: list(value.get("fields")),
            condition: text("where"),
            order: text("orderBy"),
            limit,
        })
    }
}

fn list(value: Option<&Value>) -> Vec<String> {
    let values = value.and_then(Value::as_array);
    values
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
