//! Limits of providers to groups, and last uses of connections.

use crate::bench::Bench;
use gatelodge_model::{ConnectionId, Group, GroupId};

pub(crate) async fn limits_close_providers(bench: &Bench) {
    // proves ADM-28: who is in none of the groups is kept out, also when the only group is gone
    let store = &bench.store;
    let (here, inside) = bench.organization().await;
    let (there, stranger) = bench.organization().await;
    let outside = bench.user(here);
    let testers = Group {
        id: GroupId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: here,
        name: "Testers".to_owned(),
        position: 0,
        created_at: bench.now(),
    };
    let unit = store.begin(here).await.unwrap();
    unit.users().insert(&outside).await.unwrap();
    unit.groups().insert(&testers).await.unwrap();
    unit.groups().add_member(testers.id, inside).await.unwrap();
    unit.provider_limits()
        .set("small", &[testers.id])
        .await
        .unwrap();
    unit.commit(vec![bench.event(here, "provider.limited")])
        .await
        .unwrap();
    let closed = |organization, user| async move {
        store
            .provider_limits()
            .closed_to(organization, user)
            .await
            .unwrap()
    };
    assert!(closed(here, inside).await.is_empty());
    assert_eq!(closed(here, outside.id).await, ["small"]);
    assert!(closed(there, stranger).await.is_empty());

    let unit = store.begin(here).await.unwrap();
    unit.groups().delete(testers.id).await.unwrap();
    unit.commit(vec![bench.event(here, "group.deleted")])
        .await
        .unwrap();
    assert_eq!(closed(here, inside).await, ["small"]);

    let unit = store.begin(here).await.unwrap();
    unit.provider_limits().set("small", &[]).await.unwrap();
    unit.commit(vec![bench.event(here, "provider.limited")])
        .await
        .unwrap();
    assert!(closed(here, outside.id).await.is_empty());
}

pub(crate) async fn the_last_use_is_kept(bench: &Bench) {
    let uses = bench.store.connection_uses();
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let id = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let never = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
    for minutes in [1, 3] {
        let at = bench.in_minutes(minutes);
        uses.note(here, id, at).await.unwrap();
    }
    let found = uses.of(here, &[id, never]).await.unwrap();
    assert_eq!(found.len(), 1);
    let last = found.get(&id).unwrap().timestamp_millis();
    assert_eq!(last, bench.in_minutes(3).timestamp_millis());
    assert!(uses.of(there, &[id]).await.unwrap().is_empty());
}
