//! Every route of every face, for every kind of caller, with own, foreign and unknown ids. The walk is generated from
//! the tables that the routers are built from, so a new route is in it at once.

pub(crate) mod audited;
pub(crate) mod examples;

use gatelodge_model::AgentAccess;
use gatelodge_testkit::browser::{self, Reply};
use gatelodge_testkit::hub::{Agent, Person, TestHub, Who};
use gatelodge_web::{RouteEntry, Who as Admitted};
use serde_json::json;

use examples::{Furnished, Owner, furnished, nothing_like, without_request};

/// Pages that answer otherwise than with 200 to whom they admit, and why.
const OTHERWISE: &[(&str, u16)] = &[
    // nothing was begun
    ("/connections/go", 400),
];

pub(crate) async fn call(person: &mut Person, route: &RouteEntry, path: &str) -> Reply {
    if route.method == "GET" {
        person.get(path).await
    } else {
        person
            .post(path, &[("digest", &"0".repeat(64)), ("nonce", "x")])
            .await
    }
}

fn to_sign_in(reply: &Reply) -> bool {
    reply
        .location()
        .is_some_and(|place| place.path() == "/sign-in")
}

fn is_success(reply: &Reply) -> bool {
    reply.status.is_success() || (reply.status.is_redirection() && !to_sign_in(reply))
}

/// Whether the person may reach what the example of a path names.
fn reaches(who: Who, owner: Owner) -> bool {
    match owner {
        Owner::Member => who == Who::Member,
        Owner::Organization => who != Who::Stranger,
        Owner::Agent | Owner::Nobody => false,
    }
}

// proves ACC-3, T1, T8: a page answers those whom its table names, and what is foreign looks like what never was
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_reach_their_own_and_nothing_else() {
    let furnished = furnished().await;
    for who in Who::PEOPLE {
        let mut person = furnished.hub.person(who).await;
        for route in gatelodge_web::routes() {
            if matches!(route.who, Admitted::Public | Admitted::Callback) {
                continue;
            }
            walk(&furnished, who, &mut person, &route).await;
        }
    }
    unharmed(&furnished).await;
    let Furnished { hub, .. } = furnished;
    hub.stop().await;
}

async fn walk(furnished: &Furnished, who: Who, person: &mut Person, route: &RouteEntry) {
    let about = |path: &str| format!("{who:?} {} {path}", route.method);
    let example = furnished.example(route.path);
    let path = furnished.filled(route.path);
    if !route.who.admits(who.role()) {
        let refused = call(person, route, &path).await;
        assert_eq!(refused.status.as_u16(), 403, "{}", about(&path));
        return;
    }
    if let Some((_, owner)) = example
        && !reaches(who, owner)
    {
        if owner == Owner::Nobody {
            let reply = call(person, route, &path).await;
            let status = reply.status.as_u16();
            assert!(status < 500, "{}: {status}", about(&path));
            return;
        }
        let foreign = call(person, route, &path).await;
        let unknown = call(person, route, &nothing_like(&path)).await;
        assert!(
            !is_success(&foreign),
            "{}: {}",
            about(&path),
            foreign.status
        );
        assert_eq!(foreign.status, unknown.status, "{}", about(&path));
        assert_eq!(
            without_request(&foreign),
            without_request(&unknown),
            "{}",
            about(&path)
        );
        return;
    }
    // What changes something is done in `audited`.
    if route.method == "GET" {
        let expected = OTHERWISE
            .iter()
            .find(|(known, _)| *known == route.path)
            .map_or(200, |(_, status)| *status);
        let reply = person.get(&path).await;
        assert_eq!(
            reply.status.as_u16(),
            expected,
            "{}: {}",
            about(&path),
            reply.text
        );
    }
}

/// Nothing of the member's was changed by others.
async fn unharmed(furnished: &Furnished) {
    let proposal = furnished.agent.proposal(&furnished.proposal).await;
    assert_eq!(proposal["status"], "pending");
    let list = furnished.agent.get("/api/v1/connections").await.expect(200);
    assert_eq!(list.json()["connections"][0]["status"], "active");
    let mut member = furnished.member.clone();
    let settings = member.get("/settings").await.expect(200);
    assert!(settings.text.contains(&furnished.session));
}

// proves ACC-3, M1: agents with and without the right to propose, of this organization and of another, and people
// whose cookie opens no door of agents
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_reach_their_own_and_nothing_else() {
    let mut furnished = furnished().await;
    let hub = &furnished.hub;
    let reader = hub
        .agent_of(&mut furnished.member, AgentAccess::ReadOnly)
        .await;
    let mut stranger = hub.person(Who::Stranger).await;
    let foreign = hub
        .agent_of(&mut stranger, AgentAccess::ReadAndPropose)
        .await;
    let mut second = hub.person(Who::SecondMember).await;
    let colleague = hub.agent_of(&mut second, AgentAccess::ReadAndPropose).await;
    let own = furnished.agent.clone();
    for route in gatelodge_api::routes() {
        let (path, owner) = furnished
            .example(route.path)
            .unwrap_or_else(|| (route.path.to_owned(), Owner::Nobody));
        let cookie = with_cookie(&mut furnished.member, route.method, &path).await;
        let bare = bare(&furnished.hub, route.method, &path).await;
        if route.who == gatelodge_api::Who::Public {
            assert_eq!(bare.status.as_u16(), 200, "{path}");
            continue;
        }
        assert_eq!(bare.status.as_u16(), 401, "{path}");
        assert_eq!(cookie.status.as_u16(), 401, "{path} with a cookie");
        let mine: &[&Agent] = match owner {
            Owner::Agent => &[&own],
            _ => &[&own, &reader],
        };
        for agent in mine {
            let reply = send(agent, route.method, &path).await;
            let found = reply.status.as_u16();
            // An id of nobody may be unknown; everything else is theirs.
            let fine = found == 200 || (owner == Owner::Nobody && found == 404);
            assert!(fine, "{} {path}: {found} {}", route.method, reply.text);
        }
        if owner == Owner::Nobody {
            continue;
        }
        let others: &[&Agent] = match owner {
            Owner::Agent => &[&foreign, &colleague, &reader],
            _ => &[&foreign, &colleague],
        };
        for agent in others {
            let theirs = send(agent, route.method, &path).await.expect(404);
            let unknown = send(agent, route.method, &nothing_like(&path)).await;
            assert_eq!(theirs.status, unknown.status, "{path}");
            assert_eq!(without_request(&theirs), without_request(&unknown));
        }
    }
    for agent in [&foreign, &colleague] {
        let list = agent.get("/api/v1/connections").await.expect(200).json();
        assert_eq!(list["connections"], json!([]));
    }
    let write = json!({ "object": "Account", "fields": { "Name": "x" } });
    reader
        .rest("salesforce_create_record", &write)
        .await
        .expect(403);
    for route in gatelodge_mcp::routes() {
        let cookie = with_cookie(&mut furnished.member, route.method, route.path).await;
        assert_eq!(cookie.status.as_u16(), 401, "{}", route.path);
        for agent in [&own, &reader, &foreign] {
            assert!(!agent.tool_names().await.is_empty(), "{}", route.path);
        }
    }
    unharmed(&furnished).await;
    let Furnished { hub, .. } = furnished;
    hub.stop().await;
}

async fn send(agent: &Agent, method: &str, path: &str) -> Reply {
    let url = agent.at(path);
    let mut request = agent
        .client()
        .request(method.parse().expect("a method"), url.clone());
    if method == "POST" {
        request = request.json(&json!({}));
    }
    agent.send(&url, request).await
}

async fn with_cookie(person: &mut Person, method: &str, path: &str) -> Reply {
    let url = person.at(path);
    let mut request = person
        .browser
        .client()
        .request(method.parse().expect("a method"), url.clone());
    if method == "POST" {
        request = request.json(&json!({}));
    }
    person.browser.send(&url, request).await
}

/// Sends a request without any proof.
pub(crate) async fn bare(hub: &TestHub, method: &str, path: &str) -> Reply {
    let url = hub.url.join(path).expect("a path");
    let mut request = browser::client(None).request(method.parse().expect("a method"), url.clone());
    if method == "POST" {
        request = request.json(&json!({}));
    }
    browser::read(&url, request).await
}
