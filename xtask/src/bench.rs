//! `cargo xtask bench`: the surroundings of the tests, a release build, then the benches of `testkit`.
//!
//! Must not know what is measured.

use crate::test::{self, after_dashes};
use crate::{process, workspace};

/// Prepares the surroundings and runs the benches with `arguments`; `practice` alone measures the practice org
/// and `keeper` the keeper's socket, which need no surroundings.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let alone = match arguments.first().map(String::as_str) {
        Some("practice") => Some(("gatelodge-practice", "practice")),
        Some("keeper") => Some(("gatelodge-keeper-socket", "socket")),
        _ => None,
    };
    if let Some((package, bench)) = alone {
        let mut command = process::cargo(&workspace::root()?);
        command.args(["bench", "--package", package, "--bench", bench]);
        return process::run(&mut command);
    }
    test::run_program("bench", after_dashes(arguments))
}
