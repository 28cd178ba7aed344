//! The vendor's way to show where a statement is wrong: the text around the place, a caret
//! under it, the position, the reason. For errors of the parser and, with the same looks, for
//! errors that only an evaluator can find (an unknown field or object). Must not know codes.
//!
//! How the vendor cuts a long line is not documented. Recorded answers show the text cut at a
//! comma or blank some way after the place; this module does the same on both sides.

/// Characters shown on each side of the caret before the line is cut at the next boundary.
const REACH: usize = 60;
/// How much further the cut may move to find a comma or blank.
const SLACK: usize = 40;

/// A position in the vendor's counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// From 1; blank lines at the start of the text are not counted.
    pub row: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// The position of a byte offset. An offset beyond the text counts as its end.
pub fn position(text: &str, offset: usize) -> Position {
    let offset = floor(text, offset);
    let start = first_line(text).min(offset);
    let before = &text[start..offset];
    let row = before.matches('\n').count() + 1;
    let line = before
        .rfind('\n')
        .map_or(before, |newline| &before[newline + 1..]);
    Position {
        row,
        column: line.chars().count() + 1,
    }
}

/// Renders `\n<text>\n<blanks>^\nERROR at Row:<row>:Column:<column>\n<reason>`.
///
/// ```
/// let text = "SELECT Id, Foo__c FROM Bar__c";
/// let shown = gatelodge_soql::caret::render(text, 11, "No such column");
/// assert_eq!(
///     shown,
///     "\nSELECT Id, Foo__c FROM Bar__c\n           ^\nERROR at Row:1:Column:12\nNo such column"
/// );
/// ```
pub fn render(text: &str, offset: usize, reason: &str) -> String {
    let Position { row, column } = position(text, offset);
    let (window, before) = window(text, floor(text, offset));
    let indent = " ".repeat(before);
    format!("\n{window}\n{indent}^\nERROR at Row:{row}:Column:{column}\n{reason}")
}

/// The shown part of the line and how many of its characters stand before the caret.
fn window(text: &str, offset: usize) -> (String, usize) {
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[offset..]
        .find('\n')
        .map_or(text.len(), |length| offset + length);
    let before: Vec<char> = text[start..offset].chars().collect();
    let after: Vec<char> = text[offset..end]
        .trim_end()
        .chars()
        .take(REACH + SLACK + 1)
        .collect();

    let from = if before.len() > REACH + SLACK {
        let cut = before.len() - REACH;
        let boundary = before[cut - SLACK..cut]
            .iter()
            .rposition(|shown| is_boundary(*shown));
        boundary.map_or(cut, |found| cut - SLACK + found + 1)
    } else {
        0
    };
    let to = if after.len() > REACH + SLACK {
        let boundary = after[REACH..REACH + SLACK]
            .iter()
            .position(|shown| is_boundary(*shown));
        boundary.map_or(REACH, |found| REACH + found)
    } else {
        after.len()
    };
    let blanks = before[from..]
        .iter()
        .take_while(|shown| from > 0 && shown.is_whitespace());
    let from = from + blanks.count();
    // A tab or another control character would move the caret away from its place.
    let shown = before[from..].iter().chain(&after[..to]);
    let shown = shown
        .map(|shown| if shown.is_control() { ' ' } else { *shown })
        .collect();
    (shown, before.len() - from)
}

fn is_boundary(character: char) -> bool {
    character == ',' || character.is_whitespace()
}

/// The offset where the first line that is not blank starts.
fn first_line(text: &str) -> usize {
    let blank = text.len() - text.trim_start().len();
    text[..blank].rfind('\n').map_or(0, |newline| newline + 1)
}

fn floor(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset)
}

#[cfg(test)]
mod tests {
    use super::{Position, position, render};

    #[test]
    fn shows_a_short_query_whole() {
        let reason = "No such column 'Foo__c' on entity 'Bar__c'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.";
        assert_eq!(
            render("SELECT Id, Foo__c FROM Bar__c", 11, reason),
            format!(
                "\nSELECT Id, Foo__c FROM Bar__c\n           ^\nERROR at Row:1:Column:12\n{reason}"
            )
        );
    }

    #[test]
    fn shows_the_line_of_the_error_and_skips_blank_lines_at_the_start() {
        let text = "\n\n  SELECT Id\n\tFROM Nowhere\nLIMIT 1";
        let offset = text.find("Nowhere").unwrap();
        assert_eq!(
            render(text, offset, "reason"),
            "\n FROM Nowhere\n      ^\nERROR at Row:2:Column:7\nreason"
        );
        assert_eq!(position(text, 4), Position { row: 1, column: 3 });
    }

    #[test]
    fn cuts_a_long_line_at_commas_and_keeps_the_caret_under_its_place() {
        let fields: Vec<String> = (0..200).map(|n| format!("Field{n:03}__c")).collect();
        let text = format!("SELECT {} FROM Account", fields.join(", "));
        let shown = render(&text, text.find("Field100__c").unwrap(), "reason");
        let lines: Vec<&str> = shown.split('\n').collect();
        assert!(lines[1].len() < 220, "{}", lines[1]);
        assert!(lines[1].starts_with("Field"), "{}", lines[1]);
        let under = lines[2].find('^').unwrap();
        assert!(lines[1][under..].starts_with("Field100__c"), "{shown}");
        assert!(lines[1].ends_with("__c"), "{}", lines[1]);
    }

    #[test]
    fn counts_characters_and_bears_any_offset() {
        assert_eq!(position("é€x", 5), Position { row: 1, column: 3 });
        assert_eq!(position("é", 1), Position { row: 1, column: 1 });
        assert_eq!(position("ab", 99), Position { row: 1, column: 3 });
        assert_eq!(render("", 0, "r"), "\n\n^\nERROR at Row:1:Column:1\nr");
    }
}
