//! What is looked at before a resource sees the request: its length, the form it asks for, the packing of its body.
//!
//! Must not know resources or sessions.

use std::io::Read as _;

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body_util::LengthLimitError;

use super::answer::Answer;
use crate::org::ApiError;

/// Longest address the platform accepts, in bytes.
const ADDRESS_LIMIT: usize = 16_384;
/// Most bytes of address and headers together.
const HEAD_LIMIT: usize = 32_768;

/// The answer to a request that nobody should look at any further.
pub(super) fn refuse(parts: &Parts) -> Option<Answer> {
    let address = parts.uri.to_string().len();
    if address > ADDRESS_LIMIT {
        return Some(page(414, "URI Too Long"));
    }
    let headers = parts.headers.iter();
    let headers: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    if address + headers > HEAD_LIMIT {
        return Some(page(431, "Request Header Fields Too Large"));
    }
    None
}

/// The edge in front of the platform answers with a page.
fn page(status: u16, reason: &str) -> Answer {
    let html = format!(
        "<html><head><title>{status} {reason}</title></head><body><h1>{status} {reason}</h1></body></html>\n"
    );
    let mut answer = Answer::new(status, html.into_bytes());
    answer.headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html;charset=UTF-8"),
    );
    answer
}

/// Removes `.json` from the end of a path, and refuses a wish for XML.
///
/// # Errors
/// 406 when only XML would do.
pub(super) fn settle_form(parts: &Parts, segments: &mut [String]) -> Result<(), ApiError> {
    // The value of an external id may end in anything.
    let resource = segments.len() < 5;
    if let Some(last) = segments.last_mut().filter(|_| resource) {
        if let Some(bare) = last.strip_suffix(".json") {
            *last = bare.to_owned();
            return Ok(());
        }
        if last.strip_suffix(".xml").is_some() {
            return Err(only_json());
        }
    }
    let accept = parts
        .headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok());
    let Some(accept) = accept else {
        return Ok(());
    };
    let mut wishes = accept
        .split(',')
        .filter_map(|wish| wish.split(';').next())
        .map(str::trim)
        .peekable();
    let xml = |wish: &str| matches!(wish, "application/xml" | "text/xml");
    if wishes.peek().is_some() && wishes.all(xml) {
        return Err(only_json());
    }
    Ok(())
}

fn only_json() -> ApiError {
    let message = "This org answers JSON only. Send 'Accept: application/json'.";
    ApiError::new(406, "NOT_ACCEPTABLE", message)
}

/// The whole body, unpacked, of at most `limit` bytes.
///
/// # Errors
/// 400 when it cannot be read, 413 when it is too large, 415 for an unknown packing.
pub(super) async fn read(parts: &Parts, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let bytes = axum::body::to_bytes(body, limit).await.map_err(|error| {
        let error = error.into_inner();
        if error.is::<LengthLimitError>() {
            too_large(limit)
        } else {
            unreadable(&error.to_string())
        }
    })?;
    let packing = parts
        .headers
        .get(CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.trim().to_ascii_lowercase());
    match packing.as_deref() {
        None | Some("" | "identity") => Ok(bytes),
        Some("gzip" | "x-gzip") => unpack(&bytes, limit),
        Some(other) => {
            let message = format!("Content encoding '{other}' is not supported. Send 'gzip'.");
            Err(ApiError::new(415, "UNSUPPORTED_MEDIA_TYPE", message))
        }
    }
}

fn unpack(bytes: &[u8], limit: usize) -> Result<Bytes, ApiError> {
    let mut out = Vec::with_capacity(bytes.len().saturating_mul(4).min(limit));
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(bytes)
        .take(most)
        .read_to_end(&mut out)
        .map_err(|error| unreadable(&error.to_string()))?;
    if out.len() > limit {
        return Err(too_large(limit));
    }
    Ok(out.into())
}

fn too_large(limit: usize) -> ApiError {
    let message = format!("The request body is larger than {limit} bytes.");
    ApiError::new(413, "REQUEST_ENTITY_TOO_LARGE", message)
}

fn unreadable(reason: &str) -> ApiError {
    let message = format!("The request body could not be read: {reason}");
    ApiError::new(400, "UNKNOWN_EXCEPTION", message)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn a_body_that_grows_without_end_is_stopped() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        let zeros = vec![0; 1024 * 1024];
        for _ in 0..3 {
            packed.write_all(&zeros).unwrap();
        }
        let refused = unpack(&packed.finish().unwrap(), 2 * 1024 * 1024).unwrap_err();
        assert_eq!(refused.status, 413);
    }
    #[tokio::test]
    async fn a_body_over_the_limit_is_told_from_one_that_breaks_off() {
        let (parts, ()) = axum::http::Request::new(()).into_parts();
        let whole = read(&parts, Body::from("12345"), 5).await.unwrap();
        assert_eq!(&whole[..], b"12345");
        let large = read(&parts, Body::from("123456"), 5).await.unwrap_err();
        assert_eq!(
            (large.status, large.entry.code),
            (413, "REQUEST_ENTITY_TOO_LARGE")
        );
        let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
        let broken = read(&parts, Body::from_stream(broken), 5)
            .await
            .unwrap_err();
        assert_eq!(broken.status, 400);
    }
}
