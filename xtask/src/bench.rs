//! `cargo xtask bench`: the surroundings of the tests, a release build, then the benches of `testkit`.
//!
//! Must not know what is measured.

use crate::test::{Profile, Surroundings, after_dashes};
use crate::{process, workspace};

/// Prepares the surroundings and runs the benches with `arguments`; `practice` alone measures the practice org,
/// which needs no surroundings.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root = workspace::root()?;
    if arguments.first().is_some_and(|first| first == "practice") {
        let mut command = process::cargo(&root);
        command.args([
            "bench",
            "--package",
            "gatelodge-practice",
            "--bench",
            "practice",
        ]);
        return process::run(&mut command);
    }
    let surroundings = Surroundings::prepare(&root, Some(Profile::Release))?;
    let mut command = process::cargo(&root);
    command
        .args([
            "run",
            "--release",
            "--package",
            "gatelodge-testkit",
            "--bin",
            "bench",
            "--",
        ])
        .args(after_dashes(arguments))
        .envs(surroundings.variables());
    process::run(&mut command)
}
