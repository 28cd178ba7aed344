//! Copies of a whole database, also from one engine to the other, and grants that are still to be ended.

use crate::bench::Bench;
use gatelodge_model::{ConnectionId, OrganizationId, SealedId};
use gatelodge_store::{
    DatabaseOptions, Store, StoreError,
    backup::{Cell, Snapshot},
    instance::{Instance, Restored},
    keeper::{Adopted, KeeperStore, PendingRevocationRow},
};

type Rows = Vec<(String, Vec<Vec<Cell>>)>;

async fn rows(snapshot: &Snapshot) -> Rows {
    let mut all = Vec::new();
    for table in snapshot.tables() {
        let mut rows = Vec::new();
        let counted = snapshot
            .rows(table, |row| {
                rows.push(row);
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        assert_eq!(counted, u64::try_from(rows.len()).unwrap());
        rows.sort_by_key(|row| format!("{row:?}"));
        all.push((table.name.clone(), rows));
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

async fn copy(snapshot: &Snapshot, into: &Store) -> Result<(), StoreError> {
    let filling = into.fill(snapshot.steps()).await?;
    for table in snapshot.tables() {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let mut rows = Vec::new();
        snapshot
            .rows(table, |row| {
                rows.push(row);
                Ok::<_, StoreError>(())
            })
            .await?;
        filling.add(&table.name, &columns, &rows).await?;
    }
    filling.commit().await
}

async fn sqlite(bench: &Bench, folder: &tempfile::TempDir) -> Store {
    let options = DatabaseOptions {
        urls: vec![format!("sqlite:{}/copy.db", folder.path().display())],
        max_connections: 4,
    };
    Store::connect(&options, bench.clock.clone(), bench.random.clone())
        .await
        .unwrap()
}

fn pending(bench: &Bench, organization: OrganizationId) -> PendingRevocationRow {
    PendingRevocationRow {
        organization,
        id: SealedId::generate(bench.clock.as_ref(), bench.random.as_ref()).as_uuid(),
        connection: ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        provider: "small".to_owned(),
        record: vec![0, 1, 254, 255],
        key_id: "key".to_owned(),
        attempts: 0,
        reason: String::new(),
        created_at: bench.now(),
        next_attempt_at: bench.now(),
        ends_at: bench.in_minutes(1440),
    }
}

/// The copy holds the same rows, and shows one moment however the original goes on.
pub(crate) async fn a_copy_is_the_same(bench: &Bench) {
    // proves R16
    let (organization, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    keeper
        .pending_revocations()
        .insert(pending(bench, organization))
        .await
        .unwrap();
    let snapshot = bench.store.snapshot().await.unwrap();
    let before = rows(&snapshot).await;
    bench.organization().await;
    assert_eq!(rows(&snapshot).await, before, "one moment");
    assert!(snapshot.steps().contains(&"m0010_recovery".to_owned()));

    // by way of the form in files, into the other engine
    let folder = tempfile::tempdir().unwrap();
    let other = sqlite(bench, &folder).await;
    copy(&snapshot, &other).await.unwrap();
    let copied = other.snapshot().await.unwrap();
    assert_eq!(rows(&copied).await, before);
    let refused = copy(&snapshot, &other).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict { .. }), "{refused}");
    // and what was audited is still a chain
    let verified = other.audit().verify(organization).await.unwrap();
    assert_eq!(verified.first_fault, None);
    assert_eq!(verified.events, 1);

    let back = Bench::open(if bench.store.serves_one_node() {
        "sqlite_back"
    } else {
        "postgres_back"
    })
    .await
    .unwrap();
    copy(&copied, &back.store).await.unwrap();
    assert_eq!(rows(&back.store.snapshot().await.unwrap()).await, before);
    drop(copied);
    back.close().await;
}

/// Nothing is left of a copy that was cut off, and steps of a newer program are refused.
pub(crate) async fn all_rows_or_none(bench: &Bench) {
    // proves R16, R14
    let steps = bench.store.snapshot().await.unwrap().steps().to_vec();
    let columns = ["name", "value", "updated_at"].map(str::to_owned);
    let row = vec![
        Cell::Text("half".to_owned()),
        Cell::Text("way".to_owned()),
        Cell::Time(bench.now()),
    ];
    let filling = bench.store.fill(&steps).await.unwrap();
    filling
        .add("settings", &columns, std::slice::from_ref(&row))
        .await
        .unwrap();
    let wrong = filling
        .add(
            "settings",
            &columns,
            &[vec![Cell::Null, Cell::Integer(1), Cell::Null]],
        )
        .await;
    assert!(wrong.unwrap_err().to_string().contains("does not fit"));
    let unknown = filling.add("nothing", &columns, &[]).await.unwrap_err();
    assert!(unknown.to_string().contains("no such table"));
    drop(filling);
    assert_eq!(bench.store.settings().get("half").await.unwrap(), None);
    let mut newer = steps;
    newer.push("m9999_later".to_owned());
    let refused = bench.store.fill(&newer).await.err().unwrap();
    assert!(matches!(refused, StoreError::NewerSchema { found, .. } if found == "m9999_later"));
}

/// A new grant is held until its connection has it: both change together, and not once somebody ends it.
pub(crate) async fn grants_are_held_until_they_are_stored(bench: &Bench) {
    // proves O16
    let (organization, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let revocations = keeper.pending_revocations();
    let held = pending(bench, organization);
    let stored = || async {
        let credentials = keeper.credentials();
        let row = credentials.load(organization, held.connection).await;
        row.unwrap().map(|row| row.generation)
    };
    revocations.insert(held.clone()).await.unwrap();
    let adopt = |generation, row| revocations.adopt(row, generation, bench.record(1, "key"));
    assert_eq!(adopt(2, &held).await.unwrap(), Adopted::OtherGeneration);
    assert_eq!(stored().await, None);
    assert_eq!(revocations.list(organization).await.unwrap().len(), 1);
    assert_eq!(adopt(1, &held).await.unwrap(), Adopted::Stored);
    assert_eq!(stored().await, Some(1));
    assert_eq!(revocations.list(organization).await.unwrap(), []);
    assert_eq!(adopt(2, &held).await.unwrap(), Adopted::Ending, "once");
    assert_eq!(stored().await, Some(1));

    revocations.insert(held.clone()).await.unwrap();
    let lease = bench.in_minutes(1);
    let taken = revocations.take_due(bench.now(), lease, 10).await.unwrap();
    assert_eq!(taken.len(), 1, "its time is over");
    assert_eq!(adopt(2, &held).await.unwrap(), Adopted::Ending);
    assert_eq!(stored().await, Some(1));
    revocations.delete(organization, held.id).await.unwrap();
}

/// Of two keepers one gets a grant to end, and it waits in the row until it is done.
pub(crate) async fn grants_wait_to_be_ended(bench: &Bench) {
    // proves O17
    let (organization, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let credentials = keeper.credentials();
    let revocations = keeper.pending_revocations();
    let row = pending(bench, organization);
    credentials
        .insert_or_replace(organization, row.connection, 1, bench.record(1, "key"))
        .await
        .unwrap();
    assert!(
        !revocations.take_over(row.clone(), 2).await.unwrap(),
        "another generation"
    );
    assert!(
        credentials
            .load(organization, row.connection)
            .await
            .unwrap()
            .is_some()
    );
    assert!(revocations.take_over(row.clone(), 1).await.unwrap());
    assert!(
        credentials
            .load(organization, row.connection)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        revocations.list(organization).await.unwrap(),
        std::slice::from_ref(&row)
    );

    let lease = bench.in_minutes(1);
    let other = KeeperStore::new(bench.another_store().await);
    let (one, two) = tokio::join!(revocations.take_due(bench.now(), lease, 10), async {
        other
            .pending_revocations()
            .take_due(bench.now(), lease, 10)
            .await
    },);
    assert_eq!(one.unwrap().len() + two.unwrap().len(), 1);
    revocations
        .postpone(organization, row.id, bench.in_minutes(5), "away")
        .await
        .unwrap();
    let waiting = revocations.list(organization).await.unwrap();
    assert_eq!(
        (waiting[0].attempts, waiting[0].reason.as_str()),
        (1, "away")
    );
    assert!(
        revocations
            .take_due(bench.in_minutes(4), lease, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        revocations
            .take_due(bench.in_minutes(5), bench.in_minutes(6), 10)
            .await
            .unwrap()
            .len(),
        1
    );
    revocations.delete(organization, row.id).await.unwrap();
    assert!(revocations.list(organization).await.unwrap().is_empty());
}

/// The identity is one value; a restored copy has another, and no leave to send.
pub(crate) async fn an_installation_has_a_name(bench: &Bench) {
    let settings = bench.store.settings();
    assert_eq!(settings.instance().await.unwrap(), None);
    let id = SealedId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let first = Instance {
        id: id.as_uuid(),
        activation: Some(id),
        restored: None,
    };
    assert_eq!(settings.instance_or(&first).await.unwrap(), first);
    let copy = Instance {
        id: pending(bench, OrganizationId::from_uuid(id.as_uuid())).id,
        activation: None,
        restored: Some(Restored {
            from: first.id,
            backed_up_at: bench.now(),
            at: bench.now(),
        }),
    };
    assert_eq!(settings.instance_or(&copy).await.unwrap(), first);
    settings.set_instance(&copy).await.unwrap();
    assert_eq!(settings.instance().await.unwrap(), Some(copy));
    settings.set("instance.identity", "{}").await.unwrap();
    assert!(matches!(
        settings.instance().await,
        Err(StoreError::Corrupt { .. })
    ));
}
