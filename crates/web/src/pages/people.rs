//! The people of the organization.
//!
//! Must not know: how they sign in, beyond whether a password is set.

use crate::{
    fault::PageResult,
    parts::{Badge, Frame, Section, Tone},
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::State;
use gatelodge_model::{Role, Timestamp, User};

/// A person in the table.
#[derive(Debug, Clone)]
pub(crate) struct PersonRow {
    pub(crate) name: Visible,
    pub(crate) email: Visible,
    pub(crate) role: Role,
    pub(crate) badge: Badge,
    pub(crate) added: Moment,
}

impl PersonRow {
    pub(crate) fn of(user: &User, now: Timestamp) -> Self {
        let badge = match (user.removed_at, &user.password_hash) {
            (Some(_), _) => Badge::new(Tone::Off, "Removed"),
            (None, None) => Badge::new(Tone::Waiting, "No password yet"),
            (None, Some(_)) => Badge::new(Tone::Ok, "Can sign in"),
        };
        Self {
            name: one_line(&user.name, 120),
            email: one_line(&user.email, 160),
            role: user.role,
            badge,
            added: moment(user.created_at, now),
        }
    }
}

#[derive(Template)]
#[template(path = "people.html")]
pub(crate) struct PeoplePage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<PersonRow>,
}

/// `GET /admin/people`.
pub(crate) async fn list(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    let now = state.hub.now();
    let people = state
        .hub
        .people(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&PeoplePage {
        frame: visitor.frame().at(Section::People),
        rows: people.iter().map(|user| PersonRow::of(user, now)).collect(),
    }))
}
