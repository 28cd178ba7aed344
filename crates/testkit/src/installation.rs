//! An installation set up by its own commands, as an operator does it.
//!
//! Must not know what is done with it.

use std::path::{Path, PathBuf};

use url::Url;

use crate::process::Process;

/// `gatelodge init` in a folder, then `change` on what it wrote; where the configuration is.
///
/// # Panics
/// When the command fails.
pub async fn init(
    folder: &Path,
    public_url: &str,
    listen: &str,
    change: impl FnOnce(&str) -> String,
) -> PathBuf {
    let place = folder.to_str().expect("a path");
    let words = [
        "init",
        "--dir",
        place,
        "--public-url",
        public_url,
        "--listen",
        listen,
    ];
    let (status, _, errors) = Process::run(&words).await;
    assert!(status.success(), "{errors}");
    let path = folder.join("gatelodge.toml");
    let text = std::fs::read_to_string(&path).expect("a configuration");
    std::fs::write(&path, change(&text)).expect("it can be written");
    path
}

/// Opens loopback for a practice org, which a real org does not need.
pub fn with_practice_org(text: &str, origin: &str) -> String {
    let opened = text.replace(
        "practice_orgs = []",
        &format!("practice_orgs = [\"{origin}\"]"),
    );
    assert_ne!(text, opened, "the sample names practice orgs");
    opened
}

/// Adds an owner; the link with which they set their password.
///
/// # Panics
/// When the command fails.
pub async fn first_owner(config: &Path, email: &str) -> Url {
    let config = config.to_str().expect("a path");
    let words = [
        "user", "add", "--email", email, "--name", "Ada", "--role", "owner", "--config", config,
    ];
    let (status, said, errors) = Process::run(&words).await;
    assert!(status.success(), "{errors}");
    let link = said.split_whitespace().find(|word| word.contains("/link/"));
    link.expect("a link").parse().expect("an address")
}
