//! A link that works once.

use crate::{
    StoreError,
    column::{Reading, to_bytes},
};
use gatelodge_model::{OneTimeLink, OneTimeLinkId, OrganizationId, UserId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_links")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub token_digest: Vec<u8>,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for OneTimeLink {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("one_time_links", OneTimeLinkId::from_uuid(row.id));
        Ok(Self {
            id: OneTimeLinkId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            user: UserId::from_uuid(row.user_id),
            token_digest: reading.digest("token_digest", &row.token_digest)?,
            expires_at: row.expires_at,
            used_at: row.used_at,
        })
    }
}

impl From<&OneTimeLink> for Model {
    fn from(value: &OneTimeLink) -> Self {
        Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            user_id: value.user.as_uuid(),
            token_digest: to_bytes(&value.token_digest),
            expires_at: value.expires_at,
            used_at: value.used_at,
        }
    }
}
