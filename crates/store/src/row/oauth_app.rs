//! A registration at a provider; its secret is the keeper's.

use crate::{
    StoreError,
    column::{Reading, to_json},
};
use gatelodge_model::{Environment, GroupId, OAuthApp, OAuthAppId, OrganizationId, Serves, UserId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_apps")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub provider: String,
    pub name: String,
    pub client_id: String,
    pub secret_fingerprint: Option<String>,
    pub auth_base_url: Option<String>,
    pub environment: Option<String>,
    pub enabled: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// None in rows of older programs: the organization.
    pub serves: Option<String>,
    pub group_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub fills_id: Option<Uuid>,
    pub asks: Option<String>,
    pub scopes: Option<String>,
}

impl Model {
    fn serves(&self) -> Option<Serves> {
        match (self.serves.as_deref(), self.group_id, self.user_id) {
            (None | Some("organization"), None, None) => Some(Serves::Organization),
            (Some("instance"), None, None) => Some(Serves::Instance),
            (Some("group"), Some(group), None) => Some(Serves::Group(GroupId::from_uuid(group))),
            (Some("person"), None, Some(user)) => Some(Serves::Person {
                user: UserId::from_uuid(user),
                fills: OAuthAppId::from_uuid(self.fills_id?),
            }),
            _ => None,
        }
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for OAuthApp {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("oauth_apps", OAuthAppId::from_uuid(row.id));
        let serves = reading.value("serves", row.serves())?;
        Ok(Self {
            id: OAuthAppId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            provider: row.provider,
            name: row.name,
            client_id: row.client_id,
            secret_fingerprint: row.secret_fingerprint,
            auth_base_url: row.auth_base_url,
            environment: row
                .environment
                .map(|word| reading.value("environment", Environment::parse(&word)))
                .transpose()?,
            serves,
            asks: optional(&reading, "asks", row.asks.as_deref())?,
            scopes: optional(&reading, "scopes", row.scopes.as_deref())?,
            enabled: row.enabled,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<&OAuthApp> for Model {
    type Error = StoreError;
    fn try_from(value: &OAuthApp) -> Result<Self, StoreError> {
        let (group, person) = match value.serves {
            Serves::Instance | Serves::Organization => (None, None),
            Serves::Group(group) => (Some(group), None),
            Serves::Person { user, fills } => (None, Some((user, fills))),
        };
        Ok(Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            provider: value.provider.clone(),
            name: value.name.clone(),
            client_id: value.client_id.clone(),
            secret_fingerprint: value.secret_fingerprint.clone(),
            auth_base_url: value.auth_base_url.clone(),
            environment: value.environment.map(|word| word.as_str().to_owned()),
            enabled: value.enabled,
            created_at: value.created_at,
            updated_at: value.updated_at,
            serves: Some(value.serves.as_str().to_owned()),
            group_id: group.map(GroupId::as_uuid),
            user_id: person.map(|(user, _)| user.as_uuid()),
            fills_id: person.map(|(_, fills)| fills.as_uuid()),
            asks: Some(to_json(&value.asks)?),
            scopes: Some(to_json(&value.scopes)?),
        })
    }
}

/// A value that rows of older programs lack.
fn optional<R: std::fmt::Display, T: Default + serde::de::DeserializeOwned>(
    reading: &Reading<R>,
    column: &'static str,
    text: Option<&str>,
) -> Result<T, StoreError> {
    text.map_or_else(|| Ok(T::default()), |text| reading.json(column, text))
}
