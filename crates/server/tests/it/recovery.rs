//! The restore drill through the command line: back up, look, restore, activate; and the doctor.

use crate::program::{Installation, command, end_of, run};
use age::secrecy::ExposeSecret as _;
use serde_json::Value;
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// An age identity in a file of its own, and its recipient.
fn identity(folder: &Path, name: &str) -> (String, String) {
    let identity = age::x25519::Identity::generate();
    let path = folder.join(name);
    fs::write(&path, identity.to_string().expose_secret()).unwrap();
    (
        path.to_str().unwrap().to_owned(),
        identity.to_public().to_string(),
    )
}

struct Drill {
    home: Installation,
    backup: PathBuf,
    identity: String,
}

/// An installation with a person in it, backed up.
async fn backed_up() -> Drill {
    let home = Installation::new().await;
    home.add_person("canary-ada@example.com").await;
    let (identity, recipient) = identity(home.folder.path(), "identity.txt");
    let backup = home.path("hub.backup");
    let said = home
        .run(&[
            "backup",
            "--to",
            backup.to_str().unwrap(),
            "--recipient",
            &recipient,
        ])
        .await
        .worked();
    assert!(said.contains("key file is not in it"), "{said}");
    Drill {
        home,
        backup,
        identity,
    }
}

impl Drill {
    fn file(&self) -> &str {
        self.backup.to_str().unwrap()
    }

    async fn restore_into(&self, copy: &Installation) -> crate::program::Ended {
        copy.run(&["restore", self.file(), "--identity", &self.identity])
            .await
    }

    async fn inspect(&self, file: &Path) -> crate::program::Ended {
        run(&[
            "backup",
            "inspect",
            file.to_str().unwrap(),
            "--identity",
            &self.identity,
        ])
        .await
    }
}

#[tokio::test]
async fn a_backup_is_restored_as_a_copy_in_quarantine_and_activated() {
    // proves R16, V4
    let drill = backed_up().await;
    let mode = fs::metadata(&drill.backup).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let manifest = run(&[
        "backup",
        "inspect",
        drill.file(),
        "--identity",
        &drill.identity,
        "--json",
    ])
    .await
    .worked();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let users = manifest["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|table| table["name"] == "users")
        .unwrap();
    assert_eq!(users["rows"], 1);

    let copy = Installation::new().await;
    let said = drill.restore_into(&copy).await.worked();
    assert!(said.contains("in quarantine"), "{said}");
    // the key is not in the backup: the copy does not start with another one, and says which it wants
    let key = fs::read(drill.home.key()).unwrap();
    copy.run(&["audit", "verify"])
        .await
        .refused_with(&["the key cannot be used"]);
    fs::write(copy.key(), key).unwrap();
    fs::set_permissions(copy.key(), Permissions::from_mode(0o600)).unwrap();
    let verified = copy.run(&["audit", "verify"]).await.worked();
    assert!(verified.contains("all as written"), "{verified}");
    let again = drill.restore_into(&copy).await;
    again.refused_with(&["needs an empty database"]);

    let found = copy.run(&["doctor"]).await;
    assert_eq!(found.code, Some(1), "{}{}", found.out, found.err);
    assert!(
        found.out.contains("This is a restored copy of 20"),
        "{}",
        found.out
    );
    let panicked = copy.run(&["panic", "--yes"]).await;
    panicked.refused_with(&["restored copy"]);

    copy.run(&["restore", "activate"])
        .await
        .refused_with(&["nothing was changed", "--i-know-the-old-one-is-dead"]);
    let act = ["restore", "activate", "--i-know-the-old-one-is-dead"];
    let said = copy.run(&act).await.worked();
    assert!(said.starts_with("Activated."), "{said}");
    copy.run(&act).await.refused_with(&["no restored copy"]);
    drill
        .home
        .run(&act)
        .await
        .refused_with(&["no restored copy"]);
    let found = copy.run(&["doctor"]).await;
    assert!(!found.out.contains("restored copy"), "{}", found.out);
}

#[tokio::test]
async fn what_is_cut_changed_or_foreign_is_refused_and_restores_nothing() {
    // proves R16, R17, V1, V2
    let drill = backed_up().await;
    let whole = fs::read(&drill.backup).unwrap();
    let clear = whole.windows(6).any(|window| window == b"canary");
    assert!(!clear, "nothing lies in clear");
    let key = fs::read_to_string(drill.home.key()).unwrap();
    assert!(
        !whole
            .windows(16)
            .any(|window| key.as_bytes().starts_with(window))
    );

    let copy = Installation::new().await;
    let other = drill.home.path("other.backup");
    let mut changed = whole.clone();
    let middle = whole.len() / 2;
    changed[middle] ^= 1;
    let mut grown = whole.clone();
    grown.push(0);
    for (bytes, words) in [
        (&whole[..whole.len() - 1], &["Nothing was restored"][..]),
        (&whole[..middle], &["Nothing was restored"]),
        (
            &changed[..],
            &["changed or damaged", "Nothing was restored"],
        ),
        (&grown[..], &["Nothing was restored"]),
        (
            &b"PK\x03\x04 something else"[..],
            &["no backup of Gatelodge"],
        ),
        (&b""[..], &["backup"]),
    ] {
        fs::write(&other, bytes).unwrap();
        drill.inspect(&other).await.refused_with(words);
        copy.run(&[
            "restore",
            other.to_str().unwrap(),
            "--identity",
            &drill.identity,
        ])
        .await
        .refused_with(words);
    }
    let (stranger, recipient) = identity(drill.home.folder.path(), "stranger.txt");
    copy.run(&["restore", drill.file(), "--identity", &stranger])
        .await
        .refused_with(&["another recipient"]);
    copy.run(&["restore", drill.file(), "--identity", &drill.home.config])
        .await
        .refused_with(&["no age identity"]);
    // a file that somebody else encrypted to us
    let recipient: age::x25519::Recipient = recipient.parse().unwrap();
    fs::write(&other, age::encrypt(&recipient, b"hello").unwrap()).unwrap();
    copy.run(&["restore", other.to_str().unwrap(), "--identity", &stranger])
        .await
        .refused_with(&["holds no backup"]);
    // and after all of that the database is still empty
    drill.restore_into(&copy).await.worked();
}

#[tokio::test]
async fn without_a_recipient_or_beside_a_file_nothing_is_written() {
    // proves R16
    let drill = backed_up().await;
    let (to, home) = (drill.home.path("second.backup"), &drill.home);
    let to = to.to_str().unwrap();
    home.run(&["backup", "--to", to])
        .await
        .refused_with(&["no recipient"]);
    home.run(&["backup", "--to", to, "--recipient", "age1nonsense"])
        .await
        .refused_with(&["no age recipient"]);
    assert!(!Path::new(to).exists());
    let (_, recipient) = identity(home.folder.path(), "second.txt");
    home.run(&["backup", "--to", drill.file(), "--recipient", &recipient])
        .await
        .refused_with(&["cannot be made"]);
    let mut by_configuration = command(&["backup", "--to", to, "--config", &home.config]);
    by_configuration.env("GATELODGE_BACKUP__RECIPIENTS", format!("[\"{recipient}\"]"));
    end_of(by_configuration).await.worked();
}

#[tokio::test]
async fn the_doctor_says_what_to_do_and_ends_with_its_judgement() {
    // proves R17, V3
    let home = Installation::new().await;
    home.add_person("ada@example.com").await;
    let found = home.run(&["doctor", "--json"]).await;
    // only that this machine is reached without TLS
    assert_eq!(found.code, Some(1), "{}{}", found.out, found.err);
    let found: Value = serde_json::from_str(&found.out).unwrap();
    let levels: Vec<_> = found["checks"]
        .as_array()
        .unwrap()
        .iter()
        // how far a role can be confined is up to the machine
        .filter(|one| one["level"] != "ok" && one["check"] != "hardening")
        .map(|one| one["check"].as_str().unwrap())
        .collect();
    assert_eq!(levels, ["public url"], "{found}");

    // a damaged file is found, by the doctor and by every start
    let home = Installation::new().await;
    home.add_person("ada@example.com").await;
    let mut bytes = fs::read(home.database()).unwrap();
    let length = bytes.len();
    bytes[length / 2..length / 2 + 4096].fill(0x5a);
    fs::write(home.database(), bytes).unwrap();
    let found = home.run(&["doctor"]).await;
    assert_eq!(found.code, Some(2), "{}{}", found.out, found.err);
    assert!(found.out.contains("restore"), "{}", found.out);
    home.run(&["serve"])
        .await
        .refused_with(&["restore the last backup"]);
}
