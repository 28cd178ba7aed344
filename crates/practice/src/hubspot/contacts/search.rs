//! The search: groups of conditions, words, one order, and a window that ends at ten thousand.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::filter::{Filter, compare};
use super::{Contact, is_property};
use crate::hubspot::call::Answer;
use crate::hubspot::portal::Portal;
use crate::hubspot::problem::Problem;

const USUAL: usize = 10;
const MOST: usize = 200;
/// No page reaches beyond this many results.
const WINDOW: usize = 10_000;
const MOST_GROUPS: usize = 5;
const MOST_FILTERS: usize = 6;
const LONGEST_QUERY: usize = 3_000;

/// Properties that words are looked for in.
const SEARCHED: [&str; 5] = ["firstname", "lastname", "email", "phone", "company"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    filter_groups: Vec<FilterGroup>,
    #[serde(default)]
    sorts: Vec<Sort>,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    properties: Vec<String>,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    after: Option<Cursor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterGroup {
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Sort {
    /// A property, with a minus in front for the other direction.
    Name(String),
    Rule {
        #[serde(rename = "propertyName")]
        property_name: String,
        #[serde(default)]
        direction: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Cursor {
    Text(String),
    Number(usize),
}

/// One page of what fits.
pub(super) fn search(portal: &Portal, wanted: &Wanted) -> Answer {
    let (limit, after) = wanted.window()?;
    wanted.check()?;
    let words: Vec<String> = wanted
        .query
        .as_deref()
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let mut found: Vec<&Contact> = portal
        .contacts
        .values()
        .filter(|contact| !contact.archived && wanted.fits(contact) && mentions(contact, &words))
        .collect();
    if let Some((property, descending)) = wanted.order()? {
        found.sort_by(|left, right| {
            let value =
                |contact: &Contact| contact.property(property).unwrap_or_default().to_owned();
            let order = compare(&value(left), &value(right));
            if descending { order.reverse() } else { order }
        });
    }
    let results: Vec<Value> = found
        .iter()
        .skip(after)
        .take(limit)
        .map(|contact| contact.show(&wanted.properties))
        .collect();
    let mut answer = json!({ "total": found.len(), "results": results });
    if found.len() > after + limit {
        answer["paging"] = json!({ "next": { "after": (after + limit).to_string() } });
    }
    Ok((StatusCode::OK, answer))
}

impl Wanted {
    fn window(&self) -> Result<(usize, usize), Problem> {
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            let message = format!("limit must be between 1 and {MOST}");
            return Err(Problem::wrong_field("limit", message));
        }
        let after = match &self.after {
            None => Some(0),
            Some(Cursor::Number(after)) => Some(*after),
            Some(Cursor::Text(text)) if text.is_empty() => Some(0),
            Some(Cursor::Text(text)) => text.parse().ok(),
        };
        let after = after.ok_or_else(|| Problem::wrong_field("after", "after is not a cursor"))?;
        if after.saturating_add(limit) > WINDOW {
            let message = format!("Paging beyond {WINDOW} results is not supported");
            return Err(Problem::wrong_field("after", message));
        }
        Ok((limit, after))
    }

    fn check(&self) -> Result<(), Problem> {
        let groups = &self.filter_groups;
        let filters = groups.iter().map(|group| group.filters.len());
        if groups.len() > MOST_GROUPS || filters.max().unwrap_or_default() > MOST_FILTERS {
            let message =
                format!("at most {MOST_GROUPS} filterGroups with {MOST_FILTERS} filters each");
            return Err(Problem::wrong_field("filterGroups", message));
        }
        let query = self.query.as_deref().unwrap_or_default();
        if query.chars().count() > LONGEST_QUERY {
            let message = format!("query must be at most {LONGEST_QUERY} characters");
            return Err(Problem::wrong_field("query", message));
        }
        let mut filters = groups.iter().flat_map(|group| &group.filters);
        filters.try_for_each(Filter::check)
    }

    /// The groups are alternatives; the conditions of one group hold together.
    fn fits(&self, contact: &Contact) -> bool {
        let group = |group: &FilterGroup| group.filters.iter().all(|filter| filter.fits(contact));
        self.filter_groups.is_empty() || self.filter_groups.iter().any(group)
    }

    /// The property that orders, and whether it does so downwards. Only one can.
    fn order(&self) -> Result<Option<(&str, bool)>, Problem> {
        let (property, descending) = match self.sorts.as_slice() {
            [] => return Ok(None),
            [Sort::Name(name)] => match name.strip_prefix('-') {
                Some(name) => (name, true),
                None => (name.as_str(), false),
            },
            [
                Sort::Rule {
                    property_name,
                    direction,
                },
            ] => {
                let descending = direction.as_deref() == Some("DESCENDING");
                (property_name.as_str(), descending)
            }
            _ => {
                return Err(Problem::wrong_field(
                    "sorts",
                    "only one sort can be applied",
                ));
            }
        };
        if !is_property(property) {
            let message = format!("There is no property {property} of CONTACT");
            return Err(Problem::wrong_field("sorts", message));
        }
        Ok(Some((property, descending)))
    }
}

/// Whether each word occurs somewhere.
fn mentions(contact: &Contact, words: &[String]) -> bool {
    words.iter().all(|word| {
        let mut values = SEARCHED.iter().filter_map(|name| contact.property(name));
        values.any(|value| value.to_lowercase().contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::hubspot::seed;
    use chrono::DateTime;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_request_makes_it_panic(text in ".{0,30}", number: u64, operator in "(EQ|GT|BETWEEN|IN|CONTAINS_TOKEN|X)") {
            let portals = seed::portals(5, DateTime::UNIX_EPOCH);
            let filter = json!({ "propertyName": "email", "operator": operator, "value": text, "highValue": text });
            for body in [
                json!({ "after": text, "limit": number, "query": text }),
                json!({ "after": number, "sorts": [text] }),
                json!({ "filterGroups": [{ "filters": [filter] }] }),
            ] {
                if let Ok(wanted) = parse::<Wanted>(body.to_string().as_bytes()) {
                    let _ = search(&portals[0], &wanted);
                }
            }
        }
    }
}
