//! API names of objects, fields and relationships, and what a person may have meant by a wrong one.
//!
//! Must not know: which names an org has.

use gatelodge_model::{Error, Result};

/// Checks that a text has the form of an API name: letters, digits and underscores, a letter first
/// ("Object Reference, Naming Rules"). Only such texts get into a path or a statement.
///
/// # Errors
/// `invalid_argument` with the argument's name.
pub(super) fn check<'text>(field: &str, text: &'text str) -> Result<&'text str> {
    if is_api_name(text) {
        Ok(text)
    } else {
        let shown: String = text.chars().take(80).collect();
        Err(Error::invalid(
            field,
            format!(
                "'{shown}' is not an API name: letters, digits and underscores, starting with a letter, such as Account or Invoice__c."
            ),
        ))
    }
}

/// Whether a text has the form of an API name.
pub(super) fn is_api_name(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// At most five of the candidates that come near to what was given, the nearest first.
pub(super) fn near<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let given = plain(given);
    let mut ranked: Vec<(usize, &str)> = candidates
        .filter_map(|candidate| {
            let other = plain(candidate);
            let distance = edit_distance(&given, &other);
            let contained = given.len() >= 3 && other.contains(given.as_str())
                || other.len() >= 3 && given.contains(other.as_str());
            (distance <= 1 + given.len() / 4 || contained).then_some((distance, candidate))
        })
        .collect();
    ranked.sort_unstable();
    ranked.dedup_by(|left, right| left.1 == right.1);
    ranked
        .into_iter()
        .take(5)
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

/// "Did you mean …?", or nothing.
pub(super) fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() {
        String::new()
    } else {
        format!(" Did you mean {}?", near.join(", "))
    }
}

/// Without case, blanks, underscores and the ending of custom names.
pub(super) fn plain(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    lower
        .strip_suffix("__c")
        .unwrap_or(&lower)
        .replace([' ', '_', '-'], "")
}

fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_api_names_pass() {
        // proves S7
        for good in ["Account", "Invoice__c", "ns__Thing__c", "a1"] {
            assert!(check("object", good).is_ok(), "{good}");
        }
        for bad in [
            "", "1a", "_a", "Acc ount", "../x", "a%2fb", "a@evil", "a.b", "Ä",
        ] {
            let error = check("object", bad).unwrap_err();
            assert_eq!(error.field(), Some("object"), "{bad}");
        }
    }

    #[test]
    fn near_names_are_found() {
        let names = [
            "Account",
            "Contact",
            "Contract",
            "Invoice__c",
            "AccountHistory",
        ];
        assert_eq!(near("Acount", names.into_iter())[0], "Account");
        assert_eq!(near("contrat", names.into_iter())[0], "Contract");
        assert_eq!(near("invoise", names.into_iter()), ["Invoice__c"]);
        assert!(near("zzzzzz", names.into_iter()).is_empty());
    }
}
