//! Replacements of keys: who began one, how far it is, and which keeper works on it now.
//!
//! Must not know: keys, or how a row is sealed again.

use crate::{
    Access, Result, Store,
    access::writing,
    column::Reading,
    row::{erased_organization, key_rotation as row},
};
use gatelodge_model::{OrganizationId, Timestamp};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;

/// Replacements of keys.
#[derive(Clone, Copy)]
pub struct KeyRotations<'a>(pub(super) &'a Store);

/// Which key is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RotationKind {
    /// The operator's key, which wraps all data keys.
    Kek,
    /// The data key that seals an organization's credentials.
    CredentialKey,
    /// The data key that seals an organization's customers' data.
    CustomerDataKey,
}

impl RotationKind {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kek => "kek",
            Self::CredentialKey => "credentials",
            Self::CustomerDataKey => "customer_data",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Kek, Self::CredentialKey, Self::CustomerDataKey]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRotation {
    /// Tenant; `None` for the operator's key.
    pub organization: Option<OrganizationId>,
    /// Identity.
    pub id: Uuid,
    /// Which key.
    pub kind: RotationKind,
    /// The id of the new key.
    pub target: String,
    /// Where the new operator's key lies on the host that began.
    pub key_file: Option<String>,
    /// Who began.
    pub started_by: String,
    /// When.
    pub started_at: Timestamp,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
    /// Rows to move, counted at the start.
    pub total: u64,
    /// Rows moved.
    pub done: u64,
    /// Rows that do not open and stay as they are.
    pub unreadable: u64,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// How far a replacement came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RotationStep {
    /// Rows moved, altogether.
    pub done: u64,
    /// Rows that do not open.
    pub unreadable: u64,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Whether nothing is left.
    pub finished: bool,
}

impl KeyRotations<'_> {
    /// Notes that a replacement begins.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn insert(&self, rotation: &KeyRotation) -> Result<()> {
        let row = row::Model {
            organization_id: scope(rotation.organization),
            id: rotation.id,
            kind: rotation.kind.as_str().to_owned(),
            target: rotation.target.clone(),
            key_file: rotation.key_file.clone(),
            started_by: rotation.started_by.clone(),
            started_at: rotation.started_at,
            finished_at: rotation.finished_at,
            total: signed(rotation.total),
            done: signed(rotation.done),
            unreadable: signed(rotation.unreadable),
            cursor: rotation.cursor.clone(),
            lease_owner: None,
            lease_until: None,
        };
        let _writing = writing(self.0).await?;
        row::Entity::insert(row.into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Replacements that are not done, instance-wide, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list_open(&self) -> Result<Vec<KeyRotation>> {
        row::Entity::find()
            .filter(row::Column::FinishedAt.is_null())
            .order_by_asc(row::Column::StartedAt)
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(read)
            .collect()
    }

    /// The latest replacements, newest first: of the installation's key and of one organization, or of all.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list(
        &self,
        organization: Option<OrganizationId>,
        limit: u64,
    ) -> Result<Vec<KeyRotation>> {
        let mut select = row::Entity::find();
        if let Some(organization) = organization {
            select = select
                .filter(row::Column::OrganizationId.is_in([organization.as_uuid(), Uuid::nil()]));
        }
        select
            .order_by_desc(row::Column::StartedAt)
            .order_by_desc(row::Column::Id)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(read)
            .collect()
    }

    /// Takes the right to work on a replacement until `until`; whether nobody else has it.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn take_lease(
        &self,
        rotation: &KeyRotation,
        owner: Uuid,
        until: Timestamp,
    ) -> Result<bool> {
        let now = self.0.clock().now();
        let _writing = writing(self.0).await?;
        let taken = row::Entity::update_many()
            .set(row::ActiveModel {
                lease_owner: Set(Some(owner)),
                lease_until: Set(Some(until)),
                ..Default::default()
            })
            .filter(this(rotation))
            .filter(row::Column::FinishedAt.is_null())
            .filter(
                Condition::any()
                    .add(row::Column::LeaseUntil.is_null())
                    .add(row::Column::LeaseUntil.lte(now))
                    .add(row::Column::LeaseOwner.eq(owner)),
            )
            .exec(self.0.connection())
            .await?;
        Ok(taken.rows_affected == 1)
    }

    /// Notes progress and keeps the lease until `until`; `false` when another keeper took over.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn advance(
        &self,
        rotation: &KeyRotation,
        owner: Uuid,
        until: Timestamp,
        step: &RotationStep,
    ) -> Result<bool> {
        let now = self.0.clock().now();
        let _writing = writing(self.0).await?;
        let noted = row::Entity::update_many()
            .set(row::ActiveModel {
                done: Set(signed(step.done)),
                unreadable: Set(signed(step.unreadable)),
                cursor: Set(step.cursor.clone()),
                finished_at: Set(step.finished.then_some(now)),
                lease_until: Set(Some(until)),
                ..Default::default()
            })
            .filter(this(rotation))
            .filter(row::Column::LeaseOwner.eq(owner))
            .exec(self.0.connection())
            .await?;
        Ok(noted.rows_affected == 1)
    }

    /// Gives the right back.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]: then it ends by itself.
    pub async fn release(&self, rotation: &KeyRotation, owner: Uuid) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .set(row::ActiveModel {
                lease_until: Set(Some(self.0.clock().now())),
                ..Default::default()
            })
            .filter(this(rotation))
            .filter(row::Column::LeaseOwner.eq(owner))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }

    /// Whether the keys of an organization were destroyed.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn is_erased(&self, organization: OrganizationId) -> Result<bool> {
        Ok(
            erased_organization::Entity::find_by_id(organization.as_uuid())
                .one(self.0.connection())
                .await?
                .is_some(),
        )
    }

    /// Notes that the keys of an organization are destroyed: none is made for it again.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn note_erased(&self, organization: OrganizationId) -> Result<()> {
        let row = erased_organization::Model {
            organization_id: organization.as_uuid(),
            erased_at: self.0.clock().now(),
        };
        let _writing = writing(self.0).await?;
        erased_organization::Entity::insert_many([row.into_active_model()])
            .on_conflict(
                OnConflict::column(erased_organization::Column::OrganizationId)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }
}

fn scope(organization: Option<OrganizationId>) -> Uuid {
    organization.map_or(Uuid::nil(), OrganizationId::as_uuid)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn this(rotation: &KeyRotation) -> Condition {
    Condition::all()
        .add(row::Column::OrganizationId.eq(scope(rotation.organization)))
        .add(row::Column::Id.eq(rotation.id))
}

fn read(row: row::Model) -> Result<KeyRotation> {
    let reading = Reading::new("key_rotations", row.id);
    let kind = reading.value("kind", RotationKind::parse(&row.kind))?;
    Ok(KeyRotation {
        organization: (kind != RotationKind::Kek)
            .then(|| OrganizationId::from_uuid(row.organization_id)),
        id: row.id,
        kind,
        target: row.target,
        key_file: row.key_file,
        started_by: row.started_by,
        started_at: row.started_at,
        finished_at: row.finished_at,
        total: u64::try_from(row.total).unwrap_or_default(),
        done: u64::try_from(row.done).unwrap_or_default(),
        unreadable: u64::try_from(row.unreadable).unwrap_or_default(),
        cursor: row.cursor,
    })
}
