//! One person: role, groups, what belongs to them, and what ends when they are removed.
//!
//! Must not know: how anything ends.

use super::people::{RoleChoice, person_badge, role_choices};
use crate::{
    parts::{Badge, Frame, pager::counted},
    text::{Moment, Visible, moment, one_line},
};
use askama::Template;
use gatelodge_core::{OpenGrant, PersonView};
use gatelodge_model::{Connection, ConnectionStatus, Role, Timestamp, UserId};

/// A connection that is still to be ended at its provider.
#[derive(Debug, Clone)]
pub(crate) struct OpenRow {
    pub(crate) name: Visible,
    pub(crate) provider: String,
    pub(crate) what: Visible,
}

#[derive(Template)]
#[template(path = "person.html")]
pub(crate) struct PersonPage {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) name: Visible,
    pub(crate) email: Visible,
    pub(crate) role: Role,
    pub(crate) badge: Badge,
    pub(crate) added: Moment,
    pub(crate) removed: Option<Moment>,
    pub(crate) groups: Vec<(String, Visible)>,
    pub(crate) connections: String,
    pub(crate) agents: String,
    pub(crate) sessions: String,
    pub(crate) open: Vec<OpenRow>,
    pub(crate) roles: Vec<RoleChoice>,
    /// Whether this is the person who looks.
    pub(crate) own: bool,
    /// Whether the person who looks may change this one.
    pub(crate) changes: bool,
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn living(connection: &Connection) -> bool {
    connection.status != ConnectionStatus::Disconnected
}

fn name_of(connection: Option<&Connection>) -> Visible {
    one_line(&connection.map_or_else(String::new, Connection::label), 120)
}

fn open_row(view: &PersonView, grant: &OpenGrant) -> OpenRow {
    let connection = view
        .connections
        .iter()
        .find(|one| one.id == grant.connection);
    let what = match (&grant.asked_until, grant.by_hand.as_str()) {
        (Some(until), _) => format!(
            "Ended here; the provider has not confirmed it. Gatelodge asks again until {}.",
            until.format("%Y-%m-%d %H:%M UTC")
        ),
        (None, "") => "Ended here; the provider never confirmed it.".to_owned(),
        (None, by_hand) => format!("Ended here; the provider never confirmed it. {by_hand}"),
    };
    OpenRow {
        name: name_of(connection),
        provider: grant.provider.clone(),
        what: one_line(&what, 400),
    }
}

impl PersonPage {
    pub(crate) fn of(frame: Frame, view: &PersonView, looking: UserId, now: Timestamp) -> Self {
        let user = &view.user;
        let mut open: Vec<OpenRow> = view
            .open
            .iter()
            .map(|grant| open_row(view, grant))
            .collect();
        let left = view.connections.iter().filter(|one| living(one));
        if user.removed_at.is_some() {
            open.extend(left.clone().map(|connection| OpenRow {
                name: name_of(Some(connection)),
                provider: connection.provider.clone(),
                what: one_line(
                    "No agent and no person can use it any more. Gatelodge ends it at the provider as soon as it can.",
                    200,
                ),
            }));
        }
        let role = frame.role;
        Self {
            id: user.id.to_string(),
            name: one_line(&user.name, 120),
            email: one_line(&user.email, 160),
            role: user.role,
            badge: person_badge(user),
            added: moment(user.created_at, now),
            removed: user.removed_at.map(|at| moment(at, now)),
            groups: view
                .groups
                .iter()
                .map(|group| (group.id.to_string(), one_line(&group.name, 80)))
                .collect(),
            connections: counted(number(left.count()), "connection", "connections"),
            agents: counted(number(view.agents.len()), "agent", "agents"),
            sessions: counted(number(view.sessions), "browser", "browsers"),
            open,
            roles: role_choices(role, user.role),
            own: user.id == looking,
            changes: user.removed_at.is_none()
                && role.administers()
                && (user.role != Role::Owner || role == Role::Owner),
            frame,
        }
    }
}
