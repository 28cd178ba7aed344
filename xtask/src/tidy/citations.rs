//! Citations: a test that says what it proves names an ID that a list under `docs/` has.
//!
//! Must not know how lists and tests are read; that is [`crate::features`].

use super::Violation;
use crate::tree::SourceFile;

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    crate::features::unknown(files)
        .into_iter()
        .map(|citation| {
            let found = format!("`{}` is in no list", citation.id);
            let fix = "cite an ID of docs/features.md, docs/security-cases.md or docs/salesforce-behaviour.md";
            Violation::new(&citation.file, citation.line, "citations", found, fix)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn an_unknown_id_in_a_test_is_found() {
        let list = file("docs/features.md", "- APR-4 Something. [core]\n");
        let test = file(
            "crates/a/tests/b.rs",
            "// proves APR-4, APR-99\n#[test]\nfn c() {}\n",
        );
        let found = check(&[list, test]);
        assert_eq!(found.len(), 1);
        assert!(found[0].found.contains("APR-99"));
    }
}
