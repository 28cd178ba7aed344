//! Records with bytes: what a base64 field keeps, and what belongs to a file beside its version.
//!
//! Must not know HTTP or where bytes are kept. Source: `ContentVersion`, `ContentDocument` and
//! `ContentDocumentLink`, Salesforce Object Reference.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use serde_json::Value as Json;

use super::Draft;
use crate::org::change::WriteKind;
use crate::org::error::ApiError;
use crate::org::id::Id;
use crate::org::schema::{Field, Object};
use crate::org::state::Record;
use crate::org::value::Value;

/// Most bytes of one file; a real org takes more.
const MOST_BYTES: usize = 37 * 1024 * 1024;

/// What a base64 field holds: where the bytes are, how many, and their checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobReference {
    /// Name in the store of files.
    pub name: String,
    pub size: i64,
    /// MD5 in hexadecimal digits.
    pub checksum: String,
}

impl BlobReference {
    /// Reads what a base64 field holds.
    pub fn of(value: &Value) -> Option<Self> {
        let mut parts = value.as_text()?.split(':');
        Some(Self {
            name: parts.next()?.to_owned(),
            size: parts.next()?.parse().ok()?,
            checksum: parts.next()?.to_owned(),
        })
    }
}

impl Draft<'_> {
    /// Keeps the bytes of a base64 field and gives what the field holds instead.
    pub(super) fn keep_bytes(&self, field: &Field, json: &Json) -> Result<Value, ApiError> {
        let text = match json {
            Json::Null => return Ok(Value::Null),
            Json::String(text) if text.is_empty() => return Ok(Value::Null),
            json => json.as_str().unwrap_or_default(),
        };
        let bytes = STANDARD.decode(text.trim()).map_err(|_| {
            let message = format!("{}: value not of required type: base64", field.label);
            ApiError::row("INVALID_TYPE_ON_FIELD_IN_RECORD", message, &[&field.name])
        })?;
        if bytes.len() > MOST_BYTES {
            let message = format!("{}: at most {MOST_BYTES} bytes are taken", field.label);
            return Err(ApiError::row("STRING_TOO_LONG", message, &[&field.name]));
        }
        let (size, checksum) = (bytes.len(), hex::encode(Md5::digest(&bytes)));
        let name = self
            .context
            .files
            .keep(&Bytes::from(bytes))
            .map_err(|error| {
                let message = format!("The file could not be kept: {error}");
                ApiError::new(500, "UNKNOWN_EXCEPTION", message)
            })?;
        Ok(Value::text(format!("{name}:{size}:{checksum}")))
    }

    /// Ties a new version to its document, which is made when there is none.
    pub(super) fn file_document(
        &mut self,
        object: &Object,
        version: &mut Record,
    ) -> Result<(), ApiError> {
        if object.name != "ContentVersion" {
            return Ok(());
        }
        if version.get(object, "VersionData").is_null() {
            let message = "Required fields are missing: [VersionData]";
            return Err(ApiError::row(
                "REQUIRED_FIELD_MISSING",
                message,
                &["VersionData"],
            ));
        }
        let schema = self.schema;
        let (Some(documents), Some(links)) = (
            schema.object("ContentDocument"),
            schema.object("ContentDocumentLink"),
        ) else {
            return Ok(());
        };
        let known = version.get(object, "ContentDocumentId").as_id();
        let (mut document, kind, number) = match known {
            None => {
                let mut document = Record::empty(documents, self.state.next_id(documents));
                self.defaults(documents, &mut document);
                (document, WriteKind::Insert, 1)
            }
            Some(id) => {
                let document = self.existing(documents, id)?.as_ref().clone();
                let older = self.retire(object, id);
                (document, WriteKind::Update, older + 1)
            }
        };
        let document_id = document.id;
        version.set(object, "ContentDocumentId", Value::Id(document_id));
        version.set(object, "IsLatest", Value::Bool(true));
        version.set(object, "VersionNumber", Value::text(number.to_string()));
        document.set(documents, "LatestPublishedVersionId", Value::Id(version.id));
        for field in [
            "Title",
            "ContentSize",
            "FileType",
            "FileExtension",
            "ContentModifiedDate",
        ] {
            document.set(documents, field, version.get(object, field).clone());
        }
        self.complete(documents, &mut document, None);
        self.keep(kind, documents, document);
        if known.is_none() {
            let place = version.get(object, "FirstPublishLocationId").as_id();
            let owner = self.context.user;
            for (target, share) in [(Some(owner), "I"), (place.filter(|id| *id != owner), "V")] {
                let Some(target) = target else { continue };
                let mut link = Record::empty(links, self.state.next_id(links));
                self.defaults(links, &mut link);
                link.set(links, "LinkedEntityId", Value::Id(target));
                link.set(links, "ContentDocumentId", Value::Id(document_id));
                link.set(links, "ShareType", Value::text(share));
                self.complete(links, &mut link, None);
                self.keep(WriteKind::Insert, links, link);
            }
        }
        Ok(())
    }

    /// Marks the versions of a document as old and gives how many there are.
    fn retire(&mut self, versions: &Object, document: Id) -> usize {
        let Some(field) = versions.field_index("ContentDocumentId") else {
            return 0;
        };
        let older: Vec<Record> = self
            .state
            .pointing(versions, field, document)
            .map(|version| version.as_ref().clone())
            .collect();
        let count = older.len();
        for mut version in older {
            if version.get(versions, "IsLatest").as_bool() {
                version.set(versions, "IsLatest", Value::Bool(false));
                self.keep(WriteKind::Update, versions, version);
            }
        }
        count
    }
}

/// Fields that follow from the bytes and the name of a file.
pub(super) fn derive_file(object: &Object, record: &mut Record, now: &Value) {
    let (data, size) = match object.name.as_str() {
        "ContentVersion" => ("VersionData", "ContentSize"),
        _ => ("Body", "BodyLength"),
    };
    let blob = BlobReference::of(record.get(object, data));
    let length = blob.as_ref().map_or(0, |blob| blob.size);
    record.set(object, size, Value::Int(length));
    if object.name != "ContentVersion" {
        return;
    }
    if let Some(blob) = blob {
        record.set(object, "Checksum", Value::text(blob.checksum));
    }
    let path = record
        .get(object, "PathOnClient")
        .as_text()
        .unwrap_or_default()
        .to_owned();
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let (stem, extension) = match file.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, Some(extension)),
        _ => (file, None),
    };
    if record.get(object, "Title").is_null() && !stem.is_empty() {
        record.set(object, "Title", Value::text(stem));
    }
    let extension = extension.filter(|extension| extension.len() <= 20);
    record.set(
        object,
        "FileExtension",
        extension.map_or(Value::Null, Value::text),
    );
    record.set(object, "FileType", Value::text(file_type(extension)));
    if record.get(object, "ContentModifiedDate").is_null() {
        record.set(object, "ContentModifiedDate", now.clone());
    }
}

/// The name of a file's type as the platform spells it.
fn file_type(extension: Option<&str>) -> String {
    let Some(extension) = extension else {
        return "UNKNOWN".to_owned();
    };
    match extension.to_ascii_lowercase().as_str() {
        "txt" => "TEXT".to_owned(),
        "docx" => "WORD_X".to_owned(),
        "doc" => "WORD".to_owned(),
        "xlsx" => "EXCEL_X".to_owned(),
        "xls" => "EXCEL".to_owned(),
        "pptx" => "POWER_POINT_X".to_owned(),
        "ppt" => "POWER_POINT".to_owned(),
        "jpeg" | "jpg" => "JPG".to_owned(),
        other => other.to_uppercase(),
    }
}
