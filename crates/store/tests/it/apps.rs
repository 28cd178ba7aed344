//! Whom OAuth apps are for, who is bound to them, and what is switched off.

use crate::{bench::Bench, connecting::connection};
use gatelodge_model::{
    Asks, AttentionReason, Connection, ConnectionStatus, ExtraScopes, GroupId, OAuthApp,
    OAuthAppId, OrganizationId, Serves, SwitchedOff,
};

fn app(bench: &Bench, organization: OrganizationId, serves: Serves) -> OAuthApp {
    OAuthApp {
        id: OAuthAppId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization,
        provider: "salesforce".to_owned(),
        name: serves.as_str().to_owned(),
        client_id: "3MVG9".to_owned(),
        secret_fingerprint: None,
        auth_base_url: None,
        environment: None,
        serves,
        asks: Asks {
            client_id: false,
            client_secret: true,
        },
        scopes: ExtraScopes {
            names: vec!["full".to_owned()],
            reason: Some("because it was asked for".to_owned()),
        },
        enabled: true,
        created_at: bench.now(),
        updated_at: bench.now(),
    }
}

pub(crate) async fn a_persons_own_app_is_nobody_elses(bench: &Bench) {
    // proves ADM-4, ADM-10, ADM-13, T1
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let group = GroupId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let mut shared = [Serves::Instance, Serves::Organization, Serves::Group(group)]
        .map(|serves| app(bench, here, serves));
    // ids of one moment have no order of their own
    shared.sort_by_key(|app| app.id.as_uuid());
    let fills = shared[1].id;
    let own = app(bench, here, Serves::Person { user, fills });
    let unit = store.begin(here).await.unwrap();
    for app in shared.iter().chain([&own]) {
        unit.oauth_apps().insert(app).await.unwrap();
    }
    unit.commit(vec![bench.event(here, "oauth_app.started")])
        .await
        .unwrap();
    assert_eq!(store.oauth_apps().list(here).await.unwrap(), shared);
    assert_eq!(
        store.oauth_apps().find(here, own.id).await.unwrap(),
        Some(own.clone())
    );
    assert_eq!(
        store.oauth_apps().filling(here, fills).await.unwrap(),
        [own.id]
    );
    assert!(store.oauth_apps().list(there).await.unwrap().is_empty());
    let foreign = store.oauth_apps().filling(there, fills).await.unwrap();
    assert!(foreign.is_empty());
}

pub(crate) async fn who_is_bound_is_counted_named_and_stopped(bench: &Bench) {
    // proves CON-30: the end of an app meets its usable connections, also of personal apps, and no others
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, stranger) = bench.organization().await;
    let ours = app(bench, here, Serves::Organization);
    let fills = ours.id;
    let own = app(bench, here, Serves::Person { user, fills });
    let made = |organization, user, app: OAuthAppId, status| Connection {
        oauth_app: app,
        status,
        ..connection(bench, organization, user)
    };
    let ended = ConnectionStatus::Attention(AttentionReason::GrantEnded);
    let mut bound = [
        made(here, user, ours.id, ConnectionStatus::Active),
        made(here, user, ours.id, ConnectionStatus::Limited),
        made(here, user, own.id, ConnectionStatus::Active),
    ];
    // ids of one moment have no order of their own
    bound.sort_by_key(|one| one.id.as_uuid());
    let others = [
        made(here, user, ours.id, ended),
        made(here, user, ours.id, ConnectionStatus::Disconnected),
        connection(bench, here, user),
    ];
    let unit = store.begin(here).await.unwrap();
    unit.oauth_apps().insert(&ours).await.unwrap();
    unit.oauth_apps().insert(&own).await.unwrap();
    for connection in bound.iter().chain(&others) {
        unit.connections().insert(connection).await.unwrap();
    }
    unit.commit(vec![bench.event(here, "connection.created")])
        .await
        .unwrap();
    let foreign = made(there, stranger, ours.id, ConnectionStatus::Active);
    let unit = store.begin(there).await.unwrap();
    unit.connections().insert(&foreign).await.unwrap();
    unit.commit(vec![bench.event(there, "connection.created")])
        .await
        .unwrap();

    let connections = store.connections();
    assert_eq!(connections.count_bound(here, ours.id).await.unwrap(), 3);
    assert_eq!(connections.count_bound(here, own.id).await.unwrap(), 1);
    let first = connections.first_bound(here, ours.id, 2).await.unwrap();
    assert_eq!(first, bound[..2]);

    bench.clock.advance_millis(60_000);
    let unit = store.begin(here).await.unwrap();
    let stopped = unit
        .connections()
        .stop_bound(ours.id, AttentionReason::AppDeleted, bench.now())
        .await
        .unwrap();
    assert_eq!(stopped, 3);
    unit.commit(vec![bench.event(here, "oauth_app.deleted")])
        .await
        .unwrap();
    for before in &bound {
        let now = connections.find(here, before.id).await.unwrap().unwrap();
        let expected = Connection {
            status: ConnectionStatus::Attention(AttentionReason::AppDeleted),
            status_changed_at: bench.now(),
            version: 2,
            ..before.clone()
        };
        assert_eq!(now, expected);
    }
    for before in &others {
        let now = connections.find(here, before.id).await.unwrap();
        assert_eq!(now.as_ref(), Some(before));
    }
    let now = connections.find(there, foreign.id).await.unwrap();
    assert_eq!(now, Some(foreign));
    assert_eq!(connections.count_bound(here, ours.id).await.unwrap(), 0);
}

pub(crate) async fn switches_are_kept(bench: &Bench) {
    // proves ADM-3
    let store = &bench.store;
    let (here, _) = bench.organization().await;
    let mut organization = store.organizations().find(here).await.unwrap().unwrap();
    assert_eq!(organization.off, SwitchedOff::default());
    organization.off.providers.insert("salesforce".to_owned());
    organization.off.integrations = true;
    let unit = store.begin(here).await.unwrap();
    unit.organizations().update(&organization).await.unwrap();
    unit.commit(vec![bench.event(here, "provider.switched")])
        .await
        .unwrap();
    let found = store.organizations().find(here).await.unwrap();
    assert_eq!(found, Some(organization));
}
