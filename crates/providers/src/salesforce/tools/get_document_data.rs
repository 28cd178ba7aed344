//! `salesforce_get_document_data`: the content of a file. A table comes as rows that are objects, so that a
//! column of all rows has the address `[].column`.
//!
//! Must not know: what the content means.

use super::super::{
    files::{
        csv::{self, Rows},
        text::{self, Encoding},
        version::{self, Version},
    },
    touches,
};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use gatelodge_model::{Effect, Error, ErrorKind, Result, Touches, WhoMustAct};
use gatelodge_provider::{Caller, Descriptor, Looking, ReadTool, ToolRef, tool::reading};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The largest table that is read: it is read whole for every page of rows.
const LARGEST_TABLE: u64 = 20 * 1024 * 1024;
/// The largest other file that is given in one answer.
const LARGEST_OTHER: u64 = 256 * 1024;
/// Rows in one answer unless more are asked for.
const ROWS: usize = 200;
const MOST_ROWS: usize = 2_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Id of a version (068…), or of a file (069…) for its newest version.
    id: String,
    /// Of a CSV file: how many rows after the header to skip; 0 if left out.
    offset: Option<usize>,
    /// Of a CSV file: at most this many rows, 1 to 2000; 200 if left out.
    #[schemars(range(min = 1, max = 2_000))]
    limit: Option<usize>,
    /// Of a CSV file without a mark of its encoding: utf-8 (the default), utf-16le, utf-16be or windows-1252.
    encoding: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// The file.
    version: Version,
    /// What of the file follows: `csv` rows, or `base64` of all bytes.
    kind: &'static str,
    /// Of a CSV file: the names of its columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<String>>,
    /// Of a CSV file: its rows as objects; a column of all rows is `[].column`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<Map<String, Value>>>,
    /// Of a CSV file: how many rows there are in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_rows: Option<usize>,
    /// Of a CSV file: give this as `offset` for the next rows; absent after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<usize>,
    /// Of another file: its bytes, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

struct GetDocumentData;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_get_document_data",
        "Read a file",
        "Reads a Salesforce file. A CSV file comes as rows, each an object by column name, page by page with `offset`; another file of up to 256 KiB comes as base64. Read-only.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, GetDocumentData))
}

#[async_trait]
impl ReadTool for GetDocumentData {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let _ = (looking, input);
        Ok(touches::file())
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Output> {
        let limit = input.limit.unwrap_or(ROWS);
        if !(1..=MOST_ROWS).contains(&limit) {
            return Err(Error::invalid(
                "limit",
                format!("`limit` must be between 1 and {MOST_ROWS}; it is {limit}."),
            ));
        }
        let encoding = input.encoding.as_deref().map(encoding).transpose()?;
        let version = version::find(caller, &input.id).await?;
        let most = if version.is_csv() {
            LARGEST_TABLE
        } else {
            LARGEST_OTHER
        };
        if version.size > most {
            return Err(too_large(&version, most));
        }
        let bytes = version::data(caller, &version).await?.body;
        if !version.is_csv() {
            return Ok(Output {
                kind: "base64",
                columns: None,
                rows: None,
                total_rows: None,
                next_offset: None,
                base64: Some(STANDARD.encode(&bytes)),
                version,
            });
        }
        let text = text::decode(&bytes, encoding).map_err(|place| {
            Error::invalid(
                "encoding",
                format!("Byte {place} of the file is no text in this encoding. Nothing was left out or replaced."),
            )
            .with_hint(
                WhoMustAct::Caller,
                "Give the file's `encoding`: files of older spreadsheets are often windows-1252.",
            )
        })?;
        table(version, &text, input.offset.unwrap_or(0), limit)
    }
}

fn encoding(name: &str) -> Result<Encoding> {
    Encoding::parse(name).ok_or_else(|| {
        Error::invalid(
            "encoding",
            "`encoding` is one of utf-8, utf-16le, utf-16be, windows-1252.",
        )
    })
}

fn too_large(version: &Version, most: u64) -> Error {
    Error::new(
        ErrorKind::ProviderRejected,
        format!(
            "The file '{}' has {} bytes; at most {most} are read here. Nothing was read.",
            version.title, version.size
        ),
    )
    .with_hint(
        WhoMustAct::Person,
        "Download it in Salesforce, or upload a smaller part of it.",
    )
}

fn table(version: Version, text: &str, offset: usize, limit: usize) -> Result<Output> {
    let broken = |error: csv::CsvError| {
        Error::new(
            ErrorKind::ProviderRejected,
            format!("The file '{}' is no CSV: {error}.", version.title),
        )
        .with_hint(WhoMustAct::Person, "Correct the file and upload it again.")
    };
    let mut lines = Rows::new(text, csv::delimiter(text));
    let header = lines.next().transpose().map_err(broken)?;
    let columns = csv::columns(header.unwrap_or_default());
    let mut rows = Vec::new();
    let mut total = 0;
    for line in lines {
        let line = line.map_err(broken)?;
        // An empty line between or after rows is no row.
        if line.len() == 1 && line.first().is_some_and(String::is_empty) && columns.len() > 1 {
            continue;
        }
        if line.len() > columns.len() {
            return Err(broken(csv::CsvError {
                row: total + 2,
                reason: "it has more cells than the header",
            }));
        }
        if total >= offset && rows.len() < limit {
            let cells = line.into_iter().map(Value::String);
            let missing = std::iter::repeat(Value::Null);
            rows.push(columns.iter().cloned().zip(cells.chain(missing)).collect());
        }
        total += 1;
    }
    let next = offset.saturating_add(rows.len());
    Ok(Output {
        kind: "csv",
        next_offset: (next < total && !rows.is_empty()).then_some(next),
        columns: Some(columns),
        rows: Some(rows),
        total_rows: Some(total),
        base64: None,
        version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, page};
    use bytes::Bytes;
    use gatelodge_provider::ProviderResponse;
    use serde_json::json;

    const ID: &str = "068dM00003jU9GxQAK";

    fn org(extension: &str, size: u64, body: &'static [u8]) -> Scripted {
        let record = json!({"Id": ID, "ContentDocumentId": "069dM00003jU9GxQAK", "Title": "Prices",
            "FileExtension": extension, "ContentSize": size, "IsLatest": true});
        let data = ProviderResponse {
            status: 200,
            headers: Vec::new(),
            body: Bytes::from_static(body),
        };
        Scripted::org()
            .on("query", page(&[record]))
            .on(&format!("sobjects/ContentVersion/{ID}/VersionData"), data)
    }

    async fn read(org: &Scripted, more: Value) -> Result<Output> {
        let mut input = json!({"id": ID});
        if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
            input.extend(more);
        }
        GetDocumentData
            .call(org, serde_json::from_value(input).unwrap())
            .await
    }

    #[tokio::test]
    async fn rows_of_a_table_are_addressed_by_column() {
        // proves SF-16
        let org = org(
            "csv",
            30,
            b"\xEF\xBB\xBFname,price\nTea,1\n\"Co,ffee\",2\n\nMilk\n",
        );
        let whole = read(&org, json!({})).await.unwrap();
        assert_eq!(whole.columns.unwrap(), ["name", "price"]);
        assert_eq!(
            serde_json::to_value(whole.rows.unwrap()).unwrap(),
            json!([{"name": "Tea", "price": "1"}, {"name": "Co,ffee", "price": "2"}, {"name": "Milk", "price": null}])
        );
        assert_eq!((whole.total_rows, whole.next_offset), (Some(3), None));
        let part = read(&org, json!({"offset": 1, "limit": 1})).await.unwrap();
        assert_eq!(part.rows.unwrap()[0]["name"], "Co,ffee");
        assert_eq!((part.total_rows, part.next_offset), (Some(3), Some(2)));
        let beyond = read(&org, json!({"offset": 9})).await.unwrap();
        assert_eq!((beyond.rows.unwrap().len(), beyond.next_offset), (0, None));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_said_and_never_guessed() {
        // proves SF-16
        let odd = org("csv", 9, b"a,b\nM\xFCller,2");
        let error = read(&odd, json!({})).await.unwrap_err();
        assert_eq!(error.field(), Some("encoding"));
        assert!(error.message().starts_with("Byte 5 of the file"), "{error}");
        let read_anyway = read(&odd, json!({"encoding": "windows-1252"}))
            .await
            .unwrap();
        assert_eq!(read_anyway.rows.unwrap()[0]["a"], "Müller");
        for (body, words) in [
            (&b"a,b\n1,2,3"[..], "row 2: it has more cells"),
            (b"a,b\n\"1", "row 2: a cell in quotes has no end"),
        ] {
            let error = read(&org("csv", 9, body), json!({})).await.unwrap_err();
            assert!(error.message().contains(words), "{error}");
        }
        let large = org("csv", LARGEST_TABLE + 1, b"");
        assert!(read(&large, json!({})).await.is_err());
        assert_eq!(large.requests().len(), 1, "its bytes are not asked for");
        assert!(
            read(&org("pdf", LARGEST_OTHER + 1, b""), json!({}))
                .await
                .is_err()
        );
        for bad in [
            json!({"limit": 0}),
            json!({"limit": 2001}),
            json!({"encoding": "ebcdic"}),
        ] {
            assert!(read(&odd, bad).await.is_err());
        }
    }

    #[tokio::test]
    async fn other_files_come_as_bytes() {
        let output = read(&org("pdf", 3, b"\0\x01\xFF"), json!({}))
            .await
            .unwrap();
        assert_eq!(
            (output.kind, output.base64.as_deref()),
            ("base64", Some("AAH/"))
        );
    }
}
