//! Errors as pages: the error panel in the usual frame, with the right status and one log line.
//!
//! Must not know: which page failed.

use crate::{
    parts::{ErrorPanel, Frame},
    respond,
    step_up::ProofNeeded,
};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use gatelodge_core::http_status;
use gatelodge_model::{ConnectionId, Error, ErrorKind, RequestId};
use std::borrow::Cow;

/// An error on its way to a person.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) error: Error,
    /// None where the request failed before it got one.
    pub(crate) request: Option<RequestId>,
    /// None where nobody is signed in.
    pub(crate) frame: Option<Box<Frame>>,
    /// The connection whose page says more.
    pub(crate) connection: Option<ConnectionId>,
}

/// The result of a page.
pub(crate) type PageResult = Result<Response, Fault>;

impl Fault {
    /// An error where nobody is signed in.
    pub(crate) fn plain(error: Error, request: Option<RequestId>) -> Self {
        Self {
            error,
            request,
            frame: None,
            connection: None,
        }
    }

    /// With the connection whose page says more.
    #[must_use]
    pub(crate) fn about(mut self, connection: ConnectionId) -> Self {
        self.connection = Some(connection);
        self
    }
}

/// Where to go from an error.
#[derive(Debug, Clone)]
pub(crate) struct WayOn {
    pub(crate) href: Cow<'static, str>,
    pub(crate) text: &'static str,
}

const fn way_on(kind: ErrorKind, signed_in: bool) -> WayOn {
    match kind {
        _ if !signed_in => WayOn {
            href: Cow::Borrowed("/sign-in"),
            text: "Go to the sign-in page",
        },
        ErrorKind::StateInvalid
        | ErrorKind::SessionMismatch
        | ErrorKind::ReconnectNeeded
        | ErrorKind::NotConnected
        | ErrorKind::ProviderApprovalNeeded => WayOn {
            href: Cow::Borrowed("/connections"),
            text: "Go to your connections",
        },
        ErrorKind::Stale | ErrorKind::Expired | ErrorKind::ProposalChanged => WayOn {
            href: Cow::Borrowed("/approvals"),
            text: "Go to your approvals",
        },
        _ => WayOn {
            href: Cow::Borrowed("/"),
            text: "Go to the start page",
        },
    }
}

const fn heading(status: u16) -> &'static str {
    match status {
        400 | 422 => "That did not work",
        401 | 403 => "Not allowed",
        404 => "Page not found",
        409 => "Not possible now",
        429 => "Too many tries",
        502..=504 => "No answer",
        _ => "An error of ours",
    }
}

#[derive(Template)]
#[template(path = "fault.html")]
pub(crate) struct FramedFault<'a> {
    frame: &'a Frame,
    heading: &'static str,
    panel: ErrorPanel,
    way_on: WayOn,
}

#[derive(Template)]
#[template(path = "fault_plain.html")]
pub(crate) struct PlainFault {
    heading: &'static str,
    panel: ErrorPanel,
    way_on: WayOn,
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Self {
            error,
            request,
            frame,
            connection,
        } = self;
        let number = http_status(error.kind());
        let status = StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(request = request.map(tracing::field::display), error = ?error, "a page failed");
        } else {
            tracing::info!(
                request = request.map(tracing::field::display),
                code = error.code(),
                "a page was refused"
            );
        }
        let kind = error.kind();
        let mut response = match frame.as_deref() {
            Some(frame) => {
                let mut page = framed(frame, &error, request);
                if let Some(connection) = connection {
                    page.way_on = WayOn {
                        href: format!("/connections/{connection}").into(),
                        text: "Show what is wrong, who must act, and where",
                    };
                }
                respond::page(status, &page)
            }
            None => respond::page(status, &plain(&error, request)),
        };
        if kind == ErrorKind::StepUpNeeded {
            // The guard asks for the proof instead of showing this page.
            response.extensions_mut().insert(ProofNeeded);
        }
        response
    }
}

/// The page in a person's frame.
pub(crate) fn framed<'a>(
    frame: &'a Frame,
    error: &Error,
    request: Option<RequestId>,
) -> FramedFault<'a> {
    FramedFault {
        frame,
        heading: heading(http_status(error.kind())),
        panel: ErrorPanel::of(error, request),
        way_on: way_on(error.kind(), true),
    }
}

/// The page where nobody is signed in.
pub(crate) fn plain(error: &Error, request: Option<RequestId>) -> PlainFault {
    PlainFault {
        heading: heading(http_status(error.kind())),
        panel: ErrorPanel::of(error, request),
        way_on: way_on(error.kind(), false),
    }
}
