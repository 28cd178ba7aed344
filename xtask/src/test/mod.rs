//! `cargo xtask test`: everything the tests need, then all tests.
//!
//! The closing lines are cargo's own, so nothing is printed after a good run. Must not know what a test does with what
//! it is given.

mod node;
mod packages;
mod postgres;
mod python;
mod setup;

pub(crate) use setup::{Profile, Surroundings};

use crate::{process, workspace};

/// Prepares the surroundings and runs `cargo test` with `arguments` in them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let surroundings = Surroundings::prepare(&root, Profile::Debug)?;
    let mut command = process::cargo(&root);
    command
        .args(cargo_arguments(arguments))
        .envs(surroundings.variables());
    process::run(&mut command)
}

/// The arguments for cargo: the whole workspace unless a package is named.
fn cargo_arguments(arguments: &[String]) -> Vec<String> {
    let rest = after_dashes(arguments);
    let of_cargo = rest.iter().take_while(|one| *one != "--");
    let narrow = of_cargo
        .into_iter()
        .any(|one| one == "-p" || one == "--package" || one.starts_with("--package="));
    let mut all = vec!["test".to_owned()];
    if !narrow {
        all.push("--workspace".to_owned());
    }
    all.extend(rest.iter().cloned());
    all
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
        assert_eq!(arguments("-- one -- -p"), "test --workspace one -- -p");
    }
}
