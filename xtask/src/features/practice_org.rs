//! `cargo xtask practice-org`: the table in `docs/practice-org.md`, one row for each rule of
//! `docs/salesforce-behaviour.md` with the tests that prove it.
//!
//! Reasons why a rule is not here stand in the document itself, above the table, as `- SFB-X-1: reason`. Must not know
//! how citations are found.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};

use crate::tree::SourceFile;

const RULES: &str = "docs/salesforce-behaviour.md";
const DOCUMENT: &str = "docs/practice-org.md";
const BEGIN: &str = "<!-- table: written by `cargo xtask practice-org` -->\n";
const END: &str = "<!-- end of table -->\n";
/// OAuth, calls, records, queries, composite, describe, errors: what a client meets first.
const CORE: [&str; 7] = ["OAUTH", "REST", "OBJ", "QRY", "COMP", "DESC", "ERR"];
/// How much of it has a test, in percent.
const LEAST: usize = 90;

/// Writes the table; with `--check` says what is stale or missing instead.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root = crate::workspace::root()?;
    let files = crate::tree::read(&root)?;
    let (document, summary) = write(&files)?;
    print!("{summary}");
    if arguments.first().is_some_and(|one| one == "--check") {
        return check(&files);
    }
    std::fs::write(root.join(DOCUMENT), document)
        .with_context(|| format!("cannot write {DOCUMENT}"))
}

/// What is wrong with the document as it stands.
pub(crate) fn check(files: &[SourceFile]) -> anyhow::Result<()> {
    let (document, summary) = write(files)?;
    ensure!(
        document == text(files, DOCUMENT),
        "the table of {DOCUMENT} is old: run `cargo xtask practice-org`"
    );
    let proven = percent(&summary);
    ensure!(
        proven >= LEAST,
        "{proven} % of the rules of {} have a test; {LEAST} % must",
        CORE.join(", ")
    );
    Ok(())
}

/// The document with a fresh table, and its first lines: how much is proven.
fn write(files: &[SourceFile]) -> anyhow::Result<(String, String)> {
    let document = text(files, DOCUMENT);
    let (head, rest) = document
        .split_once(BEGIN)
        .with_context(|| format!("{DOCUMENT} lacks the line {BEGIN}"))?;
    let (_, tail) = rest
        .split_once(END)
        .with_context(|| format!("{DOCUMENT} lacks the line {END}"))?;
    let reasons: BTreeMap<&str, &str> = head.lines().filter_map(reason).collect();
    let entries = super::lists::read(files);
    let citations = super::citations::read(files, &entries);
    let tests = super::by_id(&citations);
    let rows = rows(text(files, RULES), &tests, &reasons);
    let summary = summary(text(files, RULES), &tests);
    Ok((
        format!("{head}{BEGIN}\n{summary}{rows}\n{END}{tail}"),
        summary,
    ))
}

/// `- SFB-OAUTH-11: the reason why it is not here`
fn reason(line: &str) -> Option<(&str, &str)> {
    let (id, reason) = line.strip_prefix("- ")?.split_once(": ")?;
    id.starts_with("SFB-").then_some((id, reason))
}

/// `- SFB-OAUTH-11 The rule.`
fn rule(line: &str) -> Option<(&str, &str)> {
    let (id, rule) = line.strip_prefix("- ")?.split_once(' ')?;
    id.starts_with("SFB-").then_some((id, rule))
}

fn group(id: &str) -> &str {
    id.split('-').nth(1).unwrap_or_default()
}

fn rows(
    rules: &str,
    tests: &BTreeMap<&str, BTreeSet<String>>,
    reasons: &BTreeMap<&str, &str>,
) -> String {
    let mut lines = Vec::new();
    for line in rules.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            lines.push(format!(
                "\n### {heading}\n\n| rule | what holds | test |\n|---|---|---|"
            ));
        }
        let Some((id, rule)) = rule(line) else {
            continue;
        };
        let proof = match (tests.get(id), reasons.get(id)) {
            (Some(places), _) => places
                .iter()
                .map(|place| format!("`{}`", short(place)))
                .collect::<Vec<_>>()
                .join("<br>"),
            (None, Some(reason)) => format!("not here: {reason}"),
            (None, None) => "not here".to_owned(),
        };
        lines.push(format!("| {id} | {} | {proof} |", rule.replace('|', "\\|")));
    }
    lines.join("\n") + "\n"
}

/// `crates/practice/tests/it/token.rs a_code_works_once` without what every place shares.
fn short(place: &str) -> String {
    place.replace("crates/", "").replace("/tests/it/", ": ")
}

fn summary(rules: &str, tests: &BTreeMap<&str, BTreeSet<String>>) -> String {
    let share = |wanted: &dyn Fn(&str) -> bool| {
        let ids: Vec<&str> = rules
            .lines()
            .filter_map(rule)
            .map(|(id, _)| id)
            .filter(|id| wanted(group(id)))
            .collect();
        let proven = ids.iter().filter(|id| tests.contains_key(**id)).count();
        (proven, ids.len())
    };
    let (core, of_core) = share(&|group| CORE.contains(&group));
    let (all, of_all) = share(&|_| true);
    let percent = core * 100 / of_core.max(1);
    format!(
        "{percent} % of the rules on OAuth, calls, records, queries, composite, describe and errors have a test \
         ({core} of {of_core}); {all} of {of_all} of all rules.\n"
    )
}

/// The number that [`summary`] begins with.
fn percent(summary: &str) -> usize {
    summary
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn text<'a>(files: &'a [SourceFile], path: &str) -> &'a str {
    files
        .iter()
        .find(|file| file.path == path)
        .map_or("", |file| file.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(document: &str) -> Vec<SourceFile> {
        let file = |path: &str, text: &str| SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        vec![
            file(
                RULES,
                "## OAUTH: authorization\n\n- SFB-OAUTH-1 A | b.\n- SFB-OAUTH-2 B.\n- SFB-OAUTH-3 C.\n",
            ),
            file(
                "crates/practice/tests/it/a.rs",
                "// proves SFB-OAUTH-1\nfn one() {}\n",
            ),
            file(DOCUMENT, document),
        ]
    }

    #[test]
    fn every_rule_has_a_row_with_its_test_or_the_reason() {
        let document = format!("- SFB-OAUTH-2: no such page\n\n{BEGIN}STALE\n{END}after\n");
        let (written, summary) = write(&tree(&document)).unwrap();
        assert!(
            written.contains("| SFB-OAUTH-1 | A \\| b. | `practice: a.rs one` |"),
            "{written}"
        );
        assert!(
            written.contains("| SFB-OAUTH-2 | B. | not here: no such page |"),
            "{written}"
        );
        assert!(
            written.contains("| SFB-OAUTH-3 | C. | not here |"),
            "{written}"
        );
        assert!(
            !written.contains("STALE") && written.ends_with("after\n"),
            "{written}"
        );
        assert_eq!(percent(&summary), 33, "{summary}");
        assert_eq!(write(&tree(&written)).unwrap().0, written);
    }

    #[test]
    fn an_old_table_and_too_few_tests_are_refused() {
        let old = format!("{BEGIN}{END}");
        let error = check(&tree(&old)).unwrap_err().to_string();
        assert!(error.contains("is old"), "{error}");
        let fresh = write(&tree(&old)).unwrap().0;
        let error = check(&tree(&fresh)).unwrap_err().to_string();
        assert!(error.contains("33 %"), "{error}");
    }
}
