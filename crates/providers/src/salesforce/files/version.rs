//! What Salesforce knows of one state of a file.
//!
//! Must not know: the file's bytes.

use super::super::{ids::RecordId, pages, rest};
use gatelodge_model::{Error, ErrorKind, Result, WhoMustAct};
use gatelodge_provider::{Caller, ProviderResponse, ReadRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Key prefixes ("Object Reference"): a file, and a state of one.
const DOCUMENT: &str = "069";
const VERSION: &str = "068";

const FIELDS: &str = "Id, ContentDocumentId, Title, PathOnClient, FileType, FileExtension, ContentSize, Checksum, VersionNumber, IsLatest, CreatedDate, LastModifiedDate";

/// One state of a file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "the number of a version is called so at Salesforce"
)]
pub(in super::super) struct Version {
    /// Id of this state (068…).
    #[serde(alias = "Id")]
    pub(in super::super) id: String,
    /// Id of the file (069…).
    #[serde(alias = "ContentDocumentId")]
    pub(in super::super) document_id: String,
    /// Title.
    #[serde(alias = "Title")]
    pub(in super::super) title: String,
    /// The file's name where it was uploaded.
    #[serde(alias = "PathOnClient")]
    pub(in super::super) file_name: Option<String>,
    /// Salesforce's word for the type, such as `CSV`.
    #[serde(alias = "FileType")]
    pub(in super::super) file_type: Option<String>,
    /// The ending of its name, such as `csv`.
    #[serde(alias = "FileExtension")]
    pub(in super::super) extension: Option<String>,
    /// Bytes.
    #[serde(alias = "ContentSize")]
    pub(in super::super) size: u64,
    /// MD5 of the bytes, in hexadecimal.
    #[serde(alias = "Checksum")]
    pub(in super::super) md5: Option<String>,
    /// Number of this state, from 1.
    #[serde(alias = "VersionNumber")]
    pub(in super::super) version_number: Option<String>,
    /// Whether it is the newest state of the file.
    #[serde(alias = "IsLatest")]
    pub(in super::super) is_latest: bool,
    /// When it was uploaded.
    #[serde(alias = "CreatedDate")]
    pub(in super::super) created: Option<String>,
    /// When it was changed last.
    #[serde(alias = "LastModifiedDate")]
    pub(in super::super) modified: Option<String>,
}

impl Version {
    /// Whether its name or type says that it is a table.
    pub(in super::super) fn is_csv(&self) -> bool {
        [&self.extension, &self.file_type]
            .into_iter()
            .flatten()
            .any(|word| word.eq_ignore_ascii_case("csv"))
    }
}

/// The state that an id means: of a file, its newest.
///
/// # Errors
/// `invalid_argument` where the id is of something else; `provider_not_found`; Salesforce's refusal.
pub(in super::super) async fn find(caller: &dyn Caller, id: &str) -> Result<Version> {
    let id = RecordId::parse("id", id)?;
    let condition = if id.as_str().starts_with(VERSION) {
        format!("Id = '{id}'")
    } else if id.as_str().starts_with(DOCUMENT) {
        format!("ContentDocumentId = '{id}' AND IsLatest = true")
    } else {
        return Err(Error::invalid(
            "id",
            format!(
                "{id} is no file: ids of files start with 069 (ContentDocument), those of their versions with 068 (ContentVersion). salesforce_list_documents lists the files of a record."
            ),
        ));
    };
    let soql = format!("SELECT {FIELDS} FROM ContentVersion WHERE {condition}");
    let page = pages::query(caller, soql, Some(1)).await?;
    let found = page.records.into_iter().next().ok_or_else(|| {
        Error::new(
            ErrorKind::ProviderNotFound,
            format!("The connected user sees no file {id}."),
        )
        .with_hint(
            WhoMustAct::Caller,
            "Check the id. Salesforce answers the same when the file is not shared with the connected user.",
        )
    })?;
    serde_json::from_value(found.into()).map_err(|cause| {
        Error::new(
            ErrorKind::ProviderUnavailable,
            "Salesforce answered in a form that Gatelodge does not know.",
        )
        .with_context("cause", cause)
    })
}

/// The bytes of a state.
///
/// # Errors
/// Salesforce's refusal, or what kept the answer away.
pub(in super::super) async fn data(
    caller: &dyn Caller,
    version: &Version,
) -> Result<ProviderResponse> {
    let id = RecordId::parse("id", &version.id)?;
    let path = rest::path(&["sobjects", "ContentVersion", id.as_str(), "VersionData"]);
    let response = caller.read(ReadRequest::get(path)).await?;
    if response.is_success() {
        Ok(response)
    } else {
        Err(super::super::error::read(&response))
    }
}
