//! An order for trouble as a tester writes it, and whether it makes sense.
//!
//! Must not know how a fault is carried out.

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};

use super::kind::{Kind, Nature};
use super::{Asked, pattern};
use crate::org::Id;

/// Longest wait that an order may ask for.
const LONGEST_WAIT_MS: u64 = 10 * 60 * 1000;

/// The moment at which the connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Before the request is handled: it has no effect.
    Before,
    /// After the request was handled: it has its effect, and nobody is told.
    After,
    /// After the request was handled and exactly so many bytes of the answer's body were sent.
    AtByte(u64),
}

/// An order for trouble.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Number of the order; given by the org.
    #[serde(default, skip_deserializing)]
    pub id: u64,
    /// Requests it has hit so far; counted by the org.
    #[serde(default, skip_deserializing)]
    pub hits: u64,
    /// A fault with a name; without one the order says itself what happens.
    #[serde(rename = "fault", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,

    /// Start of the paths it hits.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path_prefix: String,
    /// Pattern of the paths it hits; `*` stands for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests with a token of this user (username).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Only requests of this app (client id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,

    /// Matching requests that pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// Matching requests that are hit.
    #[serde(default = "once")]
    pub times: u32,
    /// Hit all matching requests until the order is cleared.
    #[serde(default)]
    pub until_cleared: bool,

    /// Wait this long before anything else happens.
    #[serde(default)]
    pub delay_ms: u64,
    /// Wait this long between the work and its answer.
    #[serde(default)]
    pub answer_delay_ms: u64,
    /// Wait this long before each piece of the answer's body.
    #[serde(default)]
    pub piece_delay_ms: u64,
    /// Bytes of a piece; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub piece_bytes: Option<u64>,
    /// Cut the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,

    /// Answer with this status instead of handling the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Body of that answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// `Content-Type` of that answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `Retry-After` of that answer, or of a named one from the edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// `Location` of that answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// `unavailable` as a page of the edge.
    #[serde(default)]
    pub html: bool,

    /// `row_lock` and `storage_limit`: only records of this object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// `row_lock`: only this record, and creates that refer to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
}

fn once() -> u32 {
    1
}

/// Why an order was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// Nothing would happen.
    #[error(
        "a fault needs one of fault, status, cut, delay_ms, answer_delay_ms and piece_delay_ms"
    )]
    Nothing,
    /// It would hit the whole org by accident.
    #[error(
        "a fault without a name needs path or path_prefix; \"/\" as path_prefix means all paths"
    )]
    Nowhere,
    /// A field has a value that cannot be.
    #[error("{field}: {reason}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Too many orders are open.
    #[error("{} faults are open; clear some", super::MOST_OPEN)]
    TooMany,
}

fn wrong(field: &'static str, reason: impl Into<String>) -> FaultError {
    FaultError::Field {
        field,
        reason: reason.into(),
    }
}

impl Fault {
    /// An order for a named fault, hitting once.
    pub fn named(kind: Kind) -> Self {
        Self {
            kind: Some(kind),
            times: 1,
            ..Self::default()
        }
    }

    pub(super) fn check(&self) -> Result<(), FaultError> {
        let waits = self.delay_ms > 0 || self.answer_delay_ms > 0 || self.piece_delay_ms > 0;
        if self.kind.is_none() && self.status.is_none() && self.cut.is_none() && !waits {
            return Err(FaultError::Nothing);
        }
        if self.kind.is_none() && self.path.is_none() && self.path_prefix.is_empty() {
            return Err(FaultError::Nowhere);
        }
        if self.times == 0 {
            return Err(wrong(
                "times",
                "must be at least 1; use until_cleared for a fault without an end",
            ));
        }
        if self.path.is_some() && !self.path_prefix.is_empty() {
            return Err(wrong("path", "path and path_prefix exclude each other"));
        }
        let paths = [
            ("path", self.path.as_deref()),
            ("path_prefix", Some(self.path_prefix.as_str())),
        ];
        for (field, path) in paths {
            if path.is_some_and(|path| !path.is_empty() && !path.starts_with(['/', '*'])) {
                return Err(wrong(field, "must begin with a slash"));
            }
        }
        for (field, wait) in [
            ("delay_ms", self.delay_ms),
            ("answer_delay_ms", self.answer_delay_ms),
            ("piece_delay_ms", self.piece_delay_ms),
        ] {
            if wait > LONGEST_WAIT_MS {
                return Err(wrong(field, format!("must be at most {LONGEST_WAIT_MS}")));
            }
        }
        if self.piece_bytes == Some(0) {
            return Err(wrong("piece_bytes", "must be at least 1"));
        }
        if self.piece_bytes.is_some() && self.piece_delay_ms == 0 {
            return Err(wrong("piece_bytes", "is only of use with piece_delay_ms"));
        }
        self.check_answer()?;
        self.check_rows()
    }

    fn check_answer(&self) -> Result<(), FaultError> {
        if self
            .status
            .is_some_and(|status| !(200..600).contains(&status))
        {
            return Err(wrong("status", "must lie between 200 and 599"));
        }
        if self.status.is_some() && self.kind.is_some() {
            return Err(wrong("status", "a named fault has its own status"));
        }
        let only_with_status = [
            ("body", &self.body),
            ("content_type", &self.content_type),
            ("location", &self.location),
        ];
        for (field, value) in only_with_status {
            if value.is_some() && self.status.is_none() {
                return Err(wrong(field, "is only of use with status"));
            }
        }
        let nature = self.kind.map(Kind::nature);
        if self.retry_after.is_some() && self.status.is_none() && nature != Some(Nature::EdgeAnswer)
        {
            return Err(wrong(
                "retry_after",
                "is only of use with status or with a fault of the edge",
            ));
        }
        if self.html && self.kind != Some(Kind::Unavailable) {
            return Err(wrong("html", "is only of use with the fault unavailable"));
        }
        for (field, value) in [
            ("content_type", &self.content_type),
            ("retry_after", &self.retry_after),
            ("location", &self.location),
        ] {
            if value
                .as_deref()
                .is_some_and(|value| HeaderValue::from_str(value).is_err())
            {
                return Err(wrong(field, "cannot stand in a header"));
            }
        }
        Ok(())
    }

    fn check_rows(&self) -> Result<(), FaultError> {
        if self.object.is_some() && !self.is_about_rows() {
            return Err(wrong(
                "object",
                "is only of use with row_lock and storage_limit",
            ));
        }
        if let Some(record) = &self.record {
            if self.kind != Some(Kind::RowLock) {
                return Err(wrong("record", "is only of use with row_lock"));
            }
            if Id::parse(record).is_none() {
                return Err(wrong("record", "is no record id of 15 or 18 characters"));
            }
        }
        let more =
            self.cut.is_some() || self.delay_ms + self.answer_delay_ms + self.piece_delay_ms > 0;
        if self.is_about_rows() && more {
            return Err(wrong(
                "fault",
                "row_lock and storage_limit go with no cut and no wait; order a second fault for that",
            ));
        }
        Ok(())
    }

    pub(super) fn is_about_rows(&self) -> bool {
        self.kind.map(Kind::nature) == Some(Nature::Row)
    }

    /// Whether the order is about this request.
    pub(super) fn matches(&self, asked: &Asked) -> bool {
        let nature = self.kind.map(Kind::nature);
        // The API looks at the token before it looks at anything else.
        let needs_user = matches!(nature, Some(Nature::ApiAnswer | Nature::Act));
        let same = |wanted: &Option<String>, found: Option<&str>| match wanted {
            None => true,
            Some(wanted) => found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)),
        };
        let place = match (&self.path, self.path_prefix.as_str(), self.kind) {
            (Some(path), _, _) => pattern::matches(path, &asked.path),
            (None, "", Some(kind)) => pattern::matches(kind.default_path(), &asked.path),
            (None, prefix, _) => asked.path.starts_with(prefix),
        };
        place
            && same(&self.method, Some(&asked.method))
            && same(&self.user, asked.caller.username.as_deref())
            && same(&self.app, asked.caller.app.as_deref())
            && (!needs_user || asked.caller.username.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        let fault: Fault = serde_json::from_str(text).map_err(|error| error.to_string())?;
        fault.check().map_err(|error| error.to_string())
    }

    #[test]
    fn orders_without_sense_are_refused_by_field() {
        for (text, word) in [
            ("{}", "needs one of"),
            (r#"{"status":500}"#, "path"),
            (r#"{"path":"/","path_prefix":"/","status":500}"#, "exclude"),
            (r#"{"path":"x","status":500}"#, "slash"),
            (r#"{"path":"/","status":99}"#, "status"),
            (r#"{"path":"/","status":500,"times":0}"#, "times"),
            (r#"{"fault":"daily_limit","status":500}"#, "own status"),
            (
                r#"{"fault":"daily_limit","retry_after":"1"}"#,
                "retry_after",
            ),
            (r#"{"fault":"daily_limit","html":true}"#, "html"),
            (r#"{"fault":"daily_limit","object":"Account"}"#, "object"),
            (r#"{"fault":"storage_limit","record":"001"}"#, "record"),
            (r#"{"fault":"row_lock","record":"001"}"#, "record"),
            (r#"{"fault":"row_lock","delay_ms":1}"#, "row_lock"),
            (r#"{"path":"/","cut":{"at_byte":-1}}"#, "-1"),
            (r#"{"path":"/","delay_ms":600001}"#, "600000"),
            (
                r#"{"path":"/","piece_bytes":5,"status":200}"#,
                "piece_delay_ms",
            ),
            (r#"{"path":"/","body":"x","delay_ms":1}"#, "body"),
            (r#"{"path":"/","status":500,"retry_after":"\n"}"#, "header"),
            (r#"{"path":"/","statsu":500}"#, "statsu"),
            (r#"{"fault":"dayly_limit"}"#, "daily_limit"),
            (r#"{"id":7,"fault":"daily_limit"}"#, "id"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn orders_with_sense_pass() {
        for text in [
            r#"{"fault":"row_lock","object":"Account","times":3}"#,
            r#"{"fault":"unavailable","html":true,"retry_after":"5"}"#,
            r#"{"path":"*","cut":{"at_byte":0}}"#,
            r#"{"path_prefix":"/","piece_delay_ms":5,"piece_bytes":100,"until_cleared":true}"#,
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }
}
