//! The tools, one file each, in the order in which they are shown.
//!
//! Must not know: policy and faces. `connection`, `reason` and idempotency are arguments of the execution
//! boundary, which takes them out before a tool sees its input.

mod count_records;
mod create_record;
mod create_records;
mod delete_record;
mod delete_records;
mod describe_object;
mod export;
mod get_content_version;
mod get_document_data;
mod get_export;
mod get_record;
mod limits;
mod list_documents;
mod list_objects;
mod query;
mod related_records;
mod search;
mod undelete_record;
mod update_record;
mod update_records;
mod upload_file;
mod upsert_record;
mod upsert_records;
mod whoami;

use gatelodge_model::Result;
use gatelodge_provider::ToolRef;

/// The scope that every tool needs.
const SCOPES: &[&str] = &["api"];

/// All tools.
///
/// # Errors
/// `internal` where a name is not a tool name.
pub(super) fn all() -> Result<Vec<ToolRef>> {
    [
        list_objects::tool,
        describe_object::tool,
        query::tool,
        count_records::tool,
        search::tool,
        get_record::tool,
        related_records::tool,
        export::tool,
        get_export::tool,
        list_documents::tool,
        get_content_version::tool,
        get_document_data::tool,
        create_record::tool,
        update_record::tool,
        upsert_record::tool,
        delete_record::tool,
        undelete_record::tool,
        create_records::tool,
        update_records::tool,
        upsert_records::tool,
        delete_records::tool,
        upload_file::tool,
        limits::tool,
        whoami::tool,
    ]
    .into_iter()
    .map(|tool| tool())
    .collect()
}
