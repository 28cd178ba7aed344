//! What becomes of a connection that a failure was seen of: its state, what is known of the cause, and who is told,
//! in one unit of work. And the way back, once it works again.
//!
//! Must not know: how a failure was seen; a call, a look and a callback all come here.

use crate::{Hub, hub::event, telling};
use gatelodge_keeper_client::{ConnectionCaller, KeeperFailure};
use gatelodge_model::{
    AttentionReason, AuditOutcome, Connection, ConnectionStatus, Error, OperationContext,
    ReasonCode, Result, Retry, Trouble,
};
use gatelodge_provider::WhenScopeMissing;
use gatelodge_store::StoreError;
use serde_json::json;

impl Hub {
    /// Records what a failed call says of the connection: that somebody must act before it works again, or only
    /// what is wrong at present. A change made meanwhile wins.
    pub(crate) async fn note_failure(
        &self,
        context: &OperationContext,
        connection: &Connection,
        failure: &KeeperFailure,
    ) -> Result<()> {
        match failure.attention {
            Some(reason) => {
                self.mark_attention(context, connection, reason, Some(&failure.error))
                    .await
            }
            None => self.note_trouble(context, connection, &failure.error).await,
        }
    }

    /// Takes from a tool call what it says of its connection: the keeper's failure, the provider's refusal, or that
    /// all is well.
    pub(crate) async fn learn_from(
        &self,
        context: &OperationContext,
        connection: &Connection,
        client: &ConnectionCaller,
        error: Option<&Error>,
    ) -> Result<()> {
        if let Some(count) = client.counted() {
            self.note_count(connection, count).await?;
        }
        match (client.failure(), error) {
            (Some(failure), _) => self.note_failure(context, connection, failure).await,
            (None, Some(error)) => self.note_trouble(context, connection, error).await,
            (None, None) => self.note_use(context, connection).await,
        }
    }

    /// Records that a connection cannot be used until somebody acts, and tells its owner. A change made meanwhile
    /// wins; who comes second tells nobody again.
    pub(crate) async fn mark_attention(
        &self,
        context: &OperationContext,
        connection: &Connection,
        reason: AttentionReason,
        error: Option<&Error>,
    ) -> Result<()> {
        if !connection.status.is_usable() {
            return Ok(());
        }
        let code = self.refined(connection, reason, error).await?;
        let now = self.now();
        let mut changed = connection.clone();
        changed.status = ConnectionStatus::Attention(reason);
        changed.status_changed_at = now;
        let unit = self.store.begin(context.organization).await?;
        let changed = match unit.connections().update(&changed).await {
            Ok(changed) => changed,
            Err(StoreError::Conflict { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        unit.troubles()
            .record(&Trouble {
                organization: connection.organization,
                connection: connection.id,
                reason: code,
                since: now,
                seen_at: now,
                host: connection.host.clone(),
                evidence: error.and_then(Error::provider).cloned(),
            })
            .await?;
        let name = self.provider_name(&connection.provider);
        let notice = telling::words::connection_needs_attention(&changed, name, code);
        self.tell(&unit, &notice).await?;
        unit.probes()
            .cancel(connection.organization, connection.id)
            .await?;
        let detail = json!({ "reason": reason.as_str(), "code": code });
        let marked = event(
            context,
            "connection.needs_attention",
            connection.id,
            AuditOutcome::Failure,
            detail,
        );
        unit.commit(vec![marked]).await?;
        self.recent_connections.forget();
        self.watch.troubled(connection.id);
        Ok(())
    }

    /// Records what is wrong with a connection that stays usable, such as API access that is switched off. What
    /// only waiting heals is not written down.
    pub(crate) async fn note_trouble(
        &self,
        context: &OperationContext,
        connection: &Connection,
        error: &Error,
    ) -> Result<()> {
        let lasting = error.retry() != Retry::Later;
        let Some(mut trouble) =
            Trouble::of(connection.organization, connection.id, error, self.now())
                .filter(|_| lasting)
        else {
            return Ok(());
        };
        trouble.host.clone_from(&connection.host);
        if let Some(known) = self
            .store
            .troubles()
            .find(connection.organization, connection.id)
            .await?
            && known.reason == trouble.reason
            && trouble.seen_at - known.seen_at < chrono::TimeDelta::minutes(1)
        {
            return Ok(());
        }
        let unit = self.store.begin(connection.organization).await?;
        unit.troubles().record(&trouble).await?;
        let noted = event(
            context,
            "connection.trouble_noted",
            connection.id,
            AuditOutcome::Failure,
            json!({ "code": trouble.reason }),
        );
        unit.commit(vec![noted]).await?;
        self.watch.troubled(connection.id);
        Ok(())
    }

    /// Nothing is wrong any more: the state says so, and what was known of the cause goes.
    pub(crate) async fn note_recovery(
        &self,
        context: &OperationContext,
        connection: &Connection,
    ) -> Result<Connection> {
        // The credential may still work; that its app was taken away stays true.
        if connection.status == ConnectionStatus::Attention(AttentionReason::AppDeleted) {
            return Ok(connection.clone());
        }
        let unit = self.store.begin(connection.organization).await?;
        let mut now_well = connection.clone();
        if let ConnectionStatus::Attention(_) = connection.status {
            now_well.status = self.well_status(connection);
            now_well.status_changed_at = self.now();
            now_well = match unit.connections().update(&now_well).await {
                Ok(stored) => stored,
                Err(StoreError::Conflict { .. }) => return Ok(connection.clone()),
                Err(error) => return Err(error.into()),
            };
        }
        unit.troubles().clear(connection.id).await?;
        unit.probes()
            .schedule(connection.organization, connection.id, self.next_look())
            .await?;
        let recovered = event(
            context,
            "connection.recovered",
            connection.id,
            AuditOutcome::Success,
            json!({ "status": now_well.status.as_str() }),
        );
        unit.commit(vec![recovered]).await?;
        self.recent_connections.forget();
        self.watch.well(connection.id);
        Ok(now_well)
    }

    /// The state of a connection that works, by the scopes that it has.
    pub(crate) fn well_status(&self, connection: &Connection) -> ConnectionStatus {
        let limited = self
            .catalogue
            .provider(&connection.provider)
            .is_some_and(|provider| {
                provider
                    .manifest()
                    .missing_scopes(&connection.granted_scopes)
                    .any(|scope| scope.when_missing == WhenScopeMissing::Limited)
            });
        if limited {
            ConnectionStatus::Limited
        } else {
            ConnectionStatus::Active
        }
    }

    /// The finest code that can be told: where the provider says only that the grant is gone, our own count of
    /// grants may say why (CON-17).
    async fn refined(
        &self,
        connection: &Connection,
        reason: AttentionReason,
        error: Option<&Error>,
    ) -> Result<ReasonCode> {
        let code = error
            .and_then(Error::reason)
            .unwrap_or_else(|| reason.into());
        if code != ReasonCode::GrantEnded {
            return Ok(code);
        }
        let others = self.grants_beside(connection).await?;
        let evicted = self
            .grants_per_user(connection)
            .is_some_and(|limit| others >= limit);
        Ok(if evicted {
            ReasonCode::FiveGrants
        } else {
            code
        })
    }

    /// How many usable connections of this organization have a grant of the same account for the same app.
    pub(crate) async fn grants_beside(&self, connection: &Connection) -> Result<u32> {
        let Some(account) = &connection.account else {
            return Ok(0);
        };
        let same = self
            .store
            .connections()
            .list(connection.organization)
            .await?
            .into_iter()
            .filter(|other| other.id != connection.id && other.status.is_usable())
            .filter(|other| other.oauth_app == connection.oauth_app)
            .filter(|other| {
                other.account.as_ref().is_some_and(|theirs| {
                    theirs.organization_id == account.organization_id
                        && theirs.user_id == account.user_id
                })
            })
            .count();
        Ok(u32::try_from(same).unwrap_or(u32::MAX))
    }

    pub(crate) fn grants_per_user(&self, connection: &Connection) -> Option<u32> {
        self.catalogue
            .provider(&connection.provider)?
            .manifest()
            .auth
            .grants_per_user
    }

    /// The provider's name as it writes it.
    pub(crate) fn provider_name<'a>(&'a self, slug: &'a str) -> &'a str {
        self.catalogue
            .provider(slug)
            .map_or(slug, |provider| provider.manifest().name.as_str())
    }
}
