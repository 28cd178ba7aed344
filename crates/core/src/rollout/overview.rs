//! All connections of the organization as those who oversee it see them: whose, where, how they are.
//!
//! Must not know: credentials, or what may be done with somebody else's connection; nothing is done here.

use crate::{Hub, Person, people::require_overseer};
use gatelodge_model::{Connection, Environment, Group, GroupId, Result, Timestamp, User};
use gatelodge_store::{ConnectionFilter, ConnectionPlace, ListedConnection};

/// Connections on a page.
const PAGE: usize = 50;

/// Longest text that is looked for.
const LONGEST_TEXT: usize = 100;

/// Which connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionsWish {
    /// Only in this status, such as `attention`.
    pub status: Option<String>,
    /// Only of accounts there.
    pub environment: Option<Environment>,
    /// Only of this provider.
    pub provider: Option<String>,
    /// Only of people in this group.
    pub group: Option<GroupId>,
    /// Only where a name, an address, the account or its host holds this text.
    pub text: Option<String>,
    /// Only what comes behind this place.
    pub behind: Option<ConnectionPlace>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct PersonsConnection {
    /// The connection.
    pub connection: Connection,
    /// Whose it is.
    pub person: User,
    /// When it was last used; none when it never was, as far as was noted.
    pub last_used_at: Option<Timestamp>,
}

/// A page of connections.
#[derive(Debug, Clone)]
pub struct ConnectionsPage {
    /// By the names of their people.
    pub rows: Vec<PersonsConnection>,
    /// Where the next page goes on; none on the last one.
    pub next: Option<ConnectionPlace>,
    /// The groups to choose from.
    pub groups: Vec<Group>,
}

impl Hub {
    /// A page of all connections of the organization.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn connections_page(
        &self,
        person: &Person,
        wish: ConnectionsWish,
    ) -> Result<ConnectionsPage> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let filter = ConnectionFilter {
            status: wish.status,
            environment: wish.environment,
            provider: wish.provider,
            group: wish.group,
            text: wish
                .text
                .map(|text| text.trim().chars().take(LONGEST_TEXT).collect::<String>())
                .filter(|text| !text.is_empty()),
        };
        let mut found = self
            .store
            .overview()
            .connections(organization, &filter, wish.behind.as_ref(), PAGE as u64 + 1)
            .await?;
        let more = found.len() > PAGE;
        found.truncate(PAGE);
        let next = found.last().filter(|_| more).map(ListedConnection::place);
        let ids: Vec<_> = found.iter().map(|row| row.connection.id).collect();
        let uses = self.store.connection_uses().of(organization, &ids).await?;
        let rows = found
            .into_iter()
            .map(|row| PersonsConnection {
                last_used_at: uses.get(&row.connection.id).copied(),
                connection: row.connection,
                person: row.person,
            })
            .collect();
        Ok(ConnectionsPage {
            rows,
            next,
            groups: self.store.groups().list(organization).await?,
        })
    }
}
