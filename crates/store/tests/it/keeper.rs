//! What the keeper keeps, and the fence around a refresh.

use crate::bench::Bench;
use gatelodge_model::{
    AttentionReason, AuthorizationFlowId, ConnectionEvent, ConnectionEventDetail,
    ConnectionEventKind, ConnectionId, OAuthAppId, RequestId, SealedId, WebhookId, id::new_uuid,
};
use gatelodge_store::{
    Passing, StoreError,
    keeper::{
        DataKeyPurpose, DataKeyRow, FlowSecret, KeeperStore, NewRecord, OAuthAppSecret,
        ProviderCall, SealedRecord, WebhookSecret,
    },
};
use tokio::task::JoinSet;

pub(crate) async fn one_refresh_at_a_time(bench: &Bench) {
    // proves CRED-4: of many keepers one refreshes, and only the holder of the fence commits
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let credentials = keeper.credentials();
    let connection = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
    credentials
        .insert_or_replace(here, connection, 1, bench.record(1, "k1"))
        .await
        .unwrap();
    let twice = credentials
        .insert_or_replace(here, connection, 1, bench.record(9, "k1"))
        .await
        .unwrap_err();
    assert!(matches!(twice, StoreError::Conflict { .. }));
    let skipped = credentials
        .insert_or_replace(here, connection, 3, bench.record(9, "k1"))
        .await
        .unwrap_err();
    assert!(matches!(skipped, StoreError::Conflict { .. }));
    assert_eq!(credentials.load(there, connection).await.unwrap(), None);

    let second_host = KeeperStore::new(bench.another_store().await);
    let lease_until = bench.in_minutes(1);
    let mut keepers = JoinSet::new();
    for number in 0..8 {
        let keeper = if number % 2 == 0 {
            keeper.clone()
        } else {
            second_host.clone()
        };
        let owner = new_uuid(bench.clock.as_ref(), bench.random.as_ref());
        keepers.spawn(async move {
            let credentials = keeper.credentials();
            let taken = credentials
                .take_refresh_intent(here, connection, 1, owner, lease_until, None)
                .await;
            taken.unwrap().map(|intent| (owner, intent))
        });
    }
    let taken: Vec<_> = keepers.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken.len(), 1);
    let (owner, first) = taken[0];
    let open = second_host
        .credentials()
        .list_open_intents(10)
        .await
        .unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].intent.unwrap().owner, owner);
    assert_eq!(open[0].record, [1]);

    // Its holder is gone, says somebody who watched it long enough; no clock decides it, whatever it shows.
    bench.clock.advance_millis(7_200_000);
    let other = new_uuid(bench.clock.as_ref(), bench.random.as_ref());
    let take = |over| {
        credentials.take_refresh_intent(here, connection, 1, other, bench.in_minutes(1), over)
    };
    assert_eq!(take(None).await.unwrap(), None);
    assert_eq!(take(Some(first.fence - 1)).await.unwrap(), None);
    let second = take(Some(first.fence)).await.unwrap().unwrap();
    assert_eq!(second.fence, first.fence + 1);
    assert!(
        !credentials
            .commit_refreshed(here, connection, first, bench.record(66, "k1"))
            .await
            .unwrap()
    );
    assert!(
        !credentials
            .release_intent(here, connection, first, None, None)
            .await
            .unwrap()
    );
    assert!(
        credentials
            .commit_refreshed(here, connection, second, bench.record(2, "k1"))
            .await
            .unwrap()
    );
    assert!(
        !credentials
            .commit_refreshed(here, connection, second, bench.record(66, "k1"))
            .await
            .unwrap()
    );
    let stored = credentials.load(here, connection).await.unwrap().unwrap();
    assert_eq!(
        (stored.generation, stored.record, stored.intent),
        (2, vec![2], None)
    );
    let outdated = take(None).await.unwrap();
    assert_eq!(outdated, None);
}

pub(crate) async fn an_answer_that_waited_is_stored_late(bench: &Bench) {
    // proves R4: what a keeper could not store in time is stored while nothing newer is there, and only then
    let (here, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let credentials = keeper.credentials();
    let connection = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let owner = new_uuid(bench.clock.as_ref(), bench.random.as_ref());
    credentials
        .insert_or_replace(here, connection, 1, bench.record(1, "k1"))
        .await
        .unwrap();
    let take = |generation, over| {
        credentials.take_refresh_intent(
            here,
            connection,
            generation,
            owner,
            bench.in_minutes(1),
            over,
        )
    };
    let paused = take(1, None).await.unwrap().unwrap();
    let second = take(1, Some(paused.fence)).await.unwrap().unwrap();
    let late = || credentials.commit_late(here, connection, paused, bench.record(2, "k1"));
    assert!(!late().await.unwrap(), "somebody else is refreshing");
    let reason = Some(AttentionReason::LostRotation);
    assert!(
        credentials
            .release_intent(here, connection, second, reason, None)
            .await
            .unwrap()
    );
    let stored = credentials.load(here, connection).await.unwrap().unwrap();
    assert_eq!((stored.ended, stored.intent), (reason, None));
    assert!(late().await.unwrap(), "nothing newer is there");
    let stored = credentials.load(here, connection).await.unwrap().unwrap();
    assert_eq!(
        (stored.generation, stored.record, stored.ended),
        (2, vec![2], None)
    );
    assert!(!late().await.unwrap(), "it is stored once");
}

pub(crate) async fn what_is_due_is_given_to_one_keeper(bench: &Bench) {
    // proves R1, R6: keepers that see the same credentials due share them
    let (here, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let second_host = KeeperStore::new(bench.another_store().await);
    let due = Some(bench.now());
    for (number, (provider, next_refresh_at)) in [
        ("small", due),
        ("small", due),
        ("small", due),
        ("other", due),
        ("small", None),
        ("small", Some(bench.in_minutes(1))),
    ]
    .into_iter()
    .enumerate()
    {
        let new = NewRecord {
            provider: provider.to_owned(),
            next_refresh_at,
            ..bench.record(u8::try_from(number).unwrap(), "k1")
        };
        let connection = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
        keeper
            .credentials()
            .insert_or_replace(here, connection, 1, new)
            .await
            .unwrap();
    }
    let until = bench.in_minutes(2);
    let (here_first, there_first) = (keeper.credentials(), second_host.credentials());
    let (one, two) = tokio::join!(
        here_first.claim_due("small", until, 2),
        there_first.claim_due("small", until, 2)
    );
    let mut given: Vec<_> = one.unwrap().into_iter().chain(two.unwrap()).collect();
    given.extend(here_first.claim_due("small", until, 9).await.unwrap());
    let mut records: Vec<_> = given.iter().map(|row| row.record[0]).collect();
    records.sort_unstable();
    assert_eq!(records, [0, 1, 2]);
    let first = &given[0];
    keeper
        .credentials()
        .set_due(first.organization, first.connection, 1, due)
        .await
        .unwrap();
    assert_eq!(
        here_first.claim_due("small", until, 9).await.unwrap().len(),
        1
    );
}

pub(crate) async fn a_timeline_is_counted_and_settled(bench: &Bench) {
    // proves CON-13, R3
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let connection = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let event = |kind, bucket: &str, attention| ConnectionEvent {
        organization: here,
        connection,
        kind,
        bucket: bucket.to_owned(),
        first_at: bench.now(),
        last_at: bench.now(),
        count: 2,
        detail: ConnectionEventDetail::default(),
        attention,
    };
    let lost = Some(AttentionReason::LostRotation);
    keeper
        .timelines()
        .add(&[
            event(ConnectionEventKind::Refreshed, "2026-11-01", None),
            event(ConnectionEventKind::Lost, "1", lost),
        ])
        .await
        .unwrap();
    bench.clock.advance_millis(1_000);
    let again = event(ConnectionEventKind::Refreshed, "2026-11-01", None);
    keeper.timelines().add(&[again]).await.unwrap();

    let events = bench.store.connection_events();
    assert!(events.list(there, connection, 9).await.unwrap().is_empty());
    let listed = events.list(here, connection, 9).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!((listed[0].count, listed[1].count), (4, 2));
    assert!(listed[0].first_at < listed[0].last_at);
    let waiting = events.list_waiting(9).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].attention, lost);
    let later = bench.in_minutes(1);
    let purge = || bench.store.purge(Passing::ConnectionEvents, later);
    assert_eq!(purge().await.unwrap()[&Some(here)], 1);
    events.settle(&waiting[0]).await.unwrap();
    assert!(events.list_waiting(9).await.unwrap().is_empty());
    assert_eq!(purge().await.unwrap()[&Some(here)], 1);
}

pub(crate) async fn a_new_grant_ends_a_refresh(bench: &Bench) {
    // proves CRED-4, CRED-5
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let credentials = keeper.credentials();
    let connection = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let owner = new_uuid(bench.clock.as_ref(), bench.random.as_ref());
    let lease_until = bench.in_minutes(1);
    let take = |generation| {
        credentials.take_refresh_intent(here, connection, generation, owner, lease_until, None)
    };
    credentials
        .insert_or_replace(here, connection, 1, bench.record(1, "k1"))
        .await
        .unwrap();
    let old = take(1).await.unwrap().unwrap();
    credentials
        .insert_or_replace(here, connection, 2, bench.record(2, "k2"))
        .await
        .unwrap();
    assert!(
        !credentials
            .commit_refreshed(here, connection, old, bench.record(66, "k1"))
            .await
            .unwrap()
    );

    let new = take(2).await.unwrap().unwrap();
    assert!(new.fence > old.fence);
    assert!(
        credentials
            .release_intent(here, connection, new, None, None)
            .await
            .unwrap()
    );
    assert!(credentials.list_open_intents(10).await.unwrap().is_empty());
    let stored = credentials.load(here, connection).await.unwrap().unwrap();
    assert_eq!(
        (stored.generation, stored.record, stored.key_id.as_str()),
        (2, vec![2], "k2")
    );
    assert!(!credentials.delete(there, connection).await.unwrap());
    assert!(credentials.delete(here, connection).await.unwrap());
    assert!(!credentials.delete(here, connection).await.unwrap());
}

pub(crate) async fn webhooks_only_go_forward(bench: &Bench) {
    // proves S9, T1
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let webhooks = keeper.webhooks();
    let id = WebhookId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let secret = |generation, bytes: &[u8]| WebhookSecret {
        generation,
        record: bytes.to_vec(),
    };
    assert_eq!(webhooks.load(here, id).await.unwrap(), None);
    webhooks.save(here, id, secret(1, b"one")).await.unwrap();
    webhooks.save(here, id, secret(2, b"two")).await.unwrap();
    for late in [secret(1, b"again"), secret(2, b"again"), secret(4, b"far")] {
        let refused = webhooks.save(here, id, late).await.unwrap_err();
        assert!(matches!(refused, StoreError::Conflict { .. }), "{refused}");
    }
    let stored = webhooks.load(here, id).await.unwrap();
    assert_eq!(stored, Some(secret(2, b"two")));
    assert_eq!(webhooks.load(there, id).await.unwrap(), None);
    assert!(!webhooks.delete(there, id).await.unwrap());
    assert!(webhooks.delete(here, id).await.unwrap());
    assert!(!webhooks.delete(here, id).await.unwrap());
    assert_eq!(webhooks.load(here, id).await.unwrap(), None);
}

pub(crate) async fn what_is_sealed_is_kept(bench: &Bench) {
    let (here, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());

    let record = SealedRecord {
        id: SealedId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: here,
        kind: "proposal".to_owned(),
        user,
        agent: None,
        record: vec![0, 255, 7],
        created_at: bench.now(),
        purge_after: Some(bench.in_minutes(5)),
    };
    keeper
        .sealed_records()
        .insert(record.clone())
        .await
        .unwrap();
    assert_eq!(
        keeper
            .sealed_records()
            .load(there, record.id)
            .await
            .unwrap(),
        None
    );
    let loaded = keeper.sealed_records().load(here, record.id).await.unwrap();
    assert_eq!(loaded, Some(record.clone()));
    let purge = |before| {
        let records = keeper.sealed_records();
        async move { records.purge_before(before, 9).await.unwrap() }
    };
    assert_eq!(purge(bench.now()).await, []);
    assert_eq!(purge(bench.in_minutes(5)).await, [here]);
    assert_eq!(
        keeper.sealed_records().load(here, record.id).await.unwrap(),
        None
    );

    let app = OAuthAppId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let secret = |generation| OAuthAppSecret {
        generation,
        record: vec![u8::try_from(generation).unwrap()],
    };
    let apps = keeper.oauth_app_secrets();
    apps.save(here, app, secret(1)).await.unwrap();
    apps.save(here, app, secret(2)).await.unwrap();
    for wrong in [1, 2, 4] {
        let refused = apps.save(here, app, secret(wrong)).await.unwrap_err();
        assert!(matches!(refused, StoreError::Conflict { .. }));
    }
    assert_eq!(apps.load(here, app).await.unwrap(), Some(secret(2)));
    assert_eq!(apps.load(there, app).await.unwrap(), None);
    assert!(apps.delete(here, app).await.unwrap());

    let flow = AuthorizationFlowId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let verifier = FlowSecret {
        record: vec![5],
        expires_at: bench.in_minutes(10),
    };
    let flows = keeper.flow_secrets();
    flows.insert(here, flow, verifier.clone()).await.unwrap();
    assert_eq!(flows.take(there, flow).await.unwrap(), None);
    assert_eq!(
        flows.take(here, flow).await.unwrap(),
        Some(verifier.clone())
    );
    assert_eq!(flows.take(here, flow).await.unwrap(), None);
    flows.insert(here, flow, verifier).await.unwrap();
    assert_eq!(flows.purge_expired(bench.in_minutes(10)).await.unwrap(), 1);
}

pub(crate) async fn data_keys_and_calls(bench: &Bench) {
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let key = |epoch, byte| DataKeyRow {
        organization: here,
        purpose: DataKeyPurpose::Credentials,
        epoch,
        kek_id: "kek-1".to_owned(),
        wrapped: vec![byte],
        key_id: None,
        active_from: None,
        created_at: bench.now(),
    };
    let keys = keeper.data_keys();
    assert_eq!(keys.insert_or_get(key(1, 1)).await.unwrap(), key(1, 1));
    assert_eq!(keys.insert_or_get(key(1, 9)).await.unwrap(), key(1, 1));
    keys.insert_or_get(key(2, 2)).await.unwrap();
    let listed = keys.list(here, DataKeyPurpose::Credentials).await.unwrap();
    assert_eq!(listed, [key(2, 2), key(1, 1)]);
    assert!(
        keys.list(here, DataKeyPurpose::CustomerData)
            .await
            .unwrap()
            .is_empty()
    );
    let rewrapped = DataKeyRow {
        kek_id: "kek-2".to_owned(),
        wrapped: vec![8],
        ..key(1, 1)
    };
    assert!(keys.rewrap(&rewrapped, "kek-1").await.unwrap());
    assert!(!keys.rewrap(&rewrapped, "kek-1").await.unwrap());

    let connection = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let call = |path: &str| ProviderCall {
        id: new_uuid(bench.clock.as_ref(), bench.random.as_ref()),
        organization: here,
        connection,
        request: RequestId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        at: bench.now(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        status: 200,
        bytes: 512,
        duration_us: 1500,
        provider_request_id: None,
    };
    let calls: Vec<_> = (0..1100)
        .map(|_| call("/services/data?q=SELECT+Secret"))
        .collect();
    keeper.provider_calls().append(&calls).await.unwrap();
    let listed = keeper
        .provider_calls()
        .list(here, connection, 2000)
        .await
        .unwrap();
    assert_eq!(listed.len(), 1100);
    assert!(listed.iter().all(|call| call.path == "/services/data"));
    assert!(
        keeper
            .provider_calls()
            .list(there, connection, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
