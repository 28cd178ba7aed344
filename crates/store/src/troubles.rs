//! What is wrong with connections at present.
//!
//! Must not know: what a reason means.

use crate::{Access, Result, Unit, access::repository, row::connection_trouble as row};
use gatelodge_model::{ConnectionId, OrganizationId, Trouble};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

repository! {
    /// What is wrong with connections.
    Troubles
}

impl<A: Access> Troubles<'_, A> {
    /// What is wrong with a connection.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<Option<Trouble>> {
        row::Entity::find_by_id((organization.as_uuid(), connection.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(Trouble::try_from)
            .transpose()
    }
}

impl Troubles<'_, Unit> {
    /// Records what is wrong; where it was the same before, the time of its beginning stays.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn record(&self, trouble: &Trouble) -> Result<()> {
        self.0.owns(trouble.organization, "the trouble")?;
        let before = self.find(trouble.organization, trouble.connection).await?;
        let mut new = trouble.clone();
        let Some(before) = before else {
            row::Entity::insert(row::Model::try_from(&new)?.into_active_model())
                .exec_without_returning(self.0.connection())
                .await?;
            return Ok(());
        };
        if before.reason == new.reason {
            new.since = before.since;
        }
        row::Entity::update_many()
            .set(row::Model::try_from(&new)?.into_active_model().reset_all())
            .filter(row::Column::OrganizationId.eq(new.organization.as_uuid()))
            .filter(row::Column::ConnectionId.eq(new.connection.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }

    /// Nothing is wrong any more.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn clear(&self, connection: ConnectionId) -> Result<()> {
        row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::ConnectionId.eq(connection.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }
}
