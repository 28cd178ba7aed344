//! `gatelodge init`: what it writes, and what it leaves alone.

use crate::program::{Installation, run};
use std::{fs, os::unix::fs::PermissionsExt as _};

#[tokio::test]
async fn init_writes_a_commented_configuration_and_a_key_that_only_its_owner_reads() {
    // proves V1, CRED-1: the key lies outside the folder that is backed up with the database
    let home = Installation::new().await;
    let text = fs::read_to_string(&home.config).unwrap();
    for section in [
        "[server]",
        "[data]",
        "[database]",
        "[keys]",
        "[egress]",
        "[log]",
    ] {
        assert!(text.contains(section), "{section}");
    }
    let settings = text.lines().filter(|line| line.contains(" = ")).count();
    let comments = text.lines().filter(|line| line.starts_with('#')).count();
    assert!(
        comments >= settings,
        "{comments} comments for {settings} settings"
    );
    let mode = fs::metadata(home.key()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!home.key().starts_with(home.path("data")));
    let folder = fs::metadata(home.path("data")).unwrap();
    assert!(folder.is_dir());
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    home.run(&["config", "check"]).await.worked();
}

#[tokio::test]
async fn init_overwrites_nothing() {
    let home = Installation::new().await;
    let before = (
        fs::read(&home.config).unwrap(),
        fs::read(home.key()).unwrap(),
    );
    let dir = home.folder.path().to_str().unwrap();
    run(&["init", "--dir", dir])
        .await
        .refused_with(&[&home.config, "exists already"]);
    fs::remove_file(&home.config).unwrap();
    run(&["init", "--dir", dir])
        .await
        .refused_with(&["gatelodge.key", "A key is never overwritten"]);
    assert!(!home.path("gatelodge.toml").exists());
    assert_eq!(fs::read(home.key()).unwrap(), before.1);
}

#[tokio::test]
async fn init_refuses_an_address_that_serve_would_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("new");
    let dir = dir.to_str().unwrap();
    for (address, reason) in [
        (
            "http://hub.example.com",
            "http is allowed for loopback addresses only",
        ),
        ("https://hub.example.com/path", "only scheme, host and port"),
        ("ftp://localhost", "the scheme must be https"),
    ] {
        let refused = run(&["init", "--dir", dir, "--public-url", address]).await;
        refused.refused_with(&["--public-url", address, reason]);
    }
    assert!(!fs::exists(dir).unwrap(), "nothing was made");
}

#[tokio::test]
async fn init_says_where_it_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let place = file.join("home");
    let place = place.to_str().unwrap();
    run(&["init", "--dir", place])
        .await
        .refused_with(&[place, "cannot be made"]);
}
