//! A message on its way out.

use crate::{StoreError, column::Reading};
use gatelodge_model::{Message, MessageState, NoticeId, OrganizationId, UserId, Way, WebhookId};
use sea_orm::entity::prelude::*;

pub const MAIL: &str = "mail";
pub const WEBHOOK: &str = "webhook";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub notice_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub way: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub recipient_id: Uuid,
    pub state: String,
    pub tries: i64,
    pub created_at: DateTimeUtc,
    pub next_try_at: DateTimeUtc,
    pub lease_until: Option<DateTimeUtc>,
    pub last_status: Option<i32>,
    pub last_error: Option<String>,
    pub ended_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The columns that hold a way.
pub(crate) fn way_columns(way: Way) -> (&'static str, Uuid) {
    match way {
        Way::Mail(user) => (MAIL, user.as_uuid()),
        Way::Webhook(webhook) => (WEBHOOK, webhook.as_uuid()),
    }
}

impl TryFrom<Model> for Message {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("outbox", NoticeId::from_uuid(row.notice_id));
        let way = match row.way.as_str() {
            MAIL => Way::Mail(UserId::from_uuid(row.recipient_id)),
            WEBHOOK => Way::Webhook(WebhookId::from_uuid(row.recipient_id)),
            _ => return Err(reading.corrupt("way")),
        };
        Ok(Self {
            notice: NoticeId::from_uuid(row.notice_id),
            organization: OrganizationId::from_uuid(row.organization_id),
            way,
            state: reading.value("state", MessageState::parse(&row.state))?,
            tries: row.tries,
            created_at: row.created_at,
            next_try_at: row.next_try_at,
            last_status: row.last_status,
            last_error: row.last_error,
            ended_at: row.ended_at,
        })
    }
}
