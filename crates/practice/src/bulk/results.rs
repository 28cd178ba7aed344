//! The CSV that a finished job answers, made piece by piece while it is sent.
//!
//! Must not know HTTP; a piece is bytes.

use std::io::{self, BufRead};
use std::sync::Arc;

use bytes::Bytes;

use super::csv::{CsvError, CsvReader, write_line, write_values};
use super::dialect::Dialect;
use super::found::FoundRows;
use super::job::{Order, RowOutcome};
use crate::org::query::Export;
use crate::state::Practice;

/// Bytes of one piece.
const PIECE: usize = 64 * 1024;

/// Some rows of a query job, with the header before them.
pub struct QueryPage {
    practice: Arc<Practice>,
    rows: Export,
    dialect: Dialect,
    left: usize,
    header: bool,
}

/// `count` rows from one row on.
pub fn query_page(
    practice: &Arc<Practice>,
    rows: &FoundRows,
    dialect: Dialect,
    from: usize,
    count: usize,
) -> QueryPage {
    QueryPage {
        practice: Arc::clone(practice),
        rows: rows.from(practice.org.schema(), from),
        dialect,
        left: count,
        header: true,
    }
}

impl Iterator for QueryPage {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut out = Vec::with_capacity(PIECE);
        if std::mem::take(&mut self.header) {
            let names = self.rows.columns().map(|(name, _)| name);
            write_line(&mut out, self.dialect, names);
        }
        let schema = self.practice.org.schema();
        while self.left > 0 && out.len() < PIECE - PIECE / 8 {
            let Some(row) = self.rows.next_row(schema) else {
                break;
            };
            write_values(&mut out, self.dialect, row.values());
            self.left -= 1;
        }
        (!out.is_empty()).then(|| Ok(Bytes::from(out)))
    }
}

/// Which rows of an upload are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Successful,
    Failed,
    Unprocessed,
}

/// The rows of an upload that had one outcome, with the columns that tell it.
///
/// # Errors
/// The file cannot be read. A file that is no CSV has no rows.
pub fn outcome_lines(
    file: Option<Box<dyn BufRead + Send>>,
    order: &Order,
    outcomes: imbl::Vector<RowOutcome>,
    wanted: Outcome,
) -> io::Result<Box<dyn Iterator<Item = io::Result<Bytes>> + Send>> {
    let extra: &[&str] = match wanted {
        Outcome::Successful => &["sf__Id", "sf__Created"],
        Outcome::Failed => &["sf__Id", "sf__Error"],
        Outcome::Unprocessed => &[],
    };
    let dialect = order.dialect;
    let mut head = Vec::new();
    let file: Box<dyn BufRead + Send> = file.unwrap_or_else(|| Box::new(io::empty()));
    let mut reader = match CsvReader::new(file, dialect) {
        Ok(reader) => reader,
        Err(CsvError::Io(error)) => return Err(error),
        Err(_) => {
            write_line(&mut head, dialect, extra.iter().copied());
            return Ok(Box::new(std::iter::once(Ok(Bytes::from(head)))));
        }
    };
    let header = extra
        .iter()
        .copied()
        .chain(reader.header().iter().map(String::as_str));
    if header.clone().next().is_some() {
        write_line(&mut head, dialect, header);
    }
    let mut row = 0;
    let rows = std::iter::from_fn(move || {
        let mut out = Vec::new();
        while out.len() < PIECE {
            let cells = match reader.next_row() {
                Ok(Some(cells)) => cells,
                Err(CsvError::Io(error)) => return Some(Err(error)),
                // Behind a broken row nothing was processed, and nothing can be told apart.
                Ok(None) | Err(_) => break,
            };
            let outcome = outcomes.get(row);
            row += 1;
            let told = match (wanted, outcome) {
                (Outcome::Successful, Some(RowOutcome::Saved { id, created })) => {
                    vec![id.to_string(), created.to_string()]
                }
                (Outcome::Failed, Some(RowOutcome::Failed { id, error })) => {
                    let id = id.map(|id| id.to_string()).unwrap_or_default();
                    vec![id, error.to_string()]
                }
                (Outcome::Unprocessed, None) => Vec::new(),
                _ => continue,
            };
            let told = told.iter().map(String::as_str);
            write_line(&mut out, dialect, told.chain(cells.iter()));
        }
        (!out.is_empty()).then(|| Ok(Bytes::from(out)))
    });
    Ok(Box::new(std::iter::once(Ok(Bytes::from(head))).chain(rows)))
}
