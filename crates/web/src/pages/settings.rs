//! A person's own data and browser sessions.
//!
//! Must not know: cookies; the list shows identities, not values.

use super::Done;
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Frame, Section},
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Path, Query, State};
use gatelodge_model::{Decision, Error, Session, SessionId, Timestamp};
use serde::Deserialize;

/// A session in the table.
#[derive(Debug, Clone)]
pub(crate) struct SessionRow {
    pub(crate) id: String,
    pub(crate) browser: Visible,
    pub(crate) signed_in: Moment,
    pub(crate) used: Moment,
    pub(crate) ends: Moment,
    pub(crate) here: bool,
}

impl SessionRow {
    pub(crate) fn of(session: &Session, here: SessionId, now: Timestamp) -> Self {
        Self {
            id: session.id.to_string(),
            browser: one_line(&session.user_agent, 120),
            signed_in: moment(session.signed_in_at, now),
            used: moment(session.last_used_at, now),
            ends: moment(session.expires_at, now),
            here: session.id == here,
        }
    }
}

#[derive(Template)]
#[template(path = "settings.html")]
pub(crate) struct SettingsPage {
    pub(crate) frame: Frame,
    pub(crate) email: Visible,
    pub(crate) user_id: String,
    pub(crate) sessions: Vec<SessionRow>,
    /// Whether agents may propose changes at all.
    pub(crate) writes: bool,
    /// Whether the person may switch that.
    pub(crate) administers: bool,
}

/// `GET /settings`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let now = state.hub.now();
    let sessions = state
        .hub
        .sessions(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    let here = visitor.person.session().id;
    Ok(respond::ok(&SettingsPage {
        frame: visitor
            .frame()
            .at(Section::Settings)
            .saying(done.done.as_deref()),
        writes: visitor.person.organization().policy.writes != Decision::Deny,
        administers: visitor.person.role().administers(),
        email: one_line(&visitor.person.user().email, 160),
        user_id: visitor.person.user().id.to_string(),
        sessions: sessions
            .iter()
            .map(|session| SessionRow::of(session, here, now))
            .collect(),
    }))
}

/// `POST /settings/sessions/{id}/end`.
pub(crate) async fn end_session(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(session): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let session: SessionId = id(&session, "session").map_err(fault)?;
    state
        .hub
        .end_session(&visitor.person, session)
        .await
        .map_err(fault)?;
    Ok(respond::see("/settings", Some("session-ended")))
}

/// The form that switches writes.
#[derive(Debug, Deserialize)]
pub(crate) struct WritesForm {
    #[serde(default)]
    writes: String,
}

/// `POST /settings/writes`.
pub(crate) async fn switch_writes(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<WritesForm>,
) -> PageResult {
    let on = match form.writes.as_str() {
        "on" => true,
        "off" => false,
        _ => {
            let error = Error::invalid("writes", "Choose whether writes are on or off.");
            return Err(visitor.fault(error));
        }
    };
    state
        .hub
        .switch_writes(&visitor.person, on)
        .await
        .map_err(|error| visitor.fault(error))?;
    let done = if on { "writes-on" } else { "writes-off" };
    Ok(respond::see("/settings", Some(done)))
}
