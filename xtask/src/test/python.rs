//! The Python clients that judge us: a virtual environment below the build folder with pinned requirements.
//!
//! Must not know what the clients test.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::{environment, process};

/// Makes the environment in `folder` unless it is there from the same requirements; answers its interpreter.
pub(super) fn install(root: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let requirements = root.join("tests/clients/python/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let stamp = folder.join("installed-from");
    let program = folder.join("bin/python");
    if process::succeeds(Command::new(&program).arg("--version"))
        && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted)
    {
        return Ok(program);
    }

    println!(
        "test: installing the Python clients of tests/clients/python into a virtual environment"
    );
    let python = interpreter().context("there is no Python that can make virtual environments")?;
    process::run(
        Command::new(python)
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    )?;
    process::run(
        Command::new(&program)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
            ])
            .arg(&requirements),
    )?;
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(program)
}

/// A Python 3 that can make virtual environments.
pub(super) fn interpreter() -> Option<PathBuf> {
    environment::programs("python3").into_iter().find(|python| {
        process::succeeds(Command::new(python).args(["-c", "import ensurepip, venv"]))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_requirement_is_pinned() {
        let root = crate::workspace::root().unwrap();
        let text =
            std::fs::read_to_string(root.join("tests/clients/python/requirements.txt")).unwrap();
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("simple-salesforce=="))
        );
        assert!(lines.iter().all(|line| line.contains("==")), "{lines:?}");
    }
}
