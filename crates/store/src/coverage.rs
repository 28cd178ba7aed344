//! Who of an organization has connected an account at a provider, and who has not: counted and listed in the database.
//!
//! People who were removed and auditors, who connect nothing, are nobody's number here. Must not know: who may see it,
//! or which people a provider is open to; groups are given.

use crate::{
    Access, Result,
    access::repository,
    overview::{Asked, prefixed},
    row::user,
};
use gatelodge_model::{
    Environment, GroupId, NoticeKind, OrganizationId, Role, Timestamp, User, UserId,
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, QueryResult};
use std::collections::BTreeMap;

repository! {
    /// Who has connected.
    Coverage
}

/// People, by how far they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Covered {
    /// All who may connect.
    pub people: u64,
    /// Those with a connection that works.
    pub connected: u64,
    /// Those with a connection of which somebody must take care.
    pub attention: u64,
}

/// People who were asked to connect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AskedPeople {
    /// How many.
    pub asked: u64,
    /// How many of them have a connection that works.
    pub connected: u64,
}

/// Where a page of people ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPlace {
    /// The person's name.
    pub name: String,
    /// The person.
    pub user: UserId,
}

const WORKS: &str = "c.status IN ('active', 'limited')";

/// Whoever may connect.
fn people(groups: Option<&[GroupId]>, asked: &mut Asked) -> String {
    let auditor = asked.bind(Role::Auditor.as_str());
    let mut condition =
        format!("u.organization_id = $1 AND u.removed_at IS NULL AND u.role <> {auditor}");
    if let Some(groups) = groups {
        let ids: Vec<String> = groups
            .iter()
            .map(|group| asked.bind(group.as_uuid()))
            .collect();
        // No group at all: nobody.
        let inside = if ids.is_empty() {
            "1 = 0".to_owned()
        } else {
            format!(
                "u.id IN (SELECT m.user_id FROM group_members m WHERE m.organization_id = $1 AND m.group_id IN ({}))",
                ids.join(", ")
            )
        };
        condition.push_str(" AND ");
        condition.push_str(&inside);
    }
    condition
}

/// For each person of a provider: whether something works, whether something needs care.
fn states(provider: &str) -> String {
    format!(
        "SELECT c.user_id, MAX(CASE WHEN {WORKS} THEN 1 ELSE 0 END) AS works, \
         MAX(CASE WHEN c.status = 'attention' THEN 1 ELSE 0 END) AS attention \
         FROM connections c WHERE c.organization_id = $1 AND c.provider = {provider} GROUP BY c.user_id"
    )
}

/// All of an organization, counted along indexes: people by their connections, without the few who are nobody's number.
fn of_all(provider: &str, asked: &mut Asked) -> String {
    let people = people(None, asked);
    let auditor = asked.bind(Role::Auditor.as_str());
    let with = |state: &str| {
        let of_provider = format!("c.organization_id = $1 AND c.provider = {provider} AND {state}");
        format!(
            "(SELECT COUNT(DISTINCT c.user_id) FROM connections c WHERE {of_provider}) - (SELECT COUNT(*) FROM users u \
             WHERE u.organization_id = $1 AND (u.removed_at IS NOT NULL OR u.role = {auditor}) AND EXISTS \
             (SELECT 1 FROM connections c WHERE {of_provider} AND c.user_id = u.id))"
        )
    };
    format!(
        "SELECT (SELECT COUNT(*) FROM users u WHERE {people}) AS people, {} AS connected, {} AS attention",
        with(WORKS),
        with("c.status = 'attention'")
    )
}

const COUNTS: &str = "COUNT(*) AS people, COUNT(CASE WHEN s.works = 1 THEN 1 END) AS connected, \
                      COUNT(CASE WHEN s.attention = 1 THEN 1 END) AS attention";

impl<A: Access> Coverage<'_, A> {
    /// All people, or those in any of the groups.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn total(
        &self,
        organization: OrganizationId,
        provider: &str,
        groups: Option<&[GroupId]>,
    ) -> Result<Covered> {
        let mut asked = Asked::new(organization);
        let slug = asked.bind(provider);
        if groups.is_none() {
            let text = of_all(&slug, &mut asked);
            let rows = self.rows(asked, text).await?;
            return Ok(rows.first().map(covered).transpose()?.unwrap_or_default());
        }
        let text = format!(
            "SELECT {COUNTS} FROM users u LEFT JOIN ({}) s ON s.user_id = u.id WHERE {}",
            states(&slug),
            people(groups, &mut asked)
        );
        let rows = self.rows(asked, text).await?;
        Ok(rows.first().map(covered).transpose()?.unwrap_or_default())
    }

    /// The people of each group.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn by_group(
        &self,
        organization: OrganizationId,
        provider: &str,
    ) -> Result<BTreeMap<GroupId, Covered>> {
        let mut asked = Asked::new(organization);
        let slug = asked.bind(provider);
        let text = format!(
            "SELECT g.group_id AS group_id, {COUNTS} FROM group_members g \
             JOIN users u ON u.organization_id = g.organization_id AND u.id = g.user_id \
             LEFT JOIN ({}) s ON s.user_id = u.id WHERE g.organization_id = $1 AND {} GROUP BY g.group_id",
            states(&slug),
            people(None, &mut asked)
        );
        let rows = self.rows(asked, text).await?;
        rows.iter()
            .map(|row| {
                Ok((
                    GroupId::from_uuid(row.try_get("", "group_id")?),
                    covered(row)?,
                ))
            })
            .collect()
    }

    /// How many people have a connection that works, by where its account lives.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn by_environment(
        &self,
        organization: OrganizationId,
        provider: &str,
    ) -> Result<Vec<(Environment, u64)>> {
        let mut asked = Asked::new(organization);
        let slug = asked.bind(provider);
        let text = format!(
            "SELECT c.environment AS environment, COUNT(DISTINCT c.user_id) AS people FROM connections c \
             WHERE c.organization_id = $1 AND c.provider = {slug} AND {WORKS} GROUP BY c.environment"
        );
        let rows = self.rows(asked, text).await?;
        let mut found = Vec::new();
        for row in &rows {
            let word: String = row.try_get("", "environment")?;
            if let Some(environment) = Environment::parse(&word) {
                found.push((environment, number(row, "people")?));
            }
        }
        found.sort_by_key(|(environment, _)| environment.as_str());
        Ok(found)
    }

    /// A page of the people without a connection that works, by name.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn missing(
        &self,
        organization: OrganizationId,
        provider: &str,
        groups: Option<&[GroupId]>,
        behind: Option<&PersonPlace>,
        limit: u64,
    ) -> Result<Vec<User>> {
        let mut asked = Asked::new(organization);
        let slug = asked.bind(provider);
        let mut condition = people(groups, &mut asked);
        if let Some(place) = behind {
            let name = asked.bind(place.name.as_str());
            let id = asked.bind(place.user.as_uuid());
            condition =
                format!("{condition} AND u.name >= {name} AND (u.name > {name} OR u.id > {id})");
        }
        let columns = prefixed::<user::Entity>("u").join(", ");
        let text = format!(
            "SELECT {columns} FROM users u WHERE {condition} AND NOT EXISTS (SELECT 1 FROM connections c \
             WHERE c.organization_id = $1 AND c.user_id = u.id AND c.provider = {slug} AND {WORKS}) \
             ORDER BY u.name, u.id LIMIT {limit}"
        );
        self.rows(asked, text)
            .await?
            .iter()
            .map(|row| user::Model::from_query_result(row, "u_")?.try_into())
            .collect()
    }

    /// Those who were asked since then to connect this provider, and how many of them have.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn asked_since(
        &self,
        organization: OrganizationId,
        provider: &str,
        since: Timestamp,
    ) -> Result<AskedPeople> {
        let mut asked = Asked::new(organization);
        let slug = asked.bind(provider);
        let kind = asked.bind(NoticeKind::ConnectAsked.as_str());
        let since = asked.bind(since);
        let path = asked.bind(asking_path(provider));
        let text = format!(
            "SELECT COUNT(*) AS asked, COUNT(CASE WHEN s.works = 1 THEN 1 END) AS connected FROM \
             (SELECT DISTINCT n.user_id FROM notices n WHERE n.organization_id = $1 AND n.kind = {kind} \
             AND n.created_at > {since} AND n.path = {path}) a LEFT JOIN ({}) s ON s.user_id = a.user_id",
            states(&slug)
        );
        let rows = self.rows(asked, text).await?;
        let Some(row) = rows.first() else {
            return Ok(AskedPeople::default());
        };
        Ok(AskedPeople {
            asked: number(row, "asked")?,
            connected: number(row, "connected")?,
        })
    }

    /// Of these people, those who were asked since then to connect this provider, and when they last were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn last_asked(
        &self,
        organization: OrganizationId,
        provider: &str,
        users: &[UserId],
        since: Timestamp,
    ) -> Result<BTreeMap<UserId, Timestamp>> {
        if users.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut asked = Asked::new(organization);
        let kind = asked.bind(NoticeKind::ConnectAsked.as_str());
        let since = asked.bind(since);
        let path = asked.bind(asking_path(provider));
        let ids: Vec<String> = users
            .iter()
            .map(|user| asked.bind(user.as_uuid()))
            .collect();
        let text = format!(
            "SELECT n.user_id AS user_id, MAX(n.created_at) AS last FROM notices n WHERE n.organization_id = $1 \
             AND n.kind = {kind} AND n.created_at > {since} AND n.path = {path} AND n.user_id IN ({}) GROUP BY n.user_id",
            ids.join(", ")
        );
        let rows = self.rows(asked, text).await?;
        rows.iter()
            .map(|row| {
                Ok((
                    UserId::from_uuid(row.try_get("", "user_id")?),
                    row.try_get("", "last")?,
                ))
            })
            .collect()
    }

    async fn rows(&self, asked: Asked, text: String) -> Result<Vec<QueryResult>> {
        let connection = self.0.connection();
        let backend: DbBackend = connection.get_database_backend();
        Ok(connection
            .query_all_raw(asked.statement(backend, text))
            .await?)
    }
}

/// Where somebody who is asked to connect a provider goes; it tells the notices of one provider from another's.
pub fn asking_path(provider: &str) -> String {
    format!("/connections/new?provider={provider}")
}

fn covered(row: &QueryResult) -> Result<Covered> {
    Ok(Covered {
        people: number(row, "people")?,
        connected: number(row, "connected")?,
        attention: number(row, "attention")?,
    })
}

fn number(row: &QueryResult, name: &str) -> Result<u64> {
    let count: i64 = row.try_get("", name)?;
    Ok(u64::try_from(count).unwrap_or_default())
}
