//! Joining a vetted origin with a path, and checking headers: nothing that a caller gives may move the
//! request to another host or another resource than it seems (S7).
//!
//! Must not know: what the path means.

use super::origin::{Origin, denied};
use gatelodge_model::Error;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

/// Headers that only the keeper or the HTTP client sets, because they decide who asks, where it goes, or
/// how long the message is.
const RESERVED: [&str; 16] = [
    "authorization",
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// The address of a path at an origin. The path may hold a query; `query` is appended, encoded.
///
/// # Errors
/// `egress_denied` where the path is not absolute, leaves its place, or is read differently by others.
pub(crate) fn target(
    origin: &Origin,
    path: &str,
    query: &[(String, String)],
) -> Result<Url, Error> {
    let (resource, _) = path.split_once('?').unwrap_or((path, ""));
    let printable = path.bytes().all(|byte| byte.is_ascii_graphic());
    if !printable || path.contains(['\\', '#', '"', '<', '>', '`', '{', '}', '^', '|']) {
        return Err(denied("the path holds characters that must be encoded"));
    }
    if !resource.starts_with('/') || resource.contains("//") {
        return Err(denied(
            "the path must begin with one slash and hold no empty part",
        ));
    }
    let lower = resource.to_ascii_lowercase();
    if ["%00", "%0a", "%0d", "%2e%2e", "%5c"]
        .iter()
        .any(|code| lower.contains(code))
    {
        return Err(denied(
            "the path holds an encoded control or path character",
        ));
    }
    if lower
        .split('/')
        .any(|part| matches!(part.replace("%2e", ".").as_str(), "." | ".."))
    {
        return Err(denied("the path leaves its place"));
    }
    let base = origin.base().as_str().trim_end_matches('/');
    let mut url =
        Url::parse(&format!("{base}{path}")).map_err(|_| denied("the path is not one of a URL"))?;
    // Whatever the parser changed, a server may read differently, so it must have changed nothing.
    let unchanged = url.as_str().strip_prefix(base) == Some(path);
    if !unchanged || url.origin() != origin.base().origin() {
        return Err(denied("the path is not in its plain form"));
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

/// Reads headers that a tool or provider adds.
///
/// # Errors
/// `egress_denied` for a reserved name, and for a name or value that could break the message apart.
pub(crate) fn headers(list: &[(String, String)]) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::with_capacity(list.len() + 1);
    for (name, value) in list {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| denied("a header has an impossible name"))?;
        if RESERVED.contains(&name.as_str()) || name.as_str().starts_with("x-forwarded-") {
            return Err(denied("a header is reserved for the keeper"));
        }
        let value =
            HeaderValue::from_str(value).map_err(|_| denied("a header has an impossible value"))?;
        map.append(name, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::ErrorKind;
    use proptest::prelude::*;

    fn origin() -> Origin {
        Origin::parse("https://acme.my.salesforce.com", &[]).unwrap()
    }

    #[test]
    fn hostile_paths_are_refused() {
        // proves S7, S5
        for path in [
            "",
            "services/data",
            "//evil.tld/x",
            "/\\evil.tld/x",
            "\\\\evil.tld",
            "@evil.tld/",
            "/services//data",
            "/services/../../etc",
            "/services/./data",
            "/services/%2e%2e/data",
            "/services/%2E%2e/data",
            "/services/.%2e/data",
            "/services/%2e/data",
            "/services/..",
            "/services/data\r\nHost: evil.tld",
            "/services/data%0d%0aHost:%20evil",
            "/services/data%00",
            "/services/%5c..%5c",
            "/services/data#fragment",
            "/services/data with space",
            "/services/d\u{e4}ta",
            "/services/\tdata",
            "https://evil.tld/",
            ".evil.tld/",
            ":8443/services",
            "/a?b=c\r\nX: y",
            "/a?b=c d",
            "/a?b=\"c\"",
        ] {
            let error = target(&origin(), path, &[]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::EgressDenied, "{path:?}");
        }
    }

    #[test]
    fn plain_paths_arrive_unchanged() {
        for path in [
            "/",
            "/services/data/v66.0/sobjects/Account/001dM00000A",
            "/services/data/v66.0/sobjects/Account/Hub_Op__c/a%2Fb%20c",
            "/services/data/v66.0/query/01g-2000",
            "/services/data/v66.0/query?q=SELECT+Id+FROM+Account",
            "/id/00D/005@x;y,z:w",
        ] {
            let url = target(&origin(), path, &[]).unwrap();
            assert_eq!(
                url.as_str(),
                format!("https://acme.my.salesforce.com{path}")
            );
        }
        let query = [("q".to_owned(), "SELECT Id FROM A WHERE B='&='".to_owned())];
        let url = target(&origin(), "/services/data/v66.0/query", &query).unwrap();
        assert_eq!(url.query_pairs().next().unwrap().1, query[0].1);
    }

    #[test]
    fn hostile_headers_are_refused() {
        // proves S5, S7
        for (name, value) in [
            ("Authorization", "Bearer other"),
            ("host", "evil.tld"),
            ("Cookie", "a=b"),
            ("Content-Length", "5"),
            ("Transfer-Encoding", "chunked"),
            ("X-Forwarded-Host", "evil.tld"),
            ("x-note", "a\r\nb: c"),
            ("x-note", "a\nb"),
            ("x-note", "a\u{0}"),
            ("x note", "a"),
            ("x-note\r\n", "a"),
            ("", "a"),
        ] {
            let list = [(name.to_owned(), value.to_owned())];
            assert_eq!(
                headers(&list).unwrap_err().kind(),
                ErrorKind::EgressDenied,
                "{name:?}: {value:?}"
            );
        }
        let list = [(
            "Sforce-Call-Options".to_owned(),
            "client=Gatelodge".to_owned(),
        )];
        assert_eq!(headers(&list).unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn no_path_ever_leaves_the_host(path in "\\PC{0,80}", tail in "[/a-z.%@:\\\\?#]{0,40}") {
            // proves S7
            for candidate in [path.clone(), format!("/{path}"), format!("/{tail}"), tail.clone()] {
                if let Ok(url) = target(&origin(), &candidate, &[]) {
                    prop_assert_eq!(url.host_str(), Some("acme.my.salesforce.com"));
                    prop_assert_eq!(url.port_or_known_default(), Some(443));
                    prop_assert!(url.username().is_empty());
                }
            }
        }
    }
}
