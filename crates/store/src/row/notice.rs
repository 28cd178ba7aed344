//! Something that a person was told.

use crate::{StoreError, column::Reading};
use gatelodge_model::{Notice, NoticeId, NoticeKind, OrganizationId, UserId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub kind: String,
    pub key: String,
    pub title: String,
    pub body: String,
    pub path: String,
    pub created_at: DateTimeUtc,
    pub read_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Notice {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("notices", NoticeId::from_uuid(row.id));
        Ok(Self {
            id: NoticeId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            user: UserId::from_uuid(row.user_id),
            kind: reading.value("kind", NoticeKind::parse(&row.kind))?,
            title: row.title,
            body: row.body,
            path: row.path,
            created_at: row.created_at,
            read_at: row.read_at,
        })
    }
}
