//! Starts with a key that is wrong, missing, damaged or open to others: refused, with nothing written.

use crate::program::{Installation, command, end_of};
use gatelodge_vault::{KeyFile, KeyProvider as _};
use sqlx::{Connection as _, SqliteConnection};
use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// An installation whose database belongs to its key.
async fn installation() -> Installation {
    let home = Installation::new().await;
    home.add_person("ada@example.com").await;
    home
}

/// Every file of the data folder with its bytes; an empty log of the database is none, and the keeper's own
/// folder holds a lock and a log.
fn files(home: &Installation) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(home.path("data")).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.to_string_lossy().ends_with("-shm"))
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect()
}

fn key_id(path: &Path) -> String {
    KeyFile::new(path, None).kek().unwrap().id().to_string()
}

async fn migrations(home: &Installation, change: Option<&'static str>) -> i64 {
    let address = format!("sqlite://{}", home.database().display());
    let mut connection = SqliteConnection::connect(&address).await.unwrap();
    if let Some(change) = change {
        sqlx::query(change).execute(&mut connection).await.unwrap();
    }
    let count = sqlx::query_scalar("SELECT count(*) FROM seaql_migrations")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    count
}

#[tokio::test]
async fn the_key_of_another_installation_is_refused_with_both_ids_and_writes_nothing() {
    // proves V3, V4
    let (home, other) = (installation().await, Installation::new().await);
    let expected = key_id(&home.key());
    fs::copy(other.key(), home.key()).unwrap();
    let given = key_id(&home.key());
    let before = files(&home);
    for act in [
        &["serve"][..],
        &["user", "link", "--email", "ada@example.com"],
        &["audit", "verify"],
    ] {
        home.run(act)
            .await
            .refused_with(&["the key cannot be used", &expected, &given]);
        assert_eq!(files(&home), before, "{act:?}");
    }
}

#[tokio::test]
async fn a_wrong_key_does_not_even_migrate() {
    // proves V3, R14
    let (home, other) = (installation().await, Installation::new().await);
    let forget =
        "DELETE FROM seaql_migrations WHERE version = (SELECT max(version) FROM seaql_migrations)";
    let before = migrations(&home, Some(forget)).await;
    fs::copy(other.key(), home.key()).unwrap();
    home.run(&["serve"])
        .await
        .refused_with(&["the key cannot be used"]);
    assert_eq!(migrations(&home, None).await, before);
}

#[tokio::test]
async fn an_unusable_key_file_is_refused_with_the_cure() {
    // proves V3
    let home = installation().await;
    let before = files(&home);
    let path = home.key().to_str().unwrap().to_owned();
    let good = fs::read(home.key()).unwrap();

    fs::set_permissions(home.key(), Permissions::from_mode(0o644)).unwrap();
    let refused = home.run(&["serve"]).await;
    refused.refused_with(&[&path, "0644", &format!("chmod 600 {path}")]);

    fs::set_permissions(home.key(), Permissions::from_mode(0o600)).unwrap();
    fs::write(home.key(), &good[..20]).unwrap();
    home.run(&["serve"])
        .await
        .refused_with(&[&path, "10 bytes", "exactly 32"]);
    home.run(&["config", "check"])
        .await
        .refused_with(&[&path, "10 bytes"]);

    fs::write(home.key(), "not a key at all").unwrap();
    home.run(&["serve"])
        .await
        .refused_with(&[&path, "neither base64 nor hexadecimal"]);

    fs::remove_file(home.key()).unwrap();
    home.run(&["serve"])
        .await
        .refused_with(&[&path, "there is no key file", "gatelodge init"]);
    assert!(!home.key().exists(), "a key is never made silently");

    fs::write(home.path("data/key"), &good).unwrap();
    fs::set_permissions(home.path("data/key"), Permissions::from_mode(0o600)).unwrap();
    home.set("file =", "file = \"data/key\"");
    home.run(&["serve"])
        .await
        .refused_with(&["data/key", "inside the data folder"]);
    fs::remove_file(home.path("data/key")).unwrap();
    assert_eq!(files(&home), before);
}

#[tokio::test]
async fn the_key_may_come_from_the_environment() {
    // proves CRED-1
    let home = installation().await;
    let key = fs::read_to_string(home.key()).unwrap();
    fs::remove_file(home.key()).unwrap();
    let link = [
        "user",
        "link",
        "--email",
        "ada@example.com",
        "--config",
        &home.config,
    ];
    let mut good = command(&link);
    good.env("GATELODGE_KEY", key.trim());
    end_of(good).await.worked();
    let mut wrong = command(&link);
    wrong.env("GATELODGE_KEY", "abcd");
    let refused = end_of(wrong).await;
    refused.refused_with(&["GATELODGE_KEY", "2 bytes"]);
    assert!(!refused.err.contains("abcd"), "no key in a message");
}
