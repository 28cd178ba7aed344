//! Groups of people and their order.

use crate::bench::Bench;
use gatelodge_model::{Group, GroupId, OrganizationId};
use gatelodge_store::StoreError;

fn group(bench: &Bench, organization: OrganizationId, name: &str, position: u32) -> Group {
    Group {
        id: GroupId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization,
        name: name.to_owned(),
        position,
        created_at: bench.now(),
    }
}

pub(crate) async fn are_ordered_and_kept_apart(bench: &Bench) {
    // proves ADM-10a, ACC-2: the order of groups is explicit, and a person's groups come in it
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, stranger) = bench.organization().await;
    let last = group(bench, here, "Last", 2);
    let first = group(bench, here, "First", 0);
    let other = group(bench, here, "Other", 1);
    let unit = store.begin(here).await.unwrap();
    for group in [&last, &first, &other] {
        unit.groups().insert(group).await.unwrap();
    }
    for group in [&last, &first, &first] {
        unit.groups().add_member(group.id, user).await.unwrap();
    }
    unit.commit(vec![bench.event(here, "group.created")])
        .await
        .unwrap();

    let order = [first.clone(), other.clone(), last.clone()];
    assert_eq!(store.groups().list(here).await.unwrap(), order);
    let mine = store.groups().of_user(here, user).await.unwrap();
    assert_eq!(mine, [first.clone(), last.clone()]);
    assert!(store.groups().list(there).await.unwrap().is_empty());
    let foreign = store.groups().of_user(there, user).await.unwrap();
    assert!(foreign.is_empty());
    assert_eq!(store.groups().find(there, first.id).await.unwrap(), None);

    let unit = store.begin(here).await.unwrap();
    let twin = group(bench, here, "First", 3);
    let taken = unit.groups().insert(&twin).await.unwrap_err();
    assert!(matches!(taken, StoreError::Conflict { .. }), "{taken:?}");
    drop(unit);
    let unit = store.begin(here).await.unwrap();
    let foreign = unit.groups().add_member(first.id, stranger).await;
    assert!(foreign.is_err(), "a person of another organization");
    drop(unit);

    let unit = store.begin(here).await.unwrap();
    assert!(unit.groups().delete(first.id).await.unwrap());
    assert!(!unit.groups().delete(first.id).await.unwrap());
    assert!(unit.groups().remove_member(last.id, user).await.unwrap());
    unit.commit(vec![bench.event(here, "group.deleted")])
        .await
        .unwrap();
    let left = store.groups().memberships(here).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}
