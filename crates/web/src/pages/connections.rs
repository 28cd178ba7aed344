//! A person's own connections.
//!
//! Must not know: credentials; nobody here can see one.

use super::Done;
use crate::{
    fault::PageResult,
    parts::{Badge, EnvironmentBadge, Frame, Section, connection_words},
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_core::Hub;
use gatelodge_model::{Connection, ConnectionStatus, Timestamp};

/// A connection as pages show it.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) href: String,
    pub(crate) reconnect: String,
    pub(crate) provider: String,
    pub(crate) account: Visible,
    pub(crate) person: Option<Visible>,
    pub(crate) organization: Option<Visible>,
    pub(crate) host: Option<Visible>,
    pub(crate) environment: EnvironmentBadge,
    pub(crate) badge: Badge,
    pub(crate) advice: Option<String>,
    pub(crate) scopes: Vec<Visible>,
    pub(crate) since: Moment,
    pub(crate) disconnectable: bool,
    /// Whether calls can go through it.
    pub(crate) usable: bool,
    /// Whether nothing is wrong and reconnecting is not what the person came for.
    pub(crate) well: bool,
}

impl Card {
    pub(crate) fn of(connection: &Connection, provider: &str, now: Timestamp) -> Self {
        let account = connection.account.as_ref();
        Self {
            id: connection.id.to_string(),
            href: format!("/connections/{}", connection.id),
            reconnect: format!("/connections/new?reconnect={}", connection.id),
            provider: provider.to_owned(),
            account: account.map_or_else(
                || one_line("not known before the sign-in is finished", 80),
                |account| one_line(&account.username, 160),
            ),
            person: account
                .and_then(|account| account.display_name.as_deref())
                .map(|name| one_line(name, 120)),
            organization: account
                .and_then(|account| account.organization_name.as_deref())
                .map(|name| one_line(name, 120)),
            host: connection.host.as_deref().map(|host| one_line(host, 200)),
            environment: EnvironmentBadge(connection.environment),
            badge: connection_words::badge(connection.status),
            advice: connection_words::advice(connection.status, provider),
            scopes: connection
                .granted_scopes
                .iter()
                .map(|scope| one_line(scope, 80))
                .collect(),
            since: moment(connection.status_changed_at, now),
            disconnectable: connection.status != ConnectionStatus::Disconnected,
            usable: connection.status.is_usable(),
            well: connection.status == ConnectionStatus::Active,
        }
    }
}

/// The provider's name as it writes it.
pub(crate) fn provider_name(hub: &Hub, connection: &Connection) -> String {
    name_of(hub, &connection.provider)
}

/// The name behind a slug.
pub(crate) fn name_of(hub: &Hub, slug: &str) -> String {
    hub.catalogue().provider(slug).map_or_else(
        || slug.to_owned(),
        |provider| provider.manifest().name.clone(),
    )
}

#[derive(Template)]
#[template(path = "connections.html")]
pub(crate) struct ConnectionsPage {
    pub(crate) frame: Frame,
    pub(crate) cards: Vec<Card>,
    pub(crate) connects: bool,
}

/// `GET /connections`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let connections = state
        .hub
        .connections(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    let now = state.hub.now();
    Ok(respond::ok(&ConnectionsPage {
        frame: visitor
            .frame()
            .at(Section::Connections)
            .saying(done.done.as_deref()),
        cards: connections
            .iter()
            .map(|connection| Card::of(connection, &provider_name(&state.hub, connection), now))
            .collect(),
        connects: visitor.person.role().connects(),
    }))
}
