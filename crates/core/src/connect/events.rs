//! What the keeper noted about connections: their timelines, and what in them somebody must be told.
//!
//! The keeper cannot change a connection; it leaves a note, and this changes the status, once, whoever of several
//! web processes is first. Must not know: how a refresh is done.

use crate::{AgentCaller, Hub, Person, hub::event as hub_event};
use gatelodge_model::{
    AuditOutcome, ConnectionEvent, ConnectionEventDetail, ConnectionEventKind, ConnectionId, Error,
    ErrorKind, ProviderDetail, Result, Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// Events that are looked at together.
const AT_ONCE: u64 = 200;

/// Something that happened to a connection, as an agent sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConnectionEventView {
    /// What, as a word: `connected`, `refreshed`, `refused`, `lost` and so on.
    pub kind: String,
    /// What, in words.
    pub what: String,
    /// When it happened last.
    pub at: Timestamp,
    /// When it happened first, of those that are told as one.
    pub first_at: Timestamp,
    /// How often.
    pub count: u64,
    /// The provider's code.
    pub code: Option<String>,
    /// The provider's words.
    pub message: Option<String>,
    /// The provider's id of the request.
    pub provider_request_id: Option<String>,
    /// The host that it is about.
    pub host: Option<String>,
}

impl From<ConnectionEvent> for ConnectionEventView {
    fn from(event: ConnectionEvent) -> Self {
        let ConnectionEventDetail {
            code,
            message,
            request_id,
            host,
        } = event.detail;
        Self {
            kind: event.kind.as_str().to_owned(),
            what: event.kind.in_words().to_owned(),
            at: event.last_at,
            first_at: event.first_at,
            count: event.count,
            code,
            message,
            provider_request_id: request_id,
            host,
        }
    }
}

impl Hub {
    /// What happened to one of the connections that an agent can use, newest first.
    ///
    /// # Errors
    /// `not_found` when it cannot use it.
    pub async fn connection_events_of_agent(
        &self,
        caller: &AgentCaller,
        id: ConnectionId,
        limit: u64,
    ) -> Result<Vec<ConnectionEventView>> {
        let organization = self.connection_of_agent(caller, id).await?.organization;
        let events = self.store.connection_events();
        let events = events.list(organization, id, limit).await?;
        Ok(events.into_iter().map(ConnectionEventView::from).collect())
    }

    /// What happened to one of the person's connections, newest first.
    ///
    /// # Errors
    /// `not_found` when it is not theirs.
    pub async fn connection_events(
        &self,
        person: &Person,
        id: ConnectionId,
        limit: u64,
    ) -> Result<Vec<ConnectionEvent>> {
        let connection = self.connection(person, id).await?;
        Ok(self
            .store
            .connection_events()
            .list(connection.organization, connection.id, limit)
            .await?)
    }

    /// Changes connections as the keeper noted: where somebody must act, and where the account moved to another host.
    ///
    /// # Errors
    /// `store_unavailable`: they wait for the next time.
    pub async fn take_up_connection_events(&self) -> Result<()> {
        let events = self.store.connection_events();
        for event in events.list_waiting(AT_ONCE).await? {
            if let Some(reason) = event.attention
                && let Some(connection) = self
                    .store
                    .connections()
                    .find(event.organization, event.connection)
                    .await?
                // Told already, by a call that met the same failure or by another web process.
                && connection.status.is_usable()
            {
                let context = self.system_context(event.organization);
                let evidence = evidence(&connection.provider, &event);
                self.mark_attention(&context, &connection, reason, evidence.as_ref())
                    .await?;
            }
            if event.kind == ConnectionEventKind::MovedHost {
                self.follow_host(&event).await?;
            }
            events.settle(&event).await?;
        }
        Ok(())
    }

    /// Notes where the account is now, so that what is proposed from now on names the right host (R19).
    async fn follow_host(&self, event: &ConnectionEvent) -> Result<()> {
        let unit = self.store.begin(event.organization).await?;
        let known = unit
            .connections()
            .find(event.organization, event.connection)
            .await?;
        let Some(mut connection) = known.filter(|known| known.host != event.detail.host) else {
            return Ok(());
        };
        let context = self.system_context(event.organization);
        let detail = json!({ "from": connection.host, "to": event.detail.host });
        connection.host.clone_from(&event.detail.host);
        unit.connections().update(&connection).await?;
        let moved = hub_event(
            &context,
            "connection.moved",
            connection.id,
            AuditOutcome::Success,
            detail,
        );
        unit.commit(vec![moved]).await?;
        self.recent_connections.forget();
        Ok(())
    }
}

/// The provider's own words, as far as the keeper noted them.
fn evidence(provider: &str, event: &ConnectionEvent) -> Option<Error> {
    let code = event.detail.code.clone()?;
    let message = event.detail.message.clone().unwrap_or_default();
    let detail = ProviderDetail {
        provider: provider.to_owned(),
        // What a token endpoint refuses with (RFC 6749 §5.2).
        status: 400,
        code,
        message,
        fields: Vec::new(),
        request_id: event.detail.request_id.clone(),
    };
    let words = event.kind.in_words();
    Some(Error::new(ErrorKind::ReconnectNeeded, words).with_provider(detail))
}
