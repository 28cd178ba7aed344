//! The test of a connection: its person tries the tools on it, step by step, with what each step shows.
//!
//! Every call goes the way of all calls: scopes, audit, the keeper with its budget. A change is prepared and shown,
//! never stored and never sent. Must not know: pages, and which tools a provider tries.

use super::{arguments::Split, choose::require_scopes, execute::Prepared};
use crate::{Hub, Person, hub::event};
use gatelodge_keeper_client::ConnectionCaller;
use gatelodge_model::{
    AuditOutcome, Connection, ConnectionId, Decision, Effect, Error, ErrorKind, OperationContext,
    Preview, Result, WhoMustAct,
};
use gatelodge_provider::{
    ToolKind,
    trial::{Learned, Shown, Trial, TrialPlan, TrialStep, TrialVerdict},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// How a step went.
#[derive(Debug, Clone)]
pub struct TrialResult {
    /// Which step.
    pub step: TrialStep,
    /// How it went.
    pub verdict: TrialVerdict,
    /// What was seen.
    pub words: String,
    /// What to do.
    pub to_do: Option<String>,
    /// Who must do it.
    pub who: Option<WhoMustAct>,
    /// The refusal, where there was one.
    pub error: Option<Error>,
    /// The change that would be proposed; nothing keeps it.
    pub preview: Option<Preview>,
    /// Whether nothing more can be tried, because the connection cannot be used.
    pub ends: bool,
}

/// What a tool gave.
pub(super) enum Gave {
    Answer(Value),
    Preview(Preview),
}

impl Hub {
    /// The steps of the test of a connection; none where its provider has no test.
    pub fn trial_steps(&self, connection: &Connection) -> &'static [TrialStep] {
        self.trial(connection).map_or(&[], Trial::steps)
    }

    fn trial(&self, connection: &Connection) -> Option<&dyn Trial> {
        self.catalogue.provider(&connection.provider)?.trial()
    }

    /// Runs one step of the test as the connected person. What it found for later steps is added to `learned`.
    ///
    /// # Errors
    /// `not_found` for somebody else's connection and for an unknown step; `audit_unavailable`. What the provider refuses
    /// is a result, and so is that the connection cannot be used.
    pub async fn try_step(
        &self,
        person: &Person,
        connection: ConnectionId,
        slug: &str,
        learned: &mut Learned,
    ) -> Result<TrialResult> {
        let connection = self.connection(person, connection).await?;
        let trial = self
            .trial(&connection)
            .ok_or_else(|| Error::not_found("test of this connection"))?;
        let step = trial
            .steps()
            .iter()
            .find(|step| step.slug == slug)
            .ok_or_else(|| Error::not_found("step of the test"))?;
        if !connection.status.is_usable() {
            let error = self.unusable(&connection).await?;
            return Ok(TrialResult {
                ends: true,
                ..failed(step, trial.remedy(step), error)
            });
        }
        if let Some(account) = &connection.account {
            learned.insert("user".to_owned(), account.user_id.clone());
        }
        let all = match trial.plan(step, learned) {
            TrialPlan::Skip { why, to_do } => {
                return Ok(skipped(step, why, to_do, WhoMustAct::ProviderAdmin));
            }
            TrialPlan::Try(all) => all,
        };
        if self.is_write(step) && writes_are_off(person) {
            return Ok(skipped(
                step,
                "Writes are switched off in this organization, so agents only read.",
                "An administrator switches writes on under Settings.",
                WhoMustAct::Admin,
            ));
        }
        let mut last = None;
        for arguments in all {
            match self
                .try_tool(person, &connection, step.tool, arguments)
                .await
            {
                Ok(gave) => return Ok(seen(trial, step, gave, learned)),
                Err(error) if error.kind() == ErrorKind::AuditUnavailable => return Err(error),
                Err(error) => {
                    let goes_on = matches!(
                        error.kind(),
                        ErrorKind::ProviderRejected
                            | ErrorKind::ProviderForbidden
                            | ErrorKind::ProviderNotFound
                    );
                    last = Some(error);
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        let error = last.unwrap_or_else(|| Error::internal("a step of a test tries nothing"));
        Ok(failed(step, trial.remedy(step), error))
    }

    fn is_write(&self, step: &TrialStep) -> bool {
        self.catalogue
            .tool(step.tool)
            .is_some_and(|(_, tool)| tool.descriptor().effect.is_write())
    }

    /// Runs a tool as the connected person, with everything that a call has but an agent.
    pub(super) async fn try_tool(
        &self,
        person: &Person,
        connection: &Connection,
        name: &str,
        arguments: Value,
    ) -> Result<Gave> {
        let Some((provider, tool)) = self.catalogue.tool(name) else {
            return Err(Error::internal(format!("no tool {name}")));
        };
        let context = &person.context;
        let client = ConnectionCaller::new(
            Arc::clone(&self.keeper),
            connection.clone(),
            context.request,
            "Test of a connection".to_owned(),
        );
        let prepared = Prepared {
            provider: Arc::clone(provider),
            tool: Arc::clone(tool),
            connection: connection.clone(),
            split: Split {
                connection: None,
                reason: None,
                rest: arguments,
            },
        };
        let result = match require_scopes(connection, &**provider, tool.descriptor()) {
            Err(error) => Err(error),
            Ok(()) => self.give(context, &prepared, &client).await,
        };
        if let Err(error) = &result {
            self.audit_refusal(context, name, error).await?;
        }
        self.learn_from(context, connection, &client, result.as_ref().err())
            .await?;
        result
    }

    async fn give(
        &self,
        context: &OperationContext,
        prepared: &Prepared,
        client: &ConnectionCaller,
    ) -> Result<Gave> {
        match prepared.tool.kind() {
            ToolKind::Read(read) => self
                .run_read(context, prepared, read, client)
                .await
                .map(Gave::Answer),
            ToolKind::Write(write) => {
                let descriptor = prepared.tool.descriptor();
                let asked = event(
                    context,
                    "tool.previewed",
                    &descriptor.name,
                    AuditOutcome::Success,
                    json!({
                        "provider": prepared.provider.manifest().slug,
                        "connection": prepared.connection.id,
                    }),
                );
                let work = write.prepare(client, prepared.split.rest.clone());
                let prepared = self.read_audited(asked, work).await?;
                Ok(Gave::Preview(prepared.preview))
            }
        }
    }
}

fn writes_are_off(person: &Person) -> bool {
    person.organization.policy.decide(Effect::Write, None) == Decision::Deny
}

fn seen(trial: &dyn Trial, step: &TrialStep, gave: Gave, learned: &mut Learned) -> TrialResult {
    let (answer, preview) = match gave {
        Gave::Answer(answer) => (answer, None),
        Gave::Preview(preview) => (Value::Null, Some(preview)),
    };
    let Shown {
        verdict,
        words,
        to_do,
    } = trial.read(step, &answer, learned);
    TrialResult {
        step: *step,
        verdict,
        words,
        to_do: to_do.map(str::to_owned),
        who: None,
        error: None,
        preview,
        ends: false,
    }
}

fn skipped(step: &TrialStep, why: &str, to_do: &str, who: WhoMustAct) -> TrialResult {
    TrialResult {
        step: *step,
        verdict: TrialVerdict::Skipped,
        words: why.to_owned(),
        to_do: Some(to_do.to_owned()),
        who: Some(who),
        error: None,
        preview: None,
        ends: false,
    }
}

/// The refusal's own hint where it has one; it knows the object and the field.
fn failed(step: &TrialStep, remedy: &str, error: Error) -> TrialResult {
    let hint = error.hint();
    TrialResult {
        step: *step,
        verdict: TrialVerdict::Fails,
        words: error.message().to_owned(),
        to_do: Some(hint.map_or_else(|| remedy.to_owned(), |hint| hint.text.clone())),
        who: hint.map(|hint| hint.who_must_act),
        error: Some(error),
        preview: None,
        ends: false,
    }
}
