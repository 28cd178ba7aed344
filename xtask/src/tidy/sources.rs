//! Sources: every module opens by saying what it is for, nothing is left unfinished, nothing is silenced.
//!
//! Must not know where files lie or how large they are.

use super::Violation;
use crate::tree::SourceFile;

const RULE: &str = "sources";

/// Pieces of code that do not belong in a finished tree. Written in two parts so that this file passes its own rule.
const CODE: &[(&str, &str)] = &[
    (concat!("todo", "!("), "write what is missing"),
    (concat!("unimplemented", "!("), "write what is missing"),
    (
        IGNORED,
        "make the test run, or remove it; what another run starts says so: `= \"run by …\"`",
    ),
    (
        concat!("#[", "allow("),
        "use `#[expect(lint, reason = \"…\")]`, which fails when it is no longer needed",
    ),
    (
        WHOLE_FILE,
        "use `#![expect(lint, reason = \"…\")]`, or cfg_attr(test, …) for tests",
    ),
];

/// Keeps a test out of the ordinary run. One that another run starts (a process of its own, a long run) says which.
const IGNORED: &str = concat!("#[", "ignore");
const RUN_BY: &str = concat!("#[", "ignore = \"run by ");

/// Silences a lint for a whole file: tests may do so (with a reason, which a lint asks for), because they fail by
/// panicking and not every one of their helpers is inside a test.
const WHOLE_FILE: &str = concat!("#![", "allow(");

/// Marks of unfinished work, as whole words.
const WORDS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
];

/// Files that people write by hand and whose words are ours.
const PROSE: &[&str] = &[
    "rs", "md", "toml", "html", "css", "js", "mjs", "py", "sh", "yml", "yaml",
];

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| !file.vendored()) {
        if file.extension() == "rs" {
            violations.extend(rust(file));
        }
        if PROSE.contains(&file.extension()) {
            violations.extend(unfinished(file));
        }
    }
    violations
}

fn rust(file: &SourceFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    let first = file.text.lines().next().unwrap_or_default();
    if first
        .strip_prefix("//!")
        .is_none_or(|header| header.trim().is_empty())
    {
        let fix = "open with `//!`: what the module is for and what it must not know";
        violations.push(Violation::new(
            &file.path,
            1,
            RULE,
            "the module says nothing about itself",
            fix,
        ));
    }
    for (number, line) in file.lines() {
        let code = line.trim_start();
        if code.starts_with("//") {
            continue;
        }
        for (piece, fix) in CODE {
            let excused = match *piece {
                WHOLE_FILE => is_test(&file.path),
                IGNORED => code.contains(RUN_BY),
                _ => false,
            };
            if code.contains(piece) && !excused {
                violations.push(Violation::new(
                    &file.path,
                    number,
                    RULE,
                    format!("`{piece}`"),
                    *fix,
                ));
            }
        }
    }
    violations
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.starts_with("tests/") || path.starts_with("crates/testkit/")
}

fn unfinished(file: &SourceFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in file.lines() {
        for word in WORDS {
            if line
                .split(|one: char| !one.is_alphanumeric() && one != '_')
                .any(|part| part == *word)
            {
                let fix = "do it, or write it down where work is planned";
                violations.push(Violation::new(
                    &file.path,
                    number,
                    RULE,
                    format!("`{word}`"),
                    fix,
                ));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_module_with_a_header_passes() {
        assert_eq!(check(&[file("a.rs", "//! Reads things.\nfn a() {}\n")]), []);
    }

    #[test]
    fn a_module_without_a_header_is_found() {
        for text in ["", "fn a() {}", "//!\n", "\n//! Late.\n"] {
            assert_eq!(check(&[file("a.rs", text)]).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn unfinished_and_silenced_code_is_found_with_its_line() {
        for (piece, _) in CODE {
            let found = check(&[file("a.rs", &format!("//! A.\n\n    {piece}\n"))]);
            assert_eq!(
                found.iter().map(|one| one.line).collect::<Vec<_>>(),
                [3],
                "{piece}"
            );
        }
        assert_eq!(
            check(&[file(
                "a.rs",
                "//! A.\n#![cfg_attr(test, allow(x, reason = \"y\"))]\n"
            )]),
            []
        );
    }

    #[test]
    fn a_test_may_silence_a_lint_for_its_whole_file() {
        let text = format!("//! A.\n{WHOLE_FILE}clippy::unwrap_used, reason = \"tests panic\")]\n");
        assert_eq!(check(&[file("crates/a/tests/b.rs", &text)]), []);
        assert_eq!(check(&[file("crates/a/src/b.rs", &text)]).len(), 1);
    }

    #[test]
    fn marks_of_unfinished_work_are_whole_words() {
        let text = format!("# A\n{}: later\n", WORDS[0]);
        assert_eq!(check(&[file("a.md", &text)])[0].line, 2);
        assert_eq!(
            check(&[file(
                "a.md",
                &format!("v{}.0 and {}_LIST", WORDS[2], WORDS[0])
            )]),
            []
        );
        assert_eq!(check(&[file("vendor/a.js", WORDS[0])]), []);
        assert_eq!(check(&[file("data.tsv", WORDS[0])]), []);
    }
}
