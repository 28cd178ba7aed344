//! The named faults: what Salesforce and its edge really do to clients.
//!
//! Lists and sorts them; texts are in `answer`, acts in `carry_out`.

use serde::{Deserialize, Serialize};

/// A fault with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The access token of the request ends before the request is handled.
    ExpiredToken,
    /// The grant behind the request ends, with all its tokens.
    RevokedGrant,
    /// The oldest grant of the user and app behind the request ends.
    EvictedGrant,
    /// The app behind the request is blocked; it stays so until it is unblocked.
    BlockedApp,
    /// All query locators of the user behind the request end.
    ExpiredLocator,
    /// 403: the user may not use the API.
    ApiDisabled,
    /// 403: the requests of this day are used up.
    DailyLimit,
    /// 403: too many long requests at once.
    ConcurrentLimit,
    /// 500 with an error number.
    UnknownException,
    /// 400: the query ran too long.
    QueryTimeout,
    /// 429 from the edge.
    TooManyRequests,
    /// 503, as the API or, with `html`, as the edge words it.
    Unavailable,
    /// 503 with the maintenance page.
    Maintenance,
    /// 420: the edge is still setting up.
    EdgeSetup,
    /// 502 from the edge.
    BadGateway,
    /// Writes to the record or object find it locked.
    RowLock,
    /// Creates find the storage full.
    StorageLimit,
    /// The work is done, but half of the answer is missing.
    TruncatedBody,
    /// The work is done, but the answer is a web page.
    HtmlBody,
    /// The work is done, but the answer claims to be HTML.
    WrongContentType,
}

/// What a named fault has to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Changes the org, then the request is handled.
    Act,
    /// Answers in the place of the API, for callers with a living token.
    ApiAnswer,
    /// Answers in front of everything.
    EdgeAnswer,
    /// Refuses rows inside a write.
    Row,
    /// Spoils the answer.
    Garble,
}

impl Kind {
    /// All of them, as a form or a help text lists them.
    pub const ALL: [Self; 20] = [
        Self::ExpiredToken,
        Self::RevokedGrant,
        Self::EvictedGrant,
        Self::BlockedApp,
        Self::ExpiredLocator,
        Self::ApiDisabled,
        Self::DailyLimit,
        Self::ConcurrentLimit,
        Self::UnknownException,
        Self::QueryTimeout,
        Self::TooManyRequests,
        Self::Unavailable,
        Self::Maintenance,
        Self::EdgeSetup,
        Self::BadGateway,
        Self::RowLock,
        Self::StorageLimit,
        Self::TruncatedBody,
        Self::HtmlBody,
        Self::WrongContentType,
    ];

    pub(crate) fn nature(self) -> Nature {
        match self {
            Self::ExpiredToken
            | Self::RevokedGrant
            | Self::EvictedGrant
            | Self::BlockedApp
            | Self::ExpiredLocator => Nature::Act,
            Self::ApiDisabled
            | Self::DailyLimit
            | Self::ConcurrentLimit
            | Self::UnknownException
            | Self::QueryTimeout => Nature::ApiAnswer,
            Self::TooManyRequests
            | Self::Unavailable
            | Self::Maintenance
            | Self::EdgeSetup
            | Self::BadGateway => Nature::EdgeAnswer,
            Self::RowLock | Self::StorageLimit => Nature::Row,
            Self::TruncatedBody | Self::HtmlBody | Self::WrongContentType => Nature::Garble,
        }
    }

    /// The paths it hits when the order names none.
    pub(crate) fn default_path(self) -> &'static str {
        match self {
            Self::QueryTimeout => "/services/data/*/query*",
            Self::ExpiredLocator => "/services/data/*/query*/*",
            _ if self.nature() == Nature::EdgeAnswer => "/services/*",
            _ => "/services/data/*",
        }
    }

    /// The name in orders.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExpiredToken => "expired_token",
            Self::RevokedGrant => "revoked_grant",
            Self::EvictedGrant => "evicted_grant",
            Self::BlockedApp => "blocked_app",
            Self::ExpiredLocator => "expired_locator",
            Self::ApiDisabled => "api_disabled",
            Self::DailyLimit => "daily_limit",
            Self::ConcurrentLimit => "concurrent_limit",
            Self::UnknownException => "unknown_exception",
            Self::QueryTimeout => "query_timeout",
            Self::TooManyRequests => "too_many_requests",
            Self::Unavailable => "unavailable",
            Self::Maintenance => "maintenance",
            Self::EdgeSetup => "edge_setup",
            Self::BadGateway => "bad_gateway",
            Self::RowLock => "row_lock",
            Self::StorageLimit => "storage_limit",
            Self::TruncatedBody => "truncated_body",
            Self::HtmlBody => "html_body",
            Self::WrongContentType => "wrong_content_type",
        }
    }

    /// What it does, in one line for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::ExpiredToken => "the access token ends: 401 INVALID_SESSION_ID",
            Self::RevokedGrant => "the grant ends with all its tokens",
            Self::EvictedGrant => "the oldest grant of this user and app ends",
            Self::BlockedApp => "the app is blocked until it is unblocked",
            Self::ExpiredLocator => "open query results end: INVALID_QUERY_LOCATOR",
            Self::ApiDisabled => "403 API_DISABLED_FOR_ORG",
            Self::DailyLimit => "403 REQUEST_LIMIT_EXCEEDED, the day is used up",
            Self::ConcurrentLimit => "403 REQUEST_LIMIT_EXCEEDED, too many at once",
            Self::UnknownException => "500 UNKNOWN_EXCEPTION",
            Self::QueryTimeout => "400 QUERY_TIMEOUT",
            Self::TooManyRequests => "429 from the edge",
            Self::Unavailable => "503 SERVER_UNAVAILABLE",
            Self::Maintenance => "503 with a maintenance page",
            Self::EdgeSetup => "420 from the edge",
            Self::BadGateway => "502 from the edge",
            Self::RowLock => "UNABLE_TO_LOCK_ROW on writes",
            Self::StorageLimit => "STORAGE_LIMIT_EXCEEDED on creates",
            Self::TruncatedBody => "done, but half of the answer is missing",
            Self::HtmlBody => "done, but the answer is a web page",
            Self::WrongContentType => "done, but the answer is called text/html",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_orders() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
