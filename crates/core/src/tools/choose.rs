//! Which connection a tool call uses (design section 4).
//!
//! Must not know: what the tool does with it.

use crate::Hub;
use gatelodge_model::{
    Connection, ConnectionId, ConnectionStatus, Error, ErrorKind, OperationContext, OrganizationId,
    Result, UserId, WhoMustAct,
};
use gatelodge_provider::{Descriptor, Provider};
use std::sync::Arc;

/// So many connections are named where several could be meant; the rest is counted.
const MOST_CHOICES: usize = 20;

impl Hub {
    /// The named connection, or the only usable one.
    pub(super) async fn choose_connection(
        &self,
        context: &OperationContext,
        user: UserId,
        provider: &dyn Provider,
        named: Option<ConnectionId>,
    ) -> Result<Connection> {
        let name = &provider.manifest().name;
        let mut own: Vec<Connection> = self
            .recent_connections_of(context.organization, user)
            .await?
            .iter()
            .filter(|found| found.provider == provider.manifest().slug)
            .cloned()
            .collect();
        if let Some(id) = named {
            let connection = own
                .iter()
                .find(|found| found.id == id)
                .cloned()
                .ok_or_else(|| {
                    Error::not_found("connection").with_hint(
                        WhoMustAct::Caller,
                        "gatelodge_list_connections lists the connections that can be used.",
                    )
                })?;
            return self.usable(connection, name).await;
        }
        let usable = own.iter().filter(|found| found.status.is_usable()).count();
        if usable > 1 {
            let choices = own
                .iter()
                .filter(|found| found.status.is_usable())
                .take(MOST_CHOICES)
                .map(|found| format!("{} ({}, {})", found.id, found.label(), found.environment))
                .collect();
            return Err(Error::new(
                ErrorKind::ConnectionAmbiguous,
                format!("{usable} {name} connections could be meant."),
            )
            .with_choices(choices)
            .with_hint(WhoMustAct::Caller, "Pass one of them as 'connection'."));
        }
        let best = own
            .iter()
            .position(|found| found.status.is_usable())
            .or_else(|| {
                own.iter()
                    .position(|found| matches!(found.status, ConnectionStatus::Attention(_)))
            });
        match best {
            Some(index) => self.usable(own.swap_remove(index), name).await,
            None => Err(not_connected(name)),
        }
    }

    async fn recent_connections_of(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Arc<[Connection]>> {
        let now = self.now();
        let ticket = match self.recent_connections.get(&user, now) {
            Ok(known) => return Ok(known),
            Err(ticket) => ticket,
        };
        let own: Arc<[Connection]> = self
            .store
            .connections()
            .list_for_user(organization, user)
            .await?
            .into();
        self.recent_connections
            .keep(ticket, user, Arc::clone(&own), now);
        Ok(own)
    }

    async fn usable(&self, connection: Connection, provider_name: &str) -> Result<Connection> {
        match connection.status {
            ConnectionStatus::Active | ConnectionStatus::Limited => Ok(connection),
            ConnectionStatus::Attention(_) => Err(self.unusable(&connection).await?),
            ConnectionStatus::Pending | ConnectionStatus::Disconnected => {
                Err(not_connected(provider_name))
            }
        }
    }
}

fn not_connected(provider_name: &str) -> Error {
    Error::new(
        ErrorKind::NotConnected,
        format!("{provider_name} is not connected."),
    )
    .with_hint(
        WhoMustAct::Person,
        format!("Open Connections in Gatelodge and choose 'Connect {provider_name}'."),
    )
}

/// Refuses a tool whose scopes were not granted (CRED-7).
pub(super) fn require_scopes(
    connection: &Connection,
    provider: &dyn Provider,
    descriptor: &Descriptor,
) -> Result<()> {
    let missing: Vec<&str> = provider
        .manifest()
        .missing_scopes(&connection.granted_scopes)
        .map(|scope| scope.name.as_str())
        .filter(|scope| descriptor.scopes.contains(scope))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::MissingScope,
        format!(
            "The tool needs the scope {}, which was not granted. Nothing was sent.",
            missing.join(", ")
        ),
    )
    .with_hint(
        WhoMustAct::Person,
        format!(
            "Reconnect {} in Gatelodge and allow it.",
            provider.manifest().name
        ),
    ))
}
