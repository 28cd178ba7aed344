//! The form of an upload: CSV as it is, or a JSON list of records that becomes CSV before it is read.
//!
//! Must not know objects; a cell is text.

use std::io::{self, BufRead, Cursor, Read as _};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::columns::CLEAR;
use super::csv::{CsvError, write_line};
use super::dialect::{Dialect, LineEnding};

/// The form of an upload and of its results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Content {
    #[default]
    Csv,
    Json,
}

impl Content {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
        }
    }

    /// How the lines of an upload end, which an order of the first Bulk API does not say.
    pub fn dialect(self, upload: &[u8]) -> Dialect {
        let end = upload.iter().position(|byte| *byte == b'\n');
        let line_ending = match end.and_then(|end| end.checked_sub(1)) {
            Some(before) if self == Self::Csv && upload[before] == b'\r' => LineEnding::Crlf,
            _ => LineEnding::Lf,
        };
        Dialect {
            line_ending,
            ..Dialect::default()
        }
    }

    /// The upload as CSV.
    ///
    /// # Errors
    /// The file cannot be read, or is no list of records.
    pub(super) fn csv(
        self,
        mut file: Box<dyn BufRead + Send>,
    ) -> Result<Box<dyn BufRead + Send>, CsvError> {
        if self == Self::Csv {
            return Ok(file);
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(CsvError::Io)?;
        let broken = |error: serde_json::Error| CsvError::Broken(error.to_string());
        let records: Vec<Map<String, Value>> = serde_json::from_slice(&bytes).map_err(broken)?;
        Ok(Box::new(Cursor::new(lines(&records))))
    }

    /// Is there nothing in an upload?
    ///
    /// # Errors
    /// The JSON cannot be read.
    pub fn is_empty(self, upload: &[u8]) -> io::Result<bool> {
        if upload.trim_ascii().is_empty() {
            return Ok(true);
        }
        match self {
            Self::Csv => Ok(false),
            Self::Json => Ok(serde_json::from_slice::<Vec<Value>>(upload)?.is_empty()),
        }
    }
}

/// A column for each name that any record has; a parent `{"Owner": {"Email": …}}` becomes `Owner.Email`.
fn lines(records: &[Map<String, Value>]) -> Vec<u8> {
    let records: Vec<Map<String, Value>> = records.iter().map(flat).collect();
    let mut header: Map<String, Value> = Map::new();
    for name in records.iter().flat_map(Map::keys) {
        header.entry(name).or_insert(Value::Null);
    }
    let dialect = Dialect::default();
    let mut out = Vec::new();
    write_line(&mut out, dialect, header.keys().map(String::as_str));
    for record in &records {
        let cell = |name: &String| record.get(name).map(text).unwrap_or_default();
        let cells: Vec<String> = header.keys().map(cell).collect();
        write_line(&mut out, dialect, cells.iter().map(String::as_str));
    }
    out
}

fn flat(record: &Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in record.iter().filter(|(name, _)| *name != "attributes") {
        match value {
            Value::Object(parent) => {
                let fields = parent.iter().filter(|(field, _)| *field != "attributes");
                out.extend(fields.map(|(field, value)| (format!("{name}.{field}"), value.clone())));
            }
            _ => {
                out.insert(name.clone(), value.clone());
            }
        }
    }
    out
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => CLEAR.to_owned(),
        Value::String(text) if text.is_empty() => CLEAR.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(json: &'static str) -> String {
        let mut out = String::new();
        let mut file = Content::Json
            .csv(Box::new(Cursor::new(json.as_bytes())))
            .unwrap();
        file.read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn records_with_different_names_share_one_header() {
        assert_eq!(
            csv(
                r#"[{"Name":"a \"b\"","Owner":{"Email":"x@y"}},{"Active":true,"Name":null,"Size":1.5}]"#
            ),
            "\"Name\",\"Owner.Email\",\"Active\",\"Size\"\n\"a \"\"b\"\"\",\"x@y\",\"\",\"\"\n\"#N/A\",\"\",\"true\",\"1.5\"\n"
        );
    }

    #[test]
    fn the_first_line_tells_how_lines_end() {
        let ending = |upload: &[u8]| Content::Csv.dialect(upload).line_ending;
        assert_eq!(ending(b"A\r\n1\r\n"), LineEnding::Crlf);
        for upload in [&b"A\n1\n"[..], b"A", b"", b"\n"] {
            assert_eq!(ending(upload), LineEnding::Lf);
        }
    }
}
