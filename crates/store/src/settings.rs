//! Values of the instance: its identity, marks of the schema, the keeper's key-check value.
//!
//! Must not know: what a value means. No tenant: these belong to the installation.

use crate::{
    Access, Result, StoreError,
    access::{repository, writing},
    row::setting as row,
};
use sea_orm::{EntityTrait, IntoActiveModel, sea_query::OnConflict};

repository! {
    /// Values of the instance.
    Settings
}

impl<A: Access> Settings<'_, A> {
    /// A value.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn get(&self, name: &str) -> Result<Option<String>> {
        Ok(row::Entity::find_by_id(name.to_owned())
            .one(self.0.connection())
            .await?
            .map(|row| row.value))
    }

    /// Sets a value, whatever was there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn set(&self, name: &str, value: &str) -> Result<()> {
        let replace = OnConflict::column(row::Column::Name)
            .update_columns([row::Column::Value, row::Column::UpdatedAt])
            .to_owned();
        self.insert(name, value, replace).await
    }

    /// Sets a value unless there is one; gives back what is stored then. Of several processes that start
    /// together all get the same value.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn get_or_set(&self, name: &str, value: &str) -> Result<String> {
        if let Some(stored) = self.get(name).await? {
            return Ok(stored);
        }
        let keep = OnConflict::column(row::Column::Name)
            .do_nothing()
            .to_owned();
        self.insert(name, value, keep).await?;
        self.get(name)
            .await?
            .ok_or(StoreError::NotFound { what: "setting" })
    }

    async fn insert(&self, name: &str, value: &str, conflict: OnConflict) -> Result<()> {
        let row = row::Model {
            name: name.to_owned(),
            value: value.to_owned(),
            updated_at: self.0.clock().now(),
        };
        let _writing = writing(self.0).await?;
        row::Entity::insert_many([row.into_active_model()])
            .on_conflict(conflict)
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }
}
