//! Failures of the keeper in words, each with what to do and who must.
//!
//! Must not know: how a failure came about.

use crate::egress::SendFailure;
use gatelodge_keeper_client::KeeperFailure;
use gatelodge_model::{AttentionReason, Error, ErrorKind, Retry, WhoMustAct};

/// A failure after which somebody must act before the connection works again.
pub(crate) fn attention(error: Error, reason: AttentionReason) -> KeeperFailure {
    let code = error.reason().unwrap_or_else(|| reason.into());
    KeeperFailure {
        error: error.with_reason(code),
        attention: Some(reason),
    }
}

/// A copy that was restored from a backup: it sends nothing until it is activated (R16).
pub(crate) fn restored_copy() -> Error {
    Error::new(
        ErrorKind::RestoredCopy,
        "This is a restored copy of a Gatelodge. It sends nothing, so that the original keeps its connections.",
    )
    .with_hint(
        WhoMustAct::Operator,
        "Make sure that the original is stopped for good, then run 'gatelodge restore activate' on this host.",
    )
}

/// There is no credential.
pub(crate) fn not_connected() -> KeeperFailure {
    Error::new(ErrorKind::NotConnected, "This connection is not connected.")
        .with_hint(
            WhoMustAct::Person,
            "Connect the account in Gatelodge first.",
        )
        .into()
}

/// The access token ended and cannot be refreshed (CON-11).
pub(crate) fn session_ended(provider: &str) -> KeeperFailure {
    attention(
        Error::new(
            ErrorKind::ReconnectNeeded,
            format!("The session at {provider} is over, and there is no refresh token."),
        )
        .with_hint(
            WhoMustAct::Person,
            format!("Reconnect {provider} to enable offline refresh."),
        ),
        AttentionReason::SessionEnded,
    )
}

/// The provider ended the grant earlier; nothing is sent for it any more.
pub(crate) fn grant_is_over(provider: &str, reason: AttentionReason) -> KeeperFailure {
    let message = if reason == AttentionReason::LostRotation {
        format!("A refresh of the connection to {provider} was cut off, and its new token is lost.")
    } else {
        format!("{provider} ended our access: password change, revocation or long inactivity.")
    };
    attention(
        Error::new(ErrorKind::ReconnectNeeded, message)
            .with_hint(WhoMustAct::Person, format!("Reconnect {provider}.")),
        reason,
    )
}

/// The process ends.
pub(crate) fn ending() -> Error {
    Error::new(
        ErrorKind::ProviderUnavailable,
        "Gatelodge is being stopped or restarted.",
    )
    .with_hint(WhoMustAct::Nobody, "Try again in a minute.")
}

/// A fresh token is refused as well.
pub(crate) fn refused_twice(provider: &str, answer: &Error) -> KeeperFailure {
    let mut error = Error::new(
        ErrorKind::ReconnectNeeded,
        format!("{provider} refuses the connection although its token was just refreshed."),
    )
    .with_hint(WhoMustAct::Person, format!("Reconnect {provider}."));
    if let Some(detail) = answer.provider() {
        error = error.with_provider(detail.clone());
    }
    attention(error, AttentionReason::GrantEnded)
}

/// The provider moved the account to a host that is not one of its own (R19, O11).
pub(crate) fn host_refused(provider: &str, host: &str) -> KeeperFailure {
    metrics::counter!("gatelodge_egress_denied_total").increment(1);
    attention(
        Error::new(
            ErrorKind::EgressDenied,
            format!("{provider} names '{host}' as the host of the account, which is none of its hosts."),
        )
        .with_hint(
            WhoMustAct::Person,
            format!("Do not enter anything there. Reconnect {provider}; if it happens again, tell its administrator."),
        ),
        AttentionReason::HostRefused,
    )
}

/// The stored record does not open or does not fit.
pub(crate) fn integrity(error: Error) -> KeeperFailure {
    if error.kind() == ErrorKind::Integrity {
        attention(error, AttentionReason::Integrity)
    } else {
        error.into()
    }
}

/// A read whose answer did not arrive.
pub(crate) fn read(provider: &str, failure: SendFailure) -> Error {
    match failure {
        SendFailure::Denied(error) => error,
        SendFailure::Unsent(cause) => unsent(provider, &cause),
        SendFailure::Timeout => Error::new(
            ErrorKind::ProviderTimeout,
            format!("{provider} did not answer in time."),
        )
        .with_hint(
            WhoMustAct::Nobody,
            "Try again later, or ask for less at once.",
        ),
        SendFailure::Broken(cause) => Error::new(
            ErrorKind::ProviderUnavailable,
            format!("The connection to {provider} broke before its answer was complete."),
        )
        .with_context("cause", cause)
        .with_hint(WhoMustAct::Nobody, "Try again."),
        SendFailure::TooLarge { limit } => Error::new(
            ErrorKind::ProviderUnavailable,
            format!("The answer of {provider} is longer than {limit} bytes."),
        )
        .with_retry(Retry::Never)
        .with_hint(WhoMustAct::Caller, "Ask for less at once."),
        SendFailure::HeadTooLarge => Error::new(
            ErrorKind::ProviderUnavailable,
            format!("The headers of {provider}'s answer are too long."),
        )
        .with_retry(Retry::Never)
        .with_hint(
            WhoMustAct::Operator,
            "Look at what stands between Gatelodge and the provider: no provider sends such headers.",
        ),
    }
}

/// A write whose answer did not arrive: only what certainly did not leave is an ordinary failure (R8, R9).
pub(crate) fn write(provider: &str, failure: SendFailure) -> Error {
    let cause = match failure {
        SendFailure::Denied(error) => return error,
        SendFailure::Unsent(cause) => return unsent(provider, &cause),
        SendFailure::Timeout => "it did not answer in time".to_owned(),
        SendFailure::Broken(cause) => cause,
        SendFailure::TooLarge { .. } | SendFailure::HeadTooLarge => {
            "its answer was too long".to_owned()
        }
    };
    Error::new(
        ErrorKind::UnknownOutcome,
        format!("The request was sent to {provider} and no usable answer came. Whether it happened is not known."),
    )
    .with_context("cause", cause)
    .with_hint(
        WhoMustAct::Person,
        format!("Look at the record in {provider} before trying again."),
    )
}

fn unsent(provider: &str, cause: &str) -> Error {
    Error::new(
        ErrorKind::ProviderUnavailable,
        format!("{provider} could not be reached. Nothing was sent."),
    )
    .with_context("cause", cause)
    .with_hint(WhoMustAct::Nobody, "Try again later.")
}
