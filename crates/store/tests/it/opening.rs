//! Opening, migrating and readiness, with the ways in which they fail.

use crate::bench::Bench;
use gatelodge_model::{
    ErrorKind,
    clock::testing::{FixedClock, SeededRandom},
};
use gatelodge_store::{DatabaseOptions, Store, StoreError};
use sea_orm::{ConnectionTrait, TransactionTrait};
use std::sync::Arc;
use tokio::task::JoinSet;

pub(crate) async fn a_newer_schema_is_refused(bench: &Bench) {
    bench.store.ready().await.unwrap();
    // Hosts that start together.
    let mut hosts = JoinSet::new();
    for _ in 0..3 {
        let store = bench.another_store().await;
        hosts.spawn(async move { store.migrate().await });
    }
    for migrated in hosts.join_all().await {
        migrated.unwrap();
    }
    let database = bench.back_door().await;
    database
        .execute_unprepared(
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)",
        )
        .await
        .unwrap();
    database.close().await.unwrap();
    let refused = bench.another_store().await.migrate().await.unwrap_err();
    assert!(matches!(&refused, StoreError::NewerSchema { found, .. } if found == "m9999_later"));
    assert!(refused.to_string().contains("newer Gatelodge"));
}

pub(crate) async fn settings_have_one_value(bench: &Bench) {
    let mut processes = JoinSet::new();
    for number in 0..6 {
        let store = bench.another_store().await;
        processes.spawn(async move {
            store
                .settings()
                .get_or_set("instance", &number.to_string())
                .await
                .unwrap()
        });
    }
    let values = processes.join_all().await;
    assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
    let settings = bench.store.settings();
    assert_eq!(
        settings.get("instance").await.unwrap().as_ref(),
        Some(&values[0])
    );
    settings.set("instance", "other").await.unwrap();
    assert_eq!(
        settings.get("instance").await.unwrap().as_deref(),
        Some("other")
    );
    assert_eq!(settings.get("nothing").await.unwrap(), None);
}

pub(crate) async fn a_standby_is_passed_over(bench: &Bench) {
    // A server that answers but takes no writes, as a standby does.
    let standby = format!(
        "{}?options=-c%20default_transaction_read_only%3Don",
        bench.url
    );
    let refused = connect(&[&standby]).await;
    assert!(
        matches!(&refused, StoreError::Unavailable { reason } if reason.contains("takes no writes"))
    );
    let options = DatabaseOptions {
        urls: vec![standby, bench.url.clone()],
        max_connections: 2,
    };
    let store = Store::connect(&options, bench.clock.clone(), bench.random.clone())
        .await
        .unwrap();
    store.ready().await.unwrap();
    store.settings().set("written", "yes").await.unwrap();
    assert_eq!(
        bench
            .store
            .settings()
            .get("written")
            .await
            .unwrap()
            .as_deref(),
        Some("yes")
    );
}

async fn connect(urls: &[&str]) -> StoreError {
    let options = DatabaseOptions {
        urls: urls.iter().map(|url| (*url).to_owned()).collect(),
        max_connections: 2,
    };
    Store::connect(
        &options,
        Arc::new(FixedClock::at(0)),
        Arc::new(SeededRandom::new(1)),
    )
    .await
    .err()
    .expect("this address cannot be used")
}

#[tokio::test]
async fn wrong_addresses_are_explained_without_their_password() {
    for urls in [
        &[] as &[&str],
        &["mysql://a:hunter2@b/c"],
        &["sqlite:a.db", "sqlite:b.db"],
        &["postgres://a:hunter2@[/c"],
    ] {
        let error = connect(urls).await;
        assert!(matches!(error, StoreError::InvalidUrl { .. }), "{error:?}");
        assert!(!error.to_string().contains("hunter2"));
        assert!(error.to_string().contains("database.urls"));
    }
    let unreachable = connect(&["postgres://a:hunter2@127.0.0.1:1/c"]).await;
    assert!(
        matches!(&unreachable, StoreError::Unavailable { reason } if reason.contains("127.0.0.1:1"))
    );
    assert!(!unreachable.to_string().contains("hunter2"));
}

// proves R17 in part: a damaged file is named, with what to do
#[tokio::test]
async fn a_folder_that_takes_no_writes_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    for place in [file, folder.path().join("missing")] {
        let error = connect(&[&format!("sqlite:{}/hub.db", place.display())]).await;
        let StoreError::NotWritable { place: named, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(*named, place.display().to_string());
        assert!(error.to_string().contains("write access"));
    }
    let garbage = folder.path().join("garbage.db");
    std::fs::write(
        &garbage,
        "this is no database, but it is long enough to be looked at".repeat(20),
    )
    .unwrap();
    let error = connect(&[&format!("sqlite:{}", garbage.display())]).await;
    assert!(
        matches!(&error, StoreError::Damaged { reason } if reason.contains("garbage.db")),
        "{error:?}"
    );
    assert!(error.to_string().contains("restore the last backup"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_database_is_an_answer_and_nothing_is_lost() {
    let bench = Bench::open("sqlite_locked").await.unwrap();
    let (organization, user) = bench.organization().await;
    let intruder = bench.back_door().await;
    let lock = intruder.begin().await.unwrap();
    lock.execute_unprepared("UPDATE settings SET value = value")
        .await
        .unwrap();
    let error = bench
        .store
        .begin(organization)
        .await
        .err()
        .expect("somebody else writes");
    assert_eq!(
        gatelodge_model::Error::from(error).kind(),
        ErrorKind::StoreUnavailable
    );
    // Reads go on.
    assert!(
        bench
            .store
            .users()
            .find(organization, user)
            .await
            .unwrap()
            .is_some()
    );
    lock.rollback().await.unwrap();
    let event = bench.event(organization, "user.changed");
    bench.store.journal().append(event).await.unwrap();
    let verified = bench.store.audit().verify(organization).await.unwrap();
    assert_eq!((verified.events, verified.first_fault), (2, None));
    bench.close().await;
}
