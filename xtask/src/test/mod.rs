//! `cargo xtask test`: everything the tests need, then all tests.
//!
//! The closing lines are cargo's own, so nothing is printed after a good run. Must not know what a test does with what
//! it is given.

mod node;
mod packages;
mod postgres;
mod python;
mod setup;

use std::path::{Path, PathBuf};

pub(crate) use setup::{Profile, Surroundings};

use crate::{process, workspace};

/// The packages whose tests start the product as a process and need its binary.
const STARTS_PRODUCT: [&str; 2] = ["gatelodge-server", "gatelodge-testkit"];

/// The current Node that the clients run on; it is installed if it is missing.
pub(crate) fn current_node(root: &Path) -> anyhow::Result<PathBuf> {
    Ok(node::install(root, &workspace::target(root)?.join("clients/node"))?.program)
}

/// Prepares the surroundings and runs `cargo test` with `arguments` in them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let packages = packages_named(arguments);
    let starts_product = packages.is_empty()
        || packages
            .iter()
            .any(|package| STARTS_PRODUCT.contains(package));
    let surroundings = Surroundings::prepare(&root, starts_product.then_some(Profile::Debug))?;
    let mut command = process::cargo(&root);
    command
        .args(cargo_arguments(arguments))
        .envs(surroundings.variables());
    process::run(&mut command)
}

/// Prepares the surroundings with a release build, and runs a program of `testkit` in them.
pub(crate) fn run_program(name: &str, arguments: &[String]) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let surroundings = Surroundings::prepare(&root, Some(Profile::Release))?;
    let mut command = process::cargo(&root);
    command
        .args(["run", "--release", "--package", "gatelodge-testkit"])
        .args(["--bin", name, "--"])
        .args(arguments)
        .envs(surroundings.variables());
    process::run(&mut command)
}

/// Prepares the surroundings, and runs one of the long tests of a package, as a release build.
pub(crate) fn run_ignored(package: &str, test: &str) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let surroundings = Surroundings::prepare(&root, None)?;
    let mut command = process::cargo(&root);
    command
        .args(["test", "--release", "--package", package])
        .args(["--test", "it", "--", "--ignored", "--nocapture"])
        .args(["--test-threads", "1", test])
        .envs(surroundings.variables());
    process::run(&mut command)
}

/// The arguments for cargo: the whole workspace unless a package is named.
fn cargo_arguments(arguments: &[String]) -> Vec<String> {
    let mut all = vec!["test".to_owned()];
    if packages_named(arguments).is_empty() {
        all.push("--workspace".to_owned());
    }
    all.extend(after_dashes(arguments).iter().cloned());
    all
}

/// The packages that `-p`, `--package` or `--package=` name.
fn packages_named(arguments: &[String]) -> Vec<&str> {
    let mut words = after_dashes(arguments)
        .iter()
        .map(String::as_str)
        .take_while(|word| *word != "--");
    let mut packages = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "-p" | "--package" => packages.extend(words.next()),
            _ => packages.extend(word.strip_prefix("--package=")),
        }
    }
    packages
}

/// What stands after the first `--`, or everything where there is none in front.
pub(crate) fn after_dashes(arguments: &[String]) -> &[String] {
    match arguments.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => arguments,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &str) -> String {
        let words: Vec<String> = words.split_whitespace().map(ToOwned::to_owned).collect();
        cargo_arguments(&words).join(" ")
    }

    #[test]
    fn the_whole_workspace_is_tested_unless_a_package_is_named() {
        assert_eq!(arguments(""), "test --workspace");
        assert_eq!(arguments("-- refresh"), "test --workspace refresh");
        assert_eq!(
            arguments("-- -p gatelodge-store refresh"),
            "test -p gatelodge-store refresh"
        );
        assert_eq!(arguments("-- --package=xtask"), "test --package=xtask");
        assert_eq!(arguments("-- one -- -p x"), "test --workspace one -- -p x");
    }
}
