//! Which agents and people read and wrote which objects, how often, in a period: counted from the audit log, which
//! holds names of objects and never a record.
//!
//! Must not know: pages.

use crate::{Hub, Person, people::require_overseer};
use chrono::TimeDelta;
use gatelodge_model::{AgentId, AuditEvent, Result, Timestamp, UserId};
use serde_json::Value;
use std::collections::BTreeMap;

/// Groups of reads that are counted, and rows that are shown: the most used.
const MOST: u64 = 2_000;
const SHOWN: usize = 200;

/// Writes in a piece.
const PIECE: u64 = 500;

/// Somebody's access to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectAccess {
    /// API name of the object.
    pub object: String,
    /// With whose rights.
    pub person: Option<UserId>,
    /// Which agent.
    pub agent: Option<AgentId>,
    /// How many calls read it.
    pub reads: u64,
    /// How many approved changes of it were sent.
    pub writes: u64,
    /// How many records those changes named.
    pub records: u64,
    /// When the last of all was.
    pub last: Timestamp,
}

/// Access in a period.
#[derive(Debug, Clone)]
pub struct RecordAccess {
    /// The most used first.
    pub rows: Vec<ObjectAccess>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// From when it is counted.
    pub since: Timestamp,
}

/// The provider does not tell names apart by case.
type Key = (String, Option<UserId>, Option<AgentId>);

impl Hub {
    /// Access by object within the last days.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn record_access(&self, person: &Person, days: u32) -> Result<RecordAccess> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let since = self.now() - TimeDelta::days(i64::from(days.clamp(1, 366)));
        let audit = self.store.audit();
        let reads = audit.object_reads(organization, since, MOST).await?;
        let mut found: BTreeMap<Key, ObjectAccess> = BTreeMap::new();
        let mut more = reads.len() as u64 == MOST;
        for group in reads {
            for object in group.objects {
                let row = row_of(&mut found, object, group.user, group.agent, group.last);
                row.reads += group.count;
            }
        }
        let mut filter = gatelodge_store::AuditFilter {
            action_prefix: Some("proposal.executing".to_owned()),
            since: Some(since),
            ..gatelodge_store::AuditFilter::default()
        };
        loop {
            let events = audit.list(organization, &filter, PIECE).await?;
            let Some(last) = events.last() else { break };
            filter.before = Some(last.id);
            for event in &events {
                count_write(&mut found, event);
            }
        }
        let mut rows: Vec<ObjectAccess> = found.into_values().collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.reads + row.writes, row.last)));
        more |= rows.len() > SHOWN;
        rows.truncate(SHOWN);
        Ok(RecordAccess { rows, more, since })
    }
}

fn row_of(
    found: &mut BTreeMap<Key, ObjectAccess>,
    object: String,
    person: Option<UserId>,
    agent: Option<AgentId>,
    at: Timestamp,
) -> &mut ObjectAccess {
    let row = found
        .entry((object.to_lowercase(), person, agent))
        .or_insert(ObjectAccess {
            object,
            person,
            agent,
            reads: 0,
            writes: 0,
            records: 0,
            last: at,
        });
    row.last = row.last.max(at);
    row
}

fn count_write(found: &mut BTreeMap<Key, ObjectAccess>, event: &AuditEvent) {
    let text = |name: &str| event.detail.get(name).and_then(Value::as_str);
    let person = text("on_behalf_of").and_then(|id| id.parse().ok());
    let agent = text("agent").and_then(|id| id.parse().ok());
    let records = event.detail.get("records").and_then(Value::as_u64);
    let objects = event.detail.get("objects").and_then(Value::as_array);
    for object in objects.into_iter().flatten().filter_map(Value::as_str) {
        let row = row_of(found, object.to_owned(), person, agent, event.at);
        row.writes += 1;
        row.records += records.unwrap_or_default();
    }
}
