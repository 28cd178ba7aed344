//! Where tests cite IDs: in a comment (`// proves APR-4, P2`) or in the name of a test (`fn apr_4_…`).
//!
//! Feature and Salesforce IDs count in every comment of a test; the short IDs of security cases only in a comment that
//! says `proves`, because `V1` or `S1` mean other things elsewhere. Must not know which IDs deserve a test.

use std::collections::BTreeSet;

use super::lists::Entry;
use crate::tree::SourceFile;

/// One ID that one test cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Citation {
    /// The ID as written.
    pub(crate) id: String,
    /// Path from the root.
    pub(crate) file: String,
    /// The line of the citation.
    pub(crate) line: usize,
    /// The test, where one follows or surrounds the citation.
    test: Option<String>,
}

impl Citation {
    /// File and test, for people.
    pub(crate) fn place(&self) -> String {
        self.test
            .as_ref()
            .map_or_else(|| self.file.clone(), |test| format!("{} {test}", self.file))
    }
}

/// Every citation in the tests of the tree.
pub(super) fn read(files: &[SourceFile], entries: &[Entry]) -> Vec<Citation> {
    let vocabulary = Vocabulary::of(entries);
    let mut citations = Vec::new();
    for file in files.iter().filter(|file| may_hold_tests(file)) {
        citations.extend(of_file(file, &vocabulary));
    }
    citations
}

/// What an ID may look like, taken from the lists.
struct Vocabulary {
    groups: BTreeSet<String>,
    letters: BTreeSet<char>,
    /// `apr_4` and the ID it stands for.
    names: Vec<(String, String)>,
}

impl Vocabulary {
    fn of(entries: &[Entry]) -> Self {
        let features = entries.iter().filter(|entry| entry.mark.is_some());
        let cases = entries
            .iter()
            .filter(|entry| entry.group.starts_with("case "));
        Self {
            groups: features.map(|entry| entry.group.clone()).collect(),
            letters: cases.filter_map(|entry| entry.id.chars().next()).collect(),
            names: entries
                .iter()
                .filter(|entry| entry.id.contains('-'))
                .map(|entry| (entry.id.to_lowercase().replace('-', "_"), entry.id.clone()))
                .collect(),
        }
    }

    /// Whether `word` is written like an ID; `proves` says whether the comment claims to prove something.
    fn is_id(&self, word: &str, proves: bool) -> bool {
        if let Some(rest) = word.strip_prefix("SFB-") {
            return rest
                .split_once('-')
                .is_some_and(|(_, number)| is_number(number));
        }
        if let Some((group, number)) = word.split_once('-') {
            let number = number
                .strip_suffix(|last: char| last.is_ascii_lowercase())
                .unwrap_or(number);
            return self.groups.contains(group) && is_number(number);
        }
        let mut letters = word.chars();
        proves
            && letters
                .next()
                .is_some_and(|first| self.letters.contains(&first))
            && is_number(letters.as_str())
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit())
}

fn may_hold_tests(file: &SourceFile) -> bool {
    ["rs", "mjs", "js", "py"].contains(&file.extension())
        && (file.path.starts_with("crates/") || file.path.starts_with("tests/"))
        && !file.vendored()
}

/// Whether the whole file is a test, rather than its end after `#[cfg(test)]`.
fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/")
        || path.starts_with("crates/testkit/")
        || path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
}

fn of_file(file: &SourceFile, vocabulary: &Vocabulary) -> Vec<Citation> {
    let lines: Vec<&str> = file.text.lines().collect();
    let begin = if is_test_file(&file.path) {
        0
    } else {
        lines
            .iter()
            .position(|line| line.trim() == "#[cfg(test)]")
            .unwrap_or(lines.len())
    };
    let mut citations = Vec::new();
    let mut proves = false;
    for (index, line) in lines.iter().enumerate().skip(begin) {
        citations
            .extend(named(line, vocabulary).map(|id| citation(id, file, index, function(line))));
        let Some(comment) = comment(line, file.extension()) else {
            proves = false;
            continue;
        };
        // a sentence may go on in the next line of the same comment
        let continues = proves && line.trim_start().starts_with(['/', '#']);
        proves = continues || comment.to_lowercase().contains("proves");
        for word in comment.split(|one: char| !one.is_ascii_alphanumeric() && one != '-') {
            if vocabulary.is_id(word, proves) {
                citations.push(citation(
                    word.to_owned(),
                    file,
                    index,
                    test_around(&lines, index),
                ));
            }
        }
    }
    citations
}

fn citation(id: String, file: &SourceFile, index: usize, test: Option<&str>) -> Citation {
    Citation {
        id,
        file: file.path.clone(),
        line: index + 1,
        test: test.map(ToOwned::to_owned),
    }
}

/// The comment of a line, if it has one; `//` inside a URL begins none.
fn comment<'a>(line: &'a str, extension: &str) -> Option<&'a str> {
    let mark = if extension == "py" { "#" } else { "//" };
    line.match_indices(mark)
        .find(|(at, _)| !line[..*at].ends_with(':'))
        .map(|(at, _)| &line[at..])
}

/// The IDs in the name of a test: `apr_4` as whole parts.
fn named<'a>(line: &'a str, vocabulary: &'a Vocabulary) -> impl Iterator<Item = String> + 'a {
    let name = function(line)
        .map(|name| format!("_{name}_"))
        .unwrap_or_default();
    vocabulary
        .names
        .iter()
        .filter(move |(part, _)| name.contains(&format!("_{part}_")))
        .map(|(_, id)| id.clone())
}

/// The test that follows a comment directly, else the one around it.
fn test_around<'a>(lines: &[&'a str], index: usize) -> Option<&'a str> {
    for line in lines.iter().skip(index) {
        if let Some(name) = function(line) {
            return Some(name);
        }
        let line = line.trim_start();
        if !line.starts_with("//") && !line.starts_with('#') {
            break;
        }
    }
    lines
        .iter()
        .take(index)
        .rev()
        .find_map(|line| function(line))
}

fn function(line: &str) -> Option<&str> {
    let code = line.trim_start();
    let start = [
        "fn ",
        "async fn ",
        "pub fn ",
        "pub async fn ",
        "pub(crate) fn ",
        "pub(crate) async fn ",
        "def ",
    ];
    let rest = start.iter().find_map(|start| code.strip_prefix(start))?;
    rest.split(|one: char| !one.is_alphanumeric() && one != '_')
        .next()
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::lists::Mark;
    use super::*;

    fn entries() -> Vec<Entry> {
        let entry = |id: &str, group: &str, mark| Entry {
            id: id.to_owned(),
            group: group.to_owned(),
            mark,
        };
        vec![
            entry("APR-4", "APR", Some(Mark::Core)),
            entry("CON-13a", "CON", Some(Mark::Core)),
            entry("P2", "case P", None),
            entry("SFB-OAUTH-1", "SFB OAUTH", None),
        ]
    }

    fn cited(path: &str, text: &str) -> Vec<(String, usize, Option<String>)> {
        let files = [SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        }];
        read(&files, &entries())
            .into_iter()
            .map(|one| (one.id, one.line, one.test))
            .collect()
    }

    fn ids(path: &str, text: &str) -> Vec<String> {
        cited(path, text).into_iter().map(|(id, ..)| id).collect()
    }

    #[test]
    fn a_comment_before_a_test_belongs_to_it_and_one_inside_too() {
        let text = "// proves APR-4, P2\n#[tokio::test]\nasync fn one() {\n    // SFB-OAUTH-1\n    run();\n}\n";
        assert_eq!(
            cited("crates/a/tests/b.rs", text),
            [
                ("APR-4".into(), 1, Some("one".into())),
                ("P2".into(), 1, Some("one".into())),
                ("SFB-OAUTH-1".into(), 4, Some("one".into())),
            ]
        );
    }

    #[test]
    fn only_the_tests_of_a_source_file_cite() {
        let text = "// APR-4 is done here\nfn a() {}\n#[cfg(test)]\nmod tests {\n    // proves CON-13a\n    fn b() {}\n}\n";
        assert_eq!(ids("crates/a/src/b.rs", text), ["CON-13a"]);
        assert_eq!(ids("xtask/src/b.rs", text), Vec::<String>::new());
    }

    #[test]
    fn short_ids_count_only_where_something_is_proved() {
        assert_eq!(
            ids("tests/a.rs", "// the chunk P2 is next\nfn a() {}\n"),
            Vec::<String>::new()
        );
        assert_eq!(
            ids("tests/a.rs", "// proves APR-4,\n// P2 and P77\nfn a() {}\n"),
            ["APR-4", "P2", "P77"]
        );
        assert_eq!(
            ids(
                "tests/a.rs",
                "// SHA-256 and UTF-8 prove nothing\nfn a() {}\n"
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn names_of_tests_cite_whole_parts_only() {
        assert_eq!(
            ids(
                "tests/a.rs",
                "fn apr_4_is_exact() {}\nfn apr_44_is_not() {}\n"
            ),
            ["APR-4"]
        );
        assert_eq!(
            ids("tests/a.py", "def test_con_13a():\n    pass  # APR-4\n"),
            ["CON-13a", "APR-4"]
        );
    }
}
