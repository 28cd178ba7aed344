//! `cargo xtask soak canary [-- CRATE ...]`: the suites with everything logged and kept, then the scan of what they left.
//!
//! A test that fails (some read logs that are longer now) is told and does not end the run: what it left is scanned too.
//! Must not know what a secret is; `testkit` looks for them.

use std::fs::{self, File};
use std::path::Path;

use anyhow::Context as _;

use crate::test::{Profile, Surroundings};
use crate::{process, workspace};

/// The suites that handle secrets. Those of the faces alone have a played keeper and none.
const SUITES: [&str; 3] = ["gatelodge-keeper", "gatelodge-server", "gatelodge-testkit"];

/// Runs the suites and scans.
pub(crate) fn run(root: &Path, named: &[String]) -> anyhow::Result<()> {
    let place = workspace::target(root)?.join("canary");
    if place.exists() {
        fs::remove_dir_all(&place).with_context(|| format!("cannot empty {}", place.display()))?;
    }
    fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    let surroundings = Surroundings::prepare(root, Some(Profile::Debug))?;
    let suites: Vec<&str> = if named.is_empty() {
        SUITES.to_vec()
    } else {
        named.iter().map(String::as_str).collect()
    };
    for suite in suites {
        let log = place.join(format!("{suite}.log"));
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = process::cargo(root);
        command
            .args(["test", "--package", suite])
            .envs(surroundings.variables())
            .env("GATELODGE_TEST_EVIDENCE", &place)
            .env("GATELODGE_TEST_ARTIFACTS", &place)
            .env("GATELODGE_LOG__LEVEL", "trace")
            .stdout(file.try_clone().context("one log for both streams")?)
            .stderr(file);
        if let Err(error) = process::run(&mut command) {
            println!("{suite}: {error:#}; its results are in {}", log.display());
        }
    }
    let mut scan = process::cargo(root);
    scan.args([
        "run",
        "--package",
        "gatelodge-testkit",
        "--bin",
        "soak",
        "--",
    ])
    .arg("canary-scan")
    .envs(surroundings.variables())
    .env("GATELODGE_TEST_EVIDENCE", &place);
    process::run(&mut scan)
}
