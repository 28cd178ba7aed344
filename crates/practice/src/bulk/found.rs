//! What a query job found: how many rows, and places from which they are read again.
//!
//! Keeps no row: each is read from the snapshot when it is asked for. Must not know CSV.

use crate::org::query::Export;
use crate::org::schema::Schema;

/// Rows from one place to the next.
const STRIDE: usize = 1_000;

/// The rows of a query job.
#[derive(Clone, Debug)]
pub struct FoundRows {
    /// The export before the rows number 0, [`STRIDE`], 2 × [`STRIDE`] and so on.
    places: Vec<Export>,
    total: usize,
}

impl FoundRows {
    /// Goes through all rows once.
    pub fn find(mut export: Export, schema: &Schema) -> Self {
        let mut places = Vec::new();
        let mut total = 0;
        loop {
            places.push(export.clone());
            let count = export.skip_rows(schema, STRIDE);
            total += count;
            if count < STRIDE {
                return Self { places, total };
            }
        }
    }

    /// Number of rows.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The export before one row.
    pub fn from(&self, schema: &Schema, row: usize) -> Export {
        let row = row.min(self.total);
        let mut export = self.places[row / STRIDE].clone();
        export.skip_rows(schema, row % STRIDE);
        export
    }
}
