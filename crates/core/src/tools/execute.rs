//! Running a tool call: the steps of design section 4, in their order.
//!
//! Must not know: faces. A write is never sent from here; it becomes a proposal.

use super::{
    arguments::{self, Split},
    choose::require_scopes,
    hub_tools,
    measured::Measured,
};
use crate::{
    AgentCaller, Hub,
    hub::event,
    policy::Judge,
    proposals::{Proposing, WriteAnswer},
};
use gatelodge_keeper_client::ConnectionCaller;
use gatelodge_model::{
    AuditOutcome, Connection, Digest, Error, ErrorKind, OperationContext, Result, Touches,
    WhoMustAct, policy::Depth,
};
use gatelodge_provider::{Looking, Provider, ToolKind, ToolRef};
use serde_json::{Value, json};
use std::sync::Arc;

/// A request to run a tool.
#[derive(Debug, Clone)]
pub struct ToolCall {
    /// Its name.
    pub tool: String,
    /// Its arguments.
    pub arguments: Value,
    /// A repeat under the same key returns the first outcome.
    pub idempotency_key: Option<String>,
}

/// What a tool call gives.
#[derive(Debug)]
pub enum Answer {
    /// A read's result.
    Result(Value),
    /// Where a write stands.
    Write(Box<WriteAnswer>),
}

/// A call after its checks.
pub(super) struct Prepared {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) tool: ToolRef,
    pub(super) connection: Connection,
    pub(super) split: Split,
}

impl Hub {
    /// Runs a tool for an agent, with the rights of the person it acts for.
    ///
    /// # Errors
    /// Every error names what was wrong, what to do and who must act.
    pub async fn execute(self: &Arc<Self>, caller: &AgentCaller, call: ToolCall) -> Result<Answer> {
        let measured = Measured::begin(self, &call.tool);
        let result = self.execute_audited(caller, call).await;
        measured.end(&result);
        result
    }

    async fn execute_audited(
        self: &Arc<Self>,
        caller: &AgentCaller,
        call: ToolCall,
    ) -> Result<Answer> {
        if let Some(answer) = hub_tools::run(self, caller, &call).await? {
            return Ok(Answer::Result(answer));
        }
        let tool = call.tool.clone();
        let result = self.execute_provider_tool(caller, call).await;
        if let Err(error) = &result {
            self.audit_refusal(&caller.context, &tool, error).await?;
        }
        result
    }

    async fn execute_provider_tool(
        self: &Arc<Self>,
        caller: &AgentCaller,
        call: ToolCall,
    ) -> Result<Answer> {
        let key = call
            .idempotency_key
            .as_deref()
            .map(check_key)
            .transpose()?
            .map(str::to_owned);
        let Some((_, tool)) = self.catalogue.tool(&call.tool) else {
            return Err(self.unknown_tool(&call.tool));
        };
        // Only a write has an outcome to repeat, so only a write under a key is hashed.
        let is_write = tool.descriptor().effect.is_write();
        let idempotency = key
            .filter(|_| is_write)
            .map(|key| (key, arguments_digest(&call)));
        if let Some((key, digest)) = &idempotency
            && let Some(answer) = self.repeat_of(caller, key, *digest).await?
        {
            return Ok(Answer::Write(Box::new(answer)));
        }
        let (prepared, judge) = self.check_call(caller, &call.tool, call.arguments).await?;
        let client = ConnectionCaller::new(
            Arc::clone(&self.keeper),
            prepared.connection.clone(),
            caller.context.request,
            caller.agent.name.clone(),
        )
        .counting(Arc::clone(&prepared.provider));
        let result = self
            .run(caller, &prepared, &judge, &client, idempotency)
            .await;
        self.learn_from(
            &caller.context,
            &prepared.connection,
            &client,
            result.as_ref().err(),
        )
        .await?;
        result
    }

    /// Judges by what the call touches, and runs it.
    async fn run(
        self: &Arc<Self>,
        caller: &AgentCaller,
        prepared: &Prepared,
        judge: &Judge,
        client: &ConnectionCaller,
        idempotency: Option<(String, Digest)>,
    ) -> Result<Answer> {
        let depth = judge.rules.depth();
        let touches = if depth == Depth::Nothing {
            Touches::nothing()
        } else {
            let looking = Looking {
                caller: Some(client),
                depth,
            };
            prepared
                .tool
                .touches(looking, prepared.split.rest.clone())
                .await?
        };
        let ruled = judge.admit(&touches)?;
        match prepared.tool.kind() {
            ToolKind::Read(read) => {
                let mut result = self
                    .run_read(&caller.context, prepared, read, client)
                    .await?;
                if judge.hides_anything() {
                    read.withhold(&mut result, judge)?;
                }
                Ok(Answer::Result(result))
            }
            ToolKind::Write(write) => {
                let proposing = Proposing {
                    write,
                    descriptor: prepared.tool.descriptor(),
                    connection: &prepared.connection,
                    arguments: prepared.split.rest.clone(),
                    reason: prepared.split.reason.clone(),
                    idempotency,
                    judge,
                    ruled,
                };
                self.propose(caller, client, proposing)
                    .await
                    .map(|answer| Answer::Write(Box::new(answer)))
            }
        }
    }

    async fn check_call(
        &self,
        caller: &AgentCaller,
        name: &str,
        arguments: Value,
    ) -> Result<(Prepared, Judge)> {
        let Some((provider, tool)) = self.catalogue.tool(name) else {
            return Err(self.unknown_tool(name));
        };
        let (provider, tool) = (Arc::clone(provider), Arc::clone(tool));
        self.require_on(&caller.organization, &provider.manifest().slug)?;
        let descriptor = tool.descriptor();
        let mut judge = self
            .judge_call(caller, descriptor.name.as_str(), descriptor.effect)
            .await?;
        // What is refused whatever it touches is refused before anything is looked up.
        judge.admit(&Touches::nothing())?;
        self.require_open_provider(
            caller.context.organization,
            caller.user.id,
            &provider.manifest().slug,
        )
        .await?;
        let split = arguments::split(arguments, descriptor.effect)?;
        let connection = self
            .choose_connection(
                &caller.context,
                caller.user.id,
                &*provider,
                split.connection,
            )
            .await?;
        require_scopes(&connection, &*provider, descriptor)?;
        judge.environment = Some(connection.environment);
        judge.admit(&Touches::nothing())?;
        self.require_share(caller.organization.policy, &connection)
            .await?;
        let prepared = Prepared {
            provider,
            tool,
            connection,
            split,
        };
        Ok((prepared, judge))
    }

    pub(super) fn unknown_tool(&self, name: &str) -> Error {
        let shown: String = name.chars().take(80).collect();
        let near = self
            .catalogue
            .tools()
            .map(|(_, tool)| tool.descriptor().name.to_string())
            .filter(|known| {
                name.len() >= 4 && name.split('_').filter(|part| known.contains(part)).count() >= 2
            })
            .take(5)
            .collect();
        Error::new(
            ErrorKind::UnknownTool,
            format!("There is no tool named '{shown}'."),
        )
        .with_choices(near)
        .with_hint(
            WhoMustAct::Caller,
            "List the tools and use a name from there.",
        )
    }

    pub(super) async fn audit_refusal(
        &self,
        context: &OperationContext,
        tool: &str,
        error: &Error,
    ) -> Result<()> {
        let outcome = match error.kind() {
            ErrorKind::Forbidden | ErrorKind::MissingScope => AuditOutcome::Denied,
            _ => AuditOutcome::Failure,
        };
        let tool: String = tool.chars().take(80).collect();
        let detail = json!({
            "code": error.code(),
            "field": error.field(),
            "policy_rule": error
                .context()
                .iter()
                .find(|(key, _)| key == "policy_rule")
                .map(|(_, rule)| rule),
            "provider_code": error.provider().map(|provider| &provider.code),
            "provider_request_id": error.provider().and_then(|provider| provider.request_id.as_ref()),
        });
        self.store
            .journal()
            .append(event(context, "tool.failed", tool, outcome, detail))
            .await?;
        Ok(())
    }
}

fn arguments_digest(call: &ToolCall) -> Digest {
    Digest::of(
        "gatelodge.arguments.v1",
        &[call.tool.as_bytes(), call.arguments.to_string().as_bytes()],
    )
}

/// Keys are opaque; only their size and characters are limited (draft-ietf-httpapi-idempotency-key-header).
fn check_key(key: &str) -> Result<&str> {
    let well_formed =
        (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if well_formed {
        Ok(key)
    } else {
        Err(Error::invalid(
            "Idempotency-Key",
            "An idempotency key has 1 to 255 printable ASCII characters.",
        ))
    }
}
