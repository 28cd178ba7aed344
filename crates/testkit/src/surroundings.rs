//! What `cargo xtask test` prepared: servers, clients of others, the built binary. The one place that reads them.
//!
//! Must not know what a test does with them.

use std::path::PathBuf;

/// The Node that runs the judges.
pub fn node() -> PathBuf {
    path("GATELODGE_TEST_NODE")
}

/// The folder `node_modules` with the judges of Node.
pub fn node_modules() -> PathBuf {
    path("GATELODGE_TEST_NODE_MODULES")
}

/// The Python that runs the judges, with their packages.
pub fn python() -> PathBuf {
    path("GATELODGE_TEST_PYTHON")
}

/// The address of a PostgreSQL server on which databases may be made.
pub fn postgres() -> String {
    variable("GATELODGE_TEST_POSTGRES")
}

/// The folder with PostgreSQL's programs.
pub fn postgres_programs() -> PathBuf {
    path("GATELODGE_TEST_POSTGRES_PROGRAMS")
}

/// User and group, as numbers, that PostgreSQL runs as; none where the tests run as an ordinary user.
#[expect(
    clippy::disallowed_methods,
    reason = "this module is where tests learn of their surroundings"
)]
pub fn postgres_account() -> Option<(u32, u32)> {
    let text = std::env::var("GATELODGE_TEST_POSTGRES_ACCOUNT").ok()?;
    let (user, group) = text.split_once(':')?;
    Some((
        user.parse().expect("the number of a user"),
        group.parse().expect("the number of a group"),
    ))
}

/// The library that gives a process another time, when it is loaded first.
pub fn faketime() -> PathBuf {
    path("GATELODGE_TEST_FAKETIME")
}

/// A Chromium.
pub fn chromium() -> PathBuf {
    path("GATELODGE_TEST_CHROMIUM")
}

/// The built `gatelodge`.
pub fn binary() -> PathBuf {
    path("GATELODGE_TEST_BINARY")
}

/// The folder for what people look at after a run: logs and pictures.
pub fn artifacts() -> PathBuf {
    path("GATELODGE_TEST_ARTIFACTS")
}

/// The folder for what a canary scan looks through; none where no scan follows.
#[expect(
    clippy::disallowed_methods,
    reason = "this module is where tests learn of their surroundings"
)]
pub fn evidence() -> Option<PathBuf> {
    std::env::var_os("GATELODGE_TEST_EVIDENCE").map(PathBuf::from)
}

/// The seed of a run that shall come again; each run has its own without it.
#[expect(
    clippy::disallowed_methods,
    reason = "this module is where tests learn of their surroundings"
)]
pub fn seed() -> Option<u64> {
    let text = std::env::var("GATELODGE_TEST_SEED").ok()?;
    Some(text.parse().expect("GATELODGE_TEST_SEED is a number"))
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(variable(name))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this module is where tests learn of their surroundings"
)]
fn variable(name: &str) -> String {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => value,
        _ => {
            panic!("{name} is not set: run `cargo xtask test`, which prepares what this test needs")
        }
    }
}
