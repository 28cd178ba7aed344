//! `salesforce_limits`: how much of its allowances the org has left.
//!
//! Must not know: what uses them up.

use super::super::rest;
use async_trait::async_trait;
use gatelodge_model::{Effect, Result, Touches};
use gatelodge_provider::{
    Caller, Descriptor, Looking, ReadRequest, ReadTool, ToolRef, tool::reading,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// Each allowance by Salesforce's name, such as `DailyApiRequests`, with `Max` and `Remaining`.
    limits: Map<String, Value>,
}

struct Limits;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_limits",
        "Show limits",
        "Tells how much of its daily and hourly allowances the Salesforce org has left, such as API requests, e-mails and storage. The call itself counts as one API request.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, Limits))
}

#[async_trait]
impl ReadTool for Limits {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let _ = (looking, input);
        Ok(Touches::nothing())
    }

    async fn call(&self, caller: &dyn Caller, Input {}: Input) -> Result<Output> {
        let limits = rest::get(caller, ReadRequest::get(rest::path(&["limits"]))).await?;
        Ok(Output { limits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, refusal, response};
    use gatelodge_model::ErrorKind;
    use serde_json::json;

    #[tokio::test]
    async fn allowances_are_salesforces_own() {
        let limits = json!({"DailyApiRequests": {"Max": 15_000, "Remaining": 14_998}});
        let org = Scripted::org().on("limits", response(200, &limits));
        let output = Limits.call(&org, Input {}).await.unwrap();
        assert_eq!(
            serde_json::to_value(output).unwrap(),
            json!({ "limits": limits })
        );
    }

    #[tokio::test]
    async fn a_used_up_org_says_so() {
        let used_up = refusal(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
            &[],
        );
        let error = Limits
            .call(&Scripted::org().on("limits", used_up), Input {})
            .await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::ProviderLimit);
    }
}
