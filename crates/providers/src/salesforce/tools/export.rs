//! `salesforce_export`: starts the export of a long result.
//!
//! Must not know: how rows are fetched.

use super::super::{bulk, explain, rest, statement, touches};
use async_trait::async_trait;
use gatelodge_model::{Effect, Result, Touches};
use gatelodge_provider::{Caller, Descriptor, Looking, ReadTool, ToolRef, tool::reading};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The SOQL statement, such as `SELECT Id, Name, Account.Name FROM Contact`. No GROUP BY, aggregates, OFFSET, TYPEOF or lists of children; no address or location as a whole.
    soql: String,
    /// Whether records in the recycle bin are exported too; false if left out.
    include_deleted: Option<bool>,
}

/// Where an export stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Started {
    /// Give this to `salesforce_get_export`.
    pub(super) export: String,
    /// Salesforce's word: `UploadComplete` and `InProgress` while it prepares, `JobComplete`, `Failed`, `Aborted`.
    pub(super) state: String,
    /// API name of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) object: Option<String>,
    /// Where the rows can be fetched as one stream with an agent's token once it is finished, as `format=csv` or `format=ndjson`; `offset` resumes after so many rows.
    pub(super) download: String,
}

impl From<bulk::Job> for Started {
    fn from(job: bulk::Job) -> Self {
        Self {
            download: format!("/api/v1/exports/{}", job.id),
            export: job.id,
            state: job.state,
            object: job.object,
        }
    }
}

struct Export;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Started>(
        "salesforce_export",
        "Start an export",
        "Starts the export of a long SOQL result in the background, as the connected user. Use it instead of salesforce_query for more than a few thousand records. salesforce_get_export tells how far it is and gives the rows; Salesforce keeps them for seven days. Read-only.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, Export))
}

#[async_trait]
impl ReadTool for Export {
    type Input = Input;
    type Output = Started;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        touches::query(looking, &input.soql, None).await
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Started> {
        let soql = statement::export(&input.soql)?;
        let request = bulk::start(soql.clone(), input.include_deleted.unwrap_or(false))?;
        match rest::get::<bulk::Job>(caller, request).await {
            Ok(job) => Ok(job.into()),
            Err(error) => Err(explain::unknown_names(caller, &soql, error).await),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, Unreachable, response};
    use gatelodge_model::ErrorKind;
    use serde_json::json;

    #[tokio::test]
    async fn an_export_is_started_as_one_declared_request() {
        let job =
            json!({"id": "750dM00003jU9GxQAK", "state": "UploadComplete", "object": "Account"});
        let org = Scripted::org().on("jobs/query", response(200, &job));
        let input = serde_json::from_value(
            json!({"soql": "SELECT Id FROM Account", "include_deleted": true}),
        );
        let started = Export.call(&org, input.unwrap()).await.unwrap();
        assert_eq!(started.download, "/api/v1/exports/750dM00003jU9GxQAK");
        let request = &org.requests()[0];
        assert!(
            request
                .start
                .as_deref()
                .unwrap()
                .contains(r#""operation":"queryAll""#)
        );
    }

    #[tokio::test]
    async fn what_cannot_be_exported_is_refused_before_it_is_sent() {
        // proves SF-3
        for (soql, words) in [
            ("SELECT Id FROM Account FOR VIEW", "FOR VIEW"),
            ("SELECT Id FROM Account UPDATE TRACKING", "UPDATE TRACKING"),
            ("SELECT COUNT() FROM Account", "COUNT()"),
            ("SELECT COUNT(Id) FROM Account", "aggregates"),
            ("SELECT Type FROM Account GROUP BY Type", "GROUP BY"),
            ("SELECT Id FROM Account OFFSET 5", "OFFSET"),
            (
                "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
                "lists of children",
            ),
            (
                "SELECT TYPEOF What WHEN Account THEN Id END FROM Task",
                "TYPEOF",
            ),
            ("SELECT FIELDS(ALL) FROM Account", "FIELDS"),
            ("SELECT Id FROM", "ERROR at Row"),
        ] {
            let input = serde_json::from_value(json!({ "soql": soql })).unwrap();
            let error = Export.call(&Unreachable, input).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{soql}");
            assert_eq!(error.field(), Some("soql"), "{soql}");
            assert!(error.message().contains(words), "{soql}: {error}");
        }
    }
}
