//! What the operator does at the console: keys, unlocking, erasing, passkeys and sealed approvals, each with the real
//! program on a real database.

use crate::program::{Ended, Installation, Process, command, end_of, run};
use gatelodge_model::OrganizationId;
use gatelodge_vault::{KeyFile, KeyProvider as _};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use std::{collections::HashSet, fs, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
    time::{interval, timeout},
};
use uuid::Uuid;

const ADA: &str = "ada@example.com";

const WORDS: &str = "four words are a passphrase";

const PATIENCE: Duration = Duration::from_mins(1);

/// An installation with a person, in whose organization something is sealed.
async fn furnished() -> Installation {
    let home = Installation::new().await;
    home.add_person(ADA).await;
    home.run(&["passkeys", "allow", "--email", ADA])
        .await
        .worked();
    home
}

async fn rows(home: &Installation, query: &'static str) -> Vec<sqlx::sqlite::SqliteRow> {
    let address = format!("sqlite://{}", home.database().display());
    let mut connection = SqliteConnection::connect(&address).await.unwrap();
    let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows
}

/// The audited acts, oldest first.
async fn acts(home: &Installation) -> Vec<String> {
    let rows = rows(home, "SELECT action FROM audit_events ORDER BY rowid").await;
    rows.iter().map(|row| row.get("action")).collect()
}

/// Of a line of `keys list` about a data key.
#[derive(Debug, PartialEq)]
struct DataKey {
    id: String,
    state: String,
    records: u64,
    organization: String,
}

/// What `keys list` says about data keys of both purposes.
async fn data_keys(home: &Installation) -> Vec<DataKey> {
    let list = home.run(&["keys", "list"]).await.worked();
    let (_, table) = list.split_once("\nData keys\n").unwrap();
    let lines = table.lines().skip(1);
    lines
        .take_while(|line| line.starts_with("  "))
        .map(|line| {
            let line = line.replace("in use", "in-use");
            let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            let [id, state, records, _purpose, organization] = words.try_into().unwrap();
            DataKey {
                id,
                state,
                records: records.parse().unwrap(),
                organization,
            }
        })
        .collect()
}

/// To whom the keeper's record about the installation itself belongs.
fn installation() -> String {
    OrganizationId::from_uuid(Uuid::nil()).to_string()
}

fn key_id(path: &Path) -> String {
    KeyFile::new(path, None).kek().unwrap().id().to_string()
}

#[tokio::test]
async fn keys_are_listed_replaced_and_given_up() {
    // proves V5, V10, CRED-1
    let home = furnished().await;
    let before = data_keys(&home).await;
    let owners: Vec<_> = before.iter().map(|key| &*key.organization).collect();
    assert_eq!(owners, [installation(), organization(&home).await]);
    for key in &before {
        assert_eq!((&*key.state, key.records), ("in-use", 1), "{before:?}");
        home.run(&["keys", "retire", &key.id]).await.refused_with(&[
            "cannot be given up",
            "in use",
            "`gatelodge keys list`",
        ]);
    }

    let rotated = home.run(&["keys", "rotate", "--data-keys"]).await.worked();
    let last: Vec<_> = rotated.lines().rev().take(before.len()).collect();
    let done = |line: &&str| line.contains("100 %, 0 left, 0 do not open");
    assert!(last.iter().all(done), "{rotated}");
    let after = data_keys(&home).await;
    let (fresh, earlier): (Vec<_>, Vec<_>) =
        after.into_iter().partition(|key| key.state == "in-use");
    let idle = before.into_iter().map(|key| DataKey {
        state: "earlier".to_owned(),
        records: 0,
        ..key
    });
    assert_eq!(earlier, idle.collect::<Vec<_>>());
    let owners: Vec<_> = fresh.iter().map(|key| &*key.organization).collect();
    assert_eq!(owners, [installation(), organization(&home).await]);
    assert!(fresh.iter().all(|key| key.records == 1), "{fresh:?}");

    for key in earlier {
        home.run(&["keys", "retire", &key.id])
            .await
            .refused_with(&["Wait", "--now"]);
        let retired = home.run(&["keys", "retire", &key.id, "--now"]).await;
        assert!(retired.worked().contains(&key.id));
        home.run(&["keys", "retire", &key.id])
            .await
            .refused_with(&["There is no such key"]);
    }
    assert_eq!(data_keys(&home).await, fresh);

    let listed = home.run(&["passkeys", "list", "--email", ADA]).await;
    assert!(listed.worked().contains("A code is good until"));
    let acts = acts(&home).await;
    for act in ["keys.data_key_rotation_started", "keys.retired"] {
        assert!(acts.iter().any(|done| done == act), "{act}");
    }
    assert!(
        home.run(&["keys", "rotate"]).await.code == Some(2),
        "which?"
    );
}

#[tokio::test]
async fn another_operators_key_is_taken_into_use_beside_a_running_hub() {
    // proves V5, V3
    let home = furnished().await;
    home.set("grace_seconds =", "grace_seconds = 1");
    let hub = home.serve().await;
    let old = key_id(&home.key());
    let path = home.path("keys/new.key");
    let new_file = path.to_str().unwrap();
    run(&["keys", "new", "--file", new_file]).await.worked();
    run(&["keys", "new", "--file", new_file])
        .await
        .refused_with(&[new_file]);
    let new = key_id(&path);
    let none = home.path("keys/none.key");
    let missing = [
        "keys",
        "rotate",
        "--kek",
        "--new-key-file",
        none.to_str().unwrap(),
    ];
    home.run(&missing).await.refused_with(&["none.key"]);

    let order = ["keys", "rotate", "--kek", "--new-key-file", new_file];
    let rotated = home.run(&order).await.worked();
    assert!(
        rotated.contains("100 %") && rotated.contains("Now set"),
        "{rotated}"
    );
    home.run(&order).await.refused_with(&["in use already"]);
    let line = format!("file = \"{new_file}\"");
    home.set("file = \"keys/gatelodge.key\"", &line);
    let list = home.run(&["keys", "list"]).await.worked();
    let in_use = list.lines().find(|line| line.contains("in use")).unwrap();
    assert!(in_use.contains(&new), "{list}");
    home.run(&["keys", "retire", &old]).await.worked();
    hub.stop().await;
    // a keeper that outlives its hub for a moment still has the new key
    home.without_keeper().await;

    // the new key alone opens everything
    let away = home.path("keys/away.key");
    fs::rename(home.key(), &away).unwrap();
    let listed = home.run(&["passkeys", "list", "--email", ADA]).await;
    assert!(listed.worked().contains("A code is good until"));

    // a configuration that still names the old one finds it where it was taken from, and without it nothing opens
    fs::rename(&away, home.key()).unwrap();
    home.set(&line, "file = \"keys/gatelodge.key\"");
    let listed = home.run(&["passkeys", "list", "--email", ADA]).await;
    assert!(listed.worked().contains("A code is good until"));
    fs::rename(&path, &away).unwrap();
    home.run(&["serve"])
        .await
        .refused_with(&["the key cannot be used", new_file, &old, &new]);
}

/// Sealed until it is unlocked: ready is said by the keeper's answer, not by the hub.
async fn start_sealed(home: &Installation) -> Process {
    let hub = Process::start(
        &["serve", "--config", &home.config],
        &home.path("serve.log"),
    );
    let mut turns = interval(Duration::from_millis(20));
    let there = async {
        while home.keeper().await.is_none() {
            turns.tick().await;
        }
    };
    timeout(PATIENCE, there).await.expect("a keeper");
    hub
}

async fn unlock(home: &Installation, words: &str) -> Ended {
    let file = home.path("words");
    fs::write(&file, format!("{words}\n")).unwrap();
    let path = file.to_str().unwrap();
    home.run(&["unlock", "--passphrase-file", path]).await
}

/// Types at a terminal when it is asked to; gives the status and all that the terminal showed.
async fn type_at_a_terminal(home: &Installation, words: &str) -> (bool, String) {
    let program = env!("CARGO_BIN_EXE_gatelodge");
    let line = format!("{program} unlock --config {}", home.config);
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut screen = terminal.stdout.take().unwrap();
    let mut keyboard = terminal.stdin.take().unwrap();
    let mut shown = Vec::new();
    let work = async {
        while !String::from_utf8_lossy(&shown).contains("Passphrase: ") {
            let mut bytes = [0; 256];
            let read = screen.read(&mut bytes).await.unwrap();
            assert_ne!(read, 0, "{}", String::from_utf8_lossy(&shown));
            shown.extend(&bytes[..read]);
        }
        keyboard
            .write_all(format!("{words}\n").as_bytes())
            .await
            .unwrap();
        screen.read_to_end(&mut shown).await.unwrap();
        terminal.wait().await.unwrap()
    };
    let status = timeout(PATIENCE, work).await.expect("it ends");
    (
        status.success(),
        String::from_utf8_lossy(&shown).into_owned(),
    )
}

#[tokio::test]
async fn a_sealed_keeper_is_unlocked_with_words_that_nobody_sees() {
    // proves V3, V4: a passphrase, from a file, from standard input, and at a terminal
    let home = Installation::new().await;
    home.set("source =", "source = \"passphrase\"");
    home.set("grace_seconds =", "grace_seconds = 1");
    unlock(&home, WORDS).await.refused_with(&["no keeper runs"]);

    let hub = start_sealed(&home).await;
    unlock(&home, "too short").await.refused_with(&["16"]);
    unlock(&home, "").await.refused_with(&["no passphrase"]);
    let first = unlock(&home, WORDS).await.worked();
    assert!(first.contains("Unlocked with the key"), "{first}");
    home.ready().await;
    hub.stop().await;
    home.without_keeper().await;

    let hub = start_sealed(&home).await;
    let wrong = unlock(&home, "these are other words than those").await;
    wrong.refused_with(&[
        "not the key that this database was sealed with",
        "Nothing was changed",
        "Try again with the right one",
    ]);
    assert!(!wrong.err.contains("other words"));
    let list = home.run(&["keys", "list"]).await.worked();
    let wanted = list.lines().next().unwrap().rsplit(' ').next().unwrap();
    assert!(list.starts_with("The keeper is sealed."), "{list}");
    assert_eq!(first.trim(), format!("Unlocked with the key {wanted}."));
    let mut piped = command(&["unlock", "--passphrase-file", "-", "--config", &home.config]);
    let words = fs::File::open({
        fs::write(home.path("words"), WORDS).unwrap();
        home.path("words")
    });
    piped.stdin(words.unwrap());
    assert_eq!(end_of(piped).await.worked(), first, "the same key");
    home.ready().await;
    hub.stop().await;
    home.without_keeper().await;

    let hub = start_sealed(&home).await;
    let (worked, shown) = type_at_a_terminal(&home, WORDS).await;
    assert!(worked && shown.contains("Unlocked with the key"), "{shown}");
    assert!(!shown.contains("four words"), "{shown}");
    home.ready().await;
    hub.stop().await;
}

async fn organization(home: &Installation) -> String {
    let rows = rows(home, "SELECT id FROM organizations").await;
    OrganizationId::from_uuid(rows[0].get::<Uuid, _>("id")).to_string()
}

#[tokio::test]
async fn an_organization_is_erased_only_when_its_id_is_said_twice() {
    // proves V1
    let home = furnished().await;
    let id = organization(&home).await;
    let other = installation();
    let erase = |id: String, confirm: String| {
        let home = &home;
        async move {
            home.run(&["organization", "erase", &id, "--confirm", &confirm])
                .await
        }
    };
    erase(id.clone(), other.clone())
        .await
        .refused_with(&["--confirm", "nothing was done"]);
    erase("org_x".to_owned(), "org_x".to_owned())
        .await
        .refused_with(&["no organization's id"]);
    erase(other.clone(), other)
        .await
        .refused_with(&["There is no such organization"]);
    let before = data_keys(&home).await;
    let (its, others): (Vec<_>, Vec<_>) =
        before.into_iter().partition(|key| key.organization == id);
    assert_eq!((its.len(), others.len()), (1, 1), "{its:?} {others:?}");

    let erased = erase(id.clone(), id.clone()).await.worked();
    assert!(
        erased.contains("1 data keys destroyed, 1 sealed records deleted"),
        "{erased}"
    );
    assert_eq!(data_keys(&home).await, others, "the installation's own");
    // nothing is sealed for it again, not even when this host's memory of its passkeys is given up
    let allow = async || home.run(&["passkeys", "allow", "--email", ADA]).await;
    allow().await.refused_with(&[]);
    home.run(&["approvals", "accept"]).await.worked();
    allow()
        .await
        .refused_with(&["This organization was erased"]);
    assert!(
        rows(&home, "SELECT * FROM approval_records")
            .await
            .is_empty()
    );
    assert_eq!(data_keys(&home).await, others, "the installation's own");
    let acts = acts(&home).await;
    for act in ["organization.erasure_started", "organization.erased"] {
        assert!(acts.iter().any(|done| done == act), "{act}");
    }
    home.run(&["audit", "verify"]).await.worked();
}

#[tokio::test]
async fn passkeys_are_allowed_and_approvals_sealed_and_what_was_taken_back_is_noticed() {
    // proves P4
    let home = Installation::new().await;
    home.add_person(ADA).await;
    for act in ["allow", "list"] {
        home.run(&["passkeys", act, "--email", "nobody@example.com"])
            .await
            .refused_with(&["nobody has the e-mail nobody@example.com"]);
    }
    let none = home.run(&["passkeys", "list", "--email", ADA]).await;
    assert!(none.worked().contains("has no passkey"));
    let allowed = home.run(&["passkeys", "allow", "--email", ADA]).await;
    let allowed = allowed.worked();
    let code = allowed.lines().nth(1).unwrap().trim();
    assert!(code.len() >= 16, "{allowed}");
    let listed = home
        .run(&["passkeys", "list", "--email", ADA])
        .await
        .worked();
    assert!(listed.contains("A code is good until") && !listed.contains(code));
    home.run(&["passkeys", "revoke", "--passkey", "unknown", "--email", ADA])
        .await
        .refused_with(&["There is no such passkey"]);

    let show = async || home.run(&["approvals", "show"]).await.worked();
    assert!(show().await.contains("are not sealed"));
    home.run(&["approvals", "seal"]).await.worked();
    assert!(show().await.contains("are sealed"));
    home.run(&["approvals", "show", "--organization", "Nowhere"])
        .await
        .refused_with(&["there is no organization 'Nowhere'"]);

    // somebody with the whole database
    rows(&home, "DELETE FROM approval_records").await;
    for act in ["show", "unseal"] {
        home.run(&["approvals", act])
            .await
            .refused_with(&["is gone", "gatelodge approvals accept"]);
    }
    home.run(&["approvals", "accept"]).await.worked();
    assert!(show().await.contains("are not sealed"));
    home.run(&["approvals", "seal"]).await.worked();
    home.run(&["approvals", "unseal"]).await.worked();
    assert!(show().await.contains("are not sealed"));
    let acts = acts(&home).await;
    for act in [
        "passkey.allowed",
        "organization.approvals_sealed",
        "organization.approvals_accepted",
    ] {
        assert!(acts.iter().any(|done| done == act), "{act}");
    }
}

#[tokio::test]
async fn a_clone_of_the_machine_uses_no_nonce_again() {
    // proves V7: two copies of everything on disk go on from the same moment
    let home = furnished().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let copied = Command::new("cp")
        .arg("-a")
        .arg(home.folder.path().join("."))
        .arg(elsewhere.path())
        .status()
        .await;
    assert!(copied.unwrap().success());
    let clone = Installation {
        config: elsewhere
            .path()
            .join("gatelodge.toml")
            .to_str()
            .unwrap()
            .to_owned(),
        folder: elsewhere,
        url: home.url.clone(),
    };
    let mut nonces = HashSet::new();
    let mut records = 0;
    for _ in 0..6 {
        for machine in [&home, &clone] {
            machine
                .run(&["passkeys", "allow", "--email", ADA])
                .await
                .worked();
            for row in rows(machine, "SELECT record FROM approval_records").await {
                // version, key, nonce
                let record: Vec<u8> = row.get("record");
                nonces.insert(record[9..21].to_vec());
                records += 1;
            }
        }
    }
    assert_eq!((nonces.len(), records), (12, 12));
}
