//! `gatelodge audit verify`: whole, edited, cut and missing.

use crate::program::Installation;
use sqlx::{Connection as _, SqliteConnection};

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
