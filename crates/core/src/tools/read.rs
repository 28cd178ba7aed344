//! A reading tool call: its audit row is written while the provider works, and is durable before the answer.
//!
//! Must not know: proposals.

use super::execute::Prepared;
use crate::{Hub, hub::event};
use gatelodge_keeper_client::ConnectionCaller;
use gatelodge_model::{AuditOutcome, Error, ErrorKind, NewAuditEvent, OperationContext, Result};
use gatelodge_provider::tool::ErasedRead;
use serde_json::{Value, json};

impl Hub {
    /// Runs it. A row says what was asked; a failure adds a row of its own, so a call without one succeeded.
    pub(super) async fn run_read(
        &self,
        context: &OperationContext,
        prepared: &Prepared,
        read: &dyn ErasedRead,
        client: &ConnectionCaller,
    ) -> Result<Value> {
        let descriptor = prepared.tool.descriptor();
        let detail = json!({
            "provider": prepared.provider.manifest().slug,
            "connection": prepared.connection.id,
            "objects": prepared.provider.objects_named(&prepared.split.rest),
        });
        let asked = event(
            context,
            "tool.called",
            &descriptor.name,
            AuditOutcome::Success,
            detail,
        );
        let work = read.call(client, prepared.split.rest.clone());
        self.read_audited(asked, self.unless_stopped(&prepared.connection, work))
            .await
    }

    /// Writes `asked` down while `work` goes on; only both together are an answer.
    pub(super) async fn read_audited<T>(
        &self,
        asked: NewAuditEvent,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let (audited, result) = tokio::join!(self.store.journal().append(asked), work);
        audited.map_err(|error| {
            Error::new(
                ErrorKind::AuditUnavailable,
                "The audit log cannot be written now, so nothing is answered.",
            )
            .with_context("cause", error)
        })?;
        result
    }
}
