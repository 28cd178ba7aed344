//! Keys that are replaced, as rows: who may work, what is moved, what is counted.

use crate::bench::Bench;
use gatelodge_model::{ConnectionId, OrganizationId, SealedId, UserId, id::new_uuid};
use gatelodge_store::keeper::{
    DataKeyPurpose, DataKeyRow, KeeperStore, KeyRotation, NewRecord, Resealed, RotationKind,
    RotationStep, SealedRecord, SealedTable,
};

const OLD: &str = "0101010101010101";
const NEW: &str = "0202020202020202";

/// A record as far as the store looks at it: version, key id, content.
fn record(key: u8, content: u8) -> Vec<u8> {
    let mut record = vec![1];
    record.extend([key; 8]);
    record.push(content);
    record
}

fn new_record(bench: &Bench, key: u8, content: u8, key_id: &str) -> NewRecord {
    NewRecord {
        record: record(key, content),
        ..bench.record(content, key_id)
    }
}

async fn keep(bench: &Bench, here: OrganizationId, key: u8) -> SealedId {
    let id = SealedId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let kept = SealedRecord {
        id,
        organization: here,
        kind: "proposal".to_owned(),
        user: UserId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        agent: None,
        record: record(key, 7),
        created_at: bench.now(),
        purge_after: None,
    };
    let keeper = KeeperStore::new(bench.store.clone());
    keeper.sealed_records().insert(kept).await.unwrap();
    id
}

pub(crate) async fn rows_move_to_a_new_key(bench: &Bench) {
    // proves V5, V10, R4
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let rows = keeper.resealing();
    for _ in 0..5 {
        keep(bench, here, 1).await;
    }
    keep(bench, here, 2).await;
    keep(bench, there, 1).await;
    let table = SealedTable::SealedRecords;
    let first = rows.outdated(here, table, NEW, None, 3).await.unwrap();
    assert_eq!(first.len(), 3);
    assert_eq!(first[0].kind.as_deref(), Some("proposal"));
    let rest = rows
        .outdated(here, table, NEW, Some(first[2].id), 10)
        .await
        .unwrap();
    assert_eq!(rest.len(), 2);
    let again = |row: &gatelodge_store::keeper::SealedRow| Resealed {
        row: row.clone(),
        record: record(2, 8),
        key_id: NEW.to_owned(),
    };
    let moved: Vec<_> = first.iter().map(again).collect();
    assert_eq!(rows.replace(here, table, moved.clone()).await.unwrap(), 3);
    assert_eq!(
        rows.replace(here, table, moved).await.unwrap(),
        0,
        "a row is not replaced that is another by now"
    );
    assert_eq!(rows.count_outdated(here, table, NEW).await.unwrap(), 2);
    let mut counts: Vec<_> = rows
        .count(Some(here))
        .await
        .unwrap()
        .into_iter()
        .map(|count| (count.key_id.unwrap(), count.rows))
        .collect();
    counts.sort();
    assert_eq!(counts, [(OLD.to_owned(), 2), (NEW.to_owned(), 4)]);

    // A credential that was refreshed meanwhile keeps its refreshed record.
    let credentials = keeper.credentials();
    let connection = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
    credentials
        .insert_or_replace(here, connection, 1, new_record(bench, 1, 1, OLD))
        .await
        .unwrap();
    let table = SealedTable::Credentials;
    let read = rows.outdated(here, table, NEW, None, 10).await.unwrap();
    credentials
        .insert_or_replace(here, connection, 2, new_record(bench, 1, 2, OLD))
        .await
        .unwrap();
    let moved: Vec<_> = read.iter().map(again).collect();
    assert_eq!(rows.replace(here, table, moved).await.unwrap(), 0);
    let before = credentials.load(here, connection).await.unwrap().unwrap();
    assert_eq!(before.record, record(1, 2));
    // And a row that is moved stays the same to whoever remembers its version.
    let owner = new_uuid(bench.clock.as_ref(), bench.random.as_ref());
    let intent = credentials
        .take_refresh_intent(here, connection, 2, owner, bench.in_minutes(1), None)
        .await
        .unwrap()
        .unwrap();
    bench.clock.advance_millis(5);
    let read = rows.outdated(here, table, NEW, None, 10).await.unwrap();
    let moved: Vec<_> = read.iter().map(again).collect();
    assert_eq!(rows.replace(here, table, moved).await.unwrap(), 1);
    let after = credentials.load(here, connection).await.unwrap().unwrap();
    assert_eq!(after.key_id, NEW);
    assert_eq!(
        (after.generation, after.updated_at, after.fence),
        (before.generation, before.updated_at, before.fence + 1)
    );
    assert!(
        credentials
            .commit_refreshed(here, connection, intent, new_record(bench, 2, 3, NEW))
            .await
            .unwrap(),
        "the refresh under way still commits"
    );
}

pub(crate) async fn one_keeper_works_at_a_time(bench: &Bench) {
    // proves V5, V6
    let (here, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let rotations = keeper.key_rotations();
    let uuid = || new_uuid(bench.clock.as_ref(), bench.random.as_ref());
    let rotation = KeyRotation {
        organization: Some(here),
        id: uuid(),
        kind: RotationKind::CredentialKey,
        target: NEW.to_owned(),
        key_file: None,
        started_by: "the console".to_owned(),
        started_at: bench.now(),
        finished_at: None,
        total: 9,
        done: 0,
        unreadable: 0,
        cursor: None,
    };
    rotations.insert(&rotation).await.unwrap();
    bench.clock.advance_millis(1);
    let whole = KeyRotation {
        organization: None,
        id: uuid(),
        started_at: bench.now(),
        kind: RotationKind::Kek,
        key_file: Some("/run/key".to_owned()),
        ..rotation.clone()
    };
    rotations.insert(&whole).await.unwrap();
    assert_eq!(
        rotations.list_open().await.unwrap(),
        [rotation.clone(), whole.clone()]
    );
    let (one, other) = (uuid(), uuid());
    let until = bench.in_minutes(1);
    assert!(rotations.take_lease(&rotation, one, until).await.unwrap());
    assert!(!rotations.take_lease(&rotation, other, until).await.unwrap());
    let step = RotationStep {
        done: 4,
        unreadable: 1,
        cursor: Some("x".to_owned()),
        finished: false,
    };
    assert!(
        rotations
            .advance(&rotation, one, until, &step)
            .await
            .unwrap()
    );
    assert!(
        !rotations
            .advance(&rotation, other, until, &step)
            .await
            .unwrap()
    );
    // The first one stalls; another goes on from where it was.
    bench.clock.advance_millis(61_000);
    let until = bench.in_minutes(1);
    assert!(rotations.take_lease(&rotation, other, until).await.unwrap());
    assert!(
        !rotations
            .advance(&rotation, one, until, &step)
            .await
            .unwrap()
    );
    let open = rotations.list_open().await.unwrap();
    assert_eq!((open[0].done, open[0].cursor.as_deref()), (4, Some("x")));
    rotations.release(&rotation, other).await.unwrap();
    assert!(rotations.take_lease(&rotation, one, until).await.unwrap());
    let end = RotationStep {
        finished: true,
        ..step
    };
    assert!(
        rotations
            .advance(&rotation, one, until, &end)
            .await
            .unwrap()
    );
    assert!(!rotations.take_lease(&rotation, one, until).await.unwrap());
    assert_eq!(rotations.list_open().await.unwrap(), [whole]);
    assert_eq!(rotations.list(Some(here), 9).await.unwrap().len(), 2);
}

pub(crate) async fn destroyed_keys_leave_no_bytes(bench: &Bench) {
    // proves V1, V10
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let keys = keeper.data_keys();
    let key = |organization, epoch| DataKeyRow {
        organization,
        purpose: DataKeyPurpose::Credentials,
        epoch,
        kek_id: "kek-1".to_owned(),
        wrapped: vec![0xA7; 77],
        key_id: None,
        active_from: Some(bench.in_minutes(1)),
        created_at: bench.now(),
    };
    for (organization, epoch) in [(here, 1), (here, 2), (here, 3), (there, 1)] {
        keys.insert_or_get(key(organization, epoch)).await.unwrap();
    }
    keys.note_id(&key(here, 1), OLD).await.unwrap();
    keys.note_id(&key(here, 1), NEW).await.unwrap();
    let all = keys.list_all(Some(here)).await.unwrap();
    assert_eq!(all[0].key_id.as_deref(), Some(OLD));
    assert_eq!(keys.not_wrapped_with("kek-2", 10).await.unwrap().len(), 4);
    assert!(keys.destroy(&key(here, 1)).await.unwrap());
    assert!(!keys.destroy(&key(here, 1)).await.unwrap());
    assert_eq!(keys.destroy_all(here).await.unwrap(), 2);
    assert_eq!(keys.list_all(None).await.unwrap(), [key(there, 1)]);
    let rotations = keeper.key_rotations();
    assert!(!rotations.is_erased(here).await.unwrap());
    rotations.note_erased(here).await.unwrap();
    rotations.note_erased(here).await.unwrap();
    assert!(rotations.is_erased(here).await.unwrap());
    assert!(!rotations.is_erased(there).await.unwrap());
    keys.destroy_all(there).await.unwrap();
    assert!(
        !bench
            .file_bytes()
            .windows(77)
            .any(|bytes| bytes == [0xA7; 77])
    );
}
