//! How many API calls the org has counted, as Salesforce tells with every answer of its REST API
//! ("REST API Developer Guide, Limit Info Header").
//!
//! Must not know: who may use how many of them.

use gatelodge_model::ApiCount;

/// The header; `per-app-api-usage` may follow in it.
const HEADER: &str = "sforce-limit-info";

/// The count is of the last 24 hours, so that calls are forgotten one by one.
pub(super) const ENDS: &str = "as the calls of the last 24 hours grow older";

/// Reads `api-usage=18/15000`.
pub(super) fn count(headers: &[(String, String)]) -> Option<ApiCount> {
    let (_, value) = headers.iter().find(|(name, _)| name == HEADER)?;
    let (used, allowed) = value
        .split(';')
        .find_map(|part| part.trim().strip_prefix("api-usage="))?
        .split_once('/')?;
    Some(ApiCount {
        used: used.trim().parse().ok()?,
        allowed: allowed.trim().parse().ok().filter(|allowed| *allowed > 0)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read() {
        let read = |value: &str| count(&[(HEADER.to_owned(), value.to_owned())]);
        let found = |used, allowed| Some(ApiCount { used, allowed });
        assert_eq!(read("api-usage=18/5000"), found(18, 5_000));
        let both = "api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)";
        assert_eq!(read(both), found(25, 5_000));
        for odd in [
            "",
            "api-usage=",
            "api-usage=1",
            "api-usage=a/b",
            "api-usage=1/0",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
        assert_eq!(count(&[]), None);
    }
}
