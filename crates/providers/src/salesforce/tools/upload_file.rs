//! `salesforce_upload_file`: proposes a new file, or a new version of one.
//!
//! Salesforce answers an upload with the id of the version only, so the one frozen request is a composite:
//! the upload, and the read of the file that the version belongs to. Must not know: who decides.

use super::super::{
    files::version,
    ids::RecordId,
    objects, pages, rest, touches,
    write::{answer, diff, live, request},
};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use gatelodge_model::{
    Digest, Effect, Error, ErrorKind, FieldChange, FieldDiff, FrozenProposal, Preview,
    RecordChange, RecordVersion, Result, Touches,
};
use gatelodge_provider::{
    Caller, Descriptor, Looking, PreparedWrite, ProviderResponse, Reconciled, ToolRef, WriteTool,
    tool::writing,
};
use gatelodge_soql::escape_string;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What fits into a call of an agent beside everything else, and into a page that a person reads.
const LARGEST: usize = 700_000;

const OBJECT: &str = "ContentVersion";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The file's name with its ending, such as `prices.csv`.
    file_name: String,
    /// Title in Salesforce; the name without its ending if left out.
    title: Option<String>,
    /// The content as text. Give this or `content_base64`; at most 700,000 bytes.
    content: Option<String>,
    /// The content as base64.
    content_base64: Option<String>,
    /// Id of a record to attach the file to; give its object as well.
    record: Option<String>,
    /// The object of `record`, such as `Account`.
    object: Option<String>,
    /// Id of a file (069…) of which this is a new version; not together with `record`.
    document_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// Id of the version (068…).
    content_version_id: String,
    /// Id of the file (069…); absent where Salesforce did not tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_document_id: Option<String>,
    /// Bytes.
    size: u64,
    /// SHA-256 of the bytes, in hexadecimal.
    sha256: String,
}

struct UploadFile;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_upload_file",
        "Upload a file",
        "Proposes to upload a file of up to 700,000 bytes to Salesforce, attached to a record if one is given, or as a new version of a file. A person sees name, size, hash, content and where it goes first.",
        Effect::Write,
        super::SCOPES,
    )?;
    Ok(writing(descriptor, UploadFile))
}

#[async_trait]
impl WriteTool for UploadFile {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        touches::upload(looking, input.object.as_deref(), input.record.is_some()).await
    }

    async fn prepare(&self, caller: &dyn Caller, input: Input) -> Result<PreparedWrite> {
        let bytes = content(&input)?;
        let name = file_name(&input.file_name)?;
        let title = match &input.title {
            Some(title) if !title.trim().is_empty() => title.trim(),
            _ => name.rsplit_once('.').map_or(name, |(stem, _)| stem),
        };
        let mut record = serde_json::Map::new();
        record.insert("Title".to_owned(), title.into());
        record.insert("PathOnClient".to_owned(), name.into());
        let mut fields = vec![
            added("Title", "Title", title.into()),
            added("PathOnClient", "File name", name.into()),
        ];
        let mut notes = vec![
            format!("Size: {} bytes.", bytes.len()),
            format!("SHA-256: {}.", Digest::of_file(&bytes)),
        ];
        let place = place(caller, &input).await?;
        notes.push(place.note);
        if let Some((key, label, id)) = place.field {
            record.insert(key.to_owned(), id.as_str().into());
            fields.push(added(key, label, id.as_str().into()));
        }
        fields.push(added("VersionData", "Content", shown(&bytes)));
        record.insert("VersionData".to_owned(), STANDARD.encode(&bytes).into());
        Ok(PreparedWrite {
            request: request::with_body(
                caller,
                "POST",
                rest::path(&["composite"]),
                &composite(record.into()),
            ),
            preview: Preview::FieldDiff(FieldDiff {
                change: RecordChange::Create,
                object: OBJECT.to_owned(),
                object_label: "File".to_owned(),
                record: None,
                fields,
                notes,
            }),
            record_versions: Vec::new(),
        })
    }

    fn interpret(&self, frozen: &FrozenProposal, response: &ProviderResponse) -> Result<Output> {
        answer::accepted(response)?;
        let parts: Composite = serde_json::from_slice(&response.body).map_err(|_| untold())?;
        let mut parts = parts.composite_response.into_iter();
        let upload = part(response, parts.next().ok_or_else(untold)?);
        let saved = answer::saved(&upload)?;
        let document = parts
            .next()
            .filter(|part| part.http_status_code == 200)
            .and_then(|part| {
                part.body
                    .get("ContentDocumentId")?
                    .as_str()
                    .map(str::to_owned)
            });
        output(frozen, saved.id(), document)
    }

    async fn reconcile(&self, caller: &dyn Caller, frozen: &FrozenProposal) -> Result<Reconciled> {
        let sent = sent(frozen)?;
        let text =
            |name: &str| escape_string(sent.0.get(name).and_then(Value::as_str).unwrap_or(""));
        let soql = format!(
            "SELECT Id, ContentDocumentId FROM {OBJECT} WHERE CreatedById = '{}' AND CreatedDate >= {} AND Title = '{}' AND PathOnClient = '{}' AND ContentSize = {}",
            escape_string(caller.external_user_id()),
            frozen.created_at.format("%Y-%m-%dT%H:%M:%SZ"),
            text("Title"),
            text("PathOnClient"),
            sent.1.len(),
        );
        let page = pages::query(caller, soql, Some(pages::PAGE)).await?;
        Ok(match page.records.as_slice() {
            [] => Reconciled::NotSeen {
                evidence: "The connected user has uploaded no file of this name and size since."
                    .to_owned(),
            },
            [only] => {
                let text = |name: &str| only.get(name).and_then(Value::as_str);
                let id = text("Id").unwrap_or_default();
                let document = text("ContentDocumentId").map(str::to_owned);
                Reconciled::Happened {
                    result: serde_json::to_value(output(frozen, id, document)?)
                        .map_err(Error::internal)?,
                    evidence: format!(
                        "The connected user uploaded {id} with this name and size after the proposal was made."
                    ),
                }
            }
            several => Reconciled::Unclear {
                evidence: format!(
                    "The connected user uploaded {} files of this name and size since. One may be this one.",
                    several.len()
                ),
            },
        })
    }

    async fn current_versions(
        &self,
        _: &dyn Caller,
        _: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        Ok(Vec::new())
    }
}

/// The two requests that are sent as one ("REST API Developer Guide, Composite").
fn composite(record: Value) -> Value {
    json!({
        "allOrNone": false,
        "compositeRequest": [
            {
                "method": "POST",
                "url": rest::path(&["sobjects", OBJECT]),
                "referenceId": "version",
                "body": record,
            },
            {
                "method": "GET",
                "url": format!("{}/@{{version.id}}?fields=ContentDocumentId", rest::path(&["sobjects", OBJECT])),
                "referenceId": "document",
            },
        ],
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Composite {
    composite_response: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    #[serde(default)]
    body: Value,
    http_status_code: u16,
}

/// A part as if it had been sent alone.
fn part(whole: &ProviderResponse, part: Part) -> ProviderResponse {
    ProviderResponse {
        status: part.http_status_code,
        headers: whole.headers.clone(),
        body: part.body.to_string().into(),
    }
}

fn untold() -> Error {
    Error::new(
        ErrorKind::UnknownOutcome,
        "Salesforce accepted the upload and did not tell what became of it.",
    )
}

fn content(input: &Input) -> Result<Vec<u8>> {
    let bytes = match (&input.content, &input.content_base64) {
        (Some(text), None) => text.clone().into_bytes(),
        (None, Some(text)) => STANDARD.decode(text.trim()).map_err(|_| {
            Error::invalid(
                "content_base64",
                "`content_base64` is not base64 (RFC 4648, with padding).",
            )
        })?,
        _ => {
            return Err(Error::invalid(
                "content",
                "Give the content once: as text in `content`, or as base64 in `content_base64`.",
            ));
        }
    };
    match bytes.len() {
        0 => Err(Error::invalid(
            "content",
            "The content is empty; Salesforce takes no empty file.",
        )),
        1..=LARGEST => Ok(bytes),
        length => Err(Error::invalid(
            "content",
            format!("The content has {length} bytes; at most {LARGEST} can be proposed."),
        )),
    }
}

fn file_name(given: &str) -> Result<&str> {
    let name = given.trim();
    let wrong = name.is_empty()
        || name.chars().count() > 255
        || name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\'));
    if wrong {
        return Err(Error::invalid(
            "file_name",
            "`file_name` is a plain name of at most 255 characters, such as prices.csv, without folders.",
        ));
    }
    Ok(name)
}

/// Where the file goes.
struct Place {
    note: String,
    field: Option<(&'static str, &'static str, RecordId)>,
}

async fn place(caller: &dyn Caller, input: &Input) -> Result<Place> {
    match (&input.record, &input.object, &input.document_id) {
        (None, None, None) => Ok(Place {
            note: "It belongs to the connected user's own files, attached to no record.".to_owned(),
            field: None,
        }),
        (Some(record), Some(object), None) => {
            let id = RecordId::parse("record", record)?;
            let object = objects::describe(caller, "object", object).await?;
            let target = live::read(caller, &object, &id, &[])
                .await?
                .reference(&object);
            let name = target.name.unwrap_or_default();
            Ok(Place {
                note: format!("It is attached to {} “{name}” ({id}).", object.label),
                field: Some(("FirstPublishLocationId", "Attached to", id)),
            })
        }
        (None, None, Some(document)) => {
            let id = RecordId::parse("document_id", document)?;
            let now = version::find(caller, id.as_str()).await?;
            let id = RecordId::parse("document_id", &now.document_id)?;
            Ok(Place {
                note: format!(
                    "It becomes the newest version of “{}” ({id}), which has version {} now.",
                    now.title,
                    now.version_number.unwrap_or_default()
                ),
                field: Some(("ContentDocumentId", "New version of", id)),
            })
        }
        (Some(_), None, _) => Err(Error::invalid(
            "object",
            "Give the object of `record` as well, such as Account.",
        )),
        _ => Err(Error::invalid(
            "record",
            "Give `record` with its `object`, or `document_id`, or neither.",
        )),
    }
}

/// The content as a person can read it: text whole, other bytes by their beginning.
fn shown(bytes: &[u8]) -> Value {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let beginning: Vec<String> = bytes
        .iter()
        .take(32)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(
        "No text. It begins with the bytes {} …",
        beginning.join(" ")
    )
    .into()
}

fn added(api_name: &str, label: &str, after: Value) -> FieldChange {
    FieldChange::compare(api_name.to_owned(), label.to_owned(), Value::Null, after)
}

/// The record and the bytes of the frozen request.
fn sent(frozen: &FrozenProposal) -> Result<(Value, Vec<u8>)> {
    let body = frozen.request.body.as_deref().unwrap_or_default();
    let mut body: Value = serde_json::from_str(body).map_err(Error::internal)?;
    let record = body
        .pointer_mut("/compositeRequest/0/body")
        .map(Value::take)
        .ok_or_else(|| Error::internal("the proposal uploads nothing"))?;
    let data = record
        .get("VersionData")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let bytes = STANDARD.decode(data).map_err(Error::internal)?;
    Ok((record, bytes))
}

fn output(frozen: &FrozenProposal, id: &str, document: Option<String>) -> Result<Output> {
    diff(frozen)?;
    let (_, bytes) = sent(frozen)?;
    Ok(Output {
        content_version_id: RecordId::parse("id", id)?.to_string(),
        content_document_id: document
            .and_then(|id| Some(RecordId::parse("id", &id).ok()?.to_string())),
        size: bytes.len() as u64,
        sha256: Digest::of_file(&bytes).to_string(),
    })
}

#[cfg(test)]
mod tests;
