//! Somebody changes sealed rows: each is noticed, by its name, and no other row suffers.

use crate::{bench::Bench, provider::SLUG};
use gatelodge_keeper_client::{
    BeginAuthorization, CompleteAuthorization, Keeper, KeeperFailure, SaveOAuthApp, SecretChange,
    SendRead, Viewer,
};
use gatelodge_model::{
    AttentionReason, AuthorizationFlowId, Clock as _, ConnectionId, ErrorKind, OAuthAppId, Random,
    SealedId, Secret,
};
use gatelodge_store::keeper::{KeeperStore, Resealed, SealedRow, SealedTable};

/// Changes altogether.
const CHANGES: usize = 10_000;

/// Rows of each table; one more stays as it is.
const CONNECTIONS: usize = 12;
const APPS: usize = 12;
const FLOWS: usize = 6;
const RECORDS: usize = 120;

struct Rows {
    connections: Vec<ConnectionId>,
    apps: Vec<OAuthAppId>,
    records: Vec<SealedId>,
}

async fn fill(bench: &Bench) -> Rows {
    let mut rows = Rows {
        connections: Vec::new(),
        apps: Vec::new(),
        records: Vec::new(),
    };
    for _ in 0..=CONNECTIONS {
        let begin = BeginAuthorization {
            connection: ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
            ..bench.begin()
        };
        rows.connections.push(begin.connection);
        let complete = CompleteAuthorization {
            organization: bench.organization,
            flow: begin.flow,
            code: Secret::new("code"),
            expected: None,
        };
        bench.keeper.begin_authorization(begin).await.unwrap();
        bench.keeper.complete_authorization(complete).await.unwrap();
    }
    for _ in 0..=APPS {
        let app = OAuthAppId::generate(bench.clock.as_ref(), bench.random.as_ref());
        let save = SaveOAuthApp {
            organization: bench.organization,
            app,
            provider: SLUG.to_owned(),
            client_id: "client".to_owned(),
            client_secret: SecretChange::Set(Secret::new("a secret")),
        };
        bench.keeper.save_oauth_app(save).await.unwrap();
        rows.apps.push(app);
    }
    for _ in 0..=RECORDS {
        rows.records.push(bench.seal(b"customers' data").await);
    }
    rows
}

fn number(bench: &Bench, below: usize) -> usize {
    let mut bytes = [0; 8];
    bench.random.fill(&mut bytes);
    usize::try_from(u64::from_le_bytes(bytes) % below as u64).unwrap()
}

/// Another record than the one that belongs there.
fn change(bench: &Bench, row: &SealedRow, others: &[SealedRow]) -> Vec<u8> {
    let mut record = row.record.clone();
    match number(bench, 10) {
        0 => {
            let other = &others[number(bench, others.len())];
            if other.id != row.id {
                return other.record.clone();
            }
            record.truncate(number(bench, record.len()));
        }
        1 => record.truncate(number(bench, record.len())),
        2 => record.push(0),
        _ => {
            let at = number(bench, record.len());
            record[at] ^= 1 << number(bench, 8);
        }
    }
    record
}

/// Changes all rows of a table but the first one; gives what undoes it.
async fn tamper(bench: &Bench, table: SealedTable) -> (Vec<Resealed>, usize) {
    let store = KeeperStore::new(bench.store.clone());
    let rows = store
        .resealing()
        .all(bench.organization, table, None, 10_000)
        .await
        .unwrap();
    let mut changes = Vec::new();
    let mut undo = Vec::new();
    for row in &rows[1..] {
        let changed = change(bench, row, &rows);
        changes.push(Resealed {
            row: row.clone(),
            record: changed.clone(),
            key_id: "0000000000000000".to_owned(),
        });
        undo.push(Resealed {
            row: SealedRow {
                record: changed,
                ..row.clone()
            },
            record: row.record.clone(),
            key_id: "0000000000000000".to_owned(),
        });
    }
    let count = changes.len();
    let replaced = store
        .resealing()
        .replace(bench.organization, table, changes)
        .await
        .unwrap();
    assert_eq!(usize::try_from(replaced).unwrap(), count);
    (undo, count)
}

fn names(failure: &KeeperFailure, table: &str, row: &str) {
    assert_eq!(failure.error.kind(), ErrorKind::Integrity);
    let message = failure.error.message();
    assert!(message.contains(&format!("{table}/{row}")), "{message}");
    assert!(!format!("{:?}", failure.error).contains("a secret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_thousand_changes_none_succeeds_silently() {
    // proves V2, T7, V9
    let bench = Bench::open().await;
    let rows = fill(&bench).await;
    let store = KeeperStore::new(bench.store.clone());
    let mut changes = 0;
    while changes < CHANGES {
        let mut flows = Vec::new();
        for _ in 0..=FLOWS {
            let begin = bench.begin();
            flows.push(begin.flow);
            bench.keeper.begin_authorization(begin).await.unwrap();
        }
        let mut undone = Vec::new();
        for table in [
            SealedTable::Credentials,
            SealedTable::OAuthApps,
            SealedTable::Flows,
            SealedTable::SealedRecords,
        ] {
            let (undo, count) = tamper(&bench, table).await;
            undone.push((table, undo));
            changes += count;
        }
        look(&bench, &rows, &flows).await;
        for (table, undo) in undone {
            let rows = store.resealing();
            rows.replace(bench.organization, table, undo).await.unwrap();
        }
        for flow in flows {
            let flow = store.flow_secrets().take(bench.organization, flow).await;
            flow.unwrap();
        }
    }
    println!("{changes} changes, each noticed");
    // Put back, everything opens again: a change that was undone left nothing.
    let keeper = bench.another_keeper().await;
    for id in &rows.records {
        let opened = keeper
            .open(bench.organization, *id, Viewer::Execution)
            .await;
        assert_eq!(opened.unwrap(), b"customers' data");
    }
}

/// Opens every row with a keeper that remembers nothing: only the first of each table opens.
async fn look(bench: &Bench, rows: &Rows, flows: &[AuthorizationFlowId]) {
    let keeper = bench.another_keeper().await;
    let organization = bench.organization;
    for (number, connection) in sorted(&rows.connections).into_iter().enumerate() {
        let read = SendRead {
            connection,
            ..bench.request("/data/a")
        };
        match keeper.read(read).await {
            Ok(answer) => assert_eq!((number, answer.status), (0, 200)),
            Err(failure) => {
                assert_ne!(number, 0);
                names(&failure, "credentials", &connection.to_string());
                assert_eq!(failure.attention, Some(AttentionReason::Integrity));
            }
        }
    }
    let mut apps = rows.apps.clone();
    apps.push(bench.app);
    for (number, app) in sorted(&apps).into_iter().enumerate() {
        let begin = BeginAuthorization {
            oauth_app: app,
            ..bench.begin()
        };
        let flow = begin.flow;
        match keeper.begin_authorization(begin).await {
            Ok(_) => {
                assert_eq!(number, 0);
                let taken = keeper.abandon_authorization(organization, flow).await;
                taken.unwrap();
            }
            Err(failure) => {
                assert_ne!(number, 0);
                names(&failure, "oauth_app_secrets", &app.to_string());
            }
        }
    }
    for (number, flow) in sorted(flows).into_iter().enumerate() {
        let complete = CompleteAuthorization {
            organization,
            flow,
            code: Secret::new("code"),
            expected: None,
        };
        match keeper.complete_authorization(complete).await {
            Ok(_) => assert_eq!(number, 0),
            Err(failure) => {
                assert_ne!(number, 0);
                names(&failure, "flow_secrets", &flow.to_string());
            }
        }
    }
    for (number, id) in sorted(&rows.records).into_iter().enumerate() {
        match keeper.open(organization, id, Viewer::Execution).await {
            Ok(bytes) => assert_eq!((number, &*bytes), (0, &b"customers' data"[..])),
            Err(failure) => {
                assert_ne!(number, 0);
                names(&failure, "sealed_records", &id.to_string());
            }
        }
    }
    keeper.shutdown().await;
}

fn sorted<T: Ord + Copy>(rows: &[T]) -> Vec<T> {
    let mut rows = rows.to_vec();
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_from_the_past_does_not_open() {
    // proves V2: the generation is part of the seal
    let bench = Bench::connected().await;
    let old = bench.row().await.unwrap();
    bench.clock.advance_millis(1_000);
    bench.try_connect(None).await.unwrap();
    let store = KeeperStore::new(bench.store.clone());
    let table = SealedTable::Credentials;
    let rows = store.resealing();
    let mut new = rows.all(bench.organization, table, None, 2).await.unwrap();
    assert_eq!(new[0].generation, old.generation + 1);
    let rollback = Resealed {
        row: new.remove(0),
        record: old.record,
        key_id: old.key_id,
    };
    let replaced = rows.replace(bench.organization, table, vec![rollback]);
    assert_eq!(replaced.await.unwrap(), 1);
    let keeper = bench.another_keeper().await;
    let failure = keeper.read(bench.request("/data/a")).await.unwrap_err();
    names(&failure, "credentials", &bench.connection.to_string());
    assert_eq!(failure.attention, Some(AttentionReason::Integrity));
    assert!(bench.clock.now().timestamp() > 0);
}
