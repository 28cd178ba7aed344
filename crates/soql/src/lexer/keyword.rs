//! The words that mean something at some place of a statement ("SOQL and SOSL Reference, SOQL
//! SELECT Syntax; SOSL Syntax; Alias Notation"). Read once by the lexer, so that the parser
//! compares numbers. Must not know where a word means what.

macro_rules! keywords {
    ($($name:ident $text:literal)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Keyword {
            $($name,)*
            /// Any other word.
            Other,
        }

        impl Keyword {
            /// The meaning of a word in any letter case.
            pub(super) fn read(word: &str) -> Self {
                let mut upper = [0; LONGEST];
                let Some(upper) = upper.get_mut(..word.len()) else {
                    return Self::Other;
                };
                upper.copy_from_slice(word.as_bytes());
                upper.make_ascii_uppercase();
                match &*upper {
                    $($text => Self::$name,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

/// The length of `RECORDVISIBILITYCONTEXT`.
const LONGEST: usize = 23;

// The order matters: reserved words first, then words that may be names, then words that are
// words of the language in one place only.
keywords! {
    And b"AND" Or b"OR" True b"TRUE" False b"FALSE" With b"WITH" For b"FOR" Limit b"LIMIT"
    Where b"WHERE" Else b"ELSE" Rollup b"ROLLUP" Cube b"CUBE" Having b"HAVING"
    Includes b"INCLUDES" Excludes b"EXCLUDES" In b"IN" Not b"NOT" By b"BY" Nulls b"NULLS"
    Asc b"ASC" Desc b"DESC" First b"FIRST" Null b"NULL" Select b"SELECT" Lookup b"LOOKUP"
    From b"FROM" As b"AS" Using b"USING" Update b"UPDATE" Last b"LAST" Like b"LIKE" Bind b"BIND"

    Data b"DATA" Category b"CATEGORY" At b"AT" Above b"ABOVE" Below b"BELOW"
    AboveOrBelow b"ABOVE_OR_BELOW" Offset b"OFFSET" View b"VIEW" Reference b"REFERENCE"
    TypeOf b"TYPEOF" When b"WHEN" Then b"THEN" End b"END" Distance b"DISTANCE"
    Geolocation b"GEOLOCATION" Group b"GROUP" Order b"ORDER" Case b"CASE" Fields b"FIELDS"
    Count b"COUNT" Scope b"SCOPE" Flat b"FLAT" Hierarchical b"HIERARCHAL"

    All b"ALL" Standard b"STANDARD" Custom b"CUSTOM" ConvertTimezone b"CONVERTTIMEZONE"
    Tracking b"TRACKING" Viewstat b"VIEWSTAT" SecurityEnforced b"SECURITY_ENFORCED"
    UserMode b"USER_MODE" SystemMode b"SYSTEM_MODE" UserId b"USERID"
    RecordVisibilityContext b"RECORDVISIBILITYCONTEXT"
    Name b"NAME" Email b"EMAIL" Phone b"PHONE" Sidebar b"SIDEBAR" Returning b"RETURNING"
    ListView b"LISTVIEW" Highlight b"HIGHLIGHT" Snippet b"SNIPPET" TargetLength b"TARGET_LENGTH"
    Network b"NETWORK" SpellCorrection b"SPELL_CORRECTION" Division b"DIVISION"
    PricebookId b"PRICEBOOKID" Metadata b"METADATA"
}

impl Keyword {
    /// Whether the word is never a name, alone; within a path it may be.
    pub(crate) fn is_reserved(self) -> bool {
        self <= Self::Bind
    }

    /// Whether the vendor's lexer gives the word a token of its own, which a few places refuse
    /// although the word may be a name elsewhere.
    pub(crate) fn is_token(self) -> bool {
        self <= Self::Hierarchical
    }
}

#[cfg(test)]
mod tests {
    use super::Keyword;

    #[test]
    fn words_are_read_in_any_case_and_of_any_length() {
        assert_eq!(Keyword::read("sElEcT"), Keyword::Select);
        assert_eq!(
            Keyword::read("RecordVisibilityContext"),
            Keyword::RecordVisibilityContext
        );
        for other in ["", "SELECTS", "é", "A.B", &"x".repeat(300)] {
            assert_eq!(Keyword::read(other), Keyword::Other, "{other}");
        }
        assert!(Keyword::Bind.is_reserved() && !Keyword::Data.is_reserved());
        assert!(Keyword::Hierarchical.is_token() && !Keyword::All.is_token());
    }
}
