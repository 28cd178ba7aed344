//! `cargo xtask features`: which test proves which line of the lists under `docs/`.
//!
//! Joins the lists with the citations and prints the outcome. Must not know how either is read.

mod citations;
mod lists;
pub(crate) mod practice_org;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;

pub(crate) use citations::Citation;
use lists::{Entry, Mark};

use crate::tree::SourceFile;

/// Prints every ID with its tests; with `--check` only what is wrong, and fails on an ID that no list has.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let check = match arguments {
        [] => false,
        [one] if one == "--check" => true,
        other => bail!(
            "`features` takes nothing or --check, not `{}`",
            other.join(" ")
        ),
    };
    let files = crate::tree::read(&crate::workspace::root()?)?;
    let entries = lists::read(&files);
    let citations = citations::read(&files, &entries);
    if !check {
        print!("{}", table(&entries, &citations));
    }
    print!("{}", counts(&entries, &citations));
    let unknown = unknown(&files);
    for citation in &unknown {
        println!(
            "{}:{}: `{}` is in no list under docs/",
            citation.file, citation.line, citation.id
        );
    }
    if check && !unknown.is_empty() {
        bail!("{} citations of IDs that no list has", unknown.len());
    }
    Ok(())
}

/// The citations of IDs that no list has.
pub(crate) fn unknown(files: &[SourceFile]) -> Vec<Citation> {
    let entries = lists::read(files);
    let known: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    let mut unknown = citations::read(files, &entries);
    unknown.retain(|citation| !known.contains(citation.id.as_str()));
    unknown
}

fn by_id(citations: &[Citation]) -> BTreeMap<&str, BTreeSet<String>> {
    let mut tests: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for citation in citations {
        tests
            .entry(&citation.id)
            .or_default()
            .insert(citation.place());
    }
    tests
}

fn table(entries: &[Entry], citations: &[Citation]) -> String {
    let tests = by_id(citations);
    let mut lines = Vec::new();
    for entry in entries {
        let mark = entry
            .mark
            .map_or_else(String::new, |mark| format!(" [{mark}]"));
        match tests.get(entry.id.as_str()) {
            None => lines.push(format!("{}{mark} not yet", entry.id)),
            Some(places) => {
                lines.push(format!("{}{mark}", entry.id));
                lines.extend(places.iter().map(|place| format!("    {place}")));
            }
        }
    }
    lines.push("\n".to_owned());
    lines.join("\n")
}

fn counts(entries: &[Entry], citations: &[Citation]) -> String {
    let tests = by_id(citations);
    let mut groups: Vec<&str> = Vec::new();
    for entry in entries {
        if !groups.contains(&entry.group.as_str()) {
            groups.push(&entry.group);
        }
    }
    let share = |wanted: &dyn Fn(&Entry) -> bool| {
        let all: Vec<&Entry> = entries.iter().filter(|entry| wanted(entry)).collect();
        let proved = all
            .iter()
            .filter(|entry| tests.contains_key(entry.id.as_str()))
            .count();
        if all.is_empty() {
            "-".to_owned()
        } else {
            format!("{proved}/{}", all.len())
        }
    };
    let mut lines = vec![format!(
        "{:<12} {:>9} {:>9} {:>9}",
        "group", "core", "wider", "all"
    )];
    for group in groups {
        let core = share(&|entry| entry.group == group && entry.mark == Some(Mark::Core));
        let wider = share(&|entry| entry.group == group && entry.mark == Some(Mark::Wider));
        let all = share(&|entry| entry.group == group);
        lines.push(format!("{group:<12} {core:>9} {wider:>9} {all:>9}"));
    }
    let core = share(&|entry| entry.mark == Some(Mark::Core));
    let wider = share(&|entry| entry.mark == Some(Mark::Wider));
    lines.push(format!(
        "{:<12} {core:>9} {wider:>9} {:>9}",
        "together",
        share(&|_| true)
    ));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<SourceFile> {
        let file = |path: &str, text: &str| SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        vec![
            file(
                "docs/features.md",
                "- APR-1 A. [core]\n- APR-2 B. [wider]\n",
            ),
            file("docs/security-cases.md", "| P2 | changed | refused |\n"),
            file(
                "crates/a/tests/b.rs",
                "// proves APR-1, P2, APR-7\n#[test]\nfn one() {}\n",
            ),
        ]
    }

    #[test]
    fn the_table_names_tests_and_what_is_not_yet_proved() {
        let files = files();
        let entries = lists::read(&files);
        let table = table(&entries, &citations::read(&files, &entries));
        assert!(
            table.contains("APR-1 [core]\n    crates/a/tests/b.rs one"),
            "{table}"
        );
        assert!(table.contains("APR-2 [wider] not yet"), "{table}");
    }

    #[test]
    fn counts_are_by_group_and_mark() {
        let files = files();
        let entries = lists::read(&files);
        let counts = counts(&entries, &citations::read(&files, &entries));
        let rows: Vec<Vec<&str>> = counts
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert!(rows.contains(&vec!["APR", "1/1", "0/1", "1/2"]), "{counts}");
        assert!(
            rows.contains(&vec!["together", "1/1", "0/1", "2/3"]),
            "{counts}"
        );
    }

    #[test]
    fn an_id_that_no_list_has_is_unknown() {
        let unknown: Vec<String> = unknown(&files())
            .into_iter()
            .map(|citation| citation.id)
            .collect();
        assert_eq!(unknown, ["APR-7"]);
    }
}
