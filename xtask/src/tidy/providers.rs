//! Provider folders: each holds what a provider needs, and the list of `mod` lines names exactly these folders.
//!
//! Must not know any provider.

use std::collections::BTreeSet;

use super::Violation;
use crate::tree::SourceFile;

const RULE: &str = "providers";
const FOLDER: &str = "crates/providers/src/";
const NEEDED: &[(&str, &str)] = &[
    ("README.md", "write the setup guide that the product shows"),
    (
        "mod.rs",
        "write the module that gives the provider to the catalogue",
    ),
    (
        "error.rs",
        "write how the provider's errors map to kind, retryability and who must act",
    ),
];

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let slugs: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| {
            file.path
                .strip_prefix(FOLDER)?
                .strip_suffix("/provider.toml")
        })
        .filter(|slug| !slug.contains('/'))
        .collect();
    let listed = listed(files);
    let mut violations = Vec::new();
    for slug in slugs {
        let manifest = format!("{FOLDER}{slug}/provider.toml");
        if !listed.contains(slug) {
            let found = format!("no `mod {slug};` in the sources of crates/providers");
            violations.push(Violation::new(
                &manifest,
                1,
                RULE,
                found,
                "add the provider to the list of modules",
            ));
        }
        for (name, fix) in NEEDED {
            if !files
                .iter()
                .any(|file| file.path == format!("{FOLDER}{slug}/{name}"))
            {
                violations.push(Violation::new(
                    &manifest,
                    1,
                    RULE,
                    format!("`{slug}` has no {name}"),
                    *fix,
                ));
            }
        }
        if !files
            .iter()
            .any(|file| file.path.starts_with(&format!("{FOLDER}{slug}/tools/")))
        {
            let fix = "a provider without tools does nothing; add tools/<resource>.rs";
            violations.push(Violation::new(
                &manifest,
                1,
                RULE,
                format!("`{slug}` has no tools/"),
                fix,
            ));
        }
    }
    violations
}

/// The modules that the files directly under the folder declare.
fn listed(files: &[SourceFile]) -> BTreeSet<&str> {
    files
        .iter()
        .filter(|file| {
            file.path
                .strip_prefix(FOLDER)
                .is_some_and(|rest| !rest.contains('/'))
        })
        .flat_map(|file| file.text.lines())
        .filter_map(|line| {
            line.trim()
                .strip_suffix(';')?
                .rsplit_once("mod ")
                .map(|(_, name)| name.trim())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn folder(slug: &str) -> Vec<SourceFile> {
        [
            "provider.toml",
            "README.md",
            "mod.rs",
            "error.rs",
            "tools/records.rs",
        ]
        .iter()
        .map(|name| file(&format!("{FOLDER}{slug}/{name}"), "x"))
        .collect()
    }

    #[test]
    fn a_complete_and_listed_folder_passes() {
        let mut files = folder("salesforce");
        files.push(file(&format!("{FOLDER}lib.rs"), "pub mod salesforce;\n"));
        assert_eq!(check(&files), []);
    }

    #[test]
    fn an_unlisted_or_incomplete_folder_is_found() {
        let mut files = folder("salesforce");
        assert!(check(&files)[0].found.contains("no `mod salesforce;`"));
        files.retain(|one| !one.path.ends_with("README.md") && !one.path.contains("/tools/"));
        assert_eq!(check(&files).len(), 3);
    }
}
