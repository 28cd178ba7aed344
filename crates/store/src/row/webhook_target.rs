//! An address that messages are sent to; its secret is the keeper's.

use gatelodge_model::{OrganizationId, UserId, WebhookId, WebhookTarget};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_targets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub url: String,
    pub fingerprint: String,
    pub enabled: bool,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for WebhookTarget {
    fn from(row: Model) -> Self {
        Self {
            id: WebhookId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            name: row.name,
            url: row.url,
            fingerprint: row.fingerprint,
            enabled: row.enabled,
            created_by: UserId::from_uuid(row.created_by),
            created_at: row.created_at,
        }
    }
}

impl From<&WebhookTarget> for Model {
    fn from(value: &WebhookTarget) -> Self {
        Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            name: value.name.clone(),
            url: value.url.clone(),
            fingerprint: value.fingerprint.clone(),
            enabled: value.enabled,
            created_by: value.created_by.as_uuid(),
            created_at: value.created_at,
        }
    }
}
