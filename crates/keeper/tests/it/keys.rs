//! Keys are replaced, given up and destroyed while the keeper works.

use crate::bench::Bench;
use gatelodge_keeper_client::{
    Keeper, KeptUntil, RetireKey, Revocation, RotateKeys, RotateWhat, SealRequest, SealedKind,
    Viewer,
};
use gatelodge_model::{Clock as _, ErrorKind, OrganizationId, SealedId, UserId};
use gatelodge_store::keeper::{DataKeyPurpose, KeeperStore};
use gatelodge_vault::{Kek, KeyFile, Vault};
use std::sync::Arc;

fn new_data_keys(bench: &Bench) -> RotateKeys {
    RotateKeys {
        what: RotateWhat::DataKeys {
            organization: Some(bench.organization),
        },
        started_by: "a test".to_owned(),
    }
}

async fn opens(keeper: &impl Keeper, bench: &Bench, id: SealedId) {
    let opened = keeper.open(bench.organization, id, Viewer::Execution).await;
    assert_eq!(opened.unwrap(), b"customers' data");
}

async fn key_of(bench: &Bench, id: SealedId) -> String {
    let store = KeeperStore::new(bench.store.clone());
    let record = store
        .sealed_records()
        .load(bench.organization, id)
        .await
        .unwrap()
        .unwrap();
    gatelodge_vault::key_id_of(&record.record)
        .unwrap()
        .to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_keys_are_replaced_while_two_keepers_work() {
    // proves V5, V6, V10, CRED-1
    let bench = Bench::connected().await;
    let other = bench.another_keeper().await;
    let mut kept = Vec::new();
    for _ in 0..120 {
        kept.push(bench.seal(b"customers' data").await);
    }
    opens(other.as_ref(), &bench, kept[0]).await;
    let old = key_of(&bench, kept[0]).await;
    let old_credential = bench.row().await.unwrap().key_id;

    let begun = bench
        .keeper
        .rotate_keys(new_data_keys(&bench))
        .await
        .unwrap();
    assert_eq!(begun.len(), 2);
    let again = bench
        .keeper
        .rotate_keys(new_data_keys(&bench))
        .await
        .unwrap_err();
    assert_eq!(again.error.kind(), ErrorKind::Conflict);
    // The new key opens already and seals nothing yet.
    let meanwhile = bench.seal(b"customers' data").await;
    assert_eq!(key_of(&bench, meanwhile).await, old);
    assert!(!bench.keeper.work_on_keys().await.unwrap());
    bench.clock.advance_millis(16_000);
    while !other.work_on_keys().await.unwrap() {}

    let here = Some(bench.organization);
    let inventory = bench.keeper.key_inventory(here).await.unwrap();
    assert_eq!(inventory.unnamed_rows, 0);
    assert_eq!(inventory.data_keys.len(), 4);
    for key in &inventory.data_keys {
        assert_eq!(key.current, key.epoch == 2, "{key:?}");
        assert_eq!(key.rows > 0, key.current, "{key:?}");
    }
    for rotation in &inventory.rotations {
        assert_eq!((rotation.percent(), rotation.left()), (100, 0));
        assert_eq!(rotation.unreadable, 0);
    }
    let total: u64 = inventory.rotations.iter().map(|one| one.total).sum();
    assert_eq!(
        total, 122,
        "an app, a credential, and what was sealed before"
    );
    for id in kept.iter().chain([&meanwhile]) {
        assert_ne!(key_of(&bench, *id).await, old);
    }
    for keeper in [&bench.keeper, &other] {
        opens(keeper.as_ref(), &bench, kept[7]).await;
    }
    assert_eq!(bench.read("/data/a").await.unwrap().status, 200);
    let third = bench.another_keeper().await;
    assert_eq!(
        third.read(bench.request("/data/a")).await.unwrap().status,
        200
    );

    // A key is given up when it seals nothing, and not a moment after its replacement.
    let retire = |id: &str| RetireKey {
        id: id.to_owned(),
        now: false,
    };
    let new = key_of(&bench, kept[0]).await;
    let refused = bench.keeper.retire_key(retire(&new)).await.unwrap_err();
    assert!(refused.error.message().contains("in use"), "{refused}");
    let refused = bench.keeper.retire_key(retire(&old)).await.unwrap_err();
    assert!(refused.error.message().contains("minutes"), "{refused}");
    bench.clock.advance_millis(16 * 60_000);
    bench.keeper.retire_key(retire(&old)).await.unwrap();
    bench
        .keeper
        .retire_key(retire(&old_credential))
        .await
        .unwrap();
    let unknown = bench.keeper.retire_key(retire(&old)).await.unwrap_err();
    assert_eq!(unknown.error.kind(), ErrorKind::NotFound);
    let inventory = bench.keeper.key_inventory(here).await.unwrap();
    assert_eq!(inventory.data_keys.len(), 2);
    opens(third.as_ref(), &bench, kept[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keeper_that_lacks_a_key_leaves_the_records_to_one_that_has_it() {
    // proves V5: what this keeper cannot open now is not damaged
    let bench = Bench::connected().await;
    let random = bench.random.clone();
    let path = |name: &str| bench.folder.path().join(name);
    let file = KeyFile::new(path("old.key"), None);
    let old = file.create(random.as_ref()).unwrap();
    KeyFile::new(path("new.key"), None)
        .create(random.as_ref())
        .unwrap();
    let order = |name: &str| RotateKeys {
        what: RotateWhat::Kek {
            key_file: Some(path(name)),
        },
        started_by: "a test".to_owned(),
    };
    let keeper = &bench.keeper;
    keeper.rotate_keys(order("old.key")).await.unwrap();
    while !keeper.work_on_keys().await.unwrap() {}
    let kept = bench.seal(b"customers' data").await;
    let before = key_of(&bench, kept).await;

    keeper.rotate_keys(new_data_keys(&bench)).await.unwrap();
    keeper.rotate_keys(order("new.key")).await.unwrap();
    // the new data keys have their time yet to come; all are wrapped with the new operator's key
    assert!(!keeper.work_on_keys().await.unwrap());
    bench.clock.advance_millis(16_000);
    std::fs::remove_file(path("new.key")).unwrap();
    let behind = bench.keeper_with(&Vault::new(old, random.clone())).await;
    let refused = behind.work_on_keys().await.unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::Misconfigured, "{refused}");
    assert_eq!(key_of(&bench, kept).await, before);

    while !keeper.work_on_keys().await.unwrap() {}
    assert_ne!(key_of(&bench, kept).await, before);
    let here = Some(bench.organization);
    for rotation in keeper.key_inventory(here).await.unwrap().rotations {
        assert_eq!(rotation.unreadable, 0);
    }
    opens(keeper.as_ref(), &bench, kept).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_with_rows_is_not_given_up() {
    // proves V10
    let bench = Bench::connected().await;
    let kept = bench.seal(b"customers' data").await;
    let old = key_of(&bench, kept).await;
    bench
        .keeper
        .rotate_keys(new_data_keys(&bench))
        .await
        .unwrap();
    bench.clock.advance_millis(3_600_000);
    let order = RetireKey {
        id: old.clone(),
        now: true,
    };
    let refused = bench.keeper.retire_key(order.clone()).await.unwrap_err();
    assert!(refused.error.message().contains("1 records"), "{refused}");
    while !bench.keeper.work_on_keys().await.unwrap() {}
    bench.keeper.retire_key(order).await.unwrap();
    opens(bench.keeper.as_ref(), &bench, kept).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operators_key_is_replaced_and_other_keepers_follow() {
    // proves V5, V6, CRED-1
    let bench = Bench::connected().await;
    let kept = bench.seal(b"customers' data").await;
    // Another host: the same key, in memory of its own.
    let random = bench.random.clone();
    let old_file = KeyFile::new(bench.folder.path().join("old.key"), None);
    let old = old_file.create(random.as_ref()).unwrap();
    let new_path = bench.folder.path().join("new.key");
    let new = KeyFile::new(&new_path, None)
        .create(random.as_ref())
        .unwrap();
    let elsewhere = Bench::open().await;
    drop(elsewhere);

    let first = bench.vault.kek_id().unwrap();
    bench.vault.add(old.clone());
    let order = |path: &std::path::Path| RotateKeys {
        what: RotateWhat::Kek {
            key_file: Some(path.to_owned()),
        },
        started_by: "a test".to_owned(),
    };
    bench
        .keeper
        .rotate_keys(order(&bench.folder.path().join("old.key")))
        .await
        .unwrap();
    while !bench.keeper.work_on_keys().await.unwrap() {}
    // This host has the key in use and nothing else.
    let second_vault = Vault::new(old.clone(), random.clone());
    let second = bench.keeper_with(&second_vault).await;
    opens(second.as_ref(), &bench, kept).await;
    bench.keeper.rotate_keys(order(&new_path)).await.unwrap();
    let twice = bench.keeper.rotate_keys(order(&new_path)).await;
    assert_eq!(twice.unwrap_err().error.kind(), ErrorKind::Conflict);
    while !second.work_on_keys().await.unwrap() {}
    assert_eq!(second_vault.kek_id(), Some(new.id()));
    let inventory = second.key_inventory(None).await.unwrap();
    let wrapping: Vec<_> = inventory
        .keks
        .iter()
        .filter(|kek| kek.data_keys > 0)
        .collect();
    assert_eq!(wrapping.len(), 1);
    assert_eq!(wrapping[0].id, new.id().to_string());
    assert!(wrapping[0].current && wrapping[0].data_keys == 3);
    // Who starts with the new key alone has everything; who has an old one alone has nothing.
    let fresh = bench.keeper_with(&Vault::new(new, random.clone())).await;
    opens(fresh.as_ref(), &bench, kept).await;
    assert_eq!(
        fresh.read(bench.request("/data/a")).await.unwrap().status,
        200
    );
    let behind = bench
        .keeper_with(&Vault::new(old.clone(), random.clone()))
        .await;
    let failed = behind
        .open(bench.organization, kept, Viewer::Execution)
        .await
        .unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::Misconfigured);
    for id in [first, old.id()] {
        let retired = RetireKey {
            id: id.to_string(),
            now: false,
        };
        bench.keeper.retire_key(retired).await.unwrap();
        assert!(!bench.vault.holds(id));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_file_that_is_no_key_changes_nothing() {
    // proves V3
    let bench = Bench::connected().await;
    let before = bench.vault.kek_id();
    let path = bench.folder.path().join("half.key");
    std::fs::write(&path, "abcd").unwrap();
    for path in [path, bench.folder.path().join("none.key")] {
        let order = RotateKeys {
            what: RotateWhat::Kek {
                key_file: Some(path),
            },
            started_by: "a test".to_owned(),
        };
        let refused = bench.keeper.rotate_keys(order).await.unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Misconfigured);
    }
    assert_eq!(bench.vault.kek_id(), before);
    let inventory = bench.keeper.key_inventory(None).await.unwrap();
    assert!(inventory.rotations.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_organization_opens_nowhere_and_others_stay() {
    // proves V1, T1
    let bench = Bench::connected().await;
    let kept = bench.seal(b"customers' data").await;
    let there = OrganizationId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let seal = |organization| SealRequest {
        organization,
        kind: SealedKind::Outcome,
        user: UserId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        agent: None,
        bytes: b"customers' data".to_vec(),
    };
    let theirs = bench.keeper.seal(seal(there)).await.unwrap();
    let store = KeeperStore::new(bench.store.clone());
    let copy = store
        .sealed_records()
        .load(bench.organization, kept)
        .await
        .unwrap()
        .unwrap();
    let other = bench.another_keeper().await;

    let erased = bench
        .keeper
        .erase_organization(bench.organization)
        .await
        .unwrap();
    assert_eq!(
        erased.connections,
        [(bench.connection, Revocation::Revoked)]
    );
    assert_eq!((erased.data_keys, erased.records), (2, 2));
    // Somebody puts the row back from a backup of the database: the key is gone.
    store.sealed_records().insert(copy).await.unwrap();
    for keeper in [&bench.keeper, &other] {
        let opened = keeper
            .open(bench.organization, kept, Viewer::Execution)
            .await;
        assert_eq!(opened.unwrap_err().error.kind(), ErrorKind::Conflict);
        let refused = keeper.seal(seal(bench.organization)).await.unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::Conflict, "no new key");
        let opened = keeper.open(there, theirs, Viewer::Execution).await;
        assert_eq!(opened.unwrap(), b"customers' data");
    }
    let keys = store.data_keys();
    for purpose in [DataKeyPurpose::Credentials, DataKeyPurpose::CustomerData] {
        let left = keys.list(bench.organization, purpose).await.unwrap();
        assert!(left.is_empty());
    }
    let again = bench
        .keeper
        .erase_organization(bench.organization)
        .await
        .unwrap();
    assert!(again.connections.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_long_enough_is_deleted_and_nothing_else() {
    // proves SEC-10
    let bench = Bench::connected().await;
    bench.read("/data/a").await.unwrap();
    let old = bench.seal(b"customers' data").await;
    bench.clock.advance_millis(86_400_000);
    let young = bench.seal(b"customers' data").await;
    let limit = bench.clock.now() - chrono::TimeDelta::hours(1);
    let kept = KeptUntil {
        sealed_before: limit,
        calls_before: limit,
    };
    bench.keeper.shutdown().await;
    let purged = bench.keeper.purge(kept).await.unwrap();
    let kinds: Vec<_> = purged.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["provider_calls", "sealed_records"]);
    assert_eq!(purged[1].rows, 1);
    assert_eq!(bench.keeper.purge(kept).await.unwrap(), []);
    opens(bench.keeper.as_ref(), &bench, young).await;
    let gone = bench
        .keeper
        .open(bench.organization, old, Viewer::Execution)
        .await
        .unwrap_err();
    assert_eq!(gone.error.kind(), ErrorKind::NotFound);
    assert!(bench.row().await.is_some());
    let stored = bench.keeper.stored_rows(bench.organization).await.unwrap();
    let rows = |kind: &str| {
        stored
            .iter()
            .find(|one| one.kind == kind)
            .map(|one| one.rows)
    };
    assert_eq!(rows("sealed_records"), Some(1));
    assert_eq!(rows("credentials"), Some(1));
    assert_eq!(rows("provider_calls"), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_the_machine_seals_with_other_nonces() {
    // proves V7: nothing on disk counts nonces, so two copies cannot count alike
    let bench = Bench::connected().await;
    let mut nonces = std::collections::HashSet::new();
    let twin = bench
        .keeper_with(&Vault::new(
            Kek::generate(bench.random.as_ref()),
            Arc::clone(&bench.random) as Arc<_>,
        ))
        .await;
    drop(twin);
    let store = KeeperStore::new(bench.store.clone());
    for keeper in [bench.another_keeper().await, bench.another_keeper().await] {
        for _ in 0..200 {
            let request = SealRequest {
                organization: bench.organization,
                kind: SealedKind::Outcome,
                user: UserId::generate(bench.clock.as_ref(), bench.random.as_ref()),
                agent: None,
                bytes: b"the same".to_vec(),
            };
            let id = keeper.seal(request).await.unwrap();
            let record = store
                .sealed_records()
                .load(bench.organization, id)
                .await
                .unwrap()
                .unwrap();
            assert!(nonces.insert(record.record[9..21].to_vec()));
        }
    }
    assert_eq!(nonces.len(), 400);
}
