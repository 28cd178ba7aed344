//! What the keeper keeps, and the fence around a refresh.

use crate::bench::Bench;
use gatelodge_model::{
    AuthorizationFlowId, ConnectionId, OAuthAppId, RequestId, SealedId, id::new_uuid,
};
use gatelodge_store::{
    StoreError,
    keeper::{
        DataKeyPurpose, DataKeyRow, FlowSecret, KeeperStore, OAuthAppSecret, ProviderCall,
        SealedRecord,
    },
};
use tokio::task::JoinSet;

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
pub(crate) async fn one_refresh_at_a_time(bench: &Bench) {
    // proves CRED-4: of many keepers one refreshes, and only the holder of the fence commits
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let keeper = KeeperStore::new(bench.store.clone());
    let credentials = keeper.credentials();
    let connection = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
    credentials
        .insert_or_replace(here, connection, 1, vec![1], "k1")
        .await
        .unwrap();
    let twice = credentials
        .insert_or_replace(here, connection, 1, vec![9], "k1")
        .await
        .unwrap_err();
    assert!(matches!(twice, StoreError::Conflict { .. }));
    let skipped = credentials
        .insert_or_replace(here, connection, 3, vec![9], "k1")
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
                .take_refresh_intent(here, connection, 1, owner, lease_until)
                .await;
            taken.unwrap().map(|intent| (owner, intent))
        });
    }
    let taken: Vec<_> = keepers.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken.len(), 1);
    let (owner, first) = taken[0];
    let open = second_host.credentials().list_open_intents().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].intent.unwrap().owner, owner);
    assert_eq!(open[0].record, [1]);

    // The lease runs out; another keeper takes over, and the first one's answer comes too late.
    bench.clock.advance_millis(61_000);
    let other = new_uuid(bench.clock.as_ref(), bench.random.as_ref());
    let second = credentials
        .take_refresh_intent(here, connection, 1, other, bench.in_minutes(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(second.fence, first.fence + 1);
    assert!(
        !credentials
            .commit_refreshed(here, connection, first, vec![66], "k1")
            .await
            .unwrap()
    );
    assert!(
        !credentials
            .release_intent(here, connection, first)
            .await
            .unwrap()
    );
    assert!(
        credentials
            .commit_refreshed(here, connection, second, vec![2], "k1")
            .await
            .unwrap()
    );
    assert!(
        !credentials
            .commit_refreshed(here, connection, second, vec![66], "k1")
            .await
            .unwrap()
    );
    let stored = credentials.load(here, connection).await.unwrap().unwrap();
    assert_eq!(
        (stored.generation, stored.record, stored.intent),
        (2, vec![2], None)
    );
    let outdated = credentials
        .take_refresh_intent(here, connection, 1, other, bench.in_minutes(1))
        .await
        .unwrap();
    assert_eq!(outdated, None);

    // A lone keeper ends the leases that it finds when it starts; who held one comes too late.
    assert_eq!(credentials.end_leases().await.unwrap(), 0);
    let lost = credentials
        .take_refresh_intent(here, connection, 2, owner, bench.in_minutes(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(credentials.end_leases().await.unwrap(), 1);
    assert_eq!(credentials.list_open_intents().await.unwrap().len(), 1);
    let taken = credentials
        .take_refresh_intent(here, connection, 2, other, bench.in_minutes(1))
        .await
        .unwrap()
        .unwrap();
    assert!(
        !credentials
            .commit_refreshed(here, connection, lost, vec![66], "k1")
            .await
            .unwrap()
    );
    assert!(
        credentials
            .commit_refreshed(here, connection, taken, vec![3], "k1")
            .await
            .unwrap()
    );
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
        credentials.take_refresh_intent(here, connection, generation, owner, lease_until)
    };
    credentials
        .insert_or_replace(here, connection, 1, vec![1], "k1")
        .await
        .unwrap();
    let old = take(1).await.unwrap().unwrap();
    credentials
        .insert_or_replace(here, connection, 2, vec![2], "k2")
        .await
        .unwrap();
    assert!(
        !credentials
            .commit_refreshed(here, connection, old, vec![66], "k1")
            .await
            .unwrap()
    );

    let new = take(2).await.unwrap().unwrap();
    assert!(new.fence > old.fence);
    assert!(
        credentials
            .release_intent(here, connection, new)
            .await
            .unwrap()
    );
    assert!(credentials.list_open_intents().await.unwrap().is_empty());
    let stored = credentials.load(here, connection).await.unwrap().unwrap();
    assert_eq!(
        (stored.generation, stored.record, stored.key_id.as_str()),
        (2, vec![2], "k2")
    );
    assert!(!credentials.delete(there, connection).await.unwrap());
    assert!(credentials.delete(here, connection).await.unwrap());
    assert!(!credentials.delete(here, connection).await.unwrap());
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
    assert_eq!(keeper.sealed_records().purge(bench.now()).await.unwrap(), 0);
    assert_eq!(
        keeper
            .sealed_records()
            .purge(bench.in_minutes(5))
            .await
            .unwrap(),
        1
    );
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
