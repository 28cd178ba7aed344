//! A rule for tool calls.

use crate::{
    StoreError,
    column::{Reading, to_json},
};
use gatelodge_model::{Decision, OrganizationId, PolicyRule, PolicyRuleId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "policy_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub decision: String,
    pub scope: String,
    pub demands: String,
    pub reason: String,
    pub enabled: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for PolicyRule {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let id = PolicyRuleId::from_uuid(row.id);
        let reading = Reading::new("policy_rules", id);
        Ok(Self {
            id,
            organization: OrganizationId::from_uuid(row.organization_id),
            decision: reading.value("decision", Decision::parse(&row.decision))?,
            scope: reading.json("scope", &row.scope)?,
            demands: reading.json("demands", &row.demands)?,
            name: row.name,
            reason: row.reason,
            enabled: row.enabled,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<&PolicyRule> for Model {
    type Error = StoreError;
    fn try_from(value: &PolicyRule) -> Result<Self, StoreError> {
        Ok(Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            name: value.name.clone(),
            decision: value.decision.as_str().to_owned(),
            scope: to_json(&value.scope)?,
            demands: to_json(&value.demands)?,
            reason: value.reason.clone(),
            enabled: value.enabled,
            created_at: value.created_at,
            updated_at: value.updated_at,
        })
    }
}
