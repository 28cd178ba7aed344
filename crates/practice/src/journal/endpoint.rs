//! The endpoint behind a path: the path with everything that differs from record to record taken out.
//!
//! Pure text; must not know which endpoints exist.

use crate::org::Id;

/// Longest part of a path that is kept as it is; ids, locators and tokens in paths are told by their look.
const LONGEST_PART: usize = 40;

/// `GET /services/data/{version}/sobjects/Account/{id}`.
pub(crate) fn of(method: &str, path: &str) -> String {
    let mut endpoint = method.to_owned();
    endpoint.push(' ');
    let mut before = "";
    for part in path.split('/').filter(|part| !part.is_empty()) {
        endpoint.push('/');
        endpoint.push_str(simple(before, part));
        before = part;
    }
    if path == "/" {
        endpoint.push('/');
    }
    endpoint
}

fn simple<'a>(before: &str, part: &'a str) -> &'a str {
    let is_version = part
        .strip_prefix('v')
        .and_then(|number| number.split_once('.'))
        .is_some_and(|(major, minor)| all_digits(major) && all_digits(minor));
    if is_version {
        return "{version}";
    }
    if matches!(before, "query" | "queryAll") {
        return "{locator}";
    }
    let is_id = matches!(part.len(), 15 | 18)
        && part.bytes().any(|byte| byte.is_ascii_digit())
        && Id::parse(part).is_some();
    if is_id {
        return "{id}";
    }
    if part.len() > LONGEST_PART || part.contains('%') {
        return "{value}";
    }
    part
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_taken_out() {
        for (path, endpoint) in [
            ("/", "GET /"),
            ("/services/data", "GET /services/data"),
            (
                "/services/data/v66.0/sobjects/Account/001dM00003jU9GxQAK",
                "GET /services/data/{version}/sobjects/Account/{id}",
            ),
            (
                "/services/data/v66.0/query/0r8xx1-2000",
                "GET /services/data/{version}/query/{locator}",
            ),
            (
                "/services/data/v66.0/sobjects/parameterizedSearc",
                "GET /services/data/{version}/sobjects/parameterizedSearc",
            ),
            ("/x/a%20b", "GET /x/{value}"),
        ] {
            assert_eq!(of("GET", path), endpoint);
        }
    }
}
