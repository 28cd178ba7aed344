//! OAuth apps, agents, connections and the attempts to make them.

use crate::bench::Bench;
use gatelodge_model::{
    Agent, AgentAccess, AgentId, Asks, AttentionReason, AuthorizationFlow, AuthorizationFlowId,
    Connection, ConnectionId, ConnectionStatus, Environment, ExternalAccount, ExtraScopes,
    FlowStatus, OAuthApp, OAuthAppId, OrganizationId, Serves, SessionId, UserId,
};
use gatelodge_store::StoreError;

pub(crate) fn connection(bench: &Bench, organization: OrganizationId, user: UserId) -> Connection {
    Connection {
        id: ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization,
        user,
        provider: "salesforce".to_owned(),
        oauth_app: OAuthAppId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        environment: Environment::Practice,
        status: ConnectionStatus::Pending,
        account: None,
        host: None,
        granted_scopes: Vec::new(),
        created_at: bench.now(),
        status_changed_at: bench.now(),
        version: 1,
    }
}

pub(crate) async fn connections_keep_their_identity(bench: &Bench) {
    // proves T1
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, stranger) = bench.organization().await;
    let fresh = connection(bench, here, user);
    let abandoned = connection(bench, here, user);
    let unit = store.begin(here).await.unwrap();
    unit.connections().insert(&fresh).await.unwrap();
    unit.connections().insert(&abandoned).await.unwrap();
    assert!(unit.connections().delete(abandoned.id).await.unwrap());
    unit.commit(vec![bench.event(here, "connection.created")])
        .await
        .unwrap();
    assert_eq!(
        store
            .connections()
            .find(here, fresh.id)
            .await
            .unwrap()
            .as_ref(),
        Some(&fresh)
    );
    assert_eq!(
        store.connections().find(there, fresh.id).await.unwrap(),
        None
    );

    let connected = Connection {
        status: ConnectionStatus::Attention(AttentionReason::GrantEnded),
        account: Some(ExternalAccount {
            organization_id: "00D000000000001EAA".to_owned(),
            organization_name: None,
            user_id: "005000000000001AAA".to_owned(),
            username: "a@example.com".to_owned(),
            display_name: Some("A".to_owned()),
        }),
        host: Some("example.my.salesforce.com".to_owned()),
        granted_scopes: vec!["api".to_owned(), "refresh_token".to_owned()],
        ..fresh.clone()
    };
    let unit = store.begin(here).await.unwrap();
    let stored = unit.connections().update(&connected).await.unwrap();
    let slower = unit.connections().update(&connected).await.unwrap_err();
    assert!(matches!(slower, StoreError::Conflict { .. }));
    let unknown = unit.connections().update(&abandoned).await.unwrap_err();
    assert_eq!(unknown, StoreError::NotFound { what: "connection" });
    unit.commit(vec![bench.event(here, "connection.changed")])
        .await
        .unwrap();
    assert_eq!(stored.version, 2);
    let listed = store.connections().list_for_user(here, user).await.unwrap();
    assert_eq!(listed, [stored]);
    assert_eq!(store.connections().list(here).await.unwrap(), listed);
    assert!(
        store
            .connections()
            .list_for_user(here, stranger)
            .await
            .unwrap()
            .is_empty()
    );

    // A row can only point to a person of its own organization, whatever the program says.
    let unit = store.begin(there).await.unwrap();
    let crossed = connection(bench, there, user);
    assert!(unit.connections().insert(&crossed).await.is_err());
}

pub(crate) async fn a_state_is_used_once(bench: &Bench) {
    // proves O1, SEC-4
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let flow = |minutes| AuthorizationFlow {
        id: AuthorizationFlowId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: here,
        user,
        session: SessionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        provider: "salesforce".to_owned(),
        oauth_app: OAuthAppId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        connection: ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        state_digest: bench.digest(),
        redirect_uri: "http://127.0.0.1/callback".to_owned(),
        login_host: Some("login.salesforce.com".to_owned()),
        status: FlowStatus::Pending,
        created_at: bench.now(),
        expires_at: bench.in_minutes(minutes),
    };
    let (first, late) = (flow(10), flow(-1));
    let unit = store.begin(here).await.unwrap();
    unit.flows().insert(&first).await.unwrap();
    unit.flows().insert(&late).await.unwrap();
    unit.commit(vec![bench.event(here, "flow.begun")])
        .await
        .unwrap();
    assert_eq!(
        store.flows().find(here, first.id).await.unwrap(),
        Some(first.clone())
    );
    assert_eq!(
        store.flows().list_expired(bench.now(), 10).await.unwrap(),
        std::slice::from_ref(&late)
    );

    let unit = store.begin(there).await.unwrap();
    assert_eq!(unit.flows().claim(&first.state_digest).await.unwrap(), None);
    drop(unit);
    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (store, digest) = (store.clone(), first.state_digest);
        let event = bench.event(here, "flow.claimed");
        claims.spawn(async move {
            let unit = store.begin(here).await.unwrap();
            let claimed = unit.flows().claim(&digest).await.unwrap();
            unit.commit(vec![event]).await.unwrap();
            claimed
        });
    }
    let claimed: Vec<_> = claims.join_all().await.into_iter().flatten().collect();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].status, FlowStatus::Claimed);

    let unit = store.begin(here).await.unwrap();
    let unclaimed = unit
        .flows()
        .finish(late.id, FlowStatus::Completed)
        .await
        .unwrap_err();
    assert!(matches!(unclaimed, StoreError::Conflict { .. }));
    unit.flows()
        .finish(late.id, FlowStatus::Failed)
        .await
        .unwrap();
    unit.flows()
        .finish(first.id, FlowStatus::Completed)
        .await
        .unwrap();
    assert!(
        unit.flows()
            .finish(first.id, FlowStatus::Failed)
            .await
            .is_err()
    );
    assert!(
        unit.flows()
            .finish(first.id, FlowStatus::Pending)
            .await
            .is_err()
    );
    unit.commit(vec![bench.event(here, "flow.ended")])
        .await
        .unwrap();
    let ended = store
        .flows()
        .find_by_state_digest(&first.state_digest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ended.status, FlowStatus::Completed);
}

pub(crate) async fn agents_and_oauth_apps(bench: &Bench) {
    let store = &bench.store;
    let (here, user) = bench.organization().await;
    let (there, _) = bench.organization().await;
    let agent = Agent {
        id: AgentId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: here,
        user,
        name: "helper".to_owned(),
        access: AgentAccess::ReadAndPropose,
        token_digest: bench.digest(),
        token_prefix: "glt_abcd".to_owned(),
        created_at: bench.now(),
        last_used_at: None,
        revoked_at: None,
    };
    let mut app = OAuthApp {
        id: OAuthAppId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: here,
        provider: "salesforce".to_owned(),
        name: "Gatelodge".to_owned(),
        client_id: "3MVG9".to_owned(),
        secret_fingerprint: None,
        auth_base_url: None,
        environment: None,
        serves: Serves::Organization,
        asks: Asks::default(),
        scopes: ExtraScopes::default(),
        enabled: true,
        created_at: bench.now(),
        updated_at: bench.now(),
    };
    let unit = store.begin(here).await.unwrap();
    unit.agents().insert(&agent).await.unwrap();
    unit.oauth_apps().insert(&app).await.unwrap();
    unit.commit(vec![bench.event(here, "agent.created")])
        .await
        .unwrap();
    let found = store
        .agents()
        .find_by_token_digest(&agent.token_digest)
        .await
        .unwrap();
    assert_eq!(found, Some(agent.clone()));
    assert_eq!(
        store
            .agents()
            .find_by_token_digest(&bench.digest())
            .await
            .unwrap(),
        None
    );
    assert_eq!(store.agents().find(there, agent.id).await.unwrap(), None);
    assert_eq!(store.oauth_apps().find(there, app.id).await.unwrap(), None);

    bench.clock.advance_millis(60_000);
    store
        .agents()
        .touch(here, agent.id, bench.now())
        .await
        .unwrap();
    app.environment = Some(Environment::Sandbox);
    app.secret_fingerprint = Some("ab12".to_owned());
    app.enabled = false;
    let renamed = Agent {
        name: "renamed".to_owned(),
        last_used_at: Some(bench.now()),
        ..agent.clone()
    };
    let unit = store.begin(here).await.unwrap();
    unit.agents().update(&renamed).await.unwrap();
    assert!(unit.agents().revoke(agent.id).await.unwrap());
    assert!(!unit.agents().revoke(agent.id).await.unwrap());
    unit.oauth_apps().update(&app).await.unwrap();
    unit.commit(vec![bench.event(here, "agent.revoked")])
        .await
        .unwrap();
    let revoked = store.agents().list_for_user(here, user).await.unwrap();
    assert_eq!(revoked[0].revoked_at, Some(bench.now()));
    assert_eq!(revoked[0].name, "renamed");
    assert_eq!(store.agents().list(here).await.unwrap(), revoked);
    assert_eq!(store.oauth_apps().list(here).await.unwrap(), [app.clone()]);
    let unit = store.begin(here).await.unwrap();
    assert!(unit.oauth_apps().delete(app.id).await.unwrap());
    let gone = unit.oauth_apps().update(&app).await.unwrap_err();
    assert_eq!(gone, StoreError::NotFound { what: "OAuth app" });
    unit.commit(vec![bench.event(here, "oauth_app.deleted")])
        .await
        .unwrap();
    assert_eq!(store.oauth_apps().find(here, app.id).await.unwrap(), None);
}
