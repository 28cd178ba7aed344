//! `cargo xtask deny`: what `deny.toml` says of dependencies, checked by cargo-deny at a pinned version.
//!
//! The program is built once into a folder of its own below the build folder, so that nothing else on the machine
//! changes. Must not know the rules themselves; they stand in `deny.toml`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{environment, process, workspace};

const VERSION: &str = "0.20.2";

/// Builds cargo-deny where it is missing and runs it.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = workspace::root()?;
    let program = installed(&root)?;
    process::run(Command::new(&program).current_dir(&root).args([
        "--all-features",
        "check",
        "--show-stats",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))?;
    if let Some(database) = advisory_database() {
        println!("advisories: using the database in {}", database.display());
        process::run(Command::new(&program).current_dir(&root).args([
            "check",
            "--disable-fetch",
            "advisories",
        ]))
    } else {
        println!("advisories: not checked, there is no database; `cargo deny fetch db` brings one");
        Ok(())
    }
}

fn installed(root: &Path) -> anyhow::Result<PathBuf> {
    let folder = workspace::target(root)?.join("tools");
    let program = folder.join("bin/cargo-deny");
    let present = program.is_file()
        && process::output(Command::new(&program).arg("--version"))
            .is_ok_and(|text| text.trim().ends_with(VERSION));
    if !present {
        println!(
            "deny: building cargo-deny {VERSION} once, below {}",
            folder.display()
        );
        process::run(
            process::cargo(root)
                .args([
                    "install",
                    "cargo-deny",
                    "--version",
                    VERSION,
                    "--locked",
                    "--force",
                    "--root",
                ])
                .arg(&folder),
        )?;
    }
    Ok(program)
}

/// The folder of advisory databases, when it holds anything.
fn advisory_database() -> Option<PathBuf> {
    let home = environment::cargo_home()?;
    ["advisory-dbs", "advisory-db"]
        .iter()
        .map(|name| home.join(name))
        .find(|folder| is_filled(folder))
}

fn is_filled(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_or_missing_folder_is_no_database() {
        let root = workspace::root().unwrap();
        assert!(is_filled(&root));
        assert!(!is_filled(&root.join("no-such-folder")));
    }
}
