//! Safe text for statements put together by a program ("SOQL and SOSL Reference, Reserved
//! Characters in SOQL; Quoted String Escape Sequences; `FIND {SearchQuery}`"). Must not know
//! what the text is for: whether a name exists is the describe's matter.

/// Characters that a search term must escape.
pub(crate) const SEARCH_RESERVED: &str = "?&|!{}[]()^~*:\\\"'+-";

/// The text between the quotes of a string literal, so that it means exactly `text`.
///
/// ```
/// assert_eq!(gatelodge_soql::escape_string("it's\n"), r"it\'s\n");
/// ```
pub fn escape_string(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        push_escaped(&mut escaped, character);
    }
    escaped
}

/// The text between the quotes of a `LIKE` pattern, so that it matches exactly `text`; the
/// caller adds its own `%` and `_` around it.
///
/// ```
/// assert_eq!(gatelodge_soql::escape_like("100%_"), r"100\%\_");
/// ```
pub fn escape_like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_') {
            escaped.push('\\');
        }
        push_escaped(&mut escaped, character);
    }
    escaped
}

/// The text of a search term without operators or wildcards: reserved characters escaped.
/// The words `AND`, `OR` and `NOT` must still be quoted by the caller.
pub fn escape_search(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if SEARCH_RESERVED.contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn push_escaped(escaped: &mut String, character: char) {
    match character {
        '\\' => escaped.push_str("\\\\"),
        '\'' => escaped.push_str("\\'"),
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\t' => escaped.push_str("\\t"),
        '\u{8}' => escaped.push_str("\\b"),
        '\u{c}' => escaped.push_str("\\f"),
        other => escaped.push(other),
    }
}

/// Whether the text is a name or dotted path that may stand in a statement:
/// `[A-Za-z][A-Za-z0-9_]*`, repeated with dots between.
///
/// ```
/// use gatelodge_soql::valid_identifier;
/// assert!(valid_identifier("Account.Owner.Name"));
/// assert!(!valid_identifier("Id FROM User"));
/// ```
pub fn valid_identifier(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::{escape_search, valid_identifier};

    // proves SFB-SOQL-35
    #[test]
    fn refuses_what_could_end_a_name() {
        for bad in [
            "", ".", "a.", ".a", "a..b", "1a", "_a", "a-b", "a b", "é", "a'",
        ] {
            assert!(!valid_identifier(bad), "{bad}");
        }
        assert!(valid_identifier("Invoice__c"));
    }

    // proves SFB-SOSL-5
    #[test]
    fn escapes_every_reserved_character_of_a_search() {
        assert_eq!(escape_search("a?b\\c-d"), r"a\?b\\c\-d");
    }
}
