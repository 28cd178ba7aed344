//! A database that is newer, locked or damaged.

use crate::{
    browser::{Browser, client},
    program::Installation,
};
use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};
use std::fs;

async fn open(home: &Installation) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", home.database().display()))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_and_left_alone() {
    // proves R14
    let home = Installation::new().await;
    home.add_person("ada@example.com").await;
    let mut connection = open(&home).await;
    let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)";
    sqlx::query(future).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let before = fs::read(home.database()).unwrap();
    let refused = home.run(&["serve"]).await;
    refused.refused_with(&[
        "written by a newer Gatelodge",
        "m9999_future",
        "Start the newer program",
    ]);
    assert_eq!(fs::read(home.database()).unwrap(), before);
}

#[tokio::test]
async fn while_another_process_holds_the_database_answers_say_so_and_work_goes_on_afterwards() {
    // proves R12
    let home = Installation::new().await;
    let link = home.add_person("ada@example.com").await;
    let hub = home.serve().await;
    let mut browser = Browser::at(&home.url);
    let password = "the first program was hers";
    assert_eq!(browser.set_password(&link, password).await, 303);

    let mut holder = open(&home).await;
    sqlx::query("BEGIN EXCLUSIVE")
        .execute(&mut holder)
        .await
        .unwrap();
    let ready = client()
        .get(format!("{}/readyz", home.url))
        .send()
        .await
        .unwrap();
    assert_eq!(ready.status(), 503);
    let body: Value = ready.json().await.unwrap();
    assert_eq!(body["code"], "store_unavailable");
    let refused = browser
        .post(
            "/sign-in",
            &[("email", "ada@example.com"), ("password", password)],
        )
        .await;
    assert_eq!(refused.status(), 503);
    let page = refused.text().await.unwrap();
    assert!(
        page.contains("The database cannot be used at the moment"),
        "{page}"
    );
    assert!(!page.contains("locked"), "the cause is for the log: {page}");
    assert!(hub.log().contains("database is locked"), "{}", hub.log());

    sqlx::query("ROLLBACK").execute(&mut holder).await.unwrap();
    let ready = client()
        .get(format!("{}/readyz", home.url))
        .send()
        .await
        .unwrap();
    assert_eq!(ready.status(), 200);
    assert_eq!(browser.sign_in("ada@example.com", password).await, 303);
    hub.stop().await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_and_left_alone() {
    let home = Installation::new().await;
    let damaged = b"this was a database once".repeat(400);
    fs::write(home.database(), &damaged).unwrap();
    let refused = home.run(&["serve"]).await;
    refused.refused_with(&[
        "the database cannot be opened",
        home.database().to_str().unwrap(),
    ]);
    assert_eq!(fs::read(home.database()).unwrap(), damaged);
}
