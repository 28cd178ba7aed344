//! Conditional requests: `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since`, and the `ETag` and
//! `Last-Modified` that clients take them from.
//!
//! Must not know resources. Source of the rules: "Conditional Request Headers", REST API Developer Guide.

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::header::{ETAG, LAST_MODIFIED};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SubsecRound, Utc};

use super::answer::Answer;
use super::call::Call;
use crate::org::{ApiError, Object, Record, Value};

/// Behind the tag of an answer that goes out compressed.
const COMPRESSED: &str = "--gzip";

/// What a client may compare with.
pub(super) struct Edition {
    /// Without quotes and without the mark of compression.
    pub(super) tag: Option<String>,
    pub(super) modified: Option<DateTime<Utc>>,
}

/// The conditions of one request.
pub(super) struct Conditions {
    matches: Option<Vec<String>>,
    none_matches: Option<Vec<String>>,
    modified_since: Option<DateTime<Utc>>,
    unmodified_since: Option<DateTime<Utc>>,
}

impl Edition {
    /// Of a row. Only rows of Account have a tag; rows of objects without the field have no date.
    pub(super) fn of_row(object: &Object, record: &Record) -> Self {
        let modified = match record.get(object, "LastModifiedDate") {
            Value::DateTime(at) => Some(at.trunc_subsecs(0)),
            _ => None,
        };
        let tag = (object.name == "Account").then(|| {
            let mut content = Vec::with_capacity(1024);
            for value in &record.values {
                value.write_json(&mut content);
                content.push(b',');
            }
            STANDARD.encode(&digest(&SHA256, &content).as_ref()[..20])
        });
        Self { tag, modified }
    }

    /// Of metadata that have been as they are since `since`.
    pub(super) fn of_metadata(content: &[u8], since: DateTime<Utc>) -> Self {
        Self {
            tag: Some(hex::encode(&digest(&SHA256, content).as_ref()[..4])),
            modified: Some(since.trunc_subsecs(0)),
        }
    }

    /// Puts both headers on an answer.
    pub(super) fn mark(&self, call: &Call<'_>, mut answer: Answer) -> Answer {
        if let Some(tag) = &self.tag {
            let compressed = call
                .header("accept-encoding")
                .is_some_and(|accepted| accepted.contains("gzip"));
            let mark = if compressed { COMPRESSED } else { "" };
            answer = answer.header(ETAG, &format!("\"{tag}{mark}\""));
        }
        match self.modified {
            Some(at) => answer.header(
                LAST_MODIFIED,
                &at.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            ),
            None => answer,
        }
    }
}

impl Conditions {
    /// Those of a read, where a value that cannot be read is no condition.
    pub(super) fn of_read(call: &Call<'_>) -> Self {
        Self {
            matches: tags(call, "if-match").unwrap_or_default(),
            none_matches: tags(call, "if-none-match").unwrap_or_default(),
            modified_since: date(call, "if-modified-since").unwrap_or_default(),
            unmodified_since: date(call, "if-unmodified-since").unwrap_or_default(),
        }
    }

    /// Those of a change.
    ///
    /// # Errors
    /// 400 for a value that cannot be read.
    pub(super) fn of_write(call: &Call<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            matches: tags(call, "if-match")?,
            none_matches: tags(call, "if-none-match")?,
            modified_since: date(call, "if-modified-since")?,
            unmodified_since: date(call, "if-unmodified-since")?,
        })
    }

    /// Answers a read: the whole answer with its headers, 304 or 412.
    pub(super) fn read(
        &self,
        call: &Call<'_>,
        edition: &Edition,
        answer: impl FnOnce() -> Answer,
    ) -> Result<Answer, ApiError> {
        self.check_unchanged(edition)?;
        let known = match (
            &self.none_matches,
            &edition.tag,
            self.modified_since,
            edition.modified,
        ) {
            // A tag is more exact than a date.
            (Some(tags), Some(tag), ..) => holds(tags, tag),
            (_, _, Some(since), Some(modified)) => modified <= since,
            _ => false,
        };
        let answer = if known { Answer::empty(304) } else { answer() };
        Ok(edition.mark(call, answer))
    }

    /// Whether a change may be made to what is there now.
    ///
    /// # Errors
    /// 412 when a condition does not hold.
    pub(super) fn check_write(&self, edition: &Edition) -> Result<(), ApiError> {
        self.check_unchanged(edition)?;
        let known = match (&self.none_matches, &edition.tag) {
            (Some(tags), Some(tag)) => holds(tags, tag),
            _ => false,
        };
        let unmodified = self
            .modified_since
            .zip(edition.modified)
            .is_some_and(|(since, modified)| modified <= since);
        if known || unmodified {
            return Err(failed("The record was not modified"));
        }
        Ok(())
    }

    fn check_unchanged(&self, edition: &Edition) -> Result<(), ApiError> {
        if let (Some(tags), Some(tag)) = (&self.matches, &edition.tag)
            && !holds(tags, tag)
        {
            return Err(failed("The record does not have the tag given in If-Match"));
        }
        if let (Some(limit), Some(modified)) = (self.unmodified_since, edition.modified)
            && modified > limit
        {
            return Err(failed(
                "Entity was modified after the date given in If-Unmodified-Since",
            ));
        }
        Ok(())
    }
}

fn failed(message: &str) -> ApiError {
    ApiError::new(412, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE", message)
}

fn holds(tags: &[String], tag: &str) -> bool {
    tags.iter().any(|known| known == tag || known == "*")
}

/// The tags of a header, bare. A tag must stand in quotes.
fn tags(call: &Call<'_>, name: &str) -> Result<Option<Vec<String>>, ApiError> {
    let Some(text) = call.header(name) else {
        return Ok(None);
    };
    let bare = |tag: &str| {
        let tag = tag.trim();
        if tag == "*" {
            return Some(tag.to_owned());
        }
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
        Some(tag.strip_suffix(COMPRESSED).unwrap_or(tag).to_owned())
    };
    let tags: Option<Vec<String>> = text.split(',').map(bare).collect();
    let tags = tags.ok_or_else(|| {
        let message =
            format!("Invalid tag in the header {name}: '{text}'. A tag stands in double quotes.");
        ApiError::new(400, "INVALID_HEADER", message)
    })?;
    Ok(Some(tags))
}

/// A date header. The name of the day is not looked at; clients get it wrong.
fn date(call: &Call<'_>, name: &str) -> Result<Option<DateTime<Utc>>, ApiError> {
    let Some(text) = call.header(name) else {
        return Ok(None);
    };
    let day = text.split_once(',').map_or(text, |(_, rest)| rest).trim();
    DateTime::parse_from_rfc2822(day)
        .map(|at| Some(at.with_timezone(&Utc)))
        .map_err(|_| {
            let message = format!(
                "Invalid date in the header {name}: '{text}'. Use the form 'Mon, 02 Nov 2026 10:00:00 GMT'."
            );
            ApiError::new(400, "INVALID_HEADER", message)
        })
}
