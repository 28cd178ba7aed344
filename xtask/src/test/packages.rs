//! Programs from Debian that the tests need: which are missing, and installing them by name.
//!
//! Must not know what the programs are used for.

use std::io::IsTerminal as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

use super::python;
use crate::{environment, process};

/// One thing that must be there, and the Debian packages that bring it.
struct Need {
    what: &'static str,
    packages: &'static [&'static str],
    present: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need {
        what: "PostgreSQL server",
        packages: &["postgresql"],
        present: || postgres_folder().is_some(),
    },
    Need {
        what: "Chromium and fonts for its screenshots",
        packages: &["chromium", "fonts-dejavu-core", "fonts-liberation"],
        present: || chromium().is_some(),
    },
    Need {
        what: "a library that gives processes another time",
        packages: &["libfaketime"],
        present: || faketime().is_some(),
    },
    Need {
        what: "npm",
        packages: &["npm"],
        present: || environment::program("npm").is_some(),
    },
    Need {
        what: "Python with virtual environments",
        packages: &["python3", "python3-venv"],
        present: || python::interpreter().is_some(),
    },
];

/// Installs what is missing; prints first what that is.
pub(super) fn install_missing() -> anyhow::Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing
        .iter()
        .flat_map(|need| need.packages.iter().copied())
        .collect();
    println!("test: installing from Debian:");
    for need in &missing {
        println!("    {}: {}", need.what, need.packages.join(", "));
    }
    install(&names)?;
    let still: Vec<&str> = missing
        .iter()
        .filter(|need| !(need.present)())
        .map(|need| need.what)
        .collect();
    if !still.is_empty() {
        bail!("installed, but still not found: {}", still.join(", "));
    }
    Ok(())
}

fn install(names: &[&str]) -> anyhow::Result<()> {
    let advice = format!(
        "run as root: apt-get install --no-install-recommends {}",
        names.join(" ")
    );
    if environment::program("apt-get").is_none() {
        bail!(
            "this machine has no apt-get; install these by hand: {}",
            names.join(", ")
        );
    }
    let prefix: &[&str] = if is_root() {
        &[]
    } else if may_use_sudo() {
        &["sudo"]
    } else {
        bail!("installing needs root; {advice}");
    };
    let apt = |arguments: &[&str]| {
        let mut words: Vec<&str> = prefix.to_vec();
        words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        words.extend(arguments);
        process::run(Command::new(words[0]).args(&words[1..]))
    };
    apt(&["update", "-q"])?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(names);
    apt(&arguments)
}

/// Whether this process runs as root.
pub(super) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn may_use_sudo() -> bool {
    environment::program("sudo").is_some()
        && (std::io::stdin().is_terminal()
            || process::succeeds(Command::new("sudo").args(["-n", "true"])))
}

/// The browser for the tests of pages.
pub(super) fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser"]
        .iter()
        .find_map(|name| environment::program(name))
}

/// The library for programs with several threads; Debian puts it below the folder of the architecture.
pub(super) fn faketime() -> Option<PathBuf> {
    std::fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.exists())
}

/// The folder of the newest PostgreSQL server's programs; Debian keeps them out of `PATH`.
pub(super) fn postgres_folder() -> Option<PathBuf> {
    newest_postgres(Path::new("/usr/lib/postgresql")).or_else(|| {
        environment::program("initdb")?
            .parent()
            .map(Path::to_path_buf)
    })
}

fn newest_postgres(versions: &Path) -> Option<PathBuf> {
    std::fs::read_dir(versions)
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let programs = entry.path().join("bin");
            programs
                .join("initdb")
                .is_file()
                .then_some((version, programs))
        })
        .max()
        .map(|(_, programs)| programs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_server_is_chosen_by_number() {
        let folder = workspace_scratch("postgres-versions");
        for version in ["9", "15", "notes"] {
            std::fs::create_dir_all(folder.join(version).join("bin")).unwrap();
            std::fs::write(folder.join(version).join("bin/initdb"), "").unwrap();
        }
        assert_eq!(newest_postgres(&folder), Some(folder.join("15/bin")));
        assert_eq!(newest_postgres(&folder.join("9")), None);
        std::fs::remove_dir_all(folder).unwrap();
    }

    fn workspace_scratch(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("gatelodge-xtask-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }
}
