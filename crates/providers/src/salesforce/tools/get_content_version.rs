//! `salesforce_get_content_version`: what Salesforce knows of one state of a file.
//!
//! Must not know: the bytes of files.

use super::super::{
    files::version::{self, Version},
    touches,
};
use async_trait::async_trait;
use gatelodge_model::{Effect, Result, Touches};
use gatelodge_provider::{Caller, Descriptor, Looking, ReadTool, ToolRef, tool::reading};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Id of a version (068…), or of a file (069…) for its newest version.
    id: String,
}

struct GetContentVersion;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Version>(
        "salesforce_get_content_version",
        "Look at a file",
        "Gives name, type, size, checksum and version of a Salesforce file without reading it. Read-only.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, GetContentVersion))
}

#[async_trait]
impl ReadTool for GetContentVersion {
    type Input = Input;
    type Output = Version;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let _ = (looking, input);
        Ok(touches::file())
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Version> {
        version::find(caller, &input.id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, Unreachable, page};
    use gatelodge_model::ErrorKind;
    use serde_json::json;

    #[tokio::test]
    async fn a_file_means_its_newest_version() {
        // proves SF-16
        let record = json!({"attributes": {"type": "ContentVersion"}, "Id": "068dM00003jU9GxQAK",
            "ContentDocumentId": "069dM00003jU9GxQAK", "Title": "Prices", "PathOnClient": "prices.csv",
            "FileType": "CSV", "FileExtension": "csv", "ContentSize": 12, "Checksum": "0".repeat(32),
            "VersionNumber": "1", "IsLatest": true, "CreatedDate": null, "LastModifiedDate": null});
        for (id, asked) in [
            ("068dM00003jU9Gx", "WHERE Id = '068dM00003jU9GxQAK'"),
            (
                "069dM00003jU9Gx",
                "WHERE ContentDocumentId = '069dM00003jU9GxQAK' AND IsLatest = true",
            ),
        ] {
            let org = Scripted::org().on("query", page(std::slice::from_ref(&record)));
            let input = Input { id: id.to_owned() };
            let version = GetContentVersion.call(&org, input).await.unwrap();
            assert!(org.last_query("q").unwrap().ends_with(asked));
            assert!(version.is_csv() && version.size == 12);
            assert_eq!(
                serde_json::to_value(&version).unwrap()["document_id"],
                "069dM00003jU9GxQAK"
            );
        }
        let none = Scripted::org().on("query", page(&[]));
        let input = || Input {
            id: "069dM00003jU9Gx".to_owned(),
        };
        let error = GetContentVersion.call(&none, input()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderNotFound);
        let id = "001dM00003jU9Gx".to_owned();
        let error = GetContentVersion.call(&Unreachable, Input { id }).await;
        assert_eq!(error.unwrap_err().field(), Some("id"));
    }
}
