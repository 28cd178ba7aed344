//! A person.

use crate::{StoreError, column::Reading};
use gatelodge_model::{OrganizationId, User, UserId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub role: String,
    pub password_hash: Option<String>,
    pub created_at: DateTimeUtc,
    pub removed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for User {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("users", UserId::from_uuid(row.id));
        Ok(Self {
            id: UserId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            email: row.email,
            name: row.name,
            role: reading.value("role", row.role.parse().ok())?,
            password_hash: row.password_hash,
            created_at: row.created_at,
            removed_at: row.removed_at,
        })
    }
}

impl From<&User> for Model {
    fn from(value: &User) -> Self {
        Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            email: value.email.clone(),
            name: value.name.clone(),
            role: value.role.as_str().to_owned(),
            password_hash: value.password_hash.clone(),
            created_at: value.created_at,
            removed_at: value.removed_at,
        }
    }
}
