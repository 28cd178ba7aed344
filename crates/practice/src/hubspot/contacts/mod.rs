//! Contacts: listed in pages, read by id or e-mail address, searched, read in batches. Nothing here writes.

mod contact;
mod filter;
mod page;
mod search;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, OriginalUri, Path, RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) use contact::{Contact, is_property};

use super::HubSpot;
use super::call::{Answer, Lane, with};
use super::grants::Grant;
use super::portal::{Portal, State};
use super::problem::Problem;
use crate::journal::RequestNote;
use crate::oauth::Parameters;

/// What reading contacts needs.
const SCOPE: &str = "crm.objects.contacts.read";

/// Ids of one batch.
const MOST_IN_BATCH: usize = 100;

/// `GET …/contacts`
pub(super) async fn list(
    Shared(hubspot): Shared<Arc<HubSpot>>,
    Extension(note): Extension<RequestNote>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::parse(uri.query().unwrap_or_default().as_bytes());
    with(&hubspot, &headers, &note, SCOPE, Lane::Usual, |grant| {
        let state = hubspot.state();
        let base = state.page_links_to.as_deref();
        let base = base.unwrap_or(hubspot.ground.base_url());
        let link = format!("{base}{}", uri.path());
        page::list(portal(&state, grant)?, &parameters, &link)
    })
}

/// `GET …/contacts/{id}`
pub(super) async fn one(
    Shared(hubspot): Shared<Arc<HubSpot>>,
    Extension(note): Extension<RequestNote>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    with(&hubspot, &headers, &note, SCOPE, Lane::Usual, |grant| {
        let state = hubspot.state();
        let portal = portal(&state, grant)?;
        let archived = parameters.text("archived") == "true";
        let contact = find(portal, parameters.get("idProperty"), &id)?;
        let contact = contact.filter(|contact| contact.archived == archived);
        let contact = contact.ok_or_else(|| Problem::not_found("resource not found"))?;
        Ok((StatusCode::OK, contact.show(&names(&parameters))))
    })
}

/// `POST …/contacts/search`
pub(super) async fn search(
    Shared(hubspot): Shared<Arc<HubSpot>>,
    Extension(note): Extension<RequestNote>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    with(&hubspot, &headers, &note, SCOPE, Lane::Search, |grant| {
        let wanted = parse(&body)?;
        let state = hubspot.state();
        search::search(portal(&state, grant)?, &wanted)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Batch {
    inputs: Vec<BTreeMap<String, String>>,
    #[serde(default)]
    id_property: Option<String>,
    #[serde(default)]
    properties: Vec<String>,
    #[serde(default)]
    properties_with_history: Vec<String>,
}

/// `POST …/contacts/batch/read`
pub(super) async fn batch(
    Shared(hubspot): Shared<Arc<HubSpot>>,
    Extension(note): Extension<RequestNote>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    with(&hubspot, &headers, &note, SCOPE, Lane::Usual, |grant| {
        let wanted: Batch = parse(&body)?;
        let state = hubspot.state();
        let now = hubspot.ground.now();
        read_batch(portal(&state, grant)?, &wanted, &json!(now))
    })
}

fn read_batch(portal: &Portal, wanted: &Batch, now: &Value) -> Answer {
    if wanted.inputs.len() > MOST_IN_BATCH {
        let message = format!("Batch size must be at most {MOST_IN_BATCH}");
        return Err(Problem::wrong_field("inputs", message));
    }
    if !wanted.properties_with_history.is_empty() {
        let message = "the history of properties is not kept here";
        return Err(Problem::wrong_field("propertiesWithHistory", message));
    }
    let (mut results, mut missing) = (Vec::new(), Vec::new());
    for input in &wanted.inputs {
        let id = input.get("id").map(String::as_str).unwrap_or_default();
        let contact = find(portal, wanted.id_property.as_deref(), id)?;
        match contact.filter(|contact| !contact.archived) {
            Some(contact) => results.push(contact.show(&wanted.properties)),
            None => missing.push(id),
        }
    }
    let mut answer = json!({
        "status": "COMPLETE",
        "results": results,
        "startedAt": now,
        "completedAt": now,
    });
    if missing.is_empty() {
        return Ok((StatusCode::OK, answer));
    }
    answer["numErrors"] = 1.into();
    answer["errors"] = json!([{
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid.",
        "context": { "ids": missing },
    }]);
    Ok((StatusCode::MULTI_STATUS, answer))
}

fn portal<'a>(state: &'a State, grant: &Grant) -> Result<&'a Portal, Problem> {
    let portal = state.portal(grant.hub_id);
    portal.ok_or_else(|| Problem::not_found("the account is gone"))
}

/// The contact with an id, or with another property that only one has.
fn find<'a>(
    portal: &'a Portal,
    property: Option<&str>,
    id: &str,
) -> Result<Option<&'a Contact>, Problem> {
    match property {
        None | Some("hs_object_id") => {
            let number: Option<u64> = id.parse().ok();
            Ok(number.and_then(|number| portal.contacts.get(&number)))
        }
        Some("email") => Ok(portal.contact_by_email(id)),
        Some(other) => {
            let message = format!("{other} is not a unique property of CONTACT");
            Err(Problem::wrong_field("idProperty", message))
        }
    }
}

/// The properties that a query asks for.
fn names(parameters: &Parameters) -> Vec<String> {
    let names = parameters.text("properties").split(',');
    let names = names.filter(|name| !name.is_empty());
    names.map(|name| name.trim().to_owned()).collect()
}

/// Reads a body, or says where it is wrong.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = format!("Invalid input JSON on line {line}, column {column}: {error}");
        Problem::invalid(message)
    })
}
