//! `cargo xtask bench`: the surroundings of the tests, a release build, then the benches of `testkit`.
//!
//! Must not know what is measured.

use crate::test::{self, after_dashes};
use crate::{process, workspace};

/// Benches of keepers alone, which need no whole product: their names, and the tests that do them.
const KEEPER_BENCHES: [(&str, &str); 2] =
    [("keeper", "bench_keeper"), ("refresh", "bench_refresh")];

/// Prepares the surroundings and runs the benches with `arguments`; `practice` alone measures the practice org, which
/// needs no surroundings, `keeper` and `refresh` a keeper in a process of its own, and `pages` the pages of administrators.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let name = arguments.first().map_or("", String::as_str);
    if name == "practice" {
        let mut command = process::cargo(&workspace::root()?);
        command.args(["bench", "--package", "gatelodge-practice", "--bench", name]);
        return process::run(&mut command);
    }
    if name == "pages" {
        return test::run_ignored("gatelodge-testkit", "bench_pages");
    }
    if let Some((_, test)) = KEEPER_BENCHES.iter().find(|(known, _)| *known == name) {
        return test::run_ignored("gatelodge-keeper", test);
    }
    test::run_program("bench", after_dashes(arguments))
}
