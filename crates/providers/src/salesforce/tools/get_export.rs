//! `salesforce_get_export`: how far an export is, and its rows page by page.
//!
//! Must not know: how an export is started.

use super::{
    super::{bulk, touches},
    export::Started,
};
use async_trait::async_trait;
use gatelodge_model::{Effect, Error, Result, Touches};
use gatelodge_provider::{Caller, Descriptor, Looking, ReadTool, ToolRef, tool::reading};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Rows in one answer unless more are asked for.
const ROWS: u32 = 200;
const MOST_ROWS: u32 = 2_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// `export` of `salesforce_export`.
    export: String,
    /// `cursor` of the answer before, for the next rows.
    cursor: Option<String>,
    /// At most this many rows, 1 to 2000; 200 if left out.
    #[schemars(range(min = 1, max = 2_000))]
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    #[serde(flatten)]
    started: Started,
    /// How many records Salesforce has prepared so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_processed: Option<u64>,
    /// Why it failed, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    /// Rows once it is finished: each an object by column, every value a text as in CSV, null where empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<Map<String, Value>>>,
    /// Give this as `cursor` for the next rows; absent after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

struct GetExport;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_get_export",
        "Follow an export",
        "Tells how far an export is and, once `state` is JobComplete, gives its rows page by page with `cursor`. Programs fetch all rows as a stream at `download` instead. Read-only.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, GetExport))
}

#[async_trait]
impl ReadTool for GetExport {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        touches::export(looking, &input.export).await
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Output> {
        let limit = input.limit.unwrap_or(ROWS);
        if !(1..=MOST_ROWS).contains(&limit) {
            return Err(Error::invalid(
                "limit",
                format!("`limit` must be between 1 and {MOST_ROWS}; it is {limit}."),
            ));
        }
        let job = bulk::job(caller, &input.export).await?;
        let mut output = Output {
            records_processed: job.number_records_processed,
            error_message: job.error_message.clone(),
            rows: None,
            cursor: None,
            started: job.into(),
        };
        if output.started.state == "JobComplete" {
            let results =
                bulk::results(caller, &input.export, input.cursor.as_deref(), limit).await?;
            output.rows = Some(bulk::objects(&results.text)?);
            output.cursor = results.next;
        }
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, raw, response};
    use serde_json::json;

    const EXPORT: &str = "750dM00003jU9GxQAK";

    fn org(state: &str, locator: &str) -> Scripted {
        let mut rows = raw(200, "\"Id\",\"Owner.Name\"\n\"1\",\"Ada\"\n\"2\",\"\"\n");
        rows.headers
            .push(("sforce-locator".to_owned(), locator.to_owned()));
        let job =
            json!({"id": EXPORT, "state": state, "object": "Account", "numberRecordsProcessed": 2});
        Scripted::org()
            .on(&format!("jobs/query/{EXPORT}"), response(200, &job))
            .on(&format!("jobs/query/{EXPORT}/results"), rows)
    }

    async fn get(org: &Scripted, input: Value) -> Output {
        let input = serde_json::from_value(input).unwrap();
        GetExport.call(org, input).await.unwrap()
    }

    #[tokio::test]
    async fn rows_come_when_it_is_finished() {
        let early = org("InProgress", "null");
        let output = get(&early, json!({"export": EXPORT})).await;
        assert!(output.rows.is_none() && output.records_processed == Some(2));
        assert_eq!(early.requests().len(), 1);

        let done = org("JobComplete", "MTAw");
        let output = get(
            &done,
            json!({"export": EXPORT, "cursor": "NTA", "limit": 2}),
        )
        .await;
        assert_eq!(
            serde_json::to_value(output.rows).unwrap(),
            json!([{"Id": "1", "Owner.Name": "Ada"}, {"Id": "2", "Owner.Name": null}])
        );
        assert_eq!(output.cursor.as_deref(), Some("MTAw"));
        assert_eq!(done.last_query("locator").as_deref(), Some("NTA"));
        assert_eq!(done.last_query("maxRecords").as_deref(), Some("2"));
        let last = get(&org("JobComplete", "null"), json!({"export": EXPORT})).await;
        assert!(last.cursor.is_none());
    }
}
