//! How many records an answer holds, for the budget of a connection: found without parsing, piece by piece.
//!
//! Every record in an answer of the REST API carries its `attributes` with a `type`, in queries, searches,
//! composite answers and child records alike; results of bulk jobs say their number in a header, or are lines.
//! Must not know: what a record holds.

use gatelodge_provider::RowCounter;

/// Says how many records a piece of a bulk result has.
pub(super) const NUMBER_HEADER: &str = "sforce-numberofrecords";

/// What a record carries, as it is written; inside of a text the quotes would be escaped.
const MARK: &[u8] = b"\"attributes\"";

/// What follows it, besides blanks.
const TYPE: &[u8] = b":{\"type\"";

/// The longest that is remembered of a mark which one piece began and the next one ends.
const REMEMBERED: usize = 256;

pub(super) fn counter(headers: &[(String, String)]) -> RowCounter {
    let header = |name: &str| {
        let found = headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    if let Some(mut told) = header(NUMBER_HEADER).and_then(|text| text.trim().parse().ok()) {
        return Box::new(move |_| std::mem::take(&mut told));
    }
    let kind = header("content-type").unwrap_or_default();
    if kind.starts_with("text/csv") {
        let mut lines = Lines::default();
        return Box::new(move |piece| lines.begun(piece));
    }
    if kind.contains("json") {
        let mut records = Records::default();
        return Box::new(move |piece| records.begun(piece));
    }
    Box::new(|_| 0)
}

/// Marks of records, also across pieces.
#[derive(Default)]
struct Records {
    /// The end of what came so far, where it may be the beginning of a record's mark.
    rest: Vec<u8>,
}

impl Records {
    fn begun(&mut self, piece: &[u8]) -> u64 {
        if self.rest.is_empty() {
            let (count, rest) = records(piece);
            self.rest = rest.to_vec();
            return count;
        }
        let mut text = std::mem::take(&mut self.rest);
        text.extend_from_slice(piece);
        let (count, rest) = records(&text);
        self.rest = rest.to_vec();
        count
    }
}

/// How many records begin in a text, and the end of it that may begin one more.
fn records(text: &[u8]) -> (u64, &[u8]) {
    let mut count = 0;
    let mut rest = text;
    while let Some(place) = memchr::memmem::find(rest, MARK) {
        let from = rest.get(place..).unwrap_or_default();
        rest = from.get(MARK.len()..).unwrap_or_default();
        match is_record(rest) {
            Some(true) => count += 1,
            Some(false) => {}
            None if from.len() <= REMEMBERED => return (count, from),
            // So many blanks are no provider's writing; what is not known counts.
            None => return (count + 1, &[]),
        }
    }
    (count, begun_mark(rest))
}

/// Whether what follows the mark makes it a record's; none where the text ends before that is clear.
fn is_record(text: &[u8]) -> Option<bool> {
    let mut expected = TYPE.iter();
    let mut inside = false;
    for byte in text {
        if byte.is_ascii_whitespace() && !inside {
            continue;
        }
        let wanted = expected.next()?;
        if byte != wanted {
            return Some(false);
        }
        inside |= *byte == b'"';
        if expected.len() == 0 {
            return Some(true);
        }
    }
    None
}

/// The end of a text, where it is the beginning of a mark.
fn begun_mark(text: &[u8]) -> &[u8] {
    (1..MARK.len())
        .rev()
        .filter_map(|length| text.get(text.len().checked_sub(length)?..))
        .find(|end| MARK.starts_with(end))
        .unwrap_or_default()
}

/// Lines of a CSV file after its header: line breaks inside of quotes are none.
#[derive(Default)]
struct Lines {
    quoted: bool,
    inside: bool,
    header: bool,
}

impl Lines {
    fn begun(&mut self, piece: &[u8]) -> u64 {
        let mut count = 0;
        for byte in piece {
            if !self.inside {
                self.inside = true;
                count += u64::from(self.header);
                self.header = true;
            }
            match byte {
                b'"' => self.quoted = !self.quoted,
                b'\n' if !self.quoted => self.inside = false,
                _ => {}
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    fn count(headers: &[(&str, &str)], pieces: &[&[u8]]) -> u64 {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut counter = counter(&headers);
        pieces.iter().map(|piece| counter(piece)).sum()
    }

    fn counted(kind: &str, body: &str) -> u64 {
        count(&[("content-type", kind)], &[body.as_bytes()])
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
            assert_eq!(counted(json, body), expected, "{body}");
        }
    }

    #[test]
    fn bulk_results_are_counted_by_header_or_line() {
        // proves P13
        let csv = "Id,Name\n1,\"a\nb\"\n2,\"say \"\"hi\"\"\"\n";
        assert_eq!(counted("text/csv", csv), 2);
        assert_eq!(counted("text/csv", "Id\n1"), 1);
        assert_eq!(counted("text/csv", ""), 0);
        let told = [
            ("content-type", "text/csv"),
            ("sforce-numberofrecords", "50000"),
        ];
        assert_eq!(count(&told, &[b"Id\n1", b"\n2"]), 50_000);
    }

    proptest! {
        #[test]
        fn wherever_a_body_is_parted_its_rows_are_the_same(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "\"attributes\"", " ", ":", "\"type\"", "\"", "\n", "a", ",",
                    "{\"attributes\" : {\"type\":\"Account\"}}",
                ]),
                0..40,
            ),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            // proves P13
            let body = parts.concat();
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
            places.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for place in places.into_iter().chain([body.len()]) {
                pieces.push(&body.as_bytes()[from..place]);
                from = place;
            }
            for kind in ["text/csv", "application/json"] {
                let headers = [("content-type", kind)];
                prop_assert_eq!(count(&headers, &pieces), counted(kind, &body));
            }
        }
    }
}
