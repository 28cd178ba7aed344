//! Data keys, wrapped with the key of the key provider: one per organization, purpose and epoch.
//!
//! Must not know: keys in clear.

use crate::{Access, Result, Store, access::writing, column::Reading, locks, row::data_key as row};
use gatelodge_model::{OrganizationId, Timestamp};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};

/// At least as long as a wrapped key.
const OVERWRITTEN: usize = 96;

/// Wrapped data keys.
#[derive(Clone, Copy)]
pub struct DataKeys<'a>(pub(super) &'a Store);

/// What a data key seals: credentials are never sealed with the key of anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataKeyPurpose {
    /// Credentials, OAuth apps and verifiers.
    Credentials,
    /// Proposals, outcomes and what else is customers' data.
    CustomerData,
}

impl DataKeyPurpose {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::CustomerData => "customer_data",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Credentials, Self::CustomerData]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }
}

/// A wrapped data key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataKeyRow {
    /// Tenant.
    pub organization: OrganizationId,
    /// What it seals.
    pub purpose: DataKeyPurpose,
    /// Grows when the key is replaced; old records keep their epoch until they are sealed again.
    pub epoch: i64,
    /// The key that wraps it.
    pub kek_id: String,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
    /// What the key is known by; `None` until a keeper that knows this column opened it.
    pub key_id: Option<String>,
    /// From when on it seals; before, it only opens, so that every keeper knows it by then. `None`: always.
    pub active_from: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl DataKeys<'_> {
    /// All keys of an organization and purpose, newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list(
        &self,
        organization: OrganizationId,
        purpose: DataKeyPurpose,
    ) -> Result<Vec<DataKeyRow>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::Purpose.eq(purpose.as_str()))
            .order_by_desc(row::Column::Epoch)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(read)
            .collect()
    }

    /// Adds a key unless there is one of this epoch; gives back the stored one. Of several keepers that
    /// make the first key together all get the same.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn insert_or_get(&self, key: DataKeyRow) -> Result<DataKeyRow> {
        let row = row::Model {
            organization_id: key.organization.as_uuid(),
            purpose: key.purpose.as_str().to_owned(),
            epoch: key.epoch,
            kek_id: key.kek_id.clone(),
            wrapped: key.wrapped.clone(),
            created_at: key.created_at,
            key_id: key.key_id.clone(),
            active_from: key.active_from,
        };
        let writing = writing(self.0).await?;
        let inserted = row::Entity::insert_many([row.into_active_model()])
            .on_conflict(
                OnConflict::columns([
                    row::Column::OrganizationId,
                    row::Column::Purpose,
                    row::Column::Epoch,
                ])
                .do_nothing()
                .to_owned(),
            )
            .exec_without_returning(self.0.connection())
            .await?;
        drop(writing);
        if inserted > 0 {
            return Ok(key);
        }
        let id = (
            key.organization.as_uuid(),
            key.purpose.as_str().to_owned(),
            key.epoch,
        );
        match row::Entity::find_by_id(id).one(self.0.connection()).await? {
            Some(row) => read(row),
            None => Err(crate::StoreError::conflict("The data key")),
        }
    }

    /// All keys of one organization or of all, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list_all(&self, organization: Option<OrganizationId>) -> Result<Vec<DataKeyRow>> {
        let mut select = row::Entity::find();
        if let Some(organization) = organization {
            select = select.filter(row::Column::OrganizationId.eq(organization.as_uuid()));
        }
        select
            .order_by_asc(row::Column::OrganizationId)
            .order_by_asc(row::Column::Purpose)
            .order_by_asc(row::Column::Epoch)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(read)
            .collect()
    }

    /// Keys that another key than `kek` wraps, instance-wide.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn not_wrapped_with(&self, kek: &str, limit: u64) -> Result<Vec<DataKeyRow>> {
        row::Entity::find()
            .filter(row::Column::KekId.ne(kek))
            .order_by_asc(row::Column::OrganizationId)
            .order_by_asc(row::Column::Purpose)
            .order_by_asc(row::Column::Epoch)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(read)
            .collect()
    }

    /// Notes what a key is known by.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn note_id(&self, key: &DataKeyRow, id: &str) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .set(row::ActiveModel {
                key_id: Set(Some(id.to_owned())),
                ..Default::default()
            })
            .filter(this(key))
            .filter(row::Column::KeyId.is_null())
            .exec(self.0.connection())
            .await?;
        Ok(())
    }

    /// Destroys one key; whether it was there. Its wrapped bytes are overwritten first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn destroy(&self, key: &DataKeyRow) -> Result<bool> {
        Ok(self.destroy_where(this(key)).await? > 0)
    }

    /// Destroys all keys of an organization; how many there were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn destroy_all(&self, organization: OrganizationId) -> Result<u64> {
        let of = Condition::all().add(row::Column::OrganizationId.eq(organization.as_uuid()));
        self.destroy_where(of).await
    }

    async fn destroy_where(&self, which: Condition) -> Result<u64> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .set(row::ActiveModel {
                wrapped: Set(vec![0; OVERWRITTEN]),
                ..Default::default()
            })
            .filter(which.clone())
            .exec(self.0.connection())
            .await?;
        let deleted = row::Entity::delete_many()
            .filter(which)
            .exec(self.0.connection())
            .await?;
        locks::forget_deleted(self.0.connection()).await?;
        Ok(deleted.rows_affected)
    }

    /// Replaces the wrapping of a key, when the key of the key provider changes; whether it was still
    /// wrapped with `from_kek`.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn rewrap(&self, key: &DataKeyRow, from_kek: &str) -> Result<bool> {
        let _writing = writing(self.0).await?;
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                kek_id: Set(key.kek_id.clone()),
                wrapped: Set(key.wrapped.clone()),
                ..Default::default()
            })
            .filter(this(key))
            .filter(row::Column::KekId.eq(from_kek))
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }
}

fn this(key: &DataKeyRow) -> Condition {
    Condition::all()
        .add(row::Column::OrganizationId.eq(key.organization.as_uuid()))
        .add(row::Column::Purpose.eq(key.purpose.as_str()))
        .add(row::Column::Epoch.eq(key.epoch))
}

fn read(row: row::Model) -> Result<DataKeyRow> {
    let organization = OrganizationId::from_uuid(row.organization_id);
    let reading = Reading::new("data_keys", organization);
    Ok(DataKeyRow {
        organization,
        purpose: reading.value("purpose", DataKeyPurpose::parse(&row.purpose))?,
        epoch: row.epoch,
        kek_id: row.kek_id,
        wrapped: row.wrapped,
        key_id: row.key_id,
        active_from: row.active_from,
        created_at: row.created_at,
    })
}
