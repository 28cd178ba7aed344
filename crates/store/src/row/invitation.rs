//! An invitation.

use crate::{
    StoreError,
    column::{Reading, to_bytes, to_json},
};
use gatelodge_model::{Invitation, InvitationId, OrganizationId, UserId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub role: String,
    pub groups: String,
    pub token_digest: Vec<u8>,
    pub invited_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub user_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Invitation {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let id = InvitationId::from_uuid(row.id);
        let reading = Reading::new("invitations", id);
        Ok(Self {
            id,
            organization: OrganizationId::from_uuid(row.organization_id),
            role: reading.value("role", row.role.parse().ok())?,
            groups: reading.json("groups", &row.groups)?,
            token_digest: reading.digest("token_digest", &row.token_digest)?,
            email: row.email,
            invited_by: row.invited_by.map(UserId::from_uuid),
            created_at: row.created_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
            user: row.user_id.map(UserId::from_uuid),
        })
    }
}

impl TryFrom<&Invitation> for Model {
    type Error = StoreError;
    fn try_from(value: &Invitation) -> Result<Self, StoreError> {
        Ok(Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            email: value.email.clone(),
            role: value.role.as_str().to_owned(),
            groups: to_json(&value.groups)?,
            token_digest: to_bytes(&value.token_digest),
            invited_by: value.invited_by.map(UserId::as_uuid),
            created_at: value.created_at,
            expires_at: value.expires_at,
            ended_at: value.ended_at,
            user_id: value.user.map(UserId::as_uuid),
        })
    }
}
