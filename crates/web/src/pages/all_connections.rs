//! All connections of the organization: whose, which account, where, how it is, when it was last used.
//!
//! Must not know: how rows are found, or anything that acts on somebody else's connection.

use super::connections::name_of;
use crate::{
    fault::PageResult,
    parts::{Badge, EnvironmentBadge, Frame, Section, connection_words},
    respond,
    state::WebState,
    text::{Moment, Visible, grouped, moment, next::encode, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_core::{ConnectionPlace, ConnectionsWish, Covered, PersonsConnection};
use gatelodge_model::{Environment, GroupId, Result, Timestamp};
use serde::Deserialize;

/// Statuses to choose from.
const STATUSES: [(&str, &str); 6] = [
    ("", "Any status"),
    ("active", "Connected"),
    ("limited", "Connected, limited"),
    ("attention", "Needs attention"),
    ("pending", "Connecting"),
    ("disconnected", "Disconnected"),
];

/// Environments to choose from.
const ENVIRONMENTS: [(&str, &str); 4] = [
    ("", "Any environment"),
    ("production", "Production"),
    ("sandbox", "Sandbox"),
    ("practice", "Practice"),
];

/// A row of a choice.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: Visible,
    pub(crate) chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: &str, words: &str, chosen: &str) -> Self {
        Self {
            value: value.to_owned(),
            words: one_line(words, 80),
            chosen: value == chosen,
        }
    }
}

/// A connection in the table.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionRow {
    pub(crate) person: Visible,
    pub(crate) email: Visible,
    pub(crate) removed: bool,
    pub(crate) provider: String,
    pub(crate) account: Visible,
    pub(crate) host: Option<Visible>,
    pub(crate) environment: EnvironmentBadge,
    pub(crate) badge: Badge,
    pub(crate) reason: Option<String>,
    pub(crate) used: Option<Moment>,
}

impl ConnectionRow {
    pub(crate) fn of(row: &PersonsConnection, provider: &str, now: Timestamp) -> Self {
        let connection = &row.connection;
        Self {
            person: one_line(&row.person.name, 120),
            email: one_line(&row.person.email, 160),
            removed: row.person.removed_at.is_some(),
            provider: provider.to_owned(),
            account: connection.account.as_ref().map_or_else(
                || one_line("not known before the sign-in is finished", 80),
                |account| one_line(&account.username, 160),
            ),
            host: connection.host.as_deref().map(|host| one_line(host, 200)),
            environment: EnvironmentBadge(connection.environment),
            badge: connection_words::badge(connection.status),
            reason: connection
                .status
                .reason()
                .and_then(|_| connection_words::advice(connection.status, provider)),
            used: row.last_used_at.map(|at| moment(at, now)),
        }
    }
}

/// "412 of 500 connected, 12 need attention", with a bar.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) people: String,
    pub(crate) connected: String,
    pub(crate) missing: u64,
    pub(crate) attention: u64,
    pub(crate) percent: u64,
}

impl From<Covered> for Progress {
    fn from(covered: Covered) -> Self {
        Self {
            people: grouped(covered.people),
            connected: grouped(covered.connected),
            missing: covered.people.saturating_sub(covered.connected),
            attention: covered.attention,
            percent: covered.connected * 100 / covered.people.max(1),
        }
    }
}

#[derive(Template)]
#[template(path = "all_connections.html")]
pub(crate) struct AllConnectionsPage {
    pub(crate) frame: Frame,
    pub(crate) progress: Progress,
    pub(crate) rows: Vec<ConnectionRow>,
    pub(crate) statuses: Vec<Choice>,
    pub(crate) environments: Vec<Choice>,
    pub(crate) providers: Vec<Choice>,
    pub(crate) groups: Vec<Choice>,
    pub(crate) text: String,
    pub(crate) filtered: bool,
    pub(crate) next: Option<String>,
    pub(crate) first: Option<String>,
}

/// Which connections.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    status: String,
    #[serde(default)]
    environment: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    after_name: String,
    #[serde(default)]
    after_user: String,
    #[serde(default)]
    after: String,
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl Wish {
    /// The filter as it stands in an address, ending so that more can follow.
    fn query(&self) -> String {
        let parts = [
            ("status", &self.status),
            ("environment", &self.environment),
            ("provider", &self.provider),
            ("group", &self.group),
            ("text", &self.text),
        ];
        let mut query = String::new();
        for (name, value) in parts {
            if !value.is_empty() {
                query.extend([name, "=", &encode(value), "&"]);
            }
        }
        query
    }

    fn place(&self) -> Option<ConnectionPlace> {
        Some(ConnectionPlace {
            name: self.after_name.clone(),
            user: self.after_user.parse().ok()?,
            connection: self.after.parse().ok()?,
        })
    }

    fn wish(&self) -> ConnectionsWish {
        ConnectionsWish {
            status: some(&self.status),
            environment: Environment::parse(&self.environment),
            provider: some(&self.provider),
            group: self.group.parse::<GroupId>().ok(),
            text: some(&self.text),
            behind: self.place(),
        }
    }
}

/// `GET /admin/connections`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> PageResult {
    let page = page(&state, &visitor, &wish)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

async fn page(state: &WebState, visitor: &Visitor, wish: &Wish) -> Result<AllConnectionsPage> {
    let now = state.hub.now();
    let person = &visitor.person;
    let found = state.hub.connections_page(person, wish.wish()).await?;
    let covered = state
        .hub
        .covered(person, some(&wish.provider).as_deref())
        .await?;
    let query = wish.query();
    let choices = |list: &[(&str, &str)], chosen: &str| {
        list.iter()
            .map(|(value, words)| Choice::new(value, words, chosen))
            .collect()
    };
    let mut providers = vec![Choice::new("", "Any provider", &wish.provider)];
    providers.extend(state.hub.catalogue().providers().map(|provider| {
        let manifest = provider.manifest();
        Choice::new(&manifest.slug, &manifest.name, &wish.provider)
    }));
    let mut groups = vec![Choice::new("", "Everybody", &wish.group)];
    groups.extend(
        found
            .groups
            .iter()
            .map(|group| Choice::new(&group.id.to_string(), &group.name, &wish.group)),
    );
    Ok(AllConnectionsPage {
        frame: visitor.frame().at(Section::AllConnections),
        progress: covered.into(),
        rows: found
            .rows
            .iter()
            .map(|row| ConnectionRow::of(row, &name_of(&state.hub, &row.connection.provider), now))
            .collect(),
        statuses: choices(&STATUSES, &wish.status),
        environments: choices(&ENVIRONMENTS, &wish.environment),
        providers,
        groups,
        text: wish.text.chars().take(100).collect(),
        filtered: !query.is_empty(),
        next: found.next.map(|place| {
            format!(
                "/admin/connections?{query}after_name={}&after_user={}&after={}",
                encode(&place.name),
                place.user,
                place.connection
            )
        }),
        first: wish.place().map(|_| format!("/admin/connections?{query}")),
    })
}
