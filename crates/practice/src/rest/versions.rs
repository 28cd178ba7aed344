//! API versions: the list of all, and the resources of one.
//!
//! Must not know sessions: the list needs none.

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use crate::org::ApiError;

/// Oldest version that is still served.
const FIRST: u32 = 31;
/// The current version, Winter '27.
const LAST: u32 = 68;
/// The newest version whose end is announced.
const LAST_DEPRECATED: u32 = 40;

/// `GET /services/data`.
pub(super) fn list() -> Answer {
    let versions: Vec<Value> = (FIRST..=LAST)
        .map(|number| {
            json!({ "label": label(number), "url": format!("/services/data/v{number}.0"), "version": format!("{number}.0") })
        })
        .collect();
    Answer::json(200, &versions)
}

/// Three releases a year; 31.0 was Summer '14.
fn label(number: u32) -> String {
    let (season, year) = match number % 3 {
        1 => ("Summer", number / 3 + 4),
        2 => ("Winter", number / 3 + 5),
        _ => ("Spring", number / 3 + 4),
    };
    // One label is really served with a typographic apostrophe.
    let apostrophe = if number == 42 { '’' } else { '\'' };
    format!("{season} {apostrophe}{year}")
}

/// The major number of `v66.0`.
///
/// # Errors
/// 410 for retired versions, 404 for anything else that is not served.
pub(super) fn parse(text: &str) -> Result<u32, ApiError> {
    let number: u32 = text
        .strip_prefix(['v', 'V'])
        .and_then(|text| text.strip_suffix(".0"))
        .and_then(|text| text.parse().ok())
        .ok_or_else(ApiError::not_found)?;
    match number {
        FIRST..=LAST => Ok(number),
        1..FIRST => Err(ApiError::new(
            410,
            "UNSUPPORTED_API_VERSION",
            format!(
                "The API version {number}.0 is retired. Use a version from {FIRST}.0 to {LAST}.0."
            ),
        )),
        _ => Err(ApiError::not_found()),
    }
}

/// What the answers of an old version say about its end.
pub(super) fn warning(number: u32) -> Option<&'static str> {
    (number <= LAST_DEPRECATED)
        .then_some("299 - \"This API is deprecated and will be removed by Summer '28.\"")
}

/// `GET /services/data/vXX.0`: names and paths of the resources that are served, and the identity address.
pub(super) fn resources(call: &Call<'_>) -> Answer {
    let mut out = Map::new();
    for name in [
        "appMenu",
        "compactLayouts",
        "composite",
        "jobs",
        "limits",
        "parameterizedSearch",
        "query",
        "queryAll",
        "quickActions",
        "recent",
        "search",
        "sobjects",
        "tabs",
        "theme",
    ] {
        out.insert(name.to_owned(), format!("{}/{name}", call.base).into());
    }
    let organization = call.practice.org.organization();
    let identity = format!("{}/id/{}/{}", call.site.login, organization.id, call.user);
    out.insert("identity".to_owned(), identity.into());
    Answer::json(200, &out)
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves SFB-HOST-3
    #[test]
    fn labels_follow_the_release_calendar() {
        for (number, expected) in [
            (31, "Summer '14"),
            (38, "Winter '17"),
            (42, "Spring ’18"),
            (45, "Spring '19"),
            (59, "Winter '24"),
            (66, "Spring '26"),
            (67, "Summer '26"),
            (68, "Winter '27"),
        ] {
            assert_eq!(label(number), expected, "{number}");
        }
    }

    // proves SFB-HOST-4
    #[test]
    fn only_served_versions_are_accepted() {
        assert_eq!(parse("v66.0"), Ok(66));
        assert_eq!(parse("v30.0").map_err(|error| error.status), Err(410));
        for text in ["v99.0", "66.0", "v66", "v66.1", "vx.0"] {
            assert_eq!(
                parse(text).map_err(|error| error.status),
                Err(404),
                "{text}"
            );
        }
    }
}
