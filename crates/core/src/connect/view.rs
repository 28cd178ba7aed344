//! Connections and scopes as people and agents see them.
//!
//! Must not know: pages.

use super::DiagnosisView;
use crate::{AgentCaller, Hub, Person};
use gatelodge_model::{AttentionReason, Connection, ConnectionId, ConnectionStatus, Error, Result};
use schemars::JsonSchema;
use serde::Serialize;

/// A scope with its reason and the tools that need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeView {
    /// As the provider spells it.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Tools that do not work without it.
    pub tools: Vec<String>,
}

/// A connection as an agent sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConnectionView {
    /// Pass this as `connection` where several could be meant.
    pub id: ConnectionId,
    /// Which provider, such as `salesforce`.
    pub provider: String,
    /// `production`, `sandbox` or `practice`.
    pub environment: String,
    /// `active`, `limited`, `attention`, `pending` or `disconnected`.
    pub status: String,
    /// The status in words, with what somebody must do.
    pub status_detail: String,
    /// Sign-in name at the provider.
    pub account: Option<String>,
    /// Host of the account.
    pub host: Option<String>,
    /// Scopes that the provider granted.
    pub scopes: Vec<String>,
    /// What is wrong with it, who must act, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<DiagnosisView>,
}

/// The status in the words of pages and answers (design section 5).
pub(crate) fn status_in_words(status: ConnectionStatus, provider_name: &str) -> String {
    match status {
        ConnectionStatus::Pending => "Connecting".to_owned(),
        ConnectionStatus::Active => "Connected".to_owned(),
        ConnectionStatus::Limited => {
            format!("Connected, limited. Reconnect {provider_name} to enable offline refresh")
        }
        ConnectionStatus::Disconnected => "Disconnected".to_owned(),
        ConnectionStatus::Attention(reason) => {
            let why = match reason {
                AttentionReason::GrantEnded => {
                    "the provider ended our access (password change, revocation or long inactivity)"
                }
                AttentionReason::LostRotation => "a renewal of our access was cut off",
                AttentionReason::AppBlocked => {
                    "an administrator at the provider must allow our app"
                }
                AttentionReason::SessionEnded => {
                    "the session ended and offline refresh was not granted"
                }
                AttentionReason::HostRefused => {
                    "the provider answered from a host that is not accepted"
                }
                AttentionReason::Integrity => "the stored credential does not open",
                AttentionReason::AppDeleted => "an administrator deleted its OAuth app",
            };
            format!("Disconnected: reconnect needed, {why}")
        }
    }
}

impl Hub {
    /// The person's connections.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn connections(&self, person: &Person) -> Result<Vec<Connection>> {
        Ok(self
            .store
            .connections()
            .list_for_user(person.context.organization, person.user.id)
            .await?)
    }

    /// One of the person's connections.
    ///
    /// # Errors
    /// `not_found` when it is not theirs.
    pub async fn connection(&self, person: &Person, id: ConnectionId) -> Result<Connection> {
        self.store
            .connections()
            .find(person.context.organization, id)
            .await?
            .filter(|connection| connection.user == person.user.id)
            .ok_or_else(|| Error::not_found("connection"))
    }

    /// The connections that an agent can use.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn connections_of_agent(&self, caller: &AgentCaller) -> Result<Vec<ConnectionView>> {
        let list = self
            .store
            .connections()
            .list_for_user(caller.context.organization, caller.user.id)
            .await?;
        let mut views = Vec::with_capacity(list.len());
        for connection in &list {
            let mut view = self.connection_view(connection);
            view.diagnosis = self.diagnose(connection).await?.map(DiagnosisView::from);
            views.push(view);
        }
        Ok(views)
    }

    /// One of the connections that an agent can use.
    ///
    /// # Errors
    /// `not_found` when it is not its person's.
    pub(crate) async fn connection_of_agent(
        &self,
        caller: &AgentCaller,
        id: ConnectionId,
    ) -> Result<Connection> {
        self.store
            .connections()
            .find(caller.context.organization, id)
            .await?
            .filter(|connection| connection.user == caller.user.id)
            .ok_or_else(|| Error::not_found("connection"))
    }

    /// The status of a connection in words.
    pub fn connection_status_in_words(&self, connection: &Connection) -> String {
        status_in_words(connection.status, self.provider_name(&connection.provider))
    }

    pub(crate) fn connection_view(&self, connection: &Connection) -> ConnectionView {
        ConnectionView {
            id: connection.id,
            provider: connection.provider.clone(),
            environment: connection.environment.as_str().to_owned(),
            status: connection.status.as_str().to_owned(),
            status_detail: self.connection_status_in_words(connection),
            account: connection
                .account
                .as_ref()
                .map(|account| account.username.clone()),
            host: connection.host.clone(),
            scopes: connection.granted_scopes.clone(),
            diagnosis: None,
        }
    }

    /// Scopes that were asked for and not granted.
    pub fn missing_scopes(&self, connection: &Connection) -> Vec<ScopeView> {
        let Some(provider) = self.catalogue.provider(&connection.provider) else {
            return Vec::new();
        };
        let missing: Vec<&str> = provider
            .manifest()
            .missing_scopes(&connection.granted_scopes)
            .map(|scope| scope.name.as_str())
            .collect();
        self.scopes_of(&connection.provider)
            .into_iter()
            .filter(|scope| missing.contains(&scope.name.as_str()))
            .collect()
    }

    /// The scopes that are asked for through an app: the least, and what an administrator switched on.
    pub fn scopes_of_app(&self, app: &gatelodge_model::OAuthApp) -> Vec<ScopeView> {
        let mut scopes = self.scopes_of(&app.provider);
        if let Some(provider) = self.catalogue.provider(&app.provider) {
            let extra = app.scopes.names.iter();
            let extra = extra.filter_map(|name| provider.manifest().optional_scope(name));
            scopes.extend(extra.map(|scope| ScopeView {
                name: scope.name.clone(),
                reason: match (&app.scopes.reason, scope.broad) {
                    (Some(reason), true) => format!(
                        "{} An administrator switched it on, and wrote: {reason}",
                        scope.opens
                    ),
                    _ => format!("{} An administrator switched it on.", scope.opens),
                },
                tools: Vec::new(),
            }));
        }
        scopes
    }

    /// Scopes by their names, as far as the provider's manifest knows them.
    pub fn scopes_by_name(&self, provider: &str, names: &[String]) -> Vec<ScopeView> {
        let mut scopes = self.scopes_of(provider);
        scopes.retain(|scope| names.contains(&scope.name));
        if let Some(provider) = self.catalogue.provider(provider) {
            let optional = provider.manifest().optional_scopes.iter();
            let asked = optional.filter(|scope| names.contains(&scope.name));
            scopes.extend(asked.map(|scope| ScopeView {
                name: scope.name.clone(),
                reason: format!("{} An administrator switched it on.", scope.opens),
                tools: Vec::new(),
            }));
        }
        scopes
    }

    /// The scopes that a provider is asked for.
    pub fn scopes_of(&self, provider: &str) -> Vec<ScopeView> {
        let Some(provider) = self.catalogue.provider(provider) else {
            return Vec::new();
        };
        let tools_needing = |scope: &str| {
            provider
                .tools()
                .iter()
                .map(|tool| tool.descriptor())
                .filter(|descriptor| descriptor.scopes.contains(&scope))
                .map(|descriptor| descriptor.name.to_string())
                .collect()
        };
        provider
            .manifest()
            .scopes
            .iter()
            .map(|scope| ScopeView {
                name: scope.name.clone(),
                reason: scope.reason.clone(),
                tools: tools_needing(&scope.name),
            })
            .collect()
    }
}
