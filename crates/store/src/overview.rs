//! All connections of an organization beside their people, a page at a time: ordered by person, so that somebody's
//! production and sandbox stand side by side.
//!
//! Must not know: who may see it, or how a page looks.

use crate::{
    Access, Result,
    access::repository,
    row::{connection, user},
};
use gatelodge_model::{
    Connection, ConnectionId, Environment, GroupId, OrganizationId, User, UserId,
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

repository! {
    /// Connections beside their people.
    Overview
}

/// Which connections; empty means all of the organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionFilter {
    /// Only in this status, such as `attention`.
    pub status: Option<String>,
    /// Only of accounts there.
    pub environment: Option<Environment>,
    /// Only of this provider.
    pub provider: Option<String>,
    /// Only of people in this group.
    pub group: Option<GroupId>,
    /// Only where the person's name, their address, the account or its host holds this text, in whatever case.
    pub text: Option<String>,
}

/// Where a page ended: the next one goes on behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionPlace {
    /// The person's name.
    pub name: String,
    /// The person.
    pub user: UserId,
    /// The connection.
    pub connection: ConnectionId,
}

/// A connection and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedConnection {
    /// The connection.
    pub connection: Connection,
    /// The person.
    pub person: User,
}

impl ListedConnection {
    /// The place of this row.
    pub fn place(&self) -> ConnectionPlace {
        ConnectionPlace {
            name: self.person.name.clone(),
            user: self.person.id,
            connection: self.connection.id,
        }
    }
}

impl<A: Access> Overview<'_, A> {
    /// A page of connections behind a place, by the names of their people.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn connections(
        &self,
        organization: OrganizationId,
        filter: &ConnectionFilter,
        behind: Option<&ConnectionPlace>,
        limit: u64,
    ) -> Result<Vec<ListedConnection>> {
        let connection = self.0.connection();
        let backend = connection.get_database_backend();
        let mut asked = Asked::new(organization);
        // Every name is at least the empty one: it says to both engines to walk along the index of names.
        let mut conditions = vec![
            "u.organization_id = $1".to_owned(),
            "u.name >= ''".to_owned(),
        ];
        if let Some(status) = &filter.status {
            conditions.push(format!("c.status = {}", asked.bind(status.as_str())));
        }
        if let Some(environment) = filter.environment {
            let value = asked.bind(environment.as_str());
            conditions.push(format!("c.environment = {value}"));
        }
        if let Some(provider) = &filter.provider {
            conditions.push(format!("c.provider = {}", asked.bind(provider.as_str())));
        }
        if let Some(group) = filter.group {
            conditions.push(format!(
                "u.id IN (SELECT m.user_id FROM group_members m WHERE m.organization_id = $1 AND m.group_id = {})",
                asked.bind(group.as_uuid())
            ));
        }
        if let Some(text) = &filter.text {
            conditions.push(holding(backend, &asked.bind(containing(text))));
        }
        if let Some(place) = behind {
            let name = asked.bind(place.name.as_str());
            let user = asked.bind(place.user.as_uuid());
            let id = asked.bind(place.connection.as_uuid());
            // The first half is what the index walks along; the second is the exact place.
            conditions.push(format!(
                "u.name >= {name} AND (u.name > {name} OR u.id > {user} OR (u.id = {user} AND c.id > {id}))"
            ));
        }
        let columns = [
            prefixed::<connection::Entity>("c"),
            prefixed::<user::Entity>("u"),
        ]
        .concat()
        .join(", ");
        let statement = format!(
            "SELECT {columns} FROM users u JOIN connections c ON c.organization_id = u.organization_id AND c.user_id = u.id \
             WHERE {} ORDER BY u.name, u.id, c.id LIMIT {limit}",
            conditions.join(" AND ")
        );
        connection
            .query_all_raw(asked.statement(backend, statement))
            .await?
            .iter()
            .map(|row| {
                Ok(ListedConnection {
                    connection: connection::Model::from_query_result(row, "c_")?.try_into()?,
                    person: user::Model::from_query_result(row, "u_")?.try_into()?,
                })
            })
            .collect()
    }
}

/// The values of a statement, in the order of their numbers; the first is the organization.
pub(crate) struct Asked(Vec<Value>);

impl Asked {
    pub(crate) fn new(organization: OrganizationId) -> Self {
        Self(vec![organization.as_uuid().into()])
    }

    /// Adds a value and gives its number; both engines take `$1`.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }

    pub(crate) fn statement(self, backend: DbBackend, text: String) -> Statement {
        Statement::from_sql_and_values(backend, text, self.0)
    }
}

/// Each column under a name that no other table's column has.
pub(crate) fn prefixed<E: sea_orm::EntityTrait>(table: &str) -> Vec<String> {
    use sea_orm::{Iden as _, Iterable as _};
    E::Column::iter()
        .map(|column| {
            let name = column.to_string();
            format!("{table}.{name} AS {table}_{name}")
        })
        .collect()
}

/// A pattern for a text anywhere; the database's wildcards in it are plain characters.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Whether the text is in any of the places, in whatever case. The whole account is looked at before it is read.
fn holding(backend: DbBackend, pattern: &str) -> String {
    let (like, username) = match backend {
        // Ignores the case of Latin letters by itself.
        DbBackend::Sqlite => ("LIKE", "json_extract(c.account, '$.username')"),
        _ => ("ILIKE", "c.account::json->>'username'"),
    };
    let holds = |place: &str| format!("{place} {like} {pattern} ESCAPE '\\'");
    format!(
        "({} OR {} OR {} OR ({} AND {}))",
        holds("u.name"),
        holds("u.email"),
        holds("c.host"),
        holds("c.account"),
        holds(username)
    )
}
