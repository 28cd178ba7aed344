//! Places: the tree names no package registry's host and no folder of anybody's machine.
//!
//! A lock file or a setting that names a host works only where that host is; a path works only on one machine.

use super::Violation;
use crate::tree::SourceFile;

const RULE: &str = "places";

/// Hosts of registries and mirrors, in two parts so that this file passes its own rule.
const HOSTS: &[&str] = &[
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("static.", "crates.io"),
    concat!("index.", "crates.io"),
    concat!("pypi.", "org"),
    concat!("files.", "pythonhosted.org"),
    concat!("deb.", "debian.org"),
    concat!("proxy.", "golang.org"),
];

/// Folders that exist on one machine only.
const FOLDERS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/home", "/"),
    concat!("/Us", "ers/"),
];

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| !file.vendored()) {
        for (number, line) in file.lines() {
            for host in HOSTS.iter().filter(|host| line.contains(**host)) {
                let fix = "name the package and its hash, never the host it is read from";
                violations.push(Violation::new(
                    &file.path,
                    number,
                    RULE,
                    format!("registry host `{host}`"),
                    fix,
                ));
            }
            for folder in FOLDERS.iter().filter(|folder| names_folder(line, folder)) {
                let fix = "use a path from the root of the tree, or one that the user configures";
                violations.push(Violation::new(
                    &file.path,
                    number,
                    RULE,
                    format!("machine path `{folder}`"),
                    fix,
                ));
            }
        }
    }
    violations
}

/// Whether a path begins with `folder` in `line`; the same letters inside a URL or a longer path are something else.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        line[..at]
            .chars()
            .next_back()
            .is_none_or(|before| before.is_whitespace() || "\"'`(=:[<".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_registry_host_is_found() {
        let found = check(&[file(
            "package-lock.json",
            &format!("{{\n \"resolved\": \"https://{}/a\"\n}}", HOSTS[0]),
        )]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 2);
    }

    #[test]
    fn a_machine_path_is_found_but_not_inside_a_url_or_a_longer_path() {
        for folder in FOLDERS {
            assert_eq!(
                check(&[file("a.md", &format!("see {folder}thing"))]).len(),
                1,
                "{folder}"
            );
            assert_eq!(
                check(&[file(
                    "a.md",
                    &format!("see https://example.org{folder}thing")
                )]),
                []
            );
        }
    }
}
