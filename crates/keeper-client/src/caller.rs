//! A connection as tools see it: reads go to the keeper, and what a failure means for the connection is
//! remembered for the use case that runs the tool.
//!
//! Must not know: which tool runs.

use crate::{Keeper, SendRead};
use async_trait::async_trait;
use gatelodge_model::{AttentionReason, Connection, RequestId, Result};
use gatelodge_provider::{Caller, ProviderResponse, ReadRequest};
use std::sync::{Arc, OnceLock};

/// Reads through one connection.
pub struct ConnectionCaller {
    keeper: Arc<dyn Keeper>,
    connection: Connection,
    request_id: RequestId,
    agent: String,
    attention: OnceLock<AttentionReason>,
}

impl ConnectionCaller {
    /// Binds a connection to the keeper, for one tool call of the named agent.
    pub fn new(
        keeper: Arc<dyn Keeper>,
        connection: Connection,
        request_id: RequestId,
        agent: impl Into<String>,
    ) -> Self {
        Self {
            keeper,
            connection,
            request_id,
            agent: agent.into(),
            attention: OnceLock::new(),
        }
    }

    /// Set when a read showed that somebody must act before the connection works again.
    pub fn attention(&self) -> Option<AttentionReason> {
        self.attention.get().copied()
    }
}

#[async_trait]
impl Caller for ConnectionCaller {
    async fn read(&self, request: ReadRequest) -> Result<ProviderResponse> {
        let call = SendRead {
            organization: self.connection.organization,
            connection: self.connection.id,
            request_id: self.request_id,
            agent: self.agent.clone(),
            request,
        };
        self.keeper.read(call).await.map_err(|failure| {
            if let Some(reason) = failure.attention {
                self.attention.get_or_init(|| reason);
            }
            failure.error
        })
    }

    fn granted_scopes(&self) -> &[String] {
        &self.connection.granted_scopes
    }

    fn external_user_id(&self) -> &str {
        self.connection
            .account
            .as_ref()
            .map_or("", |account| account.user_id.as_str())
    }

    fn client_name(&self) -> &str {
        &self.agent
    }
}
