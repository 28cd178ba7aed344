//! The Node clients that judge us, and a current Node to run them: `tests/clients/node` installed below the build
//! folder by its lock file.
//!
//! No package runs code while it is installed, and no browser is downloaded. Must not know what the clients test.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::process;

/// Where Node and its packages are.
pub(super) struct Node {
    pub(super) program: PathBuf,
    pub(super) modules: PathBuf,
}

/// Files that decide what is installed.
const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Installs the packages into `folder` unless they are there from the same lock file.
pub(super) fn install(root: &Path, folder: &Path) -> anyhow::Result<Node> {
    let source = root.join("tests/clients/node");
    let stamp = folder.join("installed-from");
    let mut wanted = String::new();
    for name in FILES {
        let path = source.join(name);
        wanted += &std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
    }
    let modules = folder.join("node_modules");
    let program = modules.join(format!("node-linux-{}/bin/node", architecture()));
    if program.is_file()
        && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted)
    {
        return Ok(Node { program, modules });
    }

    println!("test: installing a current Node and the Node clients of tests/clients/node from npm");
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for name in FILES {
        std::fs::copy(source.join(name), folder.join(name))
            .with_context(|| format!("cannot copy {name}"))?;
    }
    process::run(
        // npm speaks of the Node it runs on; the clients run on the Node that is installed here
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .current_dir(folder),
    )?;
    if !process::succeeds(Command::new(&program).arg("--version")) {
        bail!(
            "npm installed no Node that runs on this machine; tests/clients/node/package.json lists which there are"
        );
    }
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(Node { program, modules })
}

/// The machine's architecture as npm names it; older versions of npm do not link the program into `.bin`.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_clients_are_pinned_and_run_nothing_on_install() {
        let source = crate::workspace::root().unwrap().join("tests/clients/node");
        let manifest: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(source.join("package.json")).unwrap())
                .unwrap();
        for kind in ["dependencies", "optionalDependencies"] {
            for (name, version) in manifest[kind].as_object().unwrap() {
                assert!(
                    version
                        .as_str()
                        .unwrap()
                        .starts_with(|first: char| first.is_ascii_digit()),
                    "{name} {version}"
                );
            }
        }
        assert!(
            std::fs::read_to_string(source.join(".npmrc"))
                .unwrap()
                .contains("ignore-scripts=true")
        );
        let lock = std::fs::read_to_string(source.join("package-lock.json")).unwrap();
        assert!(!lock.contains("\"resolved\""));
    }
}
