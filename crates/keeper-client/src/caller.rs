//! A connection as tools see it: reads go to the keeper, and what a failure means for the connection is
//! remembered for the use case that runs the tool.
//!
//! Must not know: which tool runs.

use crate::{Download, Keeper, KeeperFailure, KeeperResult, SendRead};
use async_trait::async_trait;
use gatelodge_model::{ApiCount, AttentionReason, Connection, RequestId, Result};
use gatelodge_provider::{Caller, Provider, ProviderResponse, ReadRequest};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Reads through one connection.
pub struct ConnectionCaller {
    keeper: Arc<dyn Keeper>,
    connection: Connection,
    request_id: RequestId,
    agent: String,
    failure: OnceLock<KeeperFailure>,
    counter: Option<Arc<dyn Provider>>,
    counted: Mutex<Option<ApiCount>>,
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
            failure: OnceLock::new(),
            counter: None,
            counted: Mutex::new(None),
        }
    }

    /// Also reads from answers how many calls the provider counted.
    #[must_use]
    pub fn counting(mut self, provider: Arc<dyn Provider>) -> Self {
        self.counter = Some(provider);
        self
    }

    /// How many calls the provider counted, as the last answer told it.
    pub fn counted(&self) -> Option<ApiCount> {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, headers: &[(String, String)]) {
        let told = self
            .counter
            .as_ref()
            .and_then(|provider| provider.api_count(headers));
        if told.is_some() {
            *self.counted.lock().unwrap_or_else(PoisonError::into_inner) = told;
        }
    }

    /// Set when a read showed that somebody must act before the connection works again.
    pub fn attention(&self) -> Option<AttentionReason> {
        self.failure.get().and_then(|failure| failure.attention)
    }

    fn call(&self, request: ReadRequest) -> SendRead {
        SendRead {
            organization: self.connection.organization,
            connection: self.connection.id,
            request_id: self.request_id,
            agent: self.agent.clone(),
            request,
        }
    }

    fn learned<T>(&self, result: KeeperResult<T>) -> Result<T> {
        result.map_err(|failure| {
            self.failure.get_or_init(|| failure.clone());
            failure.error
        })
    }

    /// The first read that the keeper failed, for what it says of the connection.
    pub fn failure(&self) -> Option<&KeeperFailure> {
        self.failure.get()
    }
}

#[async_trait]
impl Caller for ConnectionCaller {
    async fn read(&self, request: ReadRequest) -> Result<ProviderResponse> {
        let answer = self.learned(self.keeper.read(self.call(request)).await)?;
        self.count(&answer.headers);
        Ok(answer)
    }

    async fn download(&self, request: ReadRequest) -> Result<Download> {
        let answer = self.learned(self.keeper.download(self.call(request)).await)?;
        self.count(&answer.headers);
        Ok(answer)
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
