//! The audit log, read: lists for pages, and the check of its chains.
//!
//! Written only by [`crate::Unit::commit`] and [`crate::Journal::append`]; there is no way to change or
//! delete an event. Must not know: who may read it.

use crate::{
    Access, Result, Store, access::repository, column::Reading, overview::Asked,
    row::audit_event as row, verify, verify::AuditVerification,
};
use gatelodge_model::{
    AgentId, AuditEvent, AuditEventId, AuditOutcome, Face, OrganizationId, Timestamp, UserId,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::LikeExpr,
};
use uuid::Uuid;

repository! {
    /// The audit log.
    Audit
}

/// Which events are listed; empty means all of the organization.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only what this person did, or an agent on behalf of this person.
    pub user: Option<UserId>,
    /// Only what this agent did.
    pub agent: Option<AgentId>,
    /// Only actions that begin so, such as `proposal.`.
    pub action_prefix: Option<String>,
    /// Only what ended so.
    pub outcome: Option<AuditOutcome>,
    /// Only what came through this door.
    pub via: Option<Face>,
    /// Only what was done to exactly this.
    pub target: Option<String>,
    /// Only what is not older than this moment.
    pub since: Option<Timestamp>,
    /// Only what is older than this moment.
    pub until: Option<Timestamp>,
    /// Only what is older than this event.
    pub before: Option<AuditEventId>,
}

/// How often somebody read objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectReads {
    /// The person with whose rights.
    pub user: Option<UserId>,
    /// The agent, where one did.
    pub agent: Option<AgentId>,
    /// The objects of each of these reads.
    pub objects: Vec<String>,
    /// How often.
    pub count: u64,
    /// The latest of them.
    pub last: Timestamp,
}

/// The identifiers of a moment begin here: they are ordered by time (RFC 9562 §5.7).
fn first_id(moment: Timestamp) -> Uuid {
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or_default();
    Uuid::from_u128(u128::from(millis) << 80)
}

impl<A: Access> Audit<'_, A> {
    /// Events of an organization, newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list(
        &self,
        organization: OrganizationId,
        filter: &AuditFilter,
        limit: u64,
    ) -> Result<Vec<AuditEvent>> {
        let mut select =
            row::Entity::find().filter(row::Column::OrganizationId.eq(organization.as_uuid()));
        if let Some(user) = filter.user {
            select = select.filter(row::Column::UserId.eq(user.as_uuid()));
        }
        if let Some(agent) = filter.agent {
            select = select.filter(row::Column::AgentId.eq(agent.as_uuid()));
        }
        if let Some(prefix) = &filter.action_prefix {
            select = select.filter(row::Column::Action.like(beginning_with(prefix)));
        }
        if let Some(outcome) = filter.outcome {
            select = select.filter(row::Column::Outcome.eq(outcome.as_str()));
        }
        if let Some(via) = filter.via {
            select = select.filter(row::Column::Via.eq(via.as_str()));
        }
        if let Some(target) = &filter.target {
            select = select.filter(row::Column::Target.eq(target.as_str()));
        }
        if let Some(since) = filter.since {
            select = select.filter(row::Column::Id.gte(first_id(since)));
        }
        if let Some(until) = filter.until {
            select = select.filter(row::Column::Id.lt(first_id(until)));
        }
        if let Some(before) = filter.before {
            select = select.filter(row::Column::Id.lt(before.as_uuid()));
        }
        select
            .order_by_desc(row::Column::Id)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(|row| {
                Reading::new("audit_events", AuditEventId::from_uuid(row.id))
                    .json("canonical", &row.canonical)
            })
            .collect()
    }
}

impl<A: Access> Audit<'_, A> {
    /// How often each agent and person read which objects since a moment, the most first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn object_reads(
        &self,
        organization: OrganizationId,
        since: Timestamp,
        limit: u64,
    ) -> Result<Vec<ObjectReads>> {
        let connection = self.0.connection();
        let backend = connection.get_database_backend();
        let mut asked = Asked::new(organization);
        let first = asked.bind(first_id(since));
        let text = format!(
            "SELECT user_id, agent_id, objects, COUNT(*) AS reads, MAX(at) AS last FROM audit_events \
             WHERE organization_id = $1 AND id >= {first} AND objects IS NOT NULL \
             AND action IN ('tool.called', 'export.read') \
             GROUP BY user_id, agent_id, objects ORDER BY reads DESC, last DESC LIMIT {limit}"
        );
        connection
            .query_all_raw(asked.statement(backend, text))
            .await?
            .iter()
            .map(|row| {
                let user: Option<Uuid> = row.try_get("", "user_id")?;
                let agent: Option<Uuid> = row.try_get("", "agent_id")?;
                let objects: String = row.try_get("", "objects")?;
                let reads: i64 = row.try_get("", "reads")?;
                Ok(ObjectReads {
                    user: user.map(UserId::from_uuid),
                    agent: agent.map(AgentId::from_uuid),
                    objects: objects.split(' ').map(str::to_owned).collect(),
                    count: u64::try_from(reads).unwrap_or_default(),
                    last: row.try_get("", "last")?,
                })
            })
            .collect()
    }
}

impl Audit<'_, Store> {
    /// Checks every chain of an organization, as of one moment: hashes, order, gaps and ends.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]. What is wrong with the log is no error but the answer.
    pub async fn verify(&self, organization: OrganizationId) -> Result<AuditVerification> {
        verify::verify(self.0.connection(), organization).await
    }
}

fn beginning_with(prefix: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for character in prefix.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}
