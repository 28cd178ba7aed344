//! Whether the audit log is what was written: every chain is walked from its first event to the end that
//! was noted apart from it (`audit_heads`).
//!
//! An edit, a deletion, a change of order and a cut end all show. Must not know: what events mean.

use crate::{
    Result,
    column::to_bytes,
    locks,
    row::{audit_event, audit_head},
};
use gatelodge_model::{AuditEvent, AuditEventId, Digest, OrganizationId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// Events that are held in memory at a time.
const PAGE: u64 = 2000;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerification {
    /// How many chains there are.
    pub chains: u64,
    /// How many events were checked.
    pub events: u64,
    /// The first thing that is wrong; `None` when all is as it was written.
    pub first_fault: Option<AuditFault>,
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("chain {chain}, event {sequence}: {kind}")]
pub struct AuditFault {
    /// The chain.
    pub chain: Uuid,
    /// The place in it.
    pub sequence: i64,
    /// The event that is found there.
    pub event: Option<AuditEventId>,
    /// What is wrong.
    pub kind: AuditFaultKind,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuditFaultKind {
    /// Its text, its hash or a column that lists filter by is not what was written.
    #[error("the event was changed, or stands in another's place")]
    Changed,
    /// No event where there must be one, with others behind it.
    #[error("the event is missing")]
    Missing,
    /// The chain ends before the noted end.
    #[error("the chain was cut here; later events are missing")]
    Cut,
    /// The chain goes on behind the noted end, or no end is noted.
    #[error("the chain's noted end does not match its events")]
    End,
}

struct Walk {
    chain: Uuid,
    sequence: i64,
    digest: Digest,
}

pub(crate) async fn verify(
    connection: &DatabaseConnection,
    organization: OrganizationId,
) -> Result<AuditVerification> {
    let snapshot = locks::begin_snapshot(connection).await?;
    let heads = audit_head::Entity::find()
        .filter(audit_head::Column::OrganizationId.eq(organization.as_uuid()))
        .order_by_asc(audit_head::Column::Chain)
        .all(&snapshot)
        .await?;
    let mut verification = AuditVerification {
        chains: 0,
        events: 0,
        first_fault: None,
    };
    let mut heads = heads.iter().peekable();
    let mut walk: Option<Walk> = None;
    'pages: loop {
        let rows = page(&snapshot, organization, walk.as_ref()).await?;
        let last_page = (rows.len() as u64) < PAGE;
        for row in rows {
            if walk.as_ref().is_none_or(|walk| walk.chain != row.chain) {
                let fault =
                    end_of_chain(walk.take(), &mut heads, Some(row.chain), &mut verification);
                if fault.is_some() {
                    verification.first_fault = fault;
                    break 'pages;
                }
                verification.chains += 1;
            }
            let here = walk.get_or_insert(Walk {
                chain: row.chain,
                sequence: 0,
                digest: Digest::ZERO,
            });
            verification.events += 1;
            if let Some(fault) = step(here, &row, organization) {
                verification.first_fault = Some(fault);
                break 'pages;
            }
        }
        if last_page {
            verification.first_fault = end_of_chain(walk, &mut heads, None, &mut verification);
            break;
        }
    }
    snapshot.rollback().await?;
    Ok(verification)
}

async fn page<C: ConnectionTrait>(
    connection: &C,
    organization: OrganizationId,
    behind: Option<&Walk>,
) -> Result<Vec<audit_event::Model>> {
    use audit_event::Column;
    let mut select =
        audit_event::Entity::find().filter(Column::OrganizationId.eq(organization.as_uuid()));
    if let Some(walk) = behind {
        select = select.filter(
            Condition::any().add(Column::Chain.gt(walk.chain)).add(
                Condition::all()
                    .add(Column::Chain.eq(walk.chain))
                    .add(Column::Sequence.gt(walk.sequence)),
            ),
        );
    }
    Ok(select
        .order_by_asc(Column::Chain)
        .order_by_asc(Column::Sequence)
        .limit(PAGE)
        .all(connection)
        .await?)
}

/// Checks one event behind the one before it.
fn step(
    walk: &mut Walk,
    row: &audit_event::Model,
    organization: OrganizationId,
) -> Option<AuditFault> {
    let expected = walk.sequence + 1;
    let fault = |sequence, kind| AuditFault {
        chain: row.chain,
        sequence,
        event: (kind == AuditFaultKind::Changed).then(|| AuditEventId::from_uuid(row.id)),
        kind,
    };
    if row.sequence > expected {
        return Some(fault(expected, AuditFaultKind::Missing));
    }
    let digest = AuditEvent::chain_digest(&walk.digest, &row.canonical);
    let as_written = serde_json::from_str::<AuditEvent>(&row.canonical).is_ok_and(|event| {
        let copy =
            audit_event::Model::new(&event, row.canonical.clone(), &digest).with_columns_of(row);
        // Engines keep microseconds; the canonical text holds what the clock said.
        event.organization == organization
            && row.at.timestamp_micros() == copy.at.timestamp_micros()
            && *row == audit_event::Model { at: row.at, ..copy }
    });
    if row.sequence != expected || !as_written {
        return Some(fault(row.sequence, AuditFaultKind::Changed));
    }
    walk.sequence = expected;
    walk.digest = digest;
    None
}

/// Compares the end of a walked chain with the noted one, and finds noted chains without any event.
fn end_of_chain<'a>(
    walk: Option<Walk>,
    heads: &mut std::iter::Peekable<impl Iterator<Item = &'a audit_head::Model>>,
    next_chain: Option<Uuid>,
    verification: &mut AuditVerification,
) -> Option<AuditFault> {
    if let Some(walk) = walk {
        let fault = |kind| AuditFault {
            chain: walk.chain,
            sequence: walk.sequence,
            event: None,
            kind,
        };
        match heads.next_if(|head| head.chain == walk.chain) {
            Some(head) if head.sequence > walk.sequence => {
                return Some(AuditFault {
                    sequence: walk.sequence + 1,
                    ..fault(AuditFaultKind::Cut)
                });
            }
            Some(head)
                if head.sequence == walk.sequence && head.digest == to_bytes(&walk.digest) => {}
            _ => return Some(fault(AuditFaultKind::End)),
        }
    }
    let emptied = heads.next_if(|head| next_chain.is_none_or(|next| head.chain < next))?;
    verification.chains += 1;
    Some(AuditFault {
        chain: emptied.chain,
        sequence: 1,
        event: None,
        kind: AuditFaultKind::Cut,
    })
}
