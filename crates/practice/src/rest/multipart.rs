//! Bodies of several parts (RFC 7578): a part is a name, perhaps a file name, and bytes.
//!
//! Must not know which parts a resource wants.

use bytes::Bytes;

/// Most parts of a body; no resource wants more than two.
const MOST_PARTS: usize = 16;

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) file_name: Option<String>,
    pub(super) body: Bytes,
}

/// A body that is not what its content type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MultipartError {
    #[error("The multipart request does not begin with its boundary")]
    NoBoundary,
    #[error("A part of the multipart request has no end")]
    NoEnd,
    #[error("A part of the multipart request has no headers")]
    NoHeaders,
    #[error("A part of the multipart request has no name")]
    NoName,
    #[error("The multipart request has too many parts")]
    TooMany,
}

/// The boundary in a content type of several parts.
pub(super) fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    parameter(parameters, "boundary").filter(|boundary| !boundary.is_empty())
}

/// Takes a body apart.
pub(super) fn parts(body: &Bytes, boundary: &str) -> Result<Vec<Part>, MultipartError> {
    let mark = format!("--{boundary}");
    let end = format!("\r\n{mark}");
    // What stands before the first boundary is to be ignored.
    let start = find(body, mark.as_bytes()).ok_or(MultipartError::NoBoundary)?;
    let mut at = start + mark.len();
    let mut found = Vec::new();
    loop {
        let rest = &body[at..];
        if rest.starts_with(b"--") {
            return Ok(found);
        }
        if found.len() == MOST_PARTS {
            return Err(MultipartError::TooMany);
        }
        // Blanks may stand behind a boundary.
        let line = find(rest, b"\r\n").ok_or(MultipartError::NoEnd)?;
        let rest = &rest[line..];
        let head = find(rest, b"\r\n\r\n").ok_or(MultipartError::NoHeaders)?;
        let content = at + line + head + 4;
        // An empty part has its boundary right behind the headers, which then share a line end with it.
        let length = find(&body[content - 2..], end.as_bytes()).ok_or(MultipartError::NoEnd)?;
        let length = length.saturating_sub(2);
        let headers = String::from_utf8_lossy(&rest[..head]);
        found.push(part(&headers, body.slice(content..content + length))?);
        at = content - 2 + find(&body[content - 2..], end.as_bytes()).unwrap_or(0) + end.len();
    }
}

fn part(headers: &str, body: Bytes) -> Result<Part, MultipartError> {
    let disposition = headers
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))
        .and_then(|(_, value)| value.split_once(';'))
        .map(|(_, parameters)| parameters)
        .ok_or(MultipartError::NoName)?;
    Ok(Part {
        name: parameter(disposition, "name").ok_or(MultipartError::NoName)?,
        file_name: parameter(disposition, "filename"),
        body,
    })
}

/// The value of a parameter, with or without quotes.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t']);
        let (name, behind) = rest.split_once('=')?;
        let (value, next) = match behind.trim_start().strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => match behind.split_once(';') {
                Some((value, next)) => (value.trim().to_owned(), next),
                None => (behind.trim().to_owned(), ""),
            },
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = next;
    }
}

/// A quoted text without its quotes, and what stands behind it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[place + 1..])),
            '\\' => value.push(characters.next()?.1),
            _ => value.push(character),
        }
    }
    None
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(place) = text[from..].iter().position(|byte| *byte == first) {
        from += place;
        if text[from..].starts_with(wanted) {
            return Some(from);
        }
        from += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn body(parts: &[(String, Vec<u8>)], boundary: &str) -> Bytes {
        let mut out = Vec::new();
        for (name, content) in parts {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a \\\"b\\\".csv\"\r\n\
                 Content-Type: text/csv\r\n\r\n"
            );
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(content);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        out.into()
    }

    #[test]
    fn the_boundary_is_found_with_and_without_quotes() {
        for (text, expected) in [
            ("multipart/form-data; boundary=abc", Some("abc")),
            (
                "Multipart/Form-Data; charset=x; boundary=\"a b\"; y=z",
                Some("a b"),
            ),
            ("application/json; boundary=abc", None),
            ("multipart/form-data", None),
        ] {
            assert_eq!(boundary(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn an_empty_part_is_read() {
        let found = parts(&body(&[("a".to_owned(), Vec::new())], "x"), "x").unwrap();
        assert_eq!((found.len(), &found[0].body[..]), (1, &b""[..]));
        assert_eq!(found[0].file_name.as_deref(), Some("a \"b\".csv"));
        let tight =
            Bytes::from_static(b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n--x--");
        assert_eq!(parts(&tight, "x").unwrap()[0].name, "a");
    }

    #[test]
    fn what_is_broken_is_named() {
        for (text, expected) in [
            ("", MultipartError::NoBoundary),
            ("--x", MultipartError::NoEnd),
            ("--x\r\nA: b", MultipartError::NoHeaders),
            ("--x\r\nA: b\r\n\r\nc", MultipartError::NoEnd),
            ("--x\r\nA: b\r\n\r\nc\r\n--x--", MultipartError::NoName),
        ] {
            let text = Bytes::from_static(text.as_bytes());
            assert_eq!(parts(&text, "x"), Err(expected), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, boundary in "[a-z-]{1,3}") {
            drop(parts(&bytes.into(), &boundary));
        }

        #[test]
        fn pieces_of_a_body_are_read_or_refused(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["--x", "--", "\r\n", "Content-Disposition", ":", ";", "name=", "\"", "a", "\\"]),
                0..40,
            ),
        ) {
            drop(parts(&pieces.concat().into_bytes().into(), "x"));
        }

        #[test]
        fn parts_come_back_as_they_were_sent(
            sent in prop::collection::vec(("[a-zA-Z_]{1,10}", prop::collection::vec(any::<u8>(), 0..200)), 1..4),
        ) {
            let boundary = "a-boundary-that-no-content-holds";
            let found = parts(&body(&sent, boundary), boundary).unwrap();
            let found: Vec<(String, Vec<u8>)> =
                found.into_iter().map(|part| (part.name, part.body.to_vec())).collect();
            prop_assert_eq!(found, sent);
        }
    }
}
