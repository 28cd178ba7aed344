//! Calls that providers counted, as they told last: all hosts go by the same number.
//!
//! Must not know: how a provider tells it. Nobody audits it: nothing changes by it.

use crate::{
    Access, Result, Store,
    access::{repository, writing},
    row::api_usage as row,
};
use gatelodge_model::{ApiUsage, OrganizationId};
use sea_orm::{EntityTrait, IntoActiveModel, sea_query::OnConflict};

repository! {
    /// Calls that providers counted.
    ApiUsages
}

impl<A: Access> ApiUsages<'_, A> {
    /// The count that was seen last.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        provider: &str,
        account: &str,
    ) -> Result<Option<ApiUsage>> {
        let key = (
            organization.as_uuid(),
            provider.to_owned(),
            account.to_owned(),
        );
        row::Entity::find_by_id(key)
            .one(self.0.connection())
            .await?
            .map(ApiUsage::try_from)
            .transpose()
    }
}

impl ApiUsages<'_, Store> {
    /// Keeps a count, whatever was there.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn keep(&self, usage: &ApiUsage) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::insert(row::Model::from(usage).into_active_model())
            .on_conflict(
                OnConflict::columns([
                    row::Column::OrganizationId,
                    row::Column::Provider,
                    row::Column::Account,
                ])
                .update_columns([row::Column::Used, row::Column::Allowed, row::Column::SeenAt])
                .to_owned(),
            )
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }
}
