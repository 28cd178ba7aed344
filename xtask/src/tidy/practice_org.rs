//! The practice org's table: fresh, and with enough tests behind it.
//!
//! Must not know how the table is made; that is [`crate::features::practice_org`].

use super::Violation;
use crate::tree::SourceFile;

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let Err(error) = crate::features::practice_org::check(files) else {
        return Vec::new();
    };
    let found = error.to_string();
    let fix = "run `cargo xtask practice-org` after a change of rules or citations; prove what has no test";
    vec![Violation::new(
        "docs/practice-org.md",
        1,
        "practice-org",
        found,
        fix,
    )]
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn an_old_table_is_found() {
        let begin = "<!-- table: written by `cargo xtask practice-org` -->\n";
        let document = format!("{begin}old\n<!-- end of table -->\n");
        let document = file("docs/practice-org.md", &document);
        let rules = file("docs/salesforce-behaviour.md", "- SFB-OAUTH-1 A rule.\n");
        let found = check(&[document, rules]);
        assert_eq!(found.len(), 1);
        assert!(found[0].found.contains("is old"), "{}", found[0].found);
    }
}
