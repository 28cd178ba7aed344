//! Somebody changes sealed rows: each is noticed, by its name, and no other row suffers.
//!
//! Which tables there are says [`SealedTable`]: a new one does not compile here before it has rows and a door.

use crate::{
    authenticator::SoftPasskey,
    bench::{Bench, Otherwise},
    fleet,
    provider::SLUG,
    receiver::Receiver,
};
use gatelodge_keeper_client::{
    BeginAuthorization, CompleteAuthorization, DeliverWebhook, Keeper, KeeperFailure,
    PasskeyHolder, SaveOAuthApp, SaveWebhook, SecretChange, SendRead, SendWrite, Viewer,
};
use gatelodge_model::{
    AttentionReason, AuthorizationFlowId, Clock as _, ConnectionId, ErrorKind, OAuthAppId, Random,
    SealedId, Secret, UserId, WebhookId,
};
use gatelodge_store::keeper::{
    KeeperStore, PendingRevocationRow, Resealed, SealedRow, SealedTable,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Changes altogether.
const CHANGES: usize = 10_000;

/// Rows of most tables that are changed; one more stays as it is.
const SOME: usize = 10;

/// Rows of customers' data that are changed.
const MANY: usize = 60;

/// A row's name in messages, and what its door made of it.
type Looked = Vec<(String, Result<(), String>)>;

/// Rows of every table. The first of each is never changed.
struct Rows {
    bench: Bench,
    receiver: Receiver,
    passkey: SoftPasskey,
    connections: Vec<ConnectionId>,
    apps: Vec<OAuthAppId>,
    flows: Vec<AuthorizationFlowId>,
    records: Vec<SealedId>,
    pending: Vec<PendingRevocationRow>,
    webhooks: Vec<WebhookId>,
    people: Vec<UserId>,
    calls: Vec<SendWrite>,
}

impl Rows {
    async fn fill(postgres: bool) -> Self {
        let receiver = Receiver::start().await;
        let bench = Bench::open_otherwise(Otherwise {
            receivers: vec![receiver.base.clone()],
            postgres,
            ..Otherwise::default()
        })
        .await;
        bench.try_connect(None).await.unwrap();
        let (passkey, _) = bench.enrolled(bench.holder()).await;
        let console = bench.console();
        console.set_sealed(bench.organization, true).await.unwrap();
        let mut rows = Self {
            connections: vec![bench.connection],
            apps: vec![bench.app],
            flows: Vec::new(),
            records: vec![bench.seal(b"customers' data").await],
            pending: Vec::new(),
            webhooks: Vec::new(),
            people: vec![bench.user],
            calls: Vec::new(),
            bench,
            receiver,
            passkey,
        };
        rows.fill_pending().await;
        for _ in 0..SOME {
            let connection = rows.connect().await;
            rows.connections.push(connection);
            rows.add_app().await;
            let user = rows.id(UserId::generate);
            let holder = PasskeyHolder {
                user,
                ..rows.bench.holder()
            };
            console.allow(holder).await.unwrap();
            rows.people.push(user);
        }
        for _ in 0..=SOME {
            rows.add_webhook().await;
            let call = rows.approved().await;
            rows.calls.push(call);
        }
        for _ in 0..MANY {
            rows.records.push(rows.bench.seal(b"customers' data").await);
        }
        rows
    }

    fn id<T>(&self, generate: impl FnOnce(&dyn gatelodge_model::Clock, &dyn Random) -> T) -> T {
        generate(self.bench.clock.as_ref(), self.bench.random.as_ref())
    }

    async fn connect(&self) -> ConnectionId {
        let begin = BeginAuthorization {
            connection: self.id(ConnectionId::generate),
            ..self.bench.begin()
        };
        let connection = begin.connection;
        self.bench.try_connect_with(begin, None).await.unwrap();
        connection
    }

    async fn fill_pending(&mut self) {
        self.bench.server.script().revoke_status = Some(503);
        for _ in 0..=SOME {
            let connection = self.connect().await;
            let revoked = self
                .bench
                .keeper
                .revoke(self.bench.organization, connection);
            revoked.await.unwrap();
        }
        self.bench.server.script().revoke_status = None;
        let revocations = self.store();
        let waiting = revocations.pending_revocations();
        self.pending = waiting.list(self.bench.organization).await.unwrap();
        for row in &mut self.pending {
            row.next_attempt_at = self.bench.clock.now();
        }
    }

    async fn add_app(&mut self) {
        let app = self.id(OAuthAppId::generate);
        let save = SaveOAuthApp {
            organization: self.bench.organization,
            app,
            provider: SLUG.to_owned(),
            client_id: "client".to_owned(),
            client_secret: SecretChange::Set(Secret::new("a secret")),
        };
        self.bench.keeper.save_oauth_app(save).await.unwrap();
        self.apps.push(app);
    }

    async fn add_webhook(&mut self) {
        let webhook = self.id(WebhookId::generate);
        let save = SaveWebhook {
            organization: self.bench.organization,
            webhook,
            url: self.receiver.base.join("hook").unwrap(),
            secret: Some(Secret::new(
                "whsec_Q0FOQVJZLXdlYmhvb2stc2VjcmV0LTMyLWJ5dGVzISE=",
            )),
        };
        self.bench.keeper.save_webhook(save).await.unwrap();
        self.webhooks.push(webhook);
    }

    /// A write that a passkey approved and that was not sent.
    async fn approved(&mut self) -> SendWrite {
        let call = self.bench.proposed(|_| {}).await;
        self.bench.approve(&call, &mut self.passkey).await;
        call
    }

    fn store(&self) -> KeeperStore {
        KeeperStore::new(self.bench.store.clone())
    }

    /// What the last look used up is made anew.
    async fn renew(&mut self) {
        let organization = self.bench.organization;
        for flow in std::mem::take(&mut self.flows) {
            let secrets = self.store();
            secrets
                .flow_secrets()
                .take(organization, flow)
                .await
                .unwrap();
        }
        for _ in 0..=SOME {
            let begin = self.bench.begin();
            self.flows.push(begin.flow);
            self.bench.keeper.begin_authorization(begin).await.unwrap();
        }
        let store = self.store();
        for row in &self.pending {
            let revocations = store.pending_revocations();
            revocations.delete(organization, row.id).await.unwrap();
            revocations.insert(row.clone()).await.unwrap();
        }
        self.bench
            .sql("DELETE FROM approvals WHERE spent_at IS NOT NULL")
            .await;
        self.calls[0] = self.approved().await;
    }

    /// The rows of a table; the first is not changed.
    fn ids(&self, table: SealedTable) -> Vec<Uuid> {
        fn all<T>(ids: &[T], uuid: impl Fn(&T) -> Uuid) -> Vec<Uuid> {
            ids.iter().map(uuid).collect()
        }
        match table {
            SealedTable::Credentials => all(&self.connections, |id| id.as_uuid()),
            SealedTable::OAuthApps => all(&self.apps, |id| id.as_uuid()),
            SealedTable::Flows => all(&self.flows, |id| id.as_uuid()),
            SealedTable::SealedRecords => all(&self.records, |id| id.as_uuid()),
            SealedTable::PendingRevocations => all(&self.pending, |row| row.id),
            SealedTable::Webhooks => all(&self.webhooks, |id| id.as_uuid()),
            SealedTable::ApprovalRecords => all(&self.people, |id| id.as_uuid()),
            SealedTable::Evidence => all(&self.calls, |call| call.proposal.as_uuid()),
        }
    }

    /// Changes all rows of a table but the first one; gives what undoes it.
    async fn tamper(&self, table: SealedTable) -> Vec<Resealed> {
        let rows = self.store();
        let rows = rows.resealing();
        let organization = self.bench.organization;
        let ids = self.ids(table);
        let stored = rows.all(organization, table, None, 10_000).await.unwrap();
        let mut changes = Vec::new();
        let mut undo = Vec::new();
        for row in stored.iter().filter(|row| ids[1..].contains(&row.id)) {
            let record = change(&self.bench, row, &stored);
            let key_id = "0000000000000000".to_owned();
            undo.push(Resealed {
                row: SealedRow {
                    record: record.clone(),
                    ..row.clone()
                },
                record: row.record.clone(),
                key_id: key_id.clone(),
            });
            changes.push(Resealed {
                row: row.clone(),
                record,
                key_id,
            });
        }
        assert_eq!(changes.len(), ids.len() - 1, "{table:?}");
        let replaced = rows.replace(organization, table, changes).await.unwrap();
        assert_eq!(usize::try_from(replaced).unwrap(), undo.len());
        undo
    }

    /// Uses every row of a table as it is used, in the order of [`Self::ids`].
    async fn look(&self, keeper: &impl Keeper, table: SealedTable) -> Looked {
        let organization = self.bench.organization;
        let mut looked = Looked::new();
        match table {
            SealedTable::Credentials => {
                for id in &self.connections {
                    let read = SendRead {
                        connection: *id,
                        ..self.bench.request("/data/a")
                    };
                    let opened = keeper.read(read).await.map(drop).map_err(|failure| {
                        assert_eq!(failure.attention, Some(AttentionReason::Integrity));
                        noticed(&failure)
                    });
                    looked.push((id.to_string(), opened));
                }
            }
            SealedTable::OAuthApps => {
                for id in &self.apps {
                    let begin = BeginAuthorization {
                        oauth_app: *id,
                        ..self.bench.begin()
                    };
                    let flow = begin.flow;
                    let opened = keeper.begin_authorization(begin).await;
                    if opened.is_ok() {
                        keeper
                            .abandon_authorization(organization, flow)
                            .await
                            .unwrap();
                    }
                    looked.push((id.to_string(), told(opened)));
                }
            }
            SealedTable::Flows => {
                for id in &self.flows {
                    let complete = CompleteAuthorization {
                        organization,
                        flow: *id,
                        code: Secret::new("code"),
                        expected: None,
                    };
                    let opened = keeper.complete_authorization(complete).await;
                    looked.push((id.to_string(), told(opened)));
                }
            }
            SealedTable::SealedRecords => {
                for id in &self.records {
                    let opened = keeper.open(organization, *id, Viewer::Execution).await;
                    let opened = told(opened.map(|bytes| assert_eq!(bytes, b"customers' data")));
                    looked.push((id.to_string(), opened));
                }
            }
            SealedTable::PendingRevocations => {
                let ended = keeper.end_due_grants().await.unwrap();
                let mut ended: HashMap<_, _> = ended
                    .into_iter()
                    .map(|ended| (ended.connection, ended.given_up))
                    .collect();
                for row in &self.pending {
                    let given_up = ended.remove(&row.connection).unwrap();
                    looked.push((row.id.to_string(), given_up.map_or(Ok(()), Err)));
                }
            }
            SealedTable::Webhooks => {
                for id in &self.webhooks {
                    let message = DeliverWebhook {
                        organization,
                        webhook: *id,
                        message: "msg_1".to_owned(),
                        body: "{}".to_owned(),
                    };
                    let opened = keeper.deliver_webhook(message).await;
                    looked.push((id.to_string(), told(opened)));
                }
            }
            SealedTable::ApprovalRecords => {
                for id in &self.people {
                    let holder = PasskeyHolder {
                        organization,
                        user: *id,
                    };
                    let name = id.as_uuid().to_string();
                    looked.push((name, told(keeper.passkeys(holder).await)));
                }
            }
            SealedTable::Evidence => {
                for call in &self.calls {
                    let sent = keeper.write(call.clone()).await.map(drop);
                    let sent = sent.map_err(|failure| {
                        assert_eq!(failure.error.kind(), ErrorKind::ApprovalMissing);
                        format!("{:?}", failure.error)
                    });
                    looked.push((call.proposal.to_string(), sent));
                }
            }
        }
        looked
    }
}

fn told<T>(opened: Result<T, KeeperFailure>) -> Result<(), String> {
    opened.map(drop).map_err(|failure| noticed(&failure))
}

/// The words of an integrity error, which say nothing of what is sealed.
fn noticed(failure: &KeeperFailure) -> String {
    assert_eq!(failure.error.kind(), ErrorKind::Integrity);
    assert!(!format!("{:?}", failure.error).contains("a secret"));
    failure.error.message().to_owned()
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
        0 | 1 => {
            let other = &others[number(bench, others.len())];
            if other.id != row.id {
                return other.record.clone();
            }
            record.truncate(number(bench, record.len()));
        }
        2 => record.truncate(number(bench, record.len())),
        3 => record.push(0),
        _ => {
            let at = number(bench, record.len());
            record[at] ^= 1 << number(bench, 8);
        }
    }
    record
}

/// Tampers with everything, looks at everything with a keeper that remembers nothing, and puts everything back.
async fn of_ten_thousand_changes_none_succeeds_silently(postgres: bool) {
    let mut rows = Rows::fill(postgres).await;
    let organization = rows.bench.organization;
    let mut changes = 0;
    while changes < CHANGES {
        rows.renew().await;
        let mut undone = Vec::new();
        for table in SealedTable::ALL {
            let undo = rows.tamper(table).await;
            changes += undo.len();
            undone.push((table, undo));
        }
        let keeper = rows
            .bench
            .another_keeper_with(Otherwise {
                receivers: vec![rows.receiver.base.clone()],
                ..Otherwise::default()
            })
            .await;
        let writes = rows.bench.writes();
        for table in SealedTable::ALL {
            let looked = rows.look(keeper.as_ref(), table).await;
            assert_eq!(looked.len(), rows.ids(table).len());
            for (number, (id, outcome)) in looked.into_iter().enumerate() {
                let name = format!("{}/{id}", table.name());
                match outcome {
                    Ok(()) => assert_eq!(number, 0, "{name} was changed and used"),
                    Err(words) => {
                        assert_ne!(number, 0, "{name} was not changed: {words}");
                        assert!(words.contains(&name), "{name} is not in: {words}");
                    }
                }
            }
        }
        assert_eq!(rows.bench.writes(), writes + 1, "the one that is evident");
        keeper.shutdown().await;
        let store = rows.store();
        for (table, undo) in undone {
            let rows = store.resealing();
            rows.replace(organization, table, undo).await.unwrap();
        }
    }
    println!("{changes} changes, each noticed");
    // Put back, everything opens again: a change that was undone left nothing.
    rows.renew().await;
    let keeper = rows
        .bench
        .another_keeper_with(Otherwise {
            receivers: vec![rows.receiver.base.clone()],
            ..Otherwise::default()
        })
        .await;
    for table in SealedTable::ALL {
        for (id, outcome) in rows.look(keeper.as_ref(), table).await {
            assert_eq!(outcome, Ok(()), "{}/{id}", table.name());
        }
    }
    keeper.shutdown().await;
    if postgres {
        fleet::remove(&rows.bench.database).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_on_sqlite_are_noticed() {
    // proves V2, T7, V9
    of_ten_thousand_changes_none_succeeds_silently(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_on_postgresql_are_noticed() {
    // proves V2, T7, V9
    of_ten_thousand_changes_none_succeeds_silently(true).await;
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
    let name = format!("credentials/{}", bench.connection);
    assert!(noticed(&failure).contains(&name));
    assert_eq!(failure.attention, Some(AttentionReason::Integrity));
    assert!(bench.clock.now().timestamp() > 0);
}
