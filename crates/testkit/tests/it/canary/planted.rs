//! Leaks that are planted in each place that is scanned, on copies: a scan that misses one proves nothing.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use gatelodge_testkit::canary::{Finding, Scanner};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::secrets::Secrets;
use super::stage::Story;

/// Every kind is found in answers and in each file; in the database also while it lies only in its log of changes.
pub(super) async fn are_found(story: &Story, secrets: &Secrets, scanner: &Scanner) {
    let leaks: Vec<String> = secrets
        .samples()
        .map(|(_, value)| format!("{{\"detail\":\"{value}\"}}"))
        .collect();
    let leaks = leaks.join("\n");
    let mut answers = story.sent_to_clients();
    answers.extend_from_slice(leaks.as_bytes());
    expect_all(secrets, &scanner.scan("answers", &answers), "an answer");
    let copy = story.copy_of_disk();
    for name in ["hub.log", "gatelodge.toml"] {
        let path = copy.path().join(name);
        let mut file = fs::File::options().append(true).open(&path).unwrap();
        file.write_all(leaks.as_bytes()).unwrap();
        expect_all(secrets, &scan_file(scanner, &path), name);
    }
    in_the_database(secrets, scanner, &copy.path().join("data/gatelodge.db")).await;
}

async fn in_the_database(secrets: &Secrets, scanner: &Scanner, file: &Path) {
    let mut database: SqliteConnection = SqliteConnectOptions::new()
        .filename(file)
        .connect()
        .await
        .unwrap();
    sqlx::query("CREATE TABLE leak (value BLOB)")
        .execute(&mut database)
        .await
        .unwrap();
    for (_, value) in secrets.samples() {
        let insert = sqlx::query("INSERT INTO leak (value) VALUES (?)").bind(value.as_bytes());
        insert.execute(&mut database).await.unwrap();
    }
    let changes = file.with_extension("db-wal");
    expect_all(secrets, &scan_file(scanner, &changes), "the log of changes");
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut database)
        .await
        .unwrap();
    expect_all(secrets, &scan_file(scanner, file), "the database");
    database.close().await.unwrap();
}

fn scan_file(scanner: &Scanner, path: &Path) -> Vec<Finding> {
    scanner.scan(&path.display().to_string(), &fs::read(path).unwrap())
}

fn expect_all(secrets: &Secrets, findings: &[Finding], place: &str) {
    for (kind, _) in secrets.samples() {
        let found = findings.iter().any(|finding| finding.secret == kind);
        assert!(found, "the scan misses a {kind} in {place}");
    }
}
