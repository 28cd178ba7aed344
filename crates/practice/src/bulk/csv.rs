//! Lines of CSV, written as the platform writes them and read as it reads them.
//!
//! Must not know jobs or objects; a cell is text.

use std::borrow::Cow;
use std::io::{BufRead, Read};

use super::dialect::{Dialect, LineEnding};
use crate::org::Value;

/// Appends a line of text cells; every cell is quoted.
pub fn write_line<'a>(
    out: &mut Vec<u8>,
    dialect: Dialect,
    cells: impl IntoIterator<Item = &'a str>,
) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(dialect.delimiter.byte());
        }
        write_text(out, cell);
    }
    out.extend_from_slice(dialect.line_ending.bytes());
}

/// Appends a line of values; every cell is quoted, null is empty.
pub fn write_values<'a>(
    out: &mut Vec<u8>,
    dialect: Dialect,
    values: impl Iterator<Item = Cow<'a, Value>>,
) {
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(dialect.delimiter.byte());
        }
        write_value(out, &value);
    }
    out.extend_from_slice(dialect.line_ending.bytes());
}

fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"\"\""),
        Value::Text(text) => write_text(out, text),
        Value::Bool(_) | Value::Int(_) | Value::Double(_) => {
            out.push(b'"');
            value.write_json(out);
            out.push(b'"');
        }
        Value::DateTime(_) => {
            // The JSON form ends in `+0000"`; this interface writes the same moment with a `Z`.
            value.write_json(out);
            out.truncate(out.len() - 6);
            out.extend_from_slice(b"Z\"");
        }
        // Their JSON form has quotes and nothing to escape.
        Value::Id(_) | Value::Date(_) | Value::Time(_) => value.write_json(out),
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('"') {
        out.extend_from_slice(before.as_bytes());
        out.extend_from_slice(b"\"\"");
        rest = behind;
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

/// What makes a file unreadable as a whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(std::io::Error),
    /// Not UTF-8.
    #[error("the file is not UTF-8")]
    Encoding,
    /// Another line ending than the job says.
    #[error("LineEnding is invalid on user data. Current LineEnding setting is {0}")]
    LineEnding(&'static str),
    /// Broken in another way.
    #[error("{0}")]
    Broken(String),
}

impl From<csv::Error> for CsvError {
    fn from(error: csv::Error) -> Self {
        let shown = error.to_string();
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::Io(error),
            csv::ErrorKind::Utf8 { .. } => Self::Encoding,
            _ => Self::Broken(shown),
        }
    }
}

/// Reads a file line by line: the header first, then the rows.
pub struct CsvReader<R> {
    rows: csv::Reader<R>,
    header: Vec<String>,
}

impl<R: BufRead> CsvReader<R> {
    /// Reads the header; a file without one has no columns.
    ///
    /// # Errors
    /// The file cannot be read, is not UTF-8, or its first line ends otherwise than the job says.
    pub fn new(mut source: R, dialect: Dialect) -> Result<CsvReader<impl Read>, CsvError> {
        let start = first_line(&mut source).map_err(CsvError::Io)?;
        let ends_with_return = start.ends_with(b"\r\n");
        let fits = match dialect.line_ending {
            LineEnding::Lf => !ends_with_return,
            LineEnding::Crlf => ends_with_return || !start.ends_with(b"\n"),
        };
        if !fits {
            return Err(CsvError::LineEnding(dialect.line_ending.name()));
        }
        let without_mark = match start.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => rest.to_vec(),
            None => start,
        };
        let mut rows = csv::ReaderBuilder::new()
            .delimiter(dialect.delimiter.byte())
            .has_headers(true)
            .flexible(true)
            .from_reader(std::io::Cursor::new(without_mark).chain(source));
        let header = rows.headers()?.iter().map(str::to_owned).collect();
        Ok(CsvReader { rows, header })
    }
}

impl<R: Read> CsvReader<R> {
    /// The cells of the first line.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row that is not an empty line.
    ///
    /// # Errors
    /// As [`CsvReader::new`], and when a row has more or fewer cells than the header.
    pub fn next_row(&mut self) -> Result<Option<csv::StringRecord>, CsvError> {
        let mut row = csv::StringRecord::new();
        if !self.rows.read_record(&mut row)? {
            return Ok(None);
        }
        if row.len() != self.header.len() {
            let line = row.position().map_or(0, csv::Position::line);
            return Err(CsvError::Broken(format!(
                "The row in line {line} has {} columns and the header has {}",
                row.len(),
                self.header.len()
            )));
        }
        Ok(Some(row))
    }
}

/// Bytes up to and with the first line feed outside quotes.
fn first_line(source: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut quoted = false;
    loop {
        let start = line.len();
        let read = source.read_until(b'\n', &mut line)?;
        for byte in &line[start..] {
            quoted ^= *byte == b'"';
        }
        if read == 0 || !quoted {
            return Ok(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialect::Delimiter;
    use super::*;
    use proptest::prelude::*;

    fn dialects() -> impl Strategy<Value = Dialect> {
        let delimiter = prop_oneof![
            Just(Delimiter::Comma),
            Just(Delimiter::Backquote),
            Just(Delimiter::Caret),
            Just(Delimiter::Pipe),
            Just(Delimiter::Semicolon),
            Just(Delimiter::Tab),
        ];
        let line_ending = prop_oneof![Just(LineEnding::Lf), Just(LineEnding::Crlf)];
        (delimiter, line_ending).prop_map(|(delimiter, line_ending)| Dialect {
            delimiter,
            line_ending,
        })
    }

    fn read(bytes: &[u8], dialect: Dialect) -> Result<Vec<Vec<String>>, CsvError> {
        let mut reader = CsvReader::new(bytes, dialect)?;
        let mut found = vec![reader.header().to_vec()];
        while let Some(row) = reader.next_row()? {
            found.push(row.iter().map(str::to_owned).collect());
        }
        Ok(found)
    }

    // proves SFB-BULK-24
    #[test]
    fn marks_quotes_and_spaces_are_read_as_the_platform_reads_them() {
        let text = b"\xEF\xBB\xBFName,Note\n \"a\"\"b\" ,\"c\nd\"\n\n' e',\n";
        assert_eq!(
            read(text, Dialect::default()).unwrap(),
            [
                vec!["Name", "Note"],
                vec![" \"a\"\"b\" ", "c\nd"],
                vec!["' e'", ""]
            ]
        );
        assert_eq!(
            read(b"", Dialect::default()).unwrap(),
            vec![Vec::<String>::new()]
        );
    }

    // proves SFB-BULK-26
    #[test]
    fn the_line_ending_must_be_that_of_the_job() {
        let windows = Dialect {
            line_ending: LineEnding::Crlf,
            ..Dialect::default()
        };
        for (text, dialect, name) in [
            ("A\r\n1\r\n", Dialect::default(), "LF"),
            ("A\n1\n", windows, "CRLF"),
        ] {
            let error = read(text.as_bytes(), dialect).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("LineEnding is invalid on user data. Current LineEnding setting is {name}")
            );
        }
        assert_eq!(
            read(b"A\r\n1\r\n", windows).unwrap(),
            [vec!["A"], vec!["1"]]
        );
    }

    // proves SFB-BULK-17: every value quoted, numbers the Java way, datetimes with a Z
    #[test]
    fn values_have_the_form_of_bulk_results() {
        let values = [
            Value::Null,
            Value::text("a \"b\",\nc"),
            Value::Double(912_260_031.0),
            Value::Bool(true),
            Value::DateTime(crate::org::datetime("2026-05-01T07:25:37.000+0000").unwrap()),
        ];
        let mut out = Vec::new();
        write_values(
            &mut out,
            Dialect::default(),
            values.iter().map(Cow::Borrowed),
        );
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\"\",\"a \"\"b\"\",\nc\",\"9.12260031E8\",\"true\",\"2026-05-01T07:25:37.000Z\"\n"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, dialect in dialects()) {
            drop(read(&bytes, dialect));
        }

        #[test]
        fn what_is_written_is_read_back(
            cells in prop::collection::vec(prop::collection::vec("[a-z\"`^,|;\t\r\n é]{1,8}", 3), 1..5),
            dialect in dialects(),
        ) {
            let mut out = Vec::new();
            for line in &cells {
                write_line(&mut out, dialect, line.iter().map(String::as_str));
            }
            prop_assert_eq!(read(&out, dialect).unwrap(), cells);
        }
    }
}
