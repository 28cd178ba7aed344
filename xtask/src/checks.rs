//! `cargo xtask ci`: the steps of `.ci/run` in their order, for a developer's machine.
//!
//! Must not know what a step checks.

use crate::{deny, features, process, test, tidy, workspace};

/// Runs every step; the first that fails ends it.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = workspace::root()?;
    process::run(process::cargo(&root).args(["fmt", "--all", "--check"]))?;
    process::run(process::cargo(&root).args(CLIPPY))?;
    deny::run()?;
    tidy::run()?;
    features::run(&["--check".to_owned()])?;
    test::run(&[])
}

const CLIPPY: [&str; 6] = [
    "clippy",
    "--workspace",
    "--all-targets",
    "--",
    "-D",
    "warnings",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_of_ci_runs_the_same_steps() {
        let script = std::fs::read_to_string(workspace::root().unwrap().join(".ci/run")).unwrap();
        let steps: Vec<&str> = script
            .lines()
            .filter(|line| line.starts_with("cargo "))
            .collect();
        let clippy = format!("cargo {}", CLIPPY.join(" "));
        assert_eq!(
            steps,
            [
                "cargo fmt --all --check",
                &clippy,
                "cargo xtask deny",
                "cargo xtask tidy",
                "cargo xtask test"
            ]
        );
    }
}
