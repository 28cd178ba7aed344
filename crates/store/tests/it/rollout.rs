//! Limits of providers to groups, connections beside their people, coverage, and access by object.

use crate::bench::Bench;
use gatelodge_model::{
    Actor, AgentId, AttentionReason, AuditOutcome, Connection, ConnectionId, ConnectionStatus,
    Environment, ExternalAccount, Face, Group, GroupId, NewAuditEvent, NewNotice, NoticeKind,
    OAuthAppId, OrganizationId, Role, User,
};
use gatelodge_store::{AuditFilter, ConnectionFilter, Covered, PersonPlace, coverage::asking_path};
use serde_json::{Value, json};

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

fn connection(
    bench: &Bench,
    user: &User,
    environment: Environment,
    status: ConnectionStatus,
) -> Connection {
    Connection {
        id: ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: user.organization,
        user: user.id,
        provider: "small".to_owned(),
        oauth_app: OAuthAppId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        environment,
        status,
        account: Some(ExternalAccount {
            organization_id: "o".to_owned(),
            organization_name: None,
            user_id: "u".to_owned(),
            username: format!("{}@vendor.example", user.name.to_lowercase()),
            display_name: None,
        }),
        host: Some("vendor.example".to_owned()),
        granted_scopes: Vec::new(),
        created_at: bench.now(),
        status_changed_at: bench.now(),
        version: 1,
    }
}

/// Anna has both environments, Bert's needs attention, Cleo has none, Dora audits, Emil is gone.
async fn five(bench: &Bench, here: OrganizationId) -> Vec<User> {
    let unit = bench.store.begin(here).await.unwrap();
    let mut people = Vec::new();
    for name in ["Anna", "Bert", "Cleo", "Dora", "Emil"] {
        let mut user = bench.user(here);
        user.name = name.to_owned();
        match name {
            "Dora" => user.role = Role::Auditor,
            "Emil" => user.removed_at = Some(bench.now()),
            _ => {}
        }
        unit.users().insert(&user).await.unwrap();
        people.push(user);
    }
    let lost = ConnectionStatus::Attention(AttentionReason::GrantEnded);
    for row in [
        connection(
            bench,
            &people[0],
            Environment::Sandbox,
            ConnectionStatus::Limited,
        ),
        connection(bench, &people[1], Environment::Production, lost),
        connection(
            bench,
            &people[0],
            Environment::Production,
            ConnectionStatus::Active,
        ),
    ] {
        unit.connections().insert(&row).await.unwrap();
    }
    unit.commit(vec![bench.event(here, "connection.connected")])
        .await
        .unwrap();
    people
}

pub(crate) async fn connections_stand_beside_their_people(bench: &Bench) {
    // proves ACC-3, ADM-28: pages go on where the last one ended, filters hold, others' rows are nowhere
    let overview = &bench.store.overview();
    let (here, _) = bench.organization().await;
    let (there, _) = bench.organization().await;
    five(bench, here).await;
    let mut behind = None;
    let mut seen = Vec::new();
    loop {
        let page = overview
            .connections(here, &ConnectionFilter::default(), behind.as_ref(), 1)
            .await
            .unwrap();
        let Some(row) = page.first() else { break };
        seen.push(format!(
            "{} {}",
            row.person.name, row.connection.environment
        ));
        behind = Some(row.place());
    }
    seen[..2].sort();
    assert_eq!(seen, ["Anna production", "Anna sandbox", "Bert production"]);
    let filtered = |filter: ConnectionFilter| async move {
        let rows = overview.connections(here, &filter, None, 10).await.unwrap();
        rows.len()
    };
    let some = ConnectionFilter::default;
    let text = |text: &str| ConnectionFilter {
        text: Some(text.to_owned()),
        ..some()
    };
    assert_eq!(filtered(text("ANNA@vendor")).await, 2);
    assert_eq!(filtered(text("bert")).await, 1);
    assert_eq!(
        filtered(text("%")).await,
        0,
        "a wildcard is a plain character"
    );
    assert_eq!(filtered(text("username")).await, 0, "no name of a member");
    let attention = ConnectionFilter {
        status: Some("attention".to_owned()),
        environment: Some(Environment::Production),
        provider: Some("small".to_owned()),
        ..some()
    };
    assert_eq!(filtered(attention).await, 1);
    let foreign = overview.connections(there, &some(), None, 10).await;
    assert!(foreign.unwrap().is_empty());
}

pub(crate) async fn coverage_is_counted(bench: &Bench) {
    // proves ADM-28: who connects nothing or is gone is nobody's number
    let (here, _) = bench.organization().await;
    let people = five(bench, here).await;
    let group = Group {
        id: GroupId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: here,
        name: "Some".to_owned(),
        position: 0,
        created_at: bench.now(),
    };
    let notice = NewNotice {
        organization: here,
        user: people[0].id,
        kind: NoticeKind::ConnectAsked,
        key: "connect:small:today".to_owned(),
        title: "Connect".to_owned(),
        body: "Please.".to_owned(),
        path: asking_path("small"),
    };
    let unit = bench.store.begin(here).await.unwrap();
    unit.groups().insert(&group).await.unwrap();
    for person in &people[1..4] {
        unit.groups().add_member(group.id, person.id).await.unwrap();
    }
    let told = unit.notices().tell_people(&[notice], true).await.unwrap();
    assert_eq!(told, [people[0].id]);
    unit.commit(vec![bench.event(here, "group.created")])
        .await
        .unwrap();

    let coverage = bench.store.coverage();
    let counts = |people, connected, attention| Covered {
        people,
        connected,
        attention,
    };
    // The organization's first member is there as well.
    let total = coverage.total(here, "small", None).await.unwrap();
    assert_eq!(total, counts(4, 1, 1));
    let of_group = coverage.total(here, "small", Some(&[group.id])).await;
    assert_eq!(of_group.unwrap(), counts(2, 0, 1));
    let nobody = coverage.total(here, "small", Some(&[])).await.unwrap();
    assert_eq!(nobody, counts(0, 0, 0));
    let groups = coverage.by_group(here, "small").await.unwrap();
    assert_eq!(groups.get(&group.id), Some(&counts(2, 0, 1)));
    let environments = coverage.by_environment(here, "small").await.unwrap();
    assert_eq!(
        environments,
        [(Environment::Production, 1), (Environment::Sandbox, 1)]
    );
    let missing = coverage
        .missing(here, "small", Some(&[group.id]), None, 1)
        .await
        .unwrap();
    assert_eq!(missing[0].name, "Bert");
    let place = PersonPlace {
        name: missing[0].name.clone(),
        user: missing[0].id,
    };
    let rest = coverage
        .missing(here, "small", Some(&[group.id]), Some(&place), 9)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].name, "Cleo");
    let since = bench.in_minutes(-1);
    let asked = coverage.asked_since(here, "small", since).await.unwrap();
    assert_eq!((asked.asked, asked.connected), (1, 1));
    let last = coverage
        .last_asked(here, "small", &[people[0].id, people[1].id], since)
        .await
        .unwrap();
    assert_eq!(last.keys().collect::<Vec<_>>(), [&people[0].id]);
    let other = coverage.asked_since(here, "other", since).await.unwrap();
    assert_eq!(other.asked, 0);
}

pub(crate) async fn access_is_counted_by_object(bench: &Bench) {
    // proves OBS-3, OBS-2: filters by outcome, door, target and time; reads counted by object
    let (here, user) = bench.organization().await;
    let agent = AgentId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let read = |objects: Value| NewAuditEvent {
        actor: Actor::Agent {
            agent,
            on_behalf_of: user,
        },
        via: Face::Mcp,
        target: "small_query".to_owned(),
        detail: json!({ "objects": objects }),
        ..bench.event(here, "tool.called")
    };
    let refused = NewAuditEvent {
        outcome: AuditOutcome::Denied,
        ..read(json!([]))
    };
    let events = vec![
        read(json!(["Account"])),
        read(json!(["Account"])),
        read(json!(["Account", "Contact"])),
        refused,
    ];
    let unit = bench.store.begin(here).await.unwrap();
    unit.commit(events).await.unwrap();
    let audit = &bench.store.audit();
    let since = bench.in_minutes(-1);
    let reads = audit.object_reads(here, since, 10).await.unwrap();
    let counted: Vec<_> = reads
        .iter()
        .map(|group| (group.objects.join("+"), group.count, group.agent))
        .collect();
    assert_eq!(
        counted,
        [
            ("Account".to_owned(), 2, Some(agent)),
            ("Account+Contact".to_owned(), 1, Some(agent))
        ]
    );
    let later = bench.in_minutes(1);
    assert!(
        audit
            .object_reads(here, later, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let found =
        |filter: AuditFilter| async move { audit.list(here, &filter, 100).await.unwrap().len() };
    let all = AuditFilter::default;
    assert_eq!(
        found(AuditFilter {
            outcome: Some(AuditOutcome::Denied),
            ..all()
        })
        .await,
        1
    );
    assert_eq!(
        found(AuditFilter {
            via: Some(Face::Mcp),
            ..all()
        })
        .await,
        4
    );
    let target = Some("small_query".to_owned());
    assert_eq!(found(AuditFilter { target, ..all() }).await, 4);
    assert_eq!(
        found(AuditFilter {
            since: Some(later),
            ..all()
        })
        .await,
        0
    );
    assert_eq!(
        found(AuditFilter {
            until: Some(since),
            ..all()
        })
        .await,
        0
    );
    let verified = audit.verify(here).await.unwrap();
    assert_eq!(verified.first_fault, None);
}
