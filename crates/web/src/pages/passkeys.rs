//! A person's passkeys: the list, and the steps in which one is enrolled, added or removed, or approvals are
//! sealed.
//!
//! Must not know: what a browser answers, or when the keeper agrees; the state of a step goes through the page
//! sealed.

use super::Done;
use crate::{
    extract::Fields,
    fault::PageResult,
    parts::{Frame, Section},
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gatelodge_core::{
    Ceremony, CeremonyProgress, CeremonyPurpose, CeremonyStep, PasskeyRing, PasskeyView,
};
use gatelodge_model::{Error, Result, Role, Secret, Timestamp};
use serde::Deserialize;

/// A passkey in the table.
#[derive(Debug, Clone)]
pub(crate) struct PasskeyRow {
    pub(crate) id: String,
    pub(crate) id_short: String,
    pub(crate) name: Visible,
    pub(crate) added: Moment,
    pub(crate) used: Option<Moment>,
}

impl PasskeyRow {
    fn of(passkey: &PasskeyView, now: Timestamp) -> Self {
        Self {
            id: passkey.id.clone(),
            id_short: passkey.id.chars().take(12).collect(),
            name: one_line(&passkey.name, 60),
            added: moment(passkey.added_at, now),
            used: passkey.last_used_at.map(|at| moment(at, now)),
        }
    }
}

#[derive(Template)]
#[template(path = "passkeys.html")]
pub(crate) struct PasskeysPage {
    pub(crate) frame: Frame,
    pub(crate) available: bool,
    pub(crate) sealed: bool,
    pub(crate) sealed_since: Option<Moment>,
    pub(crate) code_until: Option<Moment>,
    pub(crate) email: Visible,
    pub(crate) owner: bool,
    pub(crate) rows: Vec<PasskeyRow>,
}

impl PasskeysPage {
    pub(crate) fn of(
        frame: Frame,
        ring: &PasskeyRing,
        email: &str,
        role: Role,
        now: Timestamp,
    ) -> Self {
        Self {
            frame,
            available: ring.available,
            sealed: ring.sealed,
            sealed_since: ring.sealed_changed_at.map(|at| moment(at, now)),
            code_until: ring.code_until.map(|at| moment(at, now)),
            email: one_line(email, 160),
            owner: role == Role::Owner,
            rows: ring
                .passkeys
                .iter()
                .map(|passkey| PasskeyRow::of(passkey, now))
                .collect(),
        }
    }

    /// Whether passkeys can agree to another one.
    pub(crate) fn can_add(&self) -> bool {
        self.rows.len() > 1
    }
}

#[derive(Template)]
#[template(path = "passkey_step.html")]
pub(crate) struct StepPage {
    pub(crate) frame: Frame,
    pub(crate) heading: &'static str,
    pub(crate) lead: String,
    pub(crate) button: &'static str,
    /// `create` or `get`.
    pub(crate) ceremony: &'static str,
    pub(crate) options: String,
    pub(crate) state: String,
}

impl StepPage {
    pub(crate) fn of(frame: Frame, ceremony: &Ceremony) -> Self {
        let (heading, lead, button, word) = match ceremony.step {
            CeremonyStep::Create => (
                "Make the passkey",
                "Your browser asks where the passkey shall live: in this device, in another one, or in a security key.".to_owned(),
                "Make the passkey",
                "create",
            ),
            CeremonyStep::Confirm { number, of } if of > 1 => (
                "Confirm with passkeys you have",
                format!("Step {number} of {of}. Two passkeys that are enrolled already must agree, each one of its own, so that nobody can add one by tricking you once."),
                "Confirm with a passkey",
                "get",
            ),
            CeremonyStep::Confirm { .. } => (
                "Confirm with a passkey",
                "One of your enrolled passkeys must agree.".to_owned(),
                "Confirm with a passkey",
                "get",
            ),
        };
        Self {
            frame,
            heading,
            lead,
            button,
            ceremony: word,
            options: ceremony.options.to_string(),
            state: URL_SAFE_NO_PAD.encode(&ceremony.state),
        }
    }
}

/// `GET /settings/passkeys`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let ring = state
        .hub
        .passkeys(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    let frame = visitor
        .frame()
        .at(Section::Settings)
        .saying(done.done.as_deref());
    let user = visitor.person.user();
    let page = PasskeysPage::of(frame, &ring, &user.email, user.role, state.hub.now());
    Ok(respond::ok(&page))
}

/// What the person wants to do.
#[derive(Deserialize)]
pub(crate) struct BeginForm {
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    passkey: String,
}

impl BeginForm {
    fn purpose(self) -> Result<CeremonyPurpose> {
        let Self {
            purpose,
            name,
            code,
            passkey,
        } = self;
        Ok(match purpose.as_str() {
            "enrol" => CeremonyPurpose::Enrol {
                name,
                code: Secret::new(code),
            },
            "add" => CeremonyPurpose::Add { name },
            "remove" => CeremonyPurpose::Remove { passkey },
            "seal" => CeremonyPurpose::SealApprovals,
            _ => return Err(Error::invalid("purpose", "Choose what shall be done.")),
        })
    }
}

/// `POST /settings/passkeys`: the first step.
pub(crate) async fn begin(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<BeginForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let purpose = form.purpose().map_err(fault)?;
    let ceremony = state
        .hub
        .begin_ceremony(&visitor.person, purpose)
        .await
        .map_err(fault)?;
    Ok(next(&visitor, &ceremony))
}

fn next(visitor: &Visitor, ceremony: &Ceremony) -> axum::response::Response {
    let frame = visitor.frame().at(Section::Settings);
    respond::ok(&StepPage::of(frame, ceremony))
}

/// The answer to a step.
#[derive(Deserialize)]
pub(crate) struct StepForm {
    #[serde(default)]
    state: String,
    #[serde(default)]
    answer: String,
}

/// `POST /settings/passkeys/step`.
pub(crate) async fn step(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<StepForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let sealed = URL_SAFE_NO_PAD.decode(&form.state).map_err(|_| {
        fault(Error::invalid(
            "state",
            "This is no step of a ceremony. Nothing was changed.",
        ))
    })?;
    let progress = state
        .hub
        .continue_ceremony(&visitor.person, sealed, form.answer)
        .await
        .map_err(fault)?;
    let done = match progress {
        CeremonyProgress::Next(ceremony) => return Ok(next(&visitor, &ceremony)),
        CeremonyProgress::Enrolled(_) => "passkey-enrolled",
        CeremonyProgress::Removed(_) => "passkey-removed",
        CeremonyProgress::Sealed => "approvals-sealed",
        // Nothing was to be done with passkeys.
        CeremonyProgress::Proved => return Ok(respond::see("/settings/passkeys", None)),
    };
    Ok(respond::see("/settings/passkeys", Some(done)))
}
