//! One error for every use case: what kind, whether trying again can help, what the caller is told,
//! what the log keeps, and a hint that says what to do and who must act.
//!
//! Must not know: HTTP status codes or JSON-RPC codes; the faces map kinds to theirs.
//! Nothing in here may hold a secret: messages and context go to callers and logs.

use crate::reason::ReasonCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is wrong; the field is named.
    InvalidArgument,
    /// No tool of that name.
    UnknownTool,
    /// No or no valid proof of who calls.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// It does not exist, or belongs to somebody else: both look the same.
    NotFound,
    /// It exists in a state that does not allow this.
    Conflict,
    /// The idempotency key was used with other arguments.
    IdempotencyConflict,
    /// Several connections could be meant.
    ConnectionAmbiguous,
    /// No connection for this provider.
    NotConnected,
    /// The connection cannot be used until the person connects again.
    ReconnectNeeded,
    /// The connection lacks a scope that the tool needs.
    MissingScope,
    /// The provider is switched off in this organization.
    ProviderDisabled,
    /// The provider refused the request as wrong.
    ProviderRejected,
    /// The provider says that this person may not do this.
    ProviderForbidden,
    /// The provider does not know the record or the resource.
    ProviderNotFound,
    /// A limit of the provider is reached.
    ProviderLimit,
    /// The provider could not be reached, or failed.
    ProviderUnavailable,
    /// The provider did not answer in time.
    ProviderTimeout,
    /// The provider's administrator must allow our OAuth app first.
    ProviderApprovalNeeded,
    /// The egress guard refused the destination.
    EgressDenied,
    /// The state of an authorization flow is unknown, used or expired.
    StateInvalid,
    /// Another browser or person finished the flow than the one who began it.
    SessionMismatch,
    /// The record changed since the preview.
    Stale,
    /// The proposal's time is over.
    Expired,
    /// What would be sent is not what was approved.
    ProposalChanged,
    /// Nothing allows this write: no approval is stored, it was used already, or it is not a valid one.
    ApprovalMissing,
    /// Approvals are sealed here: the person must confirm with a passkey.
    PasskeyNeeded,
    /// What is asked for needs a sign-in that is minutes old: prove again who you are.
    StepUpNeeded,
    /// What a passkey signed is not a valid answer to what was asked.
    PasskeyRefused,
    /// A write was sent and nobody knows whether it happened.
    UnknownOutcome,
    /// A stored record does not open: changed, swapped or sealed by another key.
    Integrity,
    /// Too many tries.
    RateLimited,
    /// What may leave through a connection in an hour has left.
    BudgetExceeded,
    /// The database cannot be used now.
    StoreUnavailable,
    /// The keeper of the keys cannot be asked now.
    KeeperUnavailable,
    /// The audit log cannot be written, therefore nothing is done.
    AuditUnavailable,
    /// This installation is a copy that was restored from a backup and may not send yet.
    RestoredCopy,
    /// The keeper has no key yet: an operator must unlock it.
    Sealed,
    /// A setting is missing or wrong.
    Misconfigured,
    /// A fault of ours.
    Internal,
}

impl ErrorKind {
    /// The code in answers, pages and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::UnknownTool => "unknown_tool",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::ConnectionAmbiguous => "connection_ambiguous",
            Self::NotConnected => "not_connected",
            Self::ReconnectNeeded => "reconnect_needed",
            Self::MissingScope => "missing_scope",
            Self::ProviderDisabled => "provider_disabled",
            Self::ProviderRejected => "provider_rejected",
            Self::ProviderForbidden => "provider_forbidden",
            Self::ProviderNotFound => "provider_not_found",
            Self::ProviderLimit => "provider_limit",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::ProviderTimeout => "provider_timeout",
            Self::ProviderApprovalNeeded => "provider_admin_approval_required",
            Self::EgressDenied => "egress_denied",
            Self::StateInvalid => "state_invalid",
            Self::SessionMismatch => "session_mismatch",
            Self::Stale => "stale",
            Self::Expired => "expired",
            Self::ProposalChanged => "proposal_changed",
            Self::ApprovalMissing => "approval_missing",
            Self::PasskeyNeeded => "passkey_needed",
            Self::StepUpNeeded => "step_up_needed",
            Self::PasskeyRefused => "passkey_refused",
            Self::UnknownOutcome => "unknown_outcome",
            Self::Integrity => "integrity_error",
            Self::RateLimited => "rate_limited",
            Self::BudgetExceeded => "budget_exceeded",
            Self::StoreUnavailable => "store_unavailable",
            Self::KeeperUnavailable => "keeper_unavailable",
            Self::AuditUnavailable => "audit_unavailable",
            Self::RestoredCopy => "restored_copy",
            Self::Sealed => "sealed",
            Self::Misconfigured => "misconfigured",
            Self::Internal => "internal",
        }
    }

    /// Whether trying the same again can help, unless an error says otherwise.
    pub const fn default_retry(self) -> Retry {
        match self {
            Self::ProviderUnavailable
            | Self::ProviderTimeout
            | Self::StoreUnavailable
            | Self::KeeperUnavailable
            | Self::AuditUnavailable
            | Self::RateLimited
            | Self::BudgetExceeded
            | Self::ProviderLimit => Retry::Later,
            Self::ReconnectNeeded
            | Self::NotConnected
            | Self::MissingScope
            | Self::ProviderApprovalNeeded
            | Self::RestoredCopy
            | Self::Sealed
            | Self::Misconfigured => Retry::AfterAction,
            _ => Retry::Never,
        }
    }
}

/// Whether trying the same again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The same request gives the same answer.
    Never,
    /// The same request may succeed later.
    Later,
    /// The same request succeeds once somebody has acted; the hint says who.
    AfterAction,
}

/// Who can make it right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhoMustAct {
    /// The program or agent that called.
    Caller,
    /// The person whose connection is used.
    Person,
    /// An administrator of the organization in Gatelodge.
    Admin,
    /// An administrator at the provider.
    ProviderAdmin,
    /// Whoever runs this installation.
    Operator,
    /// Nobody: waiting is enough.
    Nobody,
}

impl WhoMustAct {
    /// The words of pages.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Caller => "the caller",
            Self::Person => "you, in Gatelodge",
            Self::Admin => "an administrator of your organization in Gatelodge",
            Self::ProviderAdmin => "an administrator at the provider",
            Self::Operator => "whoever runs this Gatelodge installation",
            Self::Nobody => "nobody; waiting is enough",
        }
    }
}

/// What to do, and who must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// One or two sentences, imperative.
    pub text: String,
    /// Who must act.
    pub who_must_act: WhoMustAct,
}

/// The provider's own answer, kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderDetail {
    /// Slug of the provider.
    pub provider: String,
    /// HTTP status of its answer; 0 when there was none.
    pub status: u16,
    /// Its code, such as `INVALID_FIELD`.
    pub code: String,
    /// Its message, as written, redacted where it echoed a credential.
    pub message: String,
    /// The fields it named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Its id of the request, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// An error of a use case. `Display` is the caller's message; `context` is for the log only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Inner {
    kind: ErrorKind,
    retry: Retry,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<Hint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<ProviderDetail>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    context: Vec<(String, String)>,
}

impl Error {
    /// An error with the message that its caller reads.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            retry: kind.default_retry(),
            message: message.into(),
            field: None,
            reason: None,
            hint: None,
            provider: None,
            choices: Vec::new(),
            context: Vec::new(),
        }))
    }

    /// The keeper has no key: nothing opens, nothing is lost.
    pub fn sealed() -> Self {
        Self::new(
            ErrorKind::Sealed,
            "Gatelodge is sealed: it was started without its key. Nothing is lost; nothing can be used until it is unlocked.",
        )
        .with_hint(
            WhoMustAct::Operator,
            "Run `gatelodge unlock` on the host.",
        )
    }

    /// A fault of ours: the caller learns only that, the log learns the cause.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(
            ErrorKind::Internal,
            "Something went wrong inside Gatelodge. The log has the details under this request id.",
        )
        .with_context("cause", cause)
        .with_hint(WhoMustAct::Operator, "Look up the request id in the log.")
    }

    /// Something that does not exist for this caller.
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorKind::NotFound, format!("There is no such {what}."))
    }

    /// A wrong argument, with its name or JSON pointer.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::InvalidArgument, message);
        error.0.field = Some(field.into());
        error.with_hint(
            WhoMustAct::Caller,
            "Correct the named argument and call again.",
        )
    }

    /// Adds what to do and who must; replaces an earlier hint.
    #[must_use]
    pub fn with_hint(mut self, who_must_act: WhoMustAct, text: impl Into<String>) -> Self {
        self.0.hint = Some(Hint {
            text: text.into(),
            who_must_act,
        });
        self
    }

    /// Says why connecting or keeping a connection does not work.
    #[must_use]
    pub fn with_reason(mut self, reason: ReasonCode) -> Self {
        self.0.reason = Some(reason);
        self
    }

    /// Adds the provider's own answer.
    #[must_use]
    pub fn with_provider(mut self, detail: ProviderDetail) -> Self {
        self.0.provider = Some(detail);
        self
    }

    /// Adds what the caller can choose from.
    #[must_use]
    pub fn with_choices(mut self, choices: Vec<String>) -> Self {
        self.0.choices = choices;
        self
    }

    /// Says whether trying again can help, where the kind alone does not.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Adds a fact for the log.
    #[must_use]
    pub fn with_context(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.0.context.push((key.to_owned(), value.to_string()));
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The code in answers.
    pub fn code(&self) -> &'static str {
        self.0.kind.code()
    }

    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The caller's message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The argument that was wrong.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// Why connecting or keeping a connection does not work, where that is the matter.
    pub fn reason(&self) -> Option<ReasonCode> {
        self.0.reason
    }

    /// What to do, and who must.
    pub fn hint(&self) -> Option<&Hint> {
        self.0.hint.as_ref()
    }

    /// The provider's own answer.
    pub fn provider(&self) -> Option<&ProviderDetail> {
        self.0.provider.as_ref()
    }

    /// What the caller can choose from.
    pub fn choices(&self) -> &[String] {
        &self.0.choices
    }

    /// Facts for the log.
    pub fn context(&self) -> &[(String, String)] {
        &self.0.context
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} {:?}",
            self.code(),
            self.0.message,
            self.0.context
        )?;
        self.0
            .provider
            .as_ref()
            .map_or(Ok(()), |provider| write!(f, " {provider:?}"))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_does_not_see_the_context() {
        // proves L6
        let error = Error::internal("SELECT * FROM secrets failed");
        assert!(!error.to_string().contains("SELECT"));
        assert!(format!("{error:?}").contains("SELECT"));
        assert_eq!(error.code(), "internal");
    }

    #[test]
    fn codes_equal_their_serialised_form() {
        for kind in [
            ErrorKind::InvalidArgument,
            ErrorKind::ConnectionAmbiguous,
            ErrorKind::Stale,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        }
    }
}
