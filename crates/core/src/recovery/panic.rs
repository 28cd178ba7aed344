//! Panic: ends every connection of the organization, or of one provider, at the providers, many at a time, and
//! tells of each how it ended. What a provider does not confirm is asked again and never hidden.
//!
//! Must not know: pages; what a page shows of it is `panic_run`.

use crate::{Disconnected, Hub, Person, hub::event, people::require_admin};
use futures::StreamExt as _;
use gatelodge_model::{
    AuditOutcome, Connection, ConnectionId, ConnectionStatus, Error, OperationContext,
    OrganizationId, Result,
};
use serde_json::json;
use std::sync::Arc;

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
    /// Whether its credential is gone here.
    pub ended_here: bool,
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
    /// Begins to end all connections of the person's organization, or those of one provider, and goes on in the
    /// background: [`Hub::panic_overview`] tells how far it is. `typed` is what the person typed to confirm: the
    /// provider's slug, or the organization's name.
    ///
    /// # Errors
    /// `forbidden` for who does not administer, `step_up_needed`, `invalid_argument` when the wrong words were
    /// typed, `conflict` while one runs, `restored_copy`.
    pub async fn begin_panic(
        self: &Arc<Self>,
        person: &Person,
        provider: Option<&str>,
        typed: &str,
    ) -> Result<()> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let expected = provider.unwrap_or(&person.organization().name);
        if typed.trim() != expected {
            return Err(Error::invalid(
                "confirm",
                format!("Type '{expected}' to confirm. Nothing was changed."),
            ));
        }
        let context = person.context.clone();
        let affected = self.affected(&context, provider).await?;
        let provider = provider.map(str::to_owned);
        self.panics.begin(
            context.organization,
            provider.clone(),
            affected.len(),
            self.now(),
        )?;
        if let Err(error) = self
            .note_order(&context, provider.as_deref(), affected.len())
            .await
        {
            self.panics.forget(context.organization);
            return Err(error);
        }
        let hub = Arc::clone(self);
        self.executions.spawn(async move {
            let organization = context.organization;
            let ended = hub
                .end_each(&context, provider.as_deref(), affected, |result| {
                    hub.panics.add(organization, result.clone());
                })
                .await;
            if let Err(error) = ended {
                tracing::error!(%organization, %error, "the end of a panic was not audited");
            }
            hub.panics.end(organization);
        });
        Ok(())
    }

    /// Ends them, ordered from the command line of the host, and returns when each was tried.
    ///
    /// # Errors
    /// `not_found` for an unknown provider, `restored_copy`.
    pub async fn panic_from_console(
        &self,
        organization: OrganizationId,
        provider: Option<&str>,
    ) -> Result<PanicReport> {
        let context = self.system_context(organization);
        let affected = self.affected(&context, provider).await?;
        self.note_order(&context, provider, affected.len()).await?;
        self.end_each(&context, provider, affected, |_| {}).await
    }

    async fn affected(
        &self,
        context: &OperationContext,
        provider: Option<&str>,
    ) -> Result<Vec<Connection>> {
        if let Some(slug) = provider {
            self.known_provider(slug)?;
        }
        self.refuse_in_a_copy().await?;
        self.living_connections(context.organization, provider)
            .await
    }

    async fn note_order(
        &self,
        context: &OperationContext,
        provider: Option<&str>,
        connections: usize,
    ) -> Result<()> {
        let ordered = event(
            context,
            "organization.panic_ordered",
            context.organization,
            AuditOutcome::Success,
            json!({ "provider": provider, "connections": connections }),
        );
        self.store.journal().append(ordered).await?;
        Ok(())
    }

    async fn end_each(
        &self,
        context: &OperationContext,
        provider: Option<&str>,
        affected: Vec<Connection>,
        note: impl Fn(&PanicResult),
    ) -> Result<PanicReport> {
        let mut results: Vec<PanicResult> = futures::stream::iter(affected)
            .map(|connection| self.end_one(context, connection))
            .buffer_unordered(AT_ONCE)
            .inspect(note)
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
            context.organization,
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

    pub(super) async fn living_connections(
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

    pub(super) async fn end_one(
        &self,
        context: &OperationContext,
        connection: Connection,
    ) -> PanicResult {
        let (id, provider) = (connection.id, connection.provider.clone());
        let account = connection
            .account
            .as_ref()
            .map(|account| account.username.clone());
        let ended = self.end_connection(context, connection).await;
        let ended_here = ended.is_ok();
        let unconfirmed = match ended {
            Ok(Disconnected { unconfirmed, .. }) => unconfirmed,
            Err(error) => Some(format!(
                "It could not be ended here: {}{}",
                error.message(),
                self.place_to_revoke(&provider)
            )),
        };
        PanicResult {
            connection: id,
            provider,
            account,
            ended_here,
            revoked: unconfirmed.is_none(),
            unconfirmed,
        }
    }
}
