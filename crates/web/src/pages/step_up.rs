//! The page on which a signed-in person proves again who they are.
//!
//! Must not know: what waits for the proof, or how it is judged.

use crate::{
    extract::Fields,
    fault::PageResult,
    parts::{ErrorPanel, Frame},
    respond,
    state::WebState,
    step_up::Waiting,
    text::next::safe_next,
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gatelodge_core::Ceremony;
use gatelodge_model::Error;
use serde::Deserialize;

/// A secret that must be typed again.
#[derive(Debug, Clone)]
pub(crate) struct SecretField {
    pub(crate) name: String,
    pub(crate) label: String,
}

impl SecretField {
    fn of(name: &str) -> Self {
        let words = name.replace('_', " ");
        let mut letters = words.chars();
        let label = letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default();
        Self {
            name: name.to_owned(),
            label,
        }
    }
}

/// What the browser needs to ask a passkey.
#[derive(Debug, Clone)]
pub(crate) struct PasskeyAsk {
    pub(crate) options: String,
    pub(crate) state: String,
}

impl PasskeyAsk {
    fn of(ceremony: &Ceremony) -> Self {
        Self {
            options: ceremony.options.to_string(),
            state: URL_SAFE_NO_PAD.encode(&ceremony.state),
        }
    }
}

#[derive(Template)]
#[template(path = "step_up.html")]
pub(crate) struct StepUpPage {
    pub(crate) frame: Frame,
    pub(crate) action: String,
    pub(crate) kept: Vec<(String, String)>,
    pub(crate) secrets: Vec<SecretField>,
    /// Whether a form waits, and not only a page.
    pub(crate) form_waits: bool,
    pub(crate) back: String,
    pub(crate) email: String,
    pub(crate) passkey: Option<PasskeyAsk>,
    pub(crate) panel: Option<ErrorPanel>,
}

impl StepUpPage {
    pub(crate) async fn of(
        state: &WebState,
        visitor: &Visitor,
        waiting: Waiting,
        error: Option<&Error>,
    ) -> Self {
        let ceremony = state.hub.begin_step_up(&visitor.person).await;
        Self::made(
            visitor.frame(),
            &visitor.person.user().email,
            waiting,
            ceremony.as_ref(),
            error.map(|error| ErrorPanel::of(error, Some(visitor.request))),
        )
    }

    pub(crate) fn made(
        frame: Frame,
        email: &str,
        waiting: Waiting,
        ceremony: Option<&Ceremony>,
        panel: Option<ErrorPanel>,
    ) -> Self {
        Self {
            frame,
            form_waits: waiting.action != PATH,
            action: waiting.action,
            kept: waiting.kept,
            secrets: waiting
                .secrets
                .iter()
                .map(|name| SecretField::of(name))
                .collect(),
            back: waiting.page,
            email: email.to_owned(),
            passkey: ceremony.map(PasskeyAsk::of),
            panel,
        }
    }
}

const PATH: &str = "/step-up";

/// Where to go with the proof.
#[derive(Debug, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    next: String,
}

async fn page(state: &WebState, visitor: &Visitor, next: &str) -> StepUpPage {
    let waiting = Waiting {
        action: PATH.to_owned(),
        kept: vec![("next".to_owned(), safe_next(next))],
        secrets: Vec::new(),
        page: "/".to_owned(),
    };
    StepUpPage::of(state, visitor, waiting, None).await
}

/// `GET /step-up`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> PageResult {
    Ok(respond::ok(&page(&state, &visitor, &wish.next).await))
}

/// `POST /step-up`: the guard has taken the proof.
pub(crate) async fn submit(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(wish): Fields<Wish>,
) -> PageResult {
    if state.hub.is_proved(&visitor.person) {
        return Ok(respond::see(&safe_next(&wish.next), None));
    }
    let page = page(&state, &visitor, &wish.next).await;
    Ok(respond::page(StatusCode::FORBIDDEN, &page))
}
