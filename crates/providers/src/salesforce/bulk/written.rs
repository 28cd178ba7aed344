//! Rows of a job while they arrive: cut where a row ends, written in the format asked for, and counted, so that a
//! short answer is never taken for the whole.
//!
//! Must not know: where they come from, or which piece of the export they are.

use super::{object, odd};
use crate::salesforce::files::csv::{self, Rows};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use gatelodge_model::{Error, Result};
use gatelodge_provider::{ExportFormat, ExportPart};

/// The longest row: a hundred long text fields of 131,072 characters ("Object Reference"), and what quotes add.
const LONGEST_ROW: usize = 16 * 1024 * 1024;

/// What passes.
struct Passing {
    body: BoxStream<'static, Result<Bytes>>,
    part: ExportPart,
    /// How many rows were announced, and how many came.
    announced: u64,
    came: u64,
    header: Option<Vec<String>>,
    /// The beginning of a row whose end is not there yet.
    rest: Vec<u8>,
    /// Whether the rest ends inside of quotes.
    quoted: bool,
}

/// The rows of a CSV body with a header.
pub(super) fn rows(
    body: BoxStream<'static, Result<Bytes>>,
    part: ExportPart,
    announced: u64,
) -> BoxStream<'static, Result<Bytes>> {
    let passing = Passing {
        body,
        part,
        announced,
        came: 0,
        header: None,
        rest: Vec::new(),
        quoted: false,
    };
    stream::unfold(Some(passing), async |passing| {
        let mut passing = passing?;
        match passing.next().await {
            Ok(Some(rows)) => Some((Ok(rows), Some(passing))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

impl Passing {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let ended = match self.body.next().await.transpose()? {
                Some(piece) => self.whole_rows(&piece)?,
                None if self.rest.is_empty() => {
                    return if self.came == self.announced {
                        Ok(None)
                    } else {
                        Err(odd("another number of rows than it announced"))
                    };
                }
                // the last row has no line end
                None => std::mem::take(&mut self.rest),
            };
            let text = String::from_utf8(ended).map_err(|_| odd("rows that are no text"))?;
            let rows = self.written(&text)?;
            if !rows.is_empty() {
                return Ok(Some(rows.into()));
            }
        }
    }

    /// The rows that one more piece ends.
    fn whole_rows(&mut self, piece: &[u8]) -> Result<Vec<u8>> {
        let mut end = 0;
        let before = self.rest.len();
        for (place, byte) in piece.iter().enumerate() {
            match byte {
                b'"' => self.quoted = !self.quoted,
                b'\n' if !self.quoted => end = before + place + 1,
                _ => {}
            }
        }
        self.rest.extend_from_slice(piece);
        let rest = self.rest.split_off(end);
        if rest.len() > LONGEST_ROW {
            return Err(odd("a row without end"));
        }
        Ok(std::mem::replace(&mut self.rest, rest))
    }

    /// In the format asked for. Of CSV the text is handed on as it came: no cell is written anew.
    fn written(&mut self, text: &str) -> Result<Vec<u8>> {
        let mut rows = Rows::new(text, ',');
        let mut written = Vec::with_capacity(text.len());
        let mut from = 0;
        while let Some(row) = rows.next() {
            let cells = row.map_err(|error| odd(&format!("no table, {error}")))?;
            let to = text.len() - rows.rest().len();
            let row = &text.as_bytes()[from..to];
            from = to;
            let is_csv = self.part.format == ExportFormat::Csv;
            let Some(header) = &self.header else {
                self.header = Some(csv::columns(cells));
                if is_csv && self.part.header {
                    written.extend_from_slice(row);
                }
                continue;
            };
            self.came += 1;
            if self.came <= self.part.skip {
                continue;
            }
            if is_csv {
                written.extend_from_slice(row);
            } else {
                let object = object(header, cells);
                serde_json::to_writer(&mut written, &object).map_err(Error::internal)?;
                written.push(b'\n');
            }
        }
        Ok(written)
    }
}
