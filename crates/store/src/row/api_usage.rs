//! Calls that a provider counted.

use crate::{StoreError, column::Reading};
use gatelodge_model::{ApiCount, ApiUsage, OrganizationId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_usage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: String,
    pub used: i64,
    pub allowed: i64,
    pub seen_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for ApiUsage {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let organization = OrganizationId::from_uuid(row.organization_id);
        let reading = Reading::new("api_usage", organization);
        Ok(Self {
            organization,
            count: ApiCount {
                used: reading.value("used", u64::try_from(row.used).ok())?,
                allowed: reading.value("allowed", u64::try_from(row.allowed).ok())?,
            },
            provider: row.provider,
            account: row.account,
            seen_at: row.seen_at,
        })
    }
}

impl From<&ApiUsage> for Model {
    fn from(value: &ApiUsage) -> Self {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Self {
            organization_id: value.organization.as_uuid(),
            provider: value.provider.clone(),
            account: value.account.clone(),
            used: number(value.count.used),
            allowed: number(value.count.allowed),
            seen_at: value.seen_at,
        }
    }
}
