//! Deleting rows whose time is over, of many organizations at once.
//!
//! Must not know: which rows are due; the repositories select them.

use crate::{Access, Result, Store, access::writing};
use gatelodge_model::OrganizationId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Deletes these rows, named by organization and id; gives the organization of each that was there.
pub(super) async fn delete_due<E: EntityTrait>(
    store: &Store,
    organization_column: E::Column,
    id_column: E::Column,
    due: Vec<(Uuid, Uuid)>,
) -> Result<Vec<OrganizationId>> {
    let mut purged = Vec::with_capacity(due.len());
    for (organization, ids) in by_organization(due) {
        let _writing = writing(store).await?;
        let deleted = E::delete_many()
            .filter(organization_column.eq(organization))
            .filter(id_column.is_in(ids))
            .exec(store.connection())
            .await?;
        let owner = OrganizationId::from_uuid(organization);
        purged.extend((0..deleted.rows_affected).map(|_| owner));
    }
    Ok(purged)
}

fn by_organization(rows: Vec<(Uuid, Uuid)>) -> BTreeMap<Uuid, Vec<Uuid>> {
    let mut grouped: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (organization, id) in rows {
        grouped.entry(organization).or_default().push(id);
    }
    grouped
}
