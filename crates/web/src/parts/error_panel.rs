//! What happened, why, what to do, who must act, and what to tell support.
//!
//! Must not know: where the error came from. Facts for the log (`Error::context`) never get here.

use super::CopyField;
use crate::text::{Visible, visible};
use askama::{Template, filters::HtmlSafe};
use gatelodge_model::{Error, ErrorKind, RequestId, Retry};

/// The provider's own answer, quoted.
#[derive(Debug, Clone)]
pub(crate) struct Quoted {
    pub(crate) status: u16,
    pub(crate) code: Visible,
    pub(crate) message: Visible,
    pub(crate) fields: Vec<Visible>,
    pub(crate) request_id: Option<Visible>,
}

/// An error as a person reads it.
#[derive(Clone, Template)]
#[template(path = "parts/error_panel.html")]
pub(crate) struct ErrorPanel {
    pub(crate) title: &'static str,
    pub(crate) message: Visible,
    pub(crate) quoted: Option<Quoted>,
    pub(crate) to_do: Option<Visible>,
    pub(crate) who: Option<&'static str>,
    pub(crate) choices: Vec<Visible>,
    pub(crate) waiting_helps: bool,
    pub(crate) reference: Option<CopyField>,
}

impl HtmlSafe for ErrorPanel {}

impl ErrorPanel {
    /// The panel for an error of this request.
    pub(crate) fn of(error: &Error, request: Option<RequestId>) -> Self {
        let mut panel = Self::kept(error);
        let reference = match request {
            Some(request) => format!("{} {request}", error.code()),
            None => error.code().to_owned(),
        };
        panel.reference = Some(CopyField::line(
            "error-reference",
            "code and request id",
            reference,
        ));
        panel
    }

    /// The panel for an error that was stored earlier, such as a proposal's outcome.
    pub(crate) fn kept(error: &Error) -> Self {
        Self {
            title: title(error.kind()),
            message: visible(error.message()),
            quoted: error.provider().map(|detail| Quoted {
                status: detail.status,
                code: visible(&detail.code),
                message: visible(&detail.message),
                fields: detail.fields.iter().map(|field| visible(field)).collect(),
                request_id: detail.request_id.as_deref().map(visible),
            }),
            to_do: error.hint().map(|hint| visible(&hint.text)),
            who: error.hint().map(|hint| hint.who_must_act.in_words()),
            choices: error
                .choices()
                .iter()
                .map(|choice| visible(choice))
                .collect(),
            waiting_helps: error.retry() == Retry::Later,
            reference: None,
        }
    }
}

/// A heading per kind; the message below it is the error's own.
pub(crate) const fn title(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidArgument => "Something in the form needs a correction",
        ErrorKind::Unauthenticated => "You are not signed in",
        ErrorKind::Forbidden => "Your role does not allow this",
        ErrorKind::NotFound | ErrorKind::UnknownTool => "Nothing here",
        ErrorKind::Conflict | ErrorKind::IdempotencyConflict => {
            "This cannot be done in its present state"
        }
        ErrorKind::NotConnected | ErrorKind::ConnectionAmbiguous => "No connection to use",
        ErrorKind::ReconnectNeeded => "Reconnect needed",
        ErrorKind::MissingScope => "A scope is missing",
        ErrorKind::ProviderDisabled => "The provider is switched off",
        ErrorKind::ProviderRejected => "The provider refused the request",
        ErrorKind::ProviderForbidden => "The provider does not allow this",
        ErrorKind::ProviderNotFound => "The provider does not know the record",
        ErrorKind::ProviderLimit => "A limit of the provider is reached",
        ErrorKind::ProviderUnavailable => "The provider cannot be reached",
        ErrorKind::ProviderTimeout => "The provider did not answer in time",
        ErrorKind::ProviderApprovalNeeded => {
            "An administrator at the provider must allow this first"
        }
        ErrorKind::EgressDenied => "The destination was refused",
        ErrorKind::StateInvalid => "This attempt to connect is over",
        ErrorKind::SessionMismatch => "Another browser began this",
        ErrorKind::Stale => "The record changed since the preview",
        ErrorKind::Expired => "The time for this is over",
        ErrorKind::ProposalChanged => "This is not what was shown",
        ErrorKind::ApprovalMissing => "Nothing allows this write",
        ErrorKind::PasskeyNeeded => "This needs your passkey",
        ErrorKind::StepUpNeeded => "Prove again who you are",
        ErrorKind::PasskeyRefused => "The passkey's answer was refused",
        ErrorKind::UnknownOutcome => "We do not know whether it happened",
        ErrorKind::Integrity => "A stored record does not open",
        ErrorKind::RateLimited => "Too many tries",
        ErrorKind::StoreUnavailable => "The database cannot be used now",
        ErrorKind::KeeperUnavailable => "The keeper of the keys cannot be reached",
        ErrorKind::AuditUnavailable => "The audit log cannot be written, so nothing was done",
        ErrorKind::Sealed => "Gatelodge is sealed",
        ErrorKind::Misconfigured => "A setting is missing or wrong",
        _ => "Something went wrong inside Gatelodge",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::{
        ProviderDetail, WhoMustAct,
        clock::testing::{FixedClock, SeededRandom},
    };

    #[test]
    fn a_provider_answer_is_quoted_and_the_log_keeps_its_secrets() {
        // proves CON-15, U1: the provider's own code and message are kept, nothing is markup
        let error = Error::new(
            ErrorKind::ProviderForbidden,
            "Salesforce refused the change.",
        )
        .with_hint(WhoMustAct::ProviderAdmin, "Grant edit access to the field.")
        .with_context("cause", "internal detail")
        .with_provider(ProviderDetail {
            provider: "salesforce".into(),
            status: 400,
            code: "INSUFFICIENT_ACCESS".into(),
            message: "<b>no access</b>".into(),
            fields: vec!["Rating".into()],
            request_id: Some("abc".into()),
        });
        let request = RequestId::generate(&FixedClock::at(0), &SeededRandom::new(1));
        let html = ErrorPanel::of(&error, Some(request)).to_string();
        for needed in [
            "Salesforce refused the change.",
            "INSUFFICIENT_ACCESS",
            "Rating",
            "Grant edit access",
            "an administrator at the provider",
            "provider_forbidden",
            &request.to_string(),
        ] {
            assert!(html.contains(needed), "{needed} in {html}");
        }
        assert!(
            !html.contains("<b>no access") && !html.contains("internal detail"),
            "{html}"
        );
    }
}
