//! What can be said of a statement without an org, all at once: for linters and gates that take
//! texts and hand out no trees. Must not know where the text comes from.

use crate::parser::read;
use crate::{ErrorStage, ParseError, SideEffect, Statement as _, parse_search};

/// What can be said of a statement without an org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong, or what no org runs; see [`ParseError::stage`].
    pub error: Option<ParseError>,
    /// The first clause that writes; nothing where the grammar does not take the text.
    pub side_effect: Option<SideEffect>,
}

impl Verdict {
    /// Whether the vendor's grammar takes the text.
    pub fn is_grammatical(&self) -> bool {
        self.error
            .as_ref()
            .is_none_or(|error| error.stage == ErrorStage::Refusal)
    }

    /// Whether the statement is known to read only.
    pub fn is_read_only(&self) -> bool {
        self.is_grammatical() && self.side_effect.is_none()
    }
}

/// The verdict on a SOQL statement.
///
/// ```
/// use gatelodge_soql::check;
/// let verdict = check("SELECT LOWER(Name) FROM Account FOR VIEW");
/// assert!(verdict.is_grammatical() && !verdict.is_read_only());
/// // No org has this function.
/// assert_eq!(verdict.error.map(|error| error.column), Some(13));
/// ```
pub fn check(text: &str) -> Verdict {
    match read(text) {
        Ok((query, error)) => Verdict {
            error,
            side_effect: query.side_effect(),
        },
        Err(error) => Verdict {
            error: Some(error),
            side_effect: None,
        },
    }
}

/// The verdict on a SOSL statement.
pub fn check_search(text: &str) -> Verdict {
    match parse_search(text) {
        Ok(search) => Verdict {
            error: None,
            side_effect: search.side_effect(),
        },
        Err(error) => Verdict {
            error: Some(error),
            side_effect: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{check, check_search};

    #[test]
    fn tells_wrong_from_refused_and_reading_from_writing() {
        for (text, grammatical, read_only, sound) in [
            ("SELECT Id FROM A", true, true, true),
            ("SELECT Id FROM A UPDATE TRACKING", true, false, true),
            ("SELECT Id FROM A UPDATE B", true, false, false),
            (
                "SELECT (SELECT Id FROM B FOR VIEW) FROM A",
                true,
                false,
                false,
            ),
            ("SELECT Id FROM A LIMIT -1", true, true, false),
            ("SELECT Id FROM", false, false, false),
        ] {
            let verdict = check(text);
            assert_eq!(
                (
                    verdict.is_grammatical(),
                    verdict.is_read_only(),
                    verdict.error.is_none()
                ),
                (grammatical, read_only, sound),
                "{text}"
            );
        }
        assert!(check_search("FIND {a}").is_read_only());
        assert!(!check_search("FIND {a} UPDATE VIEWSTAT").is_read_only());
        assert!(!check_search("FIND a").is_grammatical());
    }
}
