//! The keeper's side of connections' timelines: it adds.
//!
//! Must not know: who reads them.

use crate::{
    Access, Result, Store, access::writing, column::to_json, row::connection_event as row,
};
use gatelodge_model::ConnectionEvent;
use sea_orm::{
    EntityTrait, IntoActiveModel,
    sea_query::{Expr, ExprTrait, OnConflict},
};

/// Rows of one statement; SQLite takes 32,766 values.
const GROUP: usize = 1000;

/// Timelines.
#[derive(Clone, Copy)]
pub struct Timelines<'a>(pub(super) &'a Store);

impl Timelines<'_> {
    /// Adds events: those of a kind and bucket that are there already are counted on. No two of `events` may
    /// have the same connection, kind and bucket.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn add(&self, events: &[ConnectionEvent]) -> Result<()> {
        for group in events.chunks(GROUP) {
            let rows = group
                .iter()
                .map(|event| Ok(model(event)?.into_active_model()))
                .collect::<Result<Vec<_>>>()?;
            let again = OnConflict::columns([
                row::Column::OrganizationId,
                row::Column::ConnectionId,
                row::Column::Kind,
                row::Column::Bucket,
            ])
            .update_columns([
                row::Column::LastAt,
                row::Column::Detail,
                row::Column::Attention,
                row::Column::Waits,
            ])
            .value(
                row::Column::Count,
                Expr::col((row::Entity, row::Column::Count))
                    .add(Expr::col(("excluded", row::Column::Count))),
            )
            .to_owned();
            let _writing = writing(self.0).await?;
            row::Entity::insert_many(rows)
                .on_conflict(again)
                .exec_without_returning(self.0.connection())
                .await?;
        }
        Ok(())
    }
}

fn model(event: &ConnectionEvent) -> Result<row::Model> {
    Ok(row::Model {
        organization_id: event.organization.as_uuid(),
        connection_id: event.connection.as_uuid(),
        kind: event.kind.as_str().to_owned(),
        bucket: event.bucket.clone(),
        first_at: event.first_at,
        last_at: event.last_at,
        count: i64::try_from(event.count).unwrap_or(i64::MAX),
        detail: to_json(&event.detail)?,
        attention: event.attention.map(|reason| reason.as_str().to_owned()),
        waits: event.asks_the_hub(),
    })
}
