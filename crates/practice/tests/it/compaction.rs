//! A log that has become mostly history is replaced at a start, and nobody can tell: not at a restart, not after a
//! kill in the middle of it.

use std::fs;
use std::path::Path;

use gatelodge_practice::persistence::LOG_NAME;
use gatelodge_practice::{PracticeOptions, start};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::rest_support::ADMIN;
use crate::support::{CLIENT_SECRET, TestOrg, org_in, org_with, text};

/// The replacement while it is written.
const UNFINISHED: &str = "practice-log.jsonl.part";

/// An org whose log is always worth compacting.
async fn compacting(folder: &Path) -> TestOrg {
    org_with(|options| {
        options.data_dir = Some(folder.to_owned());
        options.compact_from = 0;
    })
    .await
}

/// What a client of the story holds.
struct Story {
    live: Value,
    dead: Value,
    query: String,
    load: String,
}

/// Everything that a log can hold, much of it undone again.
async fn live_through(folder: &Path) -> Story {
    let org = org_in(folder).await;
    let rest = org.rest(ADMIN).await;
    let account = |name: &str| json!({"Name": format!("Compacted {name}")});
    let make = async |name: &str| {
        let made = rest.post("/sobjects/Account", account(name)).await;
        made.expect(201).id()
    };
    let (kept, deleted) = (make("kept").await, make("deleted").await);
    let live = org.connect().await;
    org.refresh(text(&live, "refresh_token")).await;
    let query = rest
        .export("SELECT Id, Name FROM Account WHERE Name LIKE 'Compacted %'")
        .await;
    for number in 0..20 {
        let path = format!("/sobjects/Account/{kept}");
        rest.patch(&path, account(&number.to_string()))
            .await
            .expect(204);
    }
    rest.delete(&format!("/sobjects/Account/{deleted}"))
        .await
        .expect(204);
    org.admin("snapshots", json!({"name": "one"})).await;
    let order = json!({"operation": "insert", "object": "Invoice__c"});
    let csv = "Invoice_Number__c,Amount__c\nC-1,1\nC-1,2\nC-2,3\n";
    let load = rest.load(order, csv).await;
    let erase = json!({"operation": "hardDelete", "object": "Account"});
    let last = make("erased").await;
    rest.load(erase, &format!("Id\n{last}\n")).await;
    let user = org.user().0;
    org.admin(
        "change-password",
        json!({"username": user, "password": "new"}),
    )
    .await;
    org.admin(
        "apps",
        json!({"client_id": "late", "name": "Late", "client_secret": "late-secret"}),
    )
    .await;
    org.admin("snapshots", json!({"name": "two"})).await;
    org.admin("snapshots", json!({"name": "dropped"})).await;
    org.http
        .delete(org.url("/practice/admin/snapshots/dropped"))
        .send()
        .await
        .unwrap();
    org.admin("reset", json!({})).await;
    let dead = org.connect().await;
    org.admin("restore", json!({"name": "one"})).await;
    let again = org.rest(ADMIN).await;
    again
        .post("/sobjects/Account", account("after"))
        .await
        .expect(201);
    drop((rest, again));
    let load = text(&load, "id").to_owned();
    org.running.shutdown().await;
    Story {
        live,
        dead,
        query,
        load,
    }
}

/// Everything that lasts: records with the deleted ones, who wrote them, the next ids, apps, grants and tokens.
fn lasting(org: &TestOrg) -> Vec<String> {
    let practice = org.running.practice();
    let state = practice.org.snapshot();
    let mut told = Vec::new();
    for object in &practice.org.schema().objects {
        let table = state.table(object);
        let next = (state.next_id(object), state.next_number(object));
        told.push(format!("{} {} {next:?}", object.name, table.live_count()));
        told.extend(table.rows.values().map(|row| format!("{row:?}")));
    }
    let mut oauth = serde_json::to_value(practice.oauth.snapshot()).unwrap();
    oauth.sort_all_objects();
    told.push(oauth.to_string());
    told.push(format!("{:?}", state.all_writes()));
    told.push(format!("{:?}", org.running.sign_ins()));
    told
}

/// Compares long stories, and shows the first difference only.
#[track_caller]
fn assert_same(left: &[String], right: &[String], when: &str) {
    assert_eq!(left.len(), right.len(), "{when}");
    for (left, right) in left.iter().zip(right) {
        assert_eq!(left, right, "{when}");
    }
}

/// What clients of an org see, and what it is after each way back.
async fn told(folder: &Path, story: &Story, compact: bool) -> Vec<String> {
    let org = if compact {
        compacting(folder).await
    } else {
        org_in(folder).await
    };
    let mut told = lasting(&org);
    for (tokens, status) in [
        (&story.live, StatusCode::OK),
        (&story.dead, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(org.call(text(tokens, "access_token")).await, status);
    }
    let rest = org.rest(ADMIN).await;
    let (query, load) = (&story.query, &story.load);
    rest.wait_for("query", query).await;
    let mut seen = Vec::new();
    for path in [
        format!("/jobs/query/{query}/results"),
        format!("/jobs/ingest/{load}/failedResults"),
        format!("/jobs/ingest/{load}/successfulResults"),
        format!("/jobs/ingest/{load}"),
    ] {
        seen.push(rest.get(&path).await.expect(200).raw);
    }
    let order = json!({"operation": "query", "query": "SELECT Id FROM Lead LIMIT 1"});
    seen.push(rest.post("/jobs/query", order).await.expect(200).id());
    let snapshots: Value = org.get_json("/practice/admin/snapshots").await;
    seen.push(snapshots.to_string());
    told.extend(seen);
    for name in ["two", "one"] {
        org.admin("restore", json!({ "name": name })).await;
        told.extend(lasting(&org));
    }
    org.admin("reset", json!({})).await;
    told.extend(lasting(&org));
    org.running.shutdown().await;
    told
}

fn log_of(folder: &TempDir) -> Vec<u8> {
    fs::read(folder.path().join(LOG_NAME)).unwrap()
}

/// A folder like another one, but for its log and perhaps an unfinished replacement.
fn like(folder: &TempDir, log: &[u8], unfinished: Option<&[u8]>) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let files = copy.path().join("files");
    fs::create_dir(&files).unwrap();
    for entry in fs::read_dir(folder.path().join("files")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, files.join(path.file_name().unwrap())).unwrap();
    }
    fs::write(copy.path().join(LOG_NAME), log).unwrap();
    if let Some(unfinished) = unfinished {
        fs::write(copy.path().join(UNFINISHED), unfinished).unwrap();
    }
    copy
}

#[tokio::test]
async fn a_compacted_log_leads_to_the_same_org_and_so_does_a_kill_at_every_stage() {
    let folder = tempfile::tempdir().unwrap();
    let story = live_through(folder.path()).await;
    let before = log_of(&folder);
    let expected = told(like(&folder, &before, None).path(), &story, false).await;

    let compacted = like(&folder, &before, None);
    compacting(compacted.path()).await.running.shutdown().await;
    let after = log_of(&compacted);
    assert!(
        after.len() < before.len(),
        "{} {}",
        after.len(),
        before.len()
    );
    assert!(!compacted.path().join(UNFINISHED).exists());
    assert!(after.ends_with(b"{\"compacted\":{\"had_records\":true}}\n"));
    let shown = String::from_utf8(after.clone()).unwrap();
    assert!(!shown.contains(CLIENT_SECRET) && !shown.contains("Compacted 18"));

    let half = &after[..after.len() / 2];
    let mut torn = after.clone();
    torn.extend_from_slice(b"{\"org\":{\"at\":");
    for (stage, log, unfinished) in [
        ("half written", &before, Some(half)),
        ("before the rename", &before, Some(&after[..])),
        ("after the rename", &after, None),
        ("after a change that was torn", &torn, None),
    ] {
        for compact in [false, true] {
            let copy = like(&folder, log, unfinished);
            assert_eq!(
                told(copy.path(), &story, compact).await,
                expected,
                "{stage}"
            );
            assert!(!copy.path().join(UNFINISHED).exists(), "{stage}");
        }
    }
}

#[tokio::test]
async fn a_compacted_log_grows_on_and_is_compacted_again() {
    let folder = tempfile::tempdir().unwrap();
    let story = live_through(folder.path()).await;
    let org = compacting(folder.path()).await;
    let once = log_of(&folder).len();
    let (status, _) = org.refresh(text(&story.live, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    org.running.shutdown().await;

    let org = compacting(folder.path()).await;
    assert!(log_of(&folder).len() > once, "little was written since");
    let rest = org.rest(ADMIN).await;
    let id = rest.first_id("SELECT Id FROM Account LIMIT 1").await;
    let mut number = 0;
    while log_of(&folder).len() <= 2 * once + 1_000 {
        let body = json!({"Description": format!("{number} {}", "x".repeat(500))});
        rest.patch(&format!("/sobjects/Account/{id}"), body)
            .await
            .expect(204);
        number += 1;
    }
    let expected = lasting(&org);
    let long = log_of(&folder).len();
    drop(rest);
    org.running.shutdown().await;
    let org = compacting(folder.path()).await;
    assert_same(&lasting(&org), &expected, "compacted again");
    assert!(log_of(&folder).len() < long);
}

#[tokio::test]
async fn a_short_log_stays_and_a_damaged_one_is_named_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    live_through(folder.path()).await;
    let before = log_of(&folder);
    org_in(folder.path()).await.running.shutdown().await;
    assert!(log_of(&folder) == before, "below four megabytes");

    compacting(folder.path()).await.running.shutdown().await;
    let log = String::from_utf8(log_of(&folder)).unwrap();
    let damaged = log.replacen("{\"fold\"", "{\"flod\"", 1);
    fs::write(folder.path().join(LOG_NAME), &damaged).unwrap();
    let mut options = PracticeOptions::new();
    options.data_dir = Some(folder.path().to_owned());
    options.compact_from = 0;
    let message = start(options).await.err().unwrap().to_string();
    assert!(
        message.contains("line 1 ") && message.contains("flod"),
        "{message}"
    );
    assert!(log_of(&folder) == damaged.as_bytes());
}

#[tokio::test]
async fn a_disk_that_refuses_the_shorter_log_leaves_the_longer_one() {
    let folder = tempfile::tempdir().unwrap();
    live_through(folder.path()).await;
    let before = log_of(&folder);
    let org = org_in(folder.path()).await;
    let expected = lasting(&org);
    org.running.shutdown().await;
    // A folder in its place can be neither written nor removed as a file.
    fs::create_dir(folder.path().join(UNFINISHED)).unwrap();
    let org = compacting(folder.path()).await;
    assert_same(&lasting(&org), &expected, "not compacted");
    assert!(log_of(&folder) == before);
}
