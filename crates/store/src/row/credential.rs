//! A sealed credential and the intent to refresh it. The keeper's.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credentials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    pub generation: i64,
    pub fence: i64,
    pub intent_owner: Option<Uuid>,
    pub intent_lease_until: Option<DateTimeUtc>,
    pub intent_sent_at: Option<DateTimeUtc>,
    pub record: Vec<u8>,
    pub key_id: String,
    pub updated_at: DateTimeUtc,
    pub provider: Option<String>,
    pub next_refresh_at: Option<DateTimeUtc>,
    pub ended: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
