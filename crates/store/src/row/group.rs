//! A named set of people.

use crate::{StoreError, column::Reading};
use gatelodge_model::{Group, GroupId, OrganizationId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "groups")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub position: i32,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Group {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let id = GroupId::from_uuid(row.id);
        let position = u32::try_from(row.position).ok();
        Ok(Self {
            id,
            organization: OrganizationId::from_uuid(row.organization_id),
            name: row.name,
            position: Reading::new("groups", id).value("position", position)?,
            created_at: row.created_at,
        })
    }
}

impl From<&Group> for Model {
    fn from(value: &Group) -> Self {
        Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            name: value.name.clone(),
            position: i32::try_from(value.position).unwrap_or(i32::MAX),
            created_at: value.created_at,
        }
    }
}
