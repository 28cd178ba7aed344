//! Pieces of an export, for faces that hand them on as a stream. Each piece is a call of its own: rights and
//! connection are looked at again, and it has its audit row.
//!
//! Must not know: how a face writes them, or how a provider prepares them.

use super::choose::require_scopes;
use crate::{AgentCaller, Hub, hub::event};
use gatelodge_keeper_client::ConnectionCaller;
use gatelodge_model::{AuditOutcome, ConnectionId, Effect, Error, Result, Touches, policy::Depth};
use gatelodge_provider::{ExportPart, ExportPiece, Looking};
use serde_json::json;
use std::sync::Arc;

impl Hub {
    /// Reads one piece of an export that the person's account holds.
    ///
    /// # Errors
    /// `not_found` where no provider exports; as a reading tool otherwise.
    pub async fn export_piece(
        &self,
        caller: &AgentCaller,
        connection: Option<ConnectionId>,
        part: &ExportPart,
    ) -> Result<ExportPiece> {
        let piece = self.read_piece(caller, connection, part).await;
        if let Err(error) = &piece {
            self.audit_refusal(&caller.context, "export", error).await?;
        }
        piece
    }

    async fn read_piece(
        &self,
        caller: &AgentCaller,
        connection: Option<ConnectionId>,
        part: &ExportPart,
    ) -> Result<ExportPiece> {
        let (provider, exports) = self
            .catalogue
            .providers()
            .find_map(|provider| Some((provider, provider.exports()?)))
            .ok_or_else(|| Error::not_found("export"))?;
        self.require_open_provider(
            caller.context.organization,
            caller.user.id,
            &provider.manifest().slug,
        )
        .await?;
        self.require_on(&caller.organization, &provider.manifest().slug)?;
        let connection = self
            .choose_connection(&caller.context, caller.user.id, &**provider, connection)
            .await?;
        let slug = &provider.manifest().slug;
        let name = format!("{slug}_get_export");
        if let Some((_, tool)) = self.catalogue.tool(&name) {
            require_scopes(&connection, &**provider, tool.descriptor())?;
        }
        let mut judge = self.judge_call(caller, &name, Effect::Read).await?;
        judge.environment = Some(connection.environment);
        judge.admit(&Touches::nothing())?;
        self.require_share(caller.organization.policy, &connection)
            .await?;
        let client = ConnectionCaller::new(
            Arc::clone(&self.keeper),
            connection.clone(),
            caller.context.request,
            caller.agent.name.clone(),
        )
        .counting(Arc::clone(provider));
        let depth = judge.rules.depth();
        if depth > Depth::Nothing {
            let looking = Looking {
                caller: Some(&client),
                depth,
            };
            judge.admit(&exports.touches(looking, &part.export).await?)?;
        }
        let read = event(
            &caller.context,
            "export.read",
            &part.export,
            AuditOutcome::Success,
            json!({ "provider": slug, "connection": connection.id, "position": part.position }),
        );
        let work = self.unless_stopped(&connection, exports.piece(&client, part));
        let piece = self.read_audited(read, work).await;
        self.learn_from(&caller.context, &connection, &client, piece.as_ref().err())
            .await?;
        piece
    }
}
