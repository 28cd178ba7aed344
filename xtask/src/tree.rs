//! The files of the tree as text: what git tracks and what it would track, so that a rule holds before the commit.
//!
//! Must not know any rule.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One file, its path relative to the root, with `/` between folders.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// Path from the root.
    pub(crate) path: String,
    /// What it holds.
    pub(crate) text: String,
}

impl SourceFile {
    /// The lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// The end of the name after the last dot.
    pub(crate) fn extension(&self) -> &str {
        self.path
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }

    /// Whether others wrote it and we carry it unchanged.
    pub(crate) fn vendored(&self) -> bool {
        self.path.split('/').any(|folder| folder == "vendor")
    }
}

/// Every text file of the tree; what is not UTF-8 (pictures, fonts) is left out.
pub(crate) fn read(root: &Path) -> anyhow::Result<Vec<SourceFile>> {
    let names = crate::process::output(Command::new("git").current_dir(root).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut files = Vec::new();
    for name in names.split('\0').filter(|name| !name.is_empty()) {
        let path: PathBuf = root.join(name);
        // a file that git still tracks may be gone from the disk, and a picture is no text
        if let Ok(text) = std::fs::read_to_string(&path) {
            files.push(SourceFile {
                path: name.to_owned(),
                text,
            });
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files.dedup_by(|left, right| left.path == right.path);
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_file_is_in_the_tree_and_lines_count_from_one() {
        let files = read(&crate::workspace::root().unwrap()).unwrap();
        let this = files
            .iter()
            .find(|file| file.path == "xtask/src/tree.rs")
            .unwrap();
        assert_eq!(this.lines().next().unwrap().0, 1);
        assert_eq!(this.extension(), "rs");
        assert!(!this.vendored());
    }
}
