//! Failed sign-ins, counted per subject, so that the throttle survives a restart and counts on all hosts.
//!
//! A subject is whatever is throttled, as the caller writes it: `email:…`, `address:…`. Must not know:
//! limits; and no tenant, because nobody was recognised.

use crate::{
    Access, Result,
    access::{repository, writing},
    row::sign_in_failure as row,
};
use gatelodge_model::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

repository! {
    /// Failed sign-ins, for the throttle.
    SignInAttempts
}

impl<A: Access> SignInAttempts<'_, A> {
    /// How many failed since then.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn failures(&self, subject: &str, since: Timestamp) -> Result<u64> {
        Ok(row::Entity::find()
            .filter(row::Column::Subject.eq(subject))
            .filter(row::Column::At.gt(since))
            .count(self.0.connection())
            .await?)
    }

    /// Counts a failure for each subject.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn record_failure(&self, subjects: &[&str]) -> Result<()> {
        if subjects.is_empty() {
            return Ok(());
        }
        let rows = subjects.iter().map(|subject| {
            row::Model {
                subject: (*subject).to_owned(),
                id: self.0.fresh_uuid(),
                at: self.0.clock().now(),
            }
            .into_active_model()
        });
        let _writing = writing(self.0).await?;
        row::Entity::insert_many(rows)
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Forgets the failures of a subject, after a success.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn clear(&self, subject: &str) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::delete_many()
            .filter(row::Column::Subject.eq(subject))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }
}
