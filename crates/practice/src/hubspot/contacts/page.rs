//! The list of contacts in pages, ordered by id.

use axum::http::StatusCode;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::names;
use crate::hubspot::call::Answer;
use crate::hubspot::portal::Portal;
use crate::hubspot::problem::Problem;
use crate::oauth::Parameters;

/// Contacts of a page when nothing else is asked, and at most.
const USUAL: usize = 10;
const MOST: usize = 100;

/// One page; `link` is the address without its query.
pub(super) fn list(portal: &Portal, parameters: &Parameters, link: &str) -> Answer {
    let limit = parameters.get("limit").map_or(Ok(USUAL), str::parse);
    let limit = limit.ok().filter(|limit| (1..=MOST).contains(limit));
    let limit = limit.ok_or_else(|| {
        Problem::wrong_field("limit", format!("limit must be between 1 and {MOST}"))
    })?;
    // The cursor is the id that the page begins with.
    let after = parameters.get("after").map_or(Ok(0_u64), str::parse);
    let after = after.map_err(|_| Problem::wrong_field("after", "after is not a cursor"))?;
    let archived = parameters.text("archived") == "true";
    let names = names(parameters);
    let mut found = portal
        .contacts
        .range(after..)
        .map(|(_, contact)| contact)
        .filter(|contact| contact.archived == archived);
    let results: Vec<Value> = found
        .by_ref()
        .take(limit)
        .map(|contact| contact.show(&names))
        .collect();
    let mut answer = json!({ "results": results });
    if let Some(next) = found.next() {
        let after = next.id.to_string();
        let mut query = Serializer::new(String::new());
        query.append_pair("limit", &limit.to_string());
        query.append_pair("after", &after);
        for name in ["properties", "archived"] {
            if let Some(value) = parameters.get(name) {
                query.append_pair(name, value);
            }
        }
        let link = format!("{link}?{}", query.finish());
        answer["paging"] = json!({ "next": { "after": after, "link": link } });
    }
    Ok((StatusCode::OK, answer))
}
