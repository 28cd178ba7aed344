//! Answers as plain tables for the terminal.
//!
//! Must not know: what the columns mean.

use crate::commands::say;
use serde_json::Value;

/// Prints rows under a head; every column is as wide as its widest cell.
pub(super) fn print(head: &[&str], rows: &[Vec<String>]) {
    for line in lines(head, rows) {
        say(line);
    }
}

fn lines(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max();
        widest.unwrap_or(0).max(head[column].chars().count())
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (cell, width) in cells.zip(&widths) {
            line.push_str(cell);
            let gap = width + 2 - cell.chars().count().min(*width);
            line.extend(std::iter::repeat_n(' ', gap));
        }
        line.trim_end().to_owned()
    };
    let mut lines = vec![line(&mut head.iter().copied())];
    for row in rows {
        lines.push(line(&mut row.iter().map(String::as_str)));
    }
    lines
}

/// A value as a cell: text without quotes, nothing for null, lists with spaces. Control characters become
/// question marks, because names in the journal come from clients.
pub(super) fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let cells: Vec<String> = values.iter().map(cell).collect();
            cells.join(" ")
        }
        other => other.to_string(),
    };
    text.chars()
        .map(|character| {
            if character.is_control() {
                '?'
            } else {
                character
            }
        })
        .collect()
}

/// The cells of each object of a list, by name.
pub(super) fn rows(list: &Value, names: &[&str]) -> Vec<Vec<String>> {
    let objects = list.as_array().map(Vec::as_slice).unwrap_or_default();
    objects
        .iter()
        .map(|object| names.iter().map(|name| cell(&object[*name])).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let list = json!([{"a": "long text", "b": true}, {"a": "é\u{1b}", "b": null}]);
        let lines = lines(&["A", "B"], &rows(&list, &["a", "b"]));
        assert_eq!(lines, ["A          B", "long text  yes", "é?"]);
    }
}
