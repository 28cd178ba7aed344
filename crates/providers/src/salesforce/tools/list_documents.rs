//! `salesforce_list_documents`: files, all that the connected user sees or those of one record.
//!
//! Must not know: the bytes of files.

use super::super::{ids::RecordId, pages, touches};
use async_trait::async_trait;
use gatelodge_model::{Effect, Result, Touches};
use gatelodge_provider::{Caller, Descriptor, Looking, ReadTool, ToolRef, tool::reading};
use gatelodge_soql::escape_like;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const FIELDS: [&str; 8] = [
    "Id",
    "Title",
    "FileType",
    "FileExtension",
    "ContentSize",
    "LatestPublishedVersionId",
    "CreatedDate",
    "LastModifiedDate",
];

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Id of a record: only the files that are attached to it.
    record: Option<String>,
    /// Part of the title.
    title: Option<String>,
    /// At most this many, 1 to 2000; 200 if left out.
    #[schemars(range(min = 1, max = 2_000))]
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Document {
    /// Id of the file (069…).
    id: String,
    /// Title.
    title: Option<String>,
    /// Salesforce's word for the type, such as `CSV`.
    file_type: Option<String>,
    /// The ending of its name.
    extension: Option<String>,
    /// Bytes.
    size: Option<u64>,
    /// Id of its newest version (068…), for `salesforce_get_document_data`.
    latest_version_id: Option<String>,
    /// When it was uploaded first.
    created: Option<String>,
    /// When it was changed last.
    modified: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// The files, the newest change first.
    documents: Vec<Document>,
    /// Whether there may be more than `limit` let through.
    more: bool,
}

struct ListDocuments;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_list_documents",
        "List files",
        "Lists the Salesforce files that the connected user sees, or those attached to one record, with their ids, names, types and sizes. Read-only.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, ListDocuments))
}

#[async_trait]
impl ReadTool for ListDocuments {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        touches::query(
            looking,
            &statement(input, input.limit.unwrap_or(pages::PAGE))?,
            None,
        )
        .await
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Output> {
        let limit = pages::check_limit(input.limit, 2_000)?.unwrap_or(pages::PAGE);
        let page = pages::query(caller, statement(&input, limit)?, Some(limit)).await?;
        let documents: Vec<Document> = page.records.iter().map(document).collect();
        Ok(Output {
            more: documents.len() >= limit as usize,
            documents,
        })
    }
}

/// Links are asked by the record, as Salesforce wants it ("Object Reference, `ContentDocumentLink`").
fn statement(input: &Input, limit: u32) -> Result<String> {
    let linked = input.record.is_some();
    let prefix = if linked { "ContentDocument." } else { "" };
    let fields: Vec<String> = FIELDS
        .iter()
        .map(|name| format!("{prefix}{name}"))
        .collect();
    let mut conditions = Vec::new();
    if let Some(record) = &input.record {
        let id = RecordId::parse("record", record)?;
        conditions.push(format!("LinkedEntityId = '{id}'"));
    }
    if let Some(title) = &input.title {
        conditions.push(format!("{prefix}Title LIKE '%{}%'", escape_like(title)));
    }
    let condition = if conditions.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", conditions.join(" AND "))
    };
    let object = if linked {
        "ContentDocumentLink"
    } else {
        "ContentDocument"
    };
    Ok(format!(
        "SELECT {} FROM {object}{condition} ORDER BY {prefix}LastModifiedDate DESC LIMIT {limit}",
        fields.join(", ")
    ))
}

fn document(record: &Map<String, Value>) -> Document {
    let record = match record.get("ContentDocument") {
        Some(Value::Object(document)) => document,
        _ => record,
    };
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    Document {
        id: text("Id").unwrap_or_default(),
        title: text("Title"),
        file_type: text("FileType"),
        extension: text("FileExtension"),
        size: record.get("ContentSize").and_then(Value::as_u64),
        latest_version_id: text("LatestPublishedVersionId"),
        created: text("CreatedDate"),
        modified: text("LastModifiedDate"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, page};
    use serde_json::json;

    #[tokio::test]
    async fn files_of_everybody_or_of_one_record() {
        // proves SF-16
        let file = json!({"attributes": {"type": "ContentDocument"}, "Id": "069dM00003jU9GxQAK", "Title": "Prices",
            "FileType": "CSV", "FileExtension": "csv", "ContentSize": 12, "LatestPublishedVersionId": "068dM00003jU9GxQAK"});
        let link = json!({"attributes": {"type": "ContentDocumentLink"}, "ContentDocument": file});
        for (input, records, asked) in [
            (
                json!({"title": "50%"}),
                file,
                r"FROM ContentDocument WHERE Title LIKE '%50\%%' ORDER BY LastModifiedDate DESC LIMIT 200",
            ),
            (
                json!({"record": "001dM00003jU9Gx", "limit": 1}),
                link,
                "FROM ContentDocumentLink WHERE LinkedEntityId = '001dM00003jU9GxQAK' ORDER BY ContentDocument.LastModifiedDate DESC LIMIT 1",
            ),
        ] {
            let org = Scripted::org().on("query", page(&[records]));
            let input = serde_json::from_value(input).unwrap();
            let output = ListDocuments.call(&org, input).await.unwrap();
            assert!(org.last_query("q").unwrap().ends_with(asked));
            assert_eq!(output.documents[0].id, "069dM00003jU9GxQAK");
            assert_eq!(output.documents[0].size, Some(12));
        }
    }
}
