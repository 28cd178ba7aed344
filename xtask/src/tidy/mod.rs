//! `cargo xtask tidy`: what the design and the house rules ask of the tree, as far as a program can check it.
//!
//! Each rule is a module of its own that returns its violations; this one runs them and prints the outcome. Must not
//! know the content of any rule.

mod arrows;
mod citations;
mod manifests;
mod places;
mod practice_org;
mod providers;
mod sizes;
mod sources;

use anyhow::bail;

/// Something that a rule does not allow: where, which rule, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Path from the root.
    pub(crate) file: String,
    /// The line, from 1; 1 where the whole file is meant.
    pub(crate) line: usize,
    /// The name of the rule.
    pub(crate) rule: &'static str,
    /// What was found.
    pub(crate) found: String,
    /// What to do about it.
    pub(crate) fix: String,
}

impl Violation {
    fn new(
        file: &str,
        line: usize,
        rule: &'static str,
        found: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line,
            rule,
            found: found.into(),
            fix: fix.into(),
        }
    }
}

/// Checks the tree, prints what is wrong and fails when anything is.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = crate::workspace::root()?;
    let files = crate::tree::read(&root)?;
    let graph = crate::workspace::Graph::read(&root)?;

    let mut violations = arrows::check(&graph, &files);
    violations.extend(manifests::check(&graph, &root, &files));
    violations.extend(sources::check(&files));
    violations.extend(places::check(&files));
    violations.extend(providers::check(&files));
    violations.extend(sizes::check(&files));
    violations.extend(citations::check(&files));
    violations.extend(practice_org::check(&files));

    println!("{}", sizes::report(&files));
    if violations.is_empty() {
        println!("tidy: {} files, nothing to mend", files.len());
        return Ok(());
    }
    violations.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
    for Violation {
        file,
        line,
        rule,
        found,
        fix,
    } in &violations
    {
        println!("{file}:{line}: {rule}: {found}\n    fix: {fix}");
    }
    bail!("{} places to mend", violations.len())
}

/// Files for the tests of rules.
#[cfg(test)]
fn file(path: &str, text: &str) -> crate::tree::SourceFile {
    crate::tree::SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}
