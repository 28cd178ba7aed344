//! Panic: ends every connection of the organization, or of one provider, at the providers, many at a time, and
//! tells of each how it ended. What a provider does not confirm is asked again and never hidden.
//!
//! Must not know: pages; who may order it from a page is the owner.

use crate::{Disconnected, Hub, Person, hub::event};
use futures::StreamExt as _;
use gatelodge_model::{
    AuditOutcome, Connection, ConnectionId, ConnectionStatus, Error, ErrorKind, OperationContext,
    OrganizationId, Result, Role, WhoMustAct,
};
use serde_json::json;

/// Connections that are ended at the same time.
const AT_ONCE: usize = 32;

/// How one connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanicResult {
    /// The connection.
    pub connection: ConnectionId,
    /// Slug of the provider.
    pub provider: String,
    /// The account's name at the provider, where it is known.
    pub account: Option<String>,
    /// Whether the provider confirmed, or there was nothing to revoke.
    pub revoked: bool,
    /// Otherwise why not, and what happens or must be done now.
    pub unconfirmed: Option<String>,
}

/// How all ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanicReport {
    /// One for each connection, those that need somebody first.
    pub results: Vec<PanicResult>,
}

impl PanicReport {
    /// How many the providers confirmed.
    pub fn revoked(&self) -> usize {
        self.results.iter().filter(|result| result.revoked).count()
    }
}

impl Hub {
    /// Ends all connections of the person's organization, or those of one provider. `typed` is what the person
    /// typed to confirm: the provider's slug, or the organization's name.
    ///
    /// # Errors
    /// `forbidden` for everybody but the owner, `invalid_argument` when the wrong words were typed,
    /// `restored_copy`.
    pub async fn panic(
        &self,
        person: &Person,
        provider: Option<&str>,
        typed: &str,
    ) -> Result<PanicReport> {
        if person.role() != Role::Owner {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "Only the owner of the organization may end all connections.",
            )
            .with_hint(WhoMustAct::Admin, "Ask the owner of your organization."));
        }
        let expected = provider.unwrap_or(&person.organization().name);
        if typed.trim() != expected {
            return Err(Error::invalid(
                "confirm",
                format!("Type '{expected}' to confirm. Nothing was changed."),
            ));
        }
        self.end_all(&person.context, provider).await
    }

    /// As [`Hub::panic`], ordered from the command line of the host.
    ///
    /// # Errors
    /// As [`Hub::panic`].
    pub async fn panic_from_console(
        &self,
        organization: OrganizationId,
        provider: Option<&str>,
    ) -> Result<PanicReport> {
        self.end_all(&self.system_context(organization), provider)
            .await
    }

    async fn end_all(
        &self,
        context: &OperationContext,
        provider: Option<&str>,
    ) -> Result<PanicReport> {
        if let Some(slug) = provider {
            self.known_provider(slug)?;
        }
        self.refuse_in_a_copy().await?;
        let organization = context.organization;
        let affected = self.living_connections(organization, provider).await?;
        let ordered = json!({ "provider": provider, "connections": affected.len() });
        self.store
            .journal()
            .append(event(
                context,
                "organization.panic_ordered",
                organization,
                AuditOutcome::Success,
                ordered,
            ))
            .await?;
        let mut results: Vec<PanicResult> = futures::stream::iter(affected)
            .map(|connection| self.end_one(context, connection))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        results.sort_by_key(|result| (result.revoked, result.connection));
        let report = PanicReport { results };
        let detail = json!({
            "provider": provider,
            "revoked": report.revoked(),
            "not_confirmed": report.results.len() - report.revoked(),
        });
        let ended = event(
            context,
            "organization.panic_ended",
            organization,
            AuditOutcome::Success,
            detail,
        );
        self.store.journal().append(ended).await?;
        Ok(report)
    }

    /// How many connections a panic would end.
    ///
    /// # Errors
    /// `not_found` for an unknown provider.
    pub async fn panic_would_end(
        &self,
        organization: OrganizationId,
        provider: Option<&str>,
    ) -> Result<usize> {
        if let Some(slug) = provider {
            self.known_provider(slug)?;
        }
        Ok(self.living_connections(organization, provider).await?.len())
    }

    async fn living_connections(
        &self,
        organization: OrganizationId,
        provider: Option<&str>,
    ) -> Result<Vec<Connection>> {
        let mut all = self.store.connections().list(organization).await?;
        all.retain(|one| {
            one.status != ConnectionStatus::Disconnected
                && provider.is_none_or(|slug| slug == one.provider)
        });
        Ok(all)
    }

    async fn end_one(&self, context: &OperationContext, connection: Connection) -> PanicResult {
        let (id, provider) = (connection.id, connection.provider.clone());
        let account = connection
            .account
            .as_ref()
            .map(|account| account.username.clone());
        let (revoked, unconfirmed) = match self.end_connection(context, connection).await {
            Ok(Disconnected { unconfirmed, .. }) => (unconfirmed.is_none(), unconfirmed),
            Err(error) => (
                false,
                Some(format!(
                    "It could not be ended here: {}{}",
                    error.message(),
                    self.place_to_revoke(&provider)
                )),
            ),
        };
        PanicResult {
            connection: id,
            provider,
            account,
            revoked,
            unconfirmed,
        }
    }
}
