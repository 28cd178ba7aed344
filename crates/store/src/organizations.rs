//! Tenants.
//!
//! Must not know: who belongs to them.

use crate::{Access, Result, StoreError, Unit, access::repository, row::organization as row};
use gatelodge_model::{Organization, OrganizationId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

repository! {
    /// Tenants.
    Organizations
}

impl<A: Access> Organizations<'_, A> {
    /// One organization.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn find(&self, id: OrganizationId) -> Result<Option<Organization>> {
        row::Entity::find_by_id(id.as_uuid())
            .one(self.0.connection())
            .await?
            .map(Organization::try_from)
            .transpose()
    }

    /// All organizations of the instance, oldest first: for the operator's command line and start-up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn list(&self) -> Result<Vec<Organization>> {
        row::Entity::find()
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Organization::try_from)
            .collect()
    }
}

impl Organizations<'_, Unit> {
    /// Adds an organization: the unit's own.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it exists.
    pub async fn insert(&self, organization: &Organization) -> Result<()> {
        self.0.owns(organization.id, "the organization")?;
        row::Entity::insert(row::Model::try_from(organization)?.into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Changes name and policy.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn update(&self, organization: &Organization) -> Result<()> {
        self.0.owns(organization.id, "the organization")?;
        let model = row::Model::try_from(organization)?.into_active_model();
        let changed = row::Entity::update_many()
            .set(model.reset_all())
            .filter(row::Column::Id.eq(organization.id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        found(changed.rows_affected, "organization")
    }
}

/// Whether an update met its row.
pub(crate) fn found(rows: u64, what: &'static str) -> Result<()> {
    if rows == 0 {
        Err(StoreError::NotFound { what })
    } else {
        Ok(())
    }
}
