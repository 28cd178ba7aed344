//! CSV as spreadsheets and Salesforce write it (RFC 4180, any of the usual delimiters, any line end).
//!
//! Must not know: where the text came from.

use std::fmt;

/// Why a text is no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct CsvError {
    /// The row where it went wrong, from 1; the header is row 1.
    pub(in super::super) row: usize,
    /// What is wrong.
    pub(in super::super) reason: &'static str,
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.row, self.reason)
    }
}

/// The rows of a text, one after the other; each is read when it is asked for.
pub(in super::super) struct Rows<'text> {
    rest: &'text str,
    delimiter: char,
    row: usize,
    failed: bool,
}

impl<'text> Rows<'text> {
    /// Rows parted by `delimiter`.
    pub(in super::super) const fn new(text: &'text str, delimiter: char) -> Self {
        Self {
            rest: text,
            delimiter,
            row: 0,
            failed: false,
        }
    }

    /// What is not read yet.
    pub(in super::super) const fn rest(&self) -> &'text str {
        self.rest
    }

    fn next_row(&mut self) -> Result<Vec<String>, CsvError> {
        let mut cells = Vec::new();
        loop {
            let cell = if let Some(rest) = self.rest.strip_prefix('"') {
                self.rest = rest;
                self.quoted()?
            } else {
                let end = self
                    .rest
                    .find([self.delimiter, '\n', '\r'])
                    .unwrap_or(self.rest.len());
                let (cell, rest) = self.rest.split_at(end);
                self.rest = rest;
                cell.to_owned()
            };
            cells.push(cell);
            if let Some(rest) = self.rest.strip_prefix(self.delimiter) {
                self.rest = rest;
                continue;
            }
            self.rest = self
                .rest
                .strip_prefix("\r\n")
                .or_else(|| self.rest.strip_prefix(['\n', '\r']))
                .unwrap_or(self.rest);
            return Ok(cells);
        }
    }

    /// The rest of a cell in quotes; two quotes stand for one.
    fn quoted(&mut self) -> Result<String, CsvError> {
        let mut cell = String::new();
        loop {
            let Some(end) = self.rest.find('"') else {
                return Err(self.error("a cell in quotes has no end"));
            };
            cell.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + 1..];
            if let Some(rest) = self.rest.strip_prefix('"') {
                cell.push('"');
                self.rest = rest;
                continue;
            }
            let ends = self.rest.is_empty()
                || self.rest.starts_with(self.delimiter)
                || self.rest.starts_with(['\n', '\r']);
            return if ends {
                Ok(cell)
            } else {
                Err(self.error("text follows the end of a cell in quotes"))
            };
        }
    }

    const fn error(&self, reason: &'static str) -> CsvError {
        CsvError {
            row: self.row,
            reason,
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Vec<String>, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() || self.failed {
            return None;
        }
        self.row += 1;
        let row = self.next_row();
        self.failed = row.is_err();
        Some(row)
    }
}

/// The delimiter that the first line holds most often outside of quotes; a comma where none is there.
pub(in super::super) fn delimiter(text: &str) -> char {
    let mut counts = [(',', 0_usize), (';', 0), ('\t', 0), ('|', 0)];
    let mut inside = false;
    for c in text.chars() {
        match c {
            '"' => inside = !inside,
            '\n' | '\r' if !inside => break,
            c if !inside => {
                if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == c) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    let mut best = (',', 0);
    for (known, count) in counts {
        if count > best.1 {
            best = (known, count);
        }
    }
    best.0
}

/// Names for the columns of a header: every one is there and none twice, so that each value has an address.
pub(in super::super) fn columns(header: Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (place, name) in header.into_iter().enumerate() {
        let name = name.trim();
        let wanted = if name.is_empty() {
            format!("column_{}", place + 1)
        } else {
            name.to_owned()
        };
        let mut unique = wanted.clone();
        let mut count = 1;
        while names.contains(&unique) {
            count += 1;
            unique = format!("{wanted}_{count}");
        }
        names.push(unique);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        Rows::new(text, delimiter(text))
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn tables_are_read_as_they_are_written() {
        // proves SF-16
        for (text, expected) in [
            ("a,b\n1,2\n", vec![vec!["a", "b"], vec!["1", "2"]]),
            ("a;b\r\n1;\r\n", vec![vec!["a", "b"], vec!["1", ""]]),
            (
                "\"a,\"\"b\"\"\",c\r1\t,\"x\ny\"",
                vec![vec!["a,\"b\"", "c"], vec!["1\t", "x\ny"]],
            ),
            ("a\tb", vec![vec!["a", "b"]]),
            ("", vec![]),
        ] {
            assert_eq!(rows(text), expected, "{text:?}");
        }
    }

    #[test]
    fn broken_quotes_name_their_row() {
        for (text, row) in [("a\n\"x", 2), ("\"a\"b,c", 1)] {
            let error = Rows::new(text, ',').find_map(Result::err).unwrap();
            assert_eq!(error.row, row, "{error}");
        }
    }

    #[test]
    fn every_column_has_a_name_of_its_own() {
        let header = ["Name", "", "Name", " Name_2 "].map(str::to_owned).to_vec();
        assert_eq!(columns(header), ["Name", "column_2", "Name_2", "Name_2_2"]);
    }

    proptest! {
        #[test]
        fn what_was_quoted_comes_back(table in prop::collection::vec(prop::collection::vec("\\PC{0,6}|[\",;\n\r]{0,4}", 2..4), 1..5)) {
            let text: String = table
                .iter()
                .map(|row| {
                    let cells: Vec<String> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
                    cells.join(",") + "\n"
                })
                .collect();
            let back: Vec<Vec<String>> = Rows::new(&text, ',').map(Result::unwrap).collect();
            prop_assert_eq!(back, table);
        }

        #[test]
        fn nothing_makes_it_panic_or_stand_still(text in "\\PC{0,60}|[\",a\n\r;]{0,60}") {
            prop_assert!(Rows::new(&text, delimiter(&text)).count() <= text.len());
        }
    }
}
