//! Start and stop, what survives them, ports, HTTPS.

use std::fs;
use std::io::Write as _;

use gatelodge_practice::persistence::LOG_NAME;
use gatelodge_practice::{PracticeError, PracticeOptions, TlsOptions, start};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{CLIENT_SECRET, org, org_in, org_with, text};

#[tokio::test]
async fn grants_tokens_and_apps_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = org_in(folder.path()).await;
    let tokens = first.connect().await;
    let dead = first.connect().await;
    first
        .form(
            "/services/oauth2/revoke",
            &[("token", text(&dead, "refresh_token"))],
        )
        .await;
    first
        .admin("apps", json!({"client_id": "added", "name": "Added"}))
        .await;
    first.running.shutdown().await;
    let second = org_in(folder.path()).await;
    assert_eq!(
        second.call(text(&tokens, "access_token")).await,
        StatusCode::OK
    );
    assert_eq!(
        second.refresh(text(&tokens, "refresh_token")).await.0,
        StatusCode::OK
    );
    assert_eq!(
        second.refresh(text(&dead, "refresh_token")).await.0,
        StatusCode::BAD_REQUEST
    );
    assert!(second.running.practice().oauth.app("added").is_some());
    second.running.shutdown().await;
}

#[tokio::test]
async fn rotation_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let rotating = |options: &mut PracticeOptions| {
        options.data_dir = Some(folder.path().to_owned());
        options.apps[0].rotate_refresh_tokens = true;
    };
    let first = org_with(rotating).await;
    let tokens = first.connect().await;
    let (_, rotated) = first.refresh(text(&tokens, "refresh_token")).await;
    first.running.shutdown().await;
    let second = org_with(rotating).await;
    let (status, latest) = second.refresh(text(&rotated, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        second.refresh(text(&tokens, "refresh_token")).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        second.refresh(text(&latest, "refresh_token")).await.0,
        StatusCode::BAD_REQUEST
    );
}

// An answer is given only after the log has the change: the file is complete without a clean stop.
#[tokio::test]
async fn nothing_that_was_answered_is_lost_without_a_clean_stop() {
    let folder = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let first = org_in(folder.path()).await;
    let tokens = first.connect().await;
    fs::copy(folder.path().join(LOG_NAME), copy.path().join(LOG_NAME)).unwrap();
    let mut log = fs::OpenOptions::new()
        .append(true)
        .open(copy.path().join(LOG_NAME))
        .unwrap();
    log.write_all(b"{\"oauth\":{\"token_ended\":{\"to").unwrap();
    drop(log);
    let second = org_in(copy.path()).await;
    assert_eq!(
        second.refresh(text(&tokens, "refresh_token")).await.0,
        StatusCode::OK
    );
    second.running.shutdown().await;
    let third = org_in(copy.path()).await;
    assert_eq!(
        third.refresh(text(&tokens, "refresh_token")).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_log_holds_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_in(folder.path()).await;
    let tokens = org.connect().await;
    let log = fs::read_to_string(folder.path().join(LOG_NAME)).unwrap();
    assert!(log.contains("granted"));
    for secret in [
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
        CLIENT_SECRET,
    ] {
        assert!(!log.contains(secret));
        assert!(!log.contains(secret.rsplit('!').next().unwrap()));
    }
}

#[tokio::test]
async fn a_damaged_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let first = org_in(folder.path()).await;
    first.connect().await;
    first.running.shutdown().await;
    let path = folder.path().join(LOG_NAME);
    let log = fs::read_to_string(&path).unwrap();
    fs::write(&path, log.replacen("{\"oauth\"", "{\"oauht\"", 1)).unwrap();
    let mut options = PracticeOptions::new();
    options.data_dir = Some(folder.path().to_owned());
    let message = start(options).await.err().unwrap().to_string();
    assert!(
        message.contains("line 1") && message.contains("oauht"),
        "{message}"
    );
}

#[tokio::test]
async fn a_taken_port_and_an_unusable_folder_are_clear_errors() {
    let org = org().await;
    let port = org
        .running
        .url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let mut options = PracticeOptions::new();
    options.port = port;
    assert!(
        matches!(start(options).await, Err(PracticeError::PortTaken { port: taken }) if taken == port)
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut options = PracticeOptions::new();
    options.data_dir = Some(file.path().join("below-a-file"));
    let message = start(options).await.err().unwrap().to_string();
    assert!(message.contains("below-a-file"), "{message}");
}

#[tokio::test]
async fn https_works_with_the_printed_authority() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_with(|options| {
        options.tls = Some(TlsOptions {
            directory: Some(folder.path().to_owned()),
        });
    })
    .await;
    assert!(org.running.url().starts_with("https://localhost:"));
    let tokens = org.connect().await;
    assert_eq!(
        org.call(text(&tokens, "access_token")).await,
        StatusCode::OK
    );
    let by_address = org.running.url().replace("localhost", "127.0.0.1");
    let response = org.http.get(by_address).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    org.running.shutdown().await;
}

#[tokio::test]
async fn the_temporary_authority_is_removed_at_the_end() {
    let org = org_with(|options| options.tls = Some(TlsOptions::default())).await;
    let path = org.running.authority_path().unwrap().to_owned();
    assert!(path.is_file());
    org.running.shutdown().await;
    assert!(!path.exists());
}
