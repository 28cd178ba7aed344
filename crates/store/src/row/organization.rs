//! An organization.

use crate::{
    StoreError,
    column::{Reading, to_json},
};
use gatelodge_model::{Organization, OrganizationId, SwitchedOff};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub policy: String,
    pub created_at: DateTimeUtc,
    pub switched_off: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Organization {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("organizations", OrganizationId::from_uuid(row.id));
        Ok(Self {
            id: OrganizationId::from_uuid(row.id),
            name: row.name,
            policy: reading.json("policy", &row.policy)?,
            off: match &row.switched_off {
                Some(text) => reading.json("switched_off", text)?,
                None => SwitchedOff::default(),
            },
            created_at: row.created_at,
        })
    }
}

impl TryFrom<&Organization> for Model {
    type Error = StoreError;
    fn try_from(value: &Organization) -> Result<Self, StoreError> {
        Ok(Self {
            id: value.id.as_uuid(),
            name: value.name.clone(),
            policy: to_json(&value.policy)?,
            created_at: value.created_at,
            switched_off: Some(to_json(&value.off)?),
        })
    }
}
