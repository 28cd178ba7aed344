//! `cargo xtask soak NAME [-- ARGS]`: the surroundings of the tests, a release build, then one of the long runs of
//! `testkit`: kills, refreshes and rotations by the thousand, counted, with a status that says whether all was well.
//!
//! Must not know what a run does.

use crate::process;
use crate::test::{Profile, Surroundings, after_dashes};
use crate::workspace;

/// Prepares the surroundings and does one run; without a name, `testkit` lists them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_str(), after_dashes(rest)),
        None => ("help", &[][..]),
    };
    let surroundings = Surroundings::prepare(&root, Some(Profile::Release))?;
    let mut command = process::cargo(&root);
    command
        .args([
            "run",
            "--release",
            "--package",
            "gatelodge-testkit",
            "--bin",
            "soak",
            "--",
            name,
        ])
        .args(rest)
        .envs(surroundings.variables());
    process::run(&mut command)
}
