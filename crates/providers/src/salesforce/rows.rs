//! How many records an answer holds, for the budget of a connection: found without parsing.
//!
//! Every record in an answer of the REST API carries its `attributes` with a `type`, in queries, searches,
//! composite answers and child records alike; results of bulk jobs say their number in a header, or are lines.
//! Must not know: what a record holds.

use gatelodge_provider::ProviderResponse;

/// Says how many records a piece of a bulk result has.
const NUMBER_HEADER: &str = "sforce-numberofrecords";

/// What a record carries, as it is written; inside of a text the quotes would be escaped.
const MARK: &[u8] = b"\"attributes\"";

pub(super) fn count(response: &ProviderResponse) -> u64 {
    if let Some(number) = response
        .header(NUMBER_HEADER)
        .and_then(|text| text.trim().parse().ok())
    {
        return number;
    }
    let kind = response.header("content-type").unwrap_or_default();
    if kind.starts_with("text/csv") {
        return lines(&response.body).saturating_sub(1);
    }
    if kind.contains("json") {
        return records(&response.body);
    }
    0
}

fn records(body: &[u8]) -> u64 {
    let mut count = 0;
    let mut rest = body;
    while let Some(place) = find(rest, MARK) {
        rest = rest.get(place + MARK.len()..).unwrap_or_default();
        let text = trimmed(rest);
        let opened = text
            .strip_prefix(b":")
            .and_then(|text| trimmed(text).strip_prefix(b"{"));
        if opened.is_some_and(|text| trimmed(text).starts_with(b"\"type\"")) {
            count += 1;
        }
    }
    count
}

/// Lines of a CSV file: line breaks inside of quotes are none.
fn lines(body: &[u8]) -> u64 {
    let mut count = 0;
    let mut quoted = false;
    for byte in body {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => count += 1,
            _ => {}
        }
    }
    count + u64::from(body.last().is_some_and(|last| *last != b'\n'))
}

fn find(body: &[u8], mark: &[u8]) -> Option<usize> {
    memchr::memmem::find(body, mark)
}

fn trimmed(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(kind: &str, body: &str) -> ProviderResponse {
        ProviderResponse {
            status: 200,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.to_owned().into(),
        }
    }

    #[test]
    fn records_are_counted_wherever_they_stand() {
        // proves P13
        let json = "application/json;charset=UTF-8";
        for (body, expected) in [
            (r#"{"totalSize":0,"done":true,"records":[]}"#, 0),
            (
                r#"{"totalSize":2,"records":[{"attributes":{"type":"Account","url":"/x"},"Id":"1"},
                   { "attributes" : { "type" : "Account" }, "Contacts":{"records":[{"attributes":{"type":"Contact"}}]}}]}"#,
                3,
            ),
            (
                r#"{"compositeResponse":[{"body":{"attributes":{"type":"Lead"},"Id":"1"}}]}"#,
                1,
            ),
            // inside of a text it is none
            (
                r#"{"attributes":{"type":"Account"},"Description":"{\"attributes\":{\"type\":\"x\"}}"}"#,
                1,
            ),
            (r#"{"attributes":{"label":"x"},"fields":[]}"#, 0),
        ] {
            assert_eq!(count(&answer(json, body)), expected, "{body}");
        }
    }

    #[test]
    fn bulk_results_are_counted_by_header_or_line() {
        // proves P13
        let csv = "Id,Name\n1,\"a\nb\"\n2,\"say \"\"hi\"\"\"\n";
        assert_eq!(count(&answer("text/csv", csv)), 2);
        assert_eq!(count(&answer("text/csv", "Id\n1")), 1);
        assert_eq!(count(&answer("text/csv", "")), 0);
        let mut told = answer("text/csv", csv);
        told.headers
            .push(("sforce-numberofrecords".to_owned(), "50000".to_owned()));
        assert_eq!(count(&told), 50_000);
    }
}
