//! The lists that tests cite: features, security cases, Salesforce's behaviour.
//!
//! Must not know which tests there are.

use std::fmt;

use crate::tree::SourceFile;

/// Whether a feature is the mission itself or stands around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// The mission itself.
    Core,
    /// What stands around it.
    Wider,
}

impl fmt::Display for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Core => "core",
            Self::Wider => "wider",
        })
    }
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its stable ID.
    pub(super) id: String,
    /// The group by which it is counted.
    pub(super) group: String,
    /// For features, their mark.
    pub(super) mark: Option<Mark>,
}

/// Every entry of every list, in the order of the documents.
pub(super) fn read(files: &[SourceFile]) -> Vec<Entry> {
    let text = |path: &str| {
        files
            .iter()
            .find(|file| file.path == path)
            .map_or("", |file| file.text.as_str())
    };
    let mut entries: Vec<Entry> = text("docs/features.md")
        .lines()
        .filter_map(feature)
        .collect();
    entries.extend(text("docs/security-cases.md").lines().filter_map(case));
    entries.extend(
        text("docs/salesforce-behaviour.md")
            .lines()
            .filter_map(behaviour),
    );
    entries
}

/// `- APR-4 Text. [core]`
fn feature(line: &str) -> Option<Entry> {
    let id = line.strip_prefix("- ")?.split(' ').next()?;
    let (group, number) = id.split_once('-')?;
    if !is_group(group) || !number.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let mark = match line.rsplit_once('[')?.1.split([',', ']']).next()? {
        "core" => Mark::Core,
        "wider" => Mark::Wider,
        _ => return None,
    };
    Some(Entry {
        id: id.to_owned(),
        group: group.to_owned(),
        mark: Some(mark),
    })
}

/// `| P2 | attack | expected |`
fn case(line: &str) -> Option<Entry> {
    let id = line.strip_prefix("| ")?.split(' ').next()?;
    let number = id.strip_prefix(|first: char| first.is_ascii_uppercase())?;
    if number.is_empty() || !number.bytes().all(|one| one.is_ascii_digit()) {
        return None;
    }
    Some(Entry {
        id: id.to_owned(),
        group: format!("case {}", &id[..1]),
        mark: None,
    })
}

/// `- SFB-OAUTH-12 Text.`
fn behaviour(line: &str) -> Option<Entry> {
    let id = line.strip_prefix("- ")?.split(' ').next()?;
    let (group, _) = id.strip_prefix("SFB-")?.split_once('-')?;
    Some(Entry {
        id: id.to_owned(),
        group: format!("SFB {group}"),
        mark: None,
    })
}

fn is_group(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|one| one.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_line_is_read() {
        let ids = |path: &str, text: &str| {
            let files = [SourceFile {
                path: path.to_owned(),
                text: text.to_owned(),
            }];
            read(&files)
                .into_iter()
                .map(|entry| (entry.id, entry.group, entry.mark))
                .collect::<Vec<_>>()
        };
        let features = "# Features\n- ADM-10a Text [x] more. [core]\n- CRED-9 Text. [wider, not planned]\n- **Mail**: drafts.\n";
        assert_eq!(
            ids("docs/features.md", features),
            [
                ("ADM-10a".to_owned(), "ADM".to_owned(), Some(Mark::Core)),
                ("CRED-9".to_owned(), "CRED".to_owned(), Some(Mark::Wider)),
            ]
        );
        let cases = ids(
            "docs/security-cases.md",
            "| ID | a | b |\n|---|---|---|\n| O11 | hostile | refused |\n",
        );
        assert_eq!(cases, [("O11".to_owned(), "case O".to_owned(), None)]);
        let rules = ids("docs/salesforce-behaviour.md", "- SFB-OAUTH-12 Rule.\n");
        assert_eq!(
            rules,
            [("SFB-OAUTH-12".to_owned(), "SFB OAUTH".to_owned(), None)]
        );
    }

    #[test]
    fn the_lists_of_this_tree_have_entries_and_no_id_twice() {
        let entries = read(&crate::tree::read(&crate::workspace::root().unwrap()).unwrap());
        let mut ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        assert!(ids.len() > 500, "{}", ids.len());
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
