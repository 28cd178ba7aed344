//! `salesforce_whoami`: which user and org this connection is.
//!
//! Must not know: other users.

use super::super::{identity, pages, rest};
use async_trait::async_trait;
use gatelodge_model::{Effect, ErrorKind, Result, Touches};
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
    /// Id of the connected user.
    user_id: String,
    /// Sign-in name of the connected user.
    username: String,
    /// Name that people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// E-mail address of the connected user.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Id of the org.
    organization_id: String,
    /// The org, as far as the connected user can see it: name, edition, whether it is a sandbox.
    #[serde(skip_serializing_if = "Map::is_empty")]
    organization: Map<String, Value>,
    /// Time zone of the connected user; dates in SOQL follow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    /// Scopes that Salesforce granted to this connection.
    granted_scopes: Vec<String>,
}

/// What user information tells beyond the ids.
#[derive(Deserialize)]
struct Details {
    email: Option<String>,
    zoneinfo: Option<String>,
}

struct WhoAmI;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_whoami",
        "Show the connected user",
        "Tells which Salesforce user and org this connection acts as, with the granted scopes. Everything that the other tools read or propose happens with this user's permissions.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, WhoAmI))
}

#[async_trait]
impl ReadTool for WhoAmI {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let _ = (looking, input);
        Ok(Touches::nothing())
    }

    async fn call(&self, caller: &dyn Caller, Input {}: Input) -> Result<Output> {
        let response = caller
            .read(ReadRequest::get(identity::USER_INFORMATION))
            .await?;
        let account = identity::read_identity(&response)?;
        let details: Details = rest::json(&response)?;
        Ok(Output {
            user_id: account.user_id,
            username: account.username,
            name: account.display_name,
            email: details.email,
            organization_id: account.organization_id,
            organization: organization(caller).await?,
            time_zone: details.zoneinfo,
            granted_scopes: caller.granted_scopes().to_vec(),
        })
    }
}

/// The org's own record; empty where the user may not see it.
async fn organization(caller: &dyn Caller) -> Result<Map<String, Value>> {
    let soql = "SELECT Name, OrganizationType, IsSandbox, InstanceName FROM Organization LIMIT 1";
    match pages::query(caller, soql.to_owned(), None).await {
        Ok(page) => {
            let mut record = page.records.into_iter().next().unwrap_or_default();
            record.remove("attributes");
            Ok(record)
        }
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::ProviderRejected
                    | ErrorKind::ProviderForbidden
                    | ErrorKind::ProviderNotFound
            ) =>
        {
            Ok(Map::new())
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{ME, Scripted, refusal, response};
    use serde_json::json;

    fn org() -> Scripted {
        Scripted::org().at(
            "/services/oauth2/userinfo",
            response(200, &json!({"user_id": ME, "organization_id": "00DdM00000vfgTuUAI",
                "preferred_username": "ada@acme.example", "name": "Ada", "email": "ada@acme.example",
                "zoneinfo": "Europe/Berlin"})),
        )
    }

    #[tokio::test]
    async fn user_and_org_are_told() {
        // proves SF-8
        let record =
            json!({"attributes": {"type": "Organization"}, "Name": "Acme", "IsSandbox": false});
        let org = org().on(
            "query",
            response(
                200,
                &json!({"totalSize": 1, "done": true, "records": [record]}),
            ),
        );
        let output = serde_json::to_value(WhoAmI.call(&org, Input {}).await.unwrap()).unwrap();
        assert_eq!(output["user_id"], ME);
        assert_eq!(
            output["organization"],
            json!({"Name": "Acme", "IsSandbox": false})
        );
        assert_eq!(output["time_zone"], "Europe/Berlin");
    }

    #[tokio::test]
    async fn an_org_record_out_of_sight_is_no_failure() {
        let org = org().on(
            "query",
            refusal(
                400,
                "INVALID_TYPE",
                "sObject type 'Organization' is not supported.",
                &[],
            ),
        );
        let output = WhoAmI.call(&org, Input {}).await.unwrap();
        assert!(output.organization.is_empty());
        assert_eq!(output.username, "ada@acme.example");
    }
}
