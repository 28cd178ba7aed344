//! `cargo xtask soak NAME [-- ARGS]`: the surroundings of the tests, a release build, then one of the long runs of
//! `testkit`: kills, refreshes and rotations by the thousand, counted, with a status that says whether all was well.
//!
//! Must not know what a run does.

mod canary;

use crate::test::{self, after_dashes};
use crate::workspace;

/// Runs of keepers alone, which need no whole product: their names, and the tests that do them.
const KEEPER_RUNS: &[(&str, &str)] = &[
    ("refresh-oidc", "soak_refresh_at_oidc_provider"),
    ("keeper-kills", "soak_keeper_kills"),
];

/// Prepares the surroundings and does one run; without a name, `testkit` lists them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_str(), after_dashes(rest)),
        None => ("", &[][..]),
    };
    if name.is_empty() {
        println!(
            "  canary           the suites at log level trace, then a scan for every secret\n  \
             refresh          refresh-oidc, then refresh-practice\nruns of keepers alone:"
        );
        for (known, _) in KEEPER_RUNS {
            println!("  {known}");
        }
    }
    if name == "canary" {
        return canary::run(&workspace::root()?, rest);
    }
    if name == "refresh" {
        // the two halves of one promise, at two peers
        run(&["refresh-oidc".to_owned()])?;
        return run(&["refresh-practice".to_owned()]);
    }
    if let Some((_, test)) = KEEPER_RUNS.iter().find(|(known, _)| *known == name) {
        return test::run_ignored("gatelodge-keeper", test);
    }
    let arguments: Vec<String> = std::iter::once(name.to_owned())
        .chain(rest.iter().cloned())
        .collect();
    test::run_program("soak", &arguments)
}
