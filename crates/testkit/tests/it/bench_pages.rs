//! How long administrators wait for their pages where 10,000 people have 20,000 connections: through the real door, on
//! both engines.
//!
//! Run by `cargo xtask bench pages`; it counts and asserts no time.

use std::sync::Arc;
use std::time::Instant;

use gatelodge_model::{
    Actor, AttentionReason, AuditOutcome, Clock, Connection, ConnectionId, ConnectionStatus,
    Environment, ExternalAccount, Face, Group, GroupId, NewAuditEvent, OrganizationId, RequestId,
    Role, User, UserId,
};
use gatelodge_server::ambient::SystemRandom;
use gatelodge_store::{DatabaseOptions, Store};
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::database::Engine;
use gatelodge_testkit::hub::{Person, TestHub, Who};

const PEOPLE: usize = 10_000;
const BATCH: usize = 500;
const ROUNDS: usize = 31;

const GIVEN: [&str; 10] = [
    "Ada", "Bela", "Chidi", "Dana", "Emre", "Farah", "Goran", "Hana", "Ines", "Jonas",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by cargo xtask bench pages"]
async fn bench_pages() {
    println!("| page | engine | time of a request, median (least–greatest) |\n|---|---|---|");
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hub = TestHub::builder().on(engine).start().await;
        let group = fill(&hub).await;
        let mut admin = hub.person(Who::Admin).await;
        let list = "/admin/connections";
        let next = next_page(&mut admin, list).await;
        let deep = format!(
            "{list}?after_name=Goran%20Person%2007000&after_user={}&after={}",
            UserId::generate(hub.clock.as_ref(), &SystemRandom),
            ConnectionId::generate(hub.clock.as_ref(), &SystemRandom)
        );
        for (what, path) in [
            ("connections, first page", list.to_owned()),
            ("connections, next page", next),
            ("connections, from the middle", deep),
            (
                "connections that need attention",
                format!("{list}?status=attention"),
            ),
            (
                "connections in sandboxes",
                format!("{list}?environment=sandbox"),
            ),
            (
                "connections of a group of 100",
                format!("{list}?group={group}"),
            ),
            (
                "connections of one person, by text",
                format!("{list}?text=person+09999"),
            ),
            (
                "rollout: coverage and who is missing",
                "/admin/rollout".to_owned(),
            ),
        ] {
            measure(&mut admin, &format!("{engine:?}"), what, &path).await;
        }
        hub.stop().await;
    }
}

async fn next_page(admin: &mut Person, list: &str) -> String {
    let page = unescape(&admin.get(list).await.expect(200).text);
    let start = page
        .find("/admin/connections?after_name")
        .expect("a next page");
    let rest = &page[start..];
    rest[..rest.find('"').expect("its end")].to_owned()
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures durations of the real clock, and tells them"
)]
async fn measure(admin: &mut Person, engine: &str, what: &str, path: &str) {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..=ROUNDS {
        let begun = Instant::now();
        admin.get(path).await.expect(200);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    // The first one warms up.
    times.remove(0);
    times.sort_by(f64::total_cmp);
    println!(
        "| {what} | {engine} | {:.1} ms ({:.1}–{:.1}) |",
        times[ROUNDS / 2],
        times[0],
        times[ROUNDS - 1]
    );
}

/// People with a production and a sandbox connection each; a group of a hundred of them.
async fn fill(hub: &TestHub) -> GroupId {
    let options = DatabaseOptions {
        urls: hub.config.database_urls(),
        max_connections: 2,
    };
    let clock: Arc<dyn Clock> = hub.clock.clone();
    let store = Store::connect(&options, clock, Arc::new(SystemRandom))
        .await
        .expect("the database");
    let organization = hub.app.organization;
    let group = Group {
        id: GroupId::generate(hub.clock.as_ref(), &SystemRandom),
        organization,
        name: "Hundred".to_owned(),
        position: 0,
        created_at: hub.clock.now(),
    };
    for batch in 0..PEOPLE / BATCH {
        let unit = store.begin(organization).await.expect("a unit");
        if batch == 0 {
            unit.groups().insert(&group).await.expect("a row");
        }
        for number in batch * BATCH..(batch + 1) * BATCH {
            let user = person(hub, organization, number);
            unit.users().insert(&user).await.expect("a row");
            for environment in [Environment::Production, Environment::Sandbox] {
                let row = connection(hub, &user, environment, number);
                unit.connections().insert(&row).await.expect("a row");
            }
            if number % 100 == 0 {
                let added = unit.groups().add_member(group.id, user.id).await;
                added.expect("a row");
            }
        }
        let made = NewAuditEvent {
            organization,
            actor: Actor::System,
            via: Face::Job,
            request: RequestId::generate(hub.clock.as_ref(), &SystemRandom),
            action: "user.added",
            target: "bench".to_owned(),
            outcome: AuditOutcome::Success,
            detail: serde_json::json!({}),
        };
        unit.commit(vec![made]).await.expect("a commit");
    }
    store.close().await;
    group.id
}

fn person(hub: &TestHub, organization: OrganizationId, number: usize) -> User {
    User {
        id: UserId::generate(hub.clock.as_ref(), &SystemRandom),
        organization,
        email: format!("person{number:05}@northwind.example"),
        name: format!("{} Person {number:05}", GIVEN[number % GIVEN.len()]),
        role: Role::Member,
        password_hash: None,
        created_at: hub.clock.now(),
        removed_at: None,
    }
}

fn connection(hub: &TestHub, user: &User, environment: Environment, number: usize) -> Connection {
    let status = match number % 40 {
        0 => ConnectionStatus::Attention(AttentionReason::GrantEnded),
        1 => ConnectionStatus::Disconnected,
        2 => ConnectionStatus::Limited,
        _ => ConnectionStatus::Active,
    };
    Connection {
        id: ConnectionId::generate(hub.clock.as_ref(), &SystemRandom),
        organization: user.organization,
        user: user.id,
        provider: "salesforce".to_owned(),
        oauth_app: hub.app.id,
        environment,
        status,
        account: Some(ExternalAccount {
            organization_id: "00D000000000001AAA".to_owned(),
            organization_name: Some("Northwind".to_owned()),
            user_id: format!("005{number:015}"),
            username: format!("person{number:05}@northwind.{}", environment.as_str()),
            display_name: Some(user.name.clone()),
        }),
        host: Some("northwind.my.salesforce.com".to_owned()),
        granted_scopes: vec!["api".to_owned(), "refresh_token".to_owned()],
        created_at: hub.clock.now(),
        status_changed_at: hub.clock.now(),
        version: 1,
    }
}
