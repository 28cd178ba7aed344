//! Record ids: 15 case-sensitive characters, or 18 with three check characters that tell the case.
//!
//! Must not know: which objects exist. Every id is read here before it gets into a path or a query.

use gatelodge_model::{Error, Result};
use std::fmt;

/// The check characters: five bits each.
const CHECK: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// A record id in its 18-character form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordId(String);

impl RecordId {
    /// Reads a 15- or 18-character id; the check characters of the long form bring back a case that got
    /// lost, as they do in Salesforce. A mixed case that does not fit them is a slip of somebody's hand.
    pub(super) fn parse(field: &str, text: &str) -> Result<Self> {
        let refuse = |reason: &str| {
            Err(Error::invalid(
                field,
                format!("`{field}` is not a Salesforce record id: {reason}"),
            ))
        };
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return refuse("it holds other characters than letters and digits.");
        }
        match text.len() {
            15 => Ok(Self(format!("{text}{}", check_characters(text)))),
            18 => {
                let (short, check) = text.split_at(15);
                let check = check.to_ascii_uppercase();
                if check_characters(short) == check {
                    return Ok(Self(format!("{short}{check}")));
                }
                match repair_case(short, &check) {
                    Some(short) => Ok(Self(format!("{short}{}", check_characters(&short)))),
                    None => refuse(
                        "its last three characters do not fit the rest. Copy it again, whole.",
                    ),
                }
            }
            length => refuse(&format!(
                "it has {length} characters instead of 15 or 18. Salesforce shows ids in the address of a record's page."
            )),
        }
    }

    /// The 18 characters.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether two ids, of either length, mean the same record.
pub(super) fn same(left: &str, right: &str) -> bool {
    match (RecordId::parse("", left), RecordId::parse("", right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => false,
    }
}

/// Per five characters one that tells which of them are upper case, the leftmost in the lowest bit.
fn check_characters(short: &str) -> String {
    short
        .as_bytes()
        .chunks(5)
        .map(|chunk| {
            let bits = chunk
                .iter()
                .enumerate()
                .filter(|(_, byte)| byte.is_ascii_uppercase())
                .fold(0, |bits, (place, _)| bits | (1 << place));
            char::from(CHECK[bits])
        })
        .collect()
}

/// The 15 characters in the case that the check characters tell; none where the case was not lost or the
/// check characters cannot belong to it.
fn repair_case(short: &str, check: &str) -> Option<String> {
    let has = |is: fn(&u8) -> bool| short.as_bytes().iter().any(is);
    if has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) {
        return None;
    }
    let mut repaired = String::with_capacity(15);
    for (chunk, check) in short.as_bytes().chunks(5).zip(check.bytes()) {
        let bits = CHECK.iter().position(|candidate| *candidate == check)?;
        for (place, byte) in chunk.iter().enumerate() {
            let upper = bits & (1 << place) != 0;
            if upper && !byte.is_ascii_alphabetic() {
                return None;
            }
            repaired.push(char::from(if upper {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            }));
        }
    }
    Some(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_long_form_of_real_ids_is_right() {
        for (short, long) in [
            ("001dM00003jU9Gx", "001dM00003jU9GxQAK"),
            ("005dM00000awSFJ", "005dM00000awSFJQA2"),
            ("00DdM00000vfgTu", "00DdM00000vfgTuUAI"),
            ("001dM00003kRs59", "001dM00003kRs59QAC"),
            ("001dM00003kS5tZ", "001dM00003kS5tZQAS"),
        ] {
            assert_eq!(RecordId::parse("id", short).unwrap().as_str(), long);
            assert_eq!(RecordId::parse("id", long).unwrap().as_str(), long);
            let lower = long.to_ascii_lowercase();
            assert_eq!(RecordId::parse("id", &lower).unwrap().as_str(), long);
            assert!(same(short, long));
        }
        assert!(!same("001dM00003jU9Gx", "001dM00003jU9GX"));
    }

    proptest! {
        #[test]
        fn any_id_has_one_long_form_that_survives_a_lost_case(short in "[0-9A-Za-z]{15}") {
            let long = RecordId::parse("id", &short).unwrap();
            prop_assert_eq!(RecordId::parse("id", long.as_str()).unwrap(), long.clone());
            for lost in [long.as_str().to_lowercase(), long.as_str().to_uppercase()] {
                prop_assert_eq!(RecordId::parse("id", &lost).unwrap(), long.clone());
            }
        }

        #[test]
        fn whatever_passes_is_eighteen_letters_and_digits(text in "\\PC{0,20}|[0-9A-Za-z]{18}") {
            // proves S7
            if let Ok(id) = RecordId::parse("id", &text) {
                prop_assert_eq!(id.as_str().len(), 18);
                prop_assert!(id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()));
            }
        }
    }

    #[test]
    fn nothing_else_gets_into_a_path() {
        // proves S7
        for bad in [
            "",
            "001",
            "../../../query",
            "001dM00003jU9Gx/",
            "001dM00003jU9G%2f",
            "001dM00003jU9Gx@e",
            "001dM00003jU9GxAAA",
            "001dM00003jU9GxQA!",
            "001dM00003jU9Gxé",
            "001dM00003jU9GxQAK0",
        ] {
            let error = RecordId::parse("id", bad).unwrap_err();
            assert_eq!(error.field(), Some("id"), "{bad}");
        }
    }
}
