//! What the tests find around them: servers, browsers, clients, the built binary, each as an environment variable.
//!
//! Must not know how a single piece is installed or started; the other modules do.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::postgres::{self, Server};
use super::{node, packages, python};
use crate::{process, workspace};

/// How the product is built for those who start it as a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For tests.
    Debug,
    /// For benches.
    Release,
}

/// Everything that was prepared; the database server ends with this value.
pub(crate) struct Surroundings {
    variables: Vec<(&'static str, OsString)>,
    _postgres: Server,
}

impl Surroundings {
    /// Installs what is missing (printed first), starts a database server and, where a profile is given, builds the
    /// product.
    pub(crate) fn prepare(root: &Path, product: Option<Profile>) -> anyhow::Result<Self> {
        let target = workspace::target(root)?;
        let artifacts = target.join("test-artifacts");
        std::fs::create_dir_all(&artifacts)
            .with_context(|| format!("cannot make {}", artifacts.display()))?;

        packages::install_missing()?;
        let node = node::install(root, &target.join("clients/node"))?;
        let python = python::install(root, &target.join("clients/python"))?;
        let chromium =
            packages::chromium().context("Chromium is not there although it was installed")?;
        let faketime =
            packages::faketime().context("libfaketime is not there although it was installed")?;
        let binary = product
            .map(|profile| build(root, &target, profile))
            .transpose()?;
        let postgres = Server::start(&artifacts.join("postgres.log"))?;
        let (programs, account) = postgres::programs()?;

        let mut variables: Vec<(&str, OsString)> = vec![
            ("GATELODGE_TEST_POSTGRES", postgres.url().into()),
            ("GATELODGE_TEST_POSTGRES_PROGRAMS", programs.into()),
            ("GATELODGE_TEST_POSTGRES_ACCOUNT", account.into()),
            ("GATELODGE_TEST_NODE", node.program.into()),
            ("GATELODGE_TEST_NODE_MODULES", node.modules.into()),
            ("GATELODGE_TEST_PYTHON", python.into()),
            ("GATELODGE_TEST_CHROMIUM", chromium.into()),
            ("GATELODGE_TEST_FAKETIME", faketime.into()),
            ("GATELODGE_TEST_ARTIFACTS", artifacts.into()),
        ];
        variables.extend(binary.map(|binary| ("GATELODGE_TEST_BINARY", binary.into())));
        Ok(Self {
            variables,
            _postgres: postgres,
        })
    }

    /// The variables that tests and benches read.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &OsString)> {
        self.variables.iter().map(|(name, value)| (*name, value))
    }
}

/// Builds the product and names its binary.
fn build(root: &Path, target: &Path, profile: Profile) -> anyhow::Result<PathBuf> {
    let mut command = process::cargo(root);
    command.args(["build", "-p", "gatelodge-server"]);
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Release => {
            command.arg("--release");
            "release"
        }
    };
    process::run(&mut command)?;
    Ok(target.join(folder).join("gatelodge"))
}
