//! Patterns with wildcards, for `LIKE` ("SOQL and SOSL Reference, Comparison Operators") and
//! for search words ("SOSL Syntax, `FIND {SearchQuery}`"). Both languages have "any run" and
//! "exactly one"; only their spelling differs. Must not know either spelling.

use crate::work;

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PatternPiece {
    /// These characters; never empty, and never next to another text piece when parsed.
    Text(String),
    /// Any run of characters, also none: `%` in `LIKE`, `*` in a search.
    AnyRun,
    /// Exactly one character: `_` in `LIKE`, `?` in a search.
    AnyOne,
}

/// A sequence of pieces that must match a whole value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Pattern {
    /// The pieces in order; none matches the empty text only.
    pub pieces: Vec<PatternPiece>,
}

enum Unit {
    Exactly(char),
    AnyRun,
    AnyOne,
}

impl Pattern {
    /// Whether the pattern holds a wildcard.
    pub fn has_wildcard(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| !matches!(piece, PatternPiece::Text(_)))
    }

    /// Whether the whole text matches; letters compare without regard to case.
    ///
    /// Takes at most (length of pattern × length of text) steps, whatever the pattern.
    pub fn matches(&self, text: &str) -> bool {
        let units = self.units();
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        let (mut unit, mut at) = (0, 0);
        // The latest "any run" met, and where in the text the rest after it is being tried.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            work::add(1);
            match units.get(unit) {
                Some(Unit::AnyRun) => {
                    retry = Some((unit + 1, at));
                    unit += 1;
                    continue;
                }
                Some(Unit::AnyOne) if at < text.len() => {
                    unit += 1;
                    at += 1;
                    continue;
                }
                Some(Unit::Exactly(expected)) if text.get(at) == Some(expected) => {
                    unit += 1;
                    at += 1;
                    continue;
                }
                None if at == text.len() => return true,
                _ => {}
            }
            match retry {
                Some((after_run, from)) if from < text.len() => {
                    retry = Some((after_run, from + 1));
                    unit = after_run;
                    at = from + 1;
                }
                _ => return false,
            }
        }
    }

    fn units(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        for piece in &self.pieces {
            match piece {
                PatternPiece::Text(text) => {
                    units.extend(text.chars().flat_map(char::to_lowercase).map(Unit::Exactly));
                }
                PatternPiece::AnyRun => units.push(Unit::AnyRun),
                PatternPiece::AnyOne => units.push(Unit::AnyOne),
            }
        }
        units
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, PatternPiece};

    fn pattern(text: &str) -> Pattern {
        let pieces = text
            .chars()
            .map(|character| match character {
                '%' => PatternPiece::AnyRun,
                '_' => PatternPiece::AnyOne,
                other => PatternPiece::Text(other.to_string()),
            })
            .collect();
        Pattern { pieces }
    }

    #[test]
    fn matches_whole_values_without_regard_to_case() {
        for (like, text, expected) in [
            ("a%", "Acme", true),
            ("%me", "Acme", true),
            ("a_me", "Acme", true),
            ("a_me", "Ame", false),
            ("%", "", true),
            ("", "", true),
            ("", "a", false),
            ("%b%b%", "abcb", true),
            ("%b%b%", "abc", false),
            ("%aab", "aaaab", true),
            ("ÉCOLE", "école", true),
        ] {
            assert_eq!(pattern(like).matches(text), expected, "{like} on {text}");
        }
    }
}
