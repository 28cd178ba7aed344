//! File sizes: a file that nobody can hold in the head is split before it grows further.
//!
//! Must not know what the files hold.

use super::Violation;
use crate::tree::SourceFile;

const RULE: &str = "sizes";
const MOST: usize = 800;
const MANY: usize = 400;

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    sizes(files)
        .filter(|(_, lines)| *lines > MOST)
        .map(|(file, lines)| {
            Violation::new(
                &file.path,
                MOST + 1,
                RULE,
                format!("{lines} lines"),
                format!("split it; none over {MOST}"),
            )
        })
        .collect()
}

/// One paragraph: how many Rust files, their median, and which are long.
pub(super) fn report(files: &[SourceFile]) -> String {
    let mut all: Vec<(usize, &str)> = sizes(files)
        .filter(|(file, _)| file.extension() == "rs")
        .map(|(file, lines)| (lines, file.path.as_str()))
        .collect();
    all.sort_unstable();
    let total: usize = all.iter().map(|(lines, _)| lines).sum();
    let median = all.get(all.len() / 2).map_or(0, |(lines, _)| *lines);
    let long: Vec<&(usize, &str)> = all.iter().filter(|(lines, _)| *lines > MANY).collect();
    let mut text = format!(
        "sizes: {} Rust files, {total} lines, median {median}, {} over {MANY}",
        all.len(),
        long.len()
    );
    text.extend(
        long.iter()
            .rev()
            .map(|(lines, path)| format!("\n    {lines:>4} {path}")),
    );
    text
}

/// The files that people write by hand, with their number of lines.
fn sizes(files: &[SourceFile]) -> impl Iterator<Item = (&SourceFile, usize)> {
    files
        .iter()
        .filter(|file| {
            ["rs", "css", "js", "mjs", "html", "py"].contains(&file.extension()) && !file.vendored()
        })
        .map(|file| (file, file.text.lines().count()))
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_file_over_the_most_is_found_and_one_at_it_is_not() {
        let lines = |count: usize| "x\n".repeat(count);
        assert_eq!(check(&[file("a.rs", &lines(MOST))]), []);
        assert_eq!(check(&[file("a.rs", &lines(MOST + 1))]).len(), 1);
        assert_eq!(
            check(&[
                file("a/vendor/b.js", &lines(MOST + 1)),
                file("a.json", &lines(9000))
            ]),
            []
        );
    }

    #[test]
    fn the_report_names_median_and_long_files() {
        let files = [
            file("a.rs", "x\n"),
            file("b.rs", &"x\n".repeat(3)),
            file("c.rs", &"x\n".repeat(500)),
        ];
        let report = report(&files);
        assert!(
            report.contains("3 Rust files, 504 lines, median 3, 1 over 400"),
            "{report}"
        );
        assert!(report.ends_with("500 c.rs"), "{report}");
    }
}
