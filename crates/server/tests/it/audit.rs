//! `gatelodge audit verify`: whole, edited, cut and missing.

use crate::program::Installation;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use std::slice;

async fn change(home: &Installation, statement: &'static str) {
    let address = format!("sqlite://{}", home.database().display());
    let mut connection = SqliteConnection::connect(&address).await.unwrap();
    let changed = sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1, "{statement}");
    connection.close().await.unwrap();
}

async fn installation() -> Installation {
    let home = Installation::new().await;
    home.add_person("ada@example.com").await;
    let verified = home.run(&["audit", "verify"]).await.worked();
    assert!(
        verified.contains("My organization: 2 events") && verified.contains("all as written"),
        "{verified}"
    );
    home
}

#[tokio::test]
async fn an_edited_event_is_named() {
    let home = installation().await;
    change(&home, "UPDATE audit_events SET canonical = replace(canonical, '\"owner\"', '\"admin\"') WHERE canonical LIKE '%user.added%'").await;
    let refused = home.run(&["audit", "verify"]).await;
    refused.refused_with(&["the audit log is not what was written"]);
    assert!(
        refused.out.contains("event 2: the event was changed"),
        "{}",
        refused.out
    );
}

#[tokio::test]
async fn a_removed_event_is_noticed() {
    let home = installation().await;
    change(
        &home,
        "DELETE FROM audit_events WHERE canonical LIKE '%user.added%'",
    )
    .await;
    let refused = home.run(&["audit", "verify"]).await;
    refused.refused_with(&["the audit log is not what was written"]);
    assert!(
        refused.out.contains("later events are missing"),
        "{}",
        refused.out
    );
}

#[tokio::test]
async fn nothing_is_made_to_be_verified() {
    let home = Installation::new().await;
    home.run(&["audit", "verify"])
        .await
        .refused_with(&["there is no database", "gatelodge serve"]);
    assert!(!home.database().exists());
}

/// The details of all events with this action, in their order.
async fn details(home: &Installation, action: &str) -> Vec<Value> {
    let address = format!("sqlite://{}", home.database().display());
    let mut connection = SqliteConnection::connect(&address).await.unwrap();
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT canonical FROM audit_events WHERE action = ? ORDER BY sequence")
            .bind(action)
            .fetch_all(&mut connection)
            .await
            .unwrap();
    connection.close().await.unwrap();
    rows.into_iter()
        .map(|(text,)| serde_json::from_str::<Value>(&text).unwrap()["detail"].clone())
        .collect()
}

#[tokio::test]
async fn what_the_configuration_opens_is_audited_at_the_start_that_changes_it() {
    // proves S10
    let home = Installation::new().await;
    let restart = async || {
        let hub = home.serve().await;
        hub.stop().await;
        details(&home, "egress.openings_changed").await
    };
    assert!(restart().await.is_empty(), "nothing is open");
    home.set("private_ranges", r#"private_ranges = ["10.20.0.0/16"]"#);
    let change = |before: &[&str], after: &[&str]| {
        json!({ "changes": [{
            "setting": "egress.private_ranges", "before": before, "after": after
        }] })
    };
    let opened = change(&[], &["10.20.0.0/16"]);
    assert_eq!(restart().await, slice::from_ref(&opened));
    assert_eq!(restart().await, slice::from_ref(&opened), "told once");
    home.set("private_ranges", r#"private_ranges = ["10.30.0.0/16"]"#);
    let moved = change(&["10.20.0.0/16"], &["10.30.0.0/16"]);
    assert_eq!(restart().await, [opened.clone(), moved.clone()]);
    home.set("private_ranges", "private_ranges = []");
    let closed = change(&["10.30.0.0/16"], &[]);
    assert_eq!(restart().await, [opened, moved, closed]);
    home.run(&["audit", "verify"]).await.worked();
}
