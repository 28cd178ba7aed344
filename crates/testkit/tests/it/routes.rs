//! Every route of every face against every kind of caller. A route without an expectation here cannot exist: the
//! tables of the faces are walked.

use std::collections::BTreeSet;

use gatelodge_model::{AgentAccess, Role};
use gatelodge_testkit::browser::{self, Reply};
use gatelodge_testkit::hub::{Agent, Person, TestHub, Who};
use gatelodge_testkit::practice::MARIA;
use gatelodge_web::{RouteEntry, Who as Admitted};
use serde_json::json;

use crate::proposals::{account, propose_phone};

/// The public pages, by name: a new one must be added here on purpose.
const PUBLIC: [&str; 6] = [
    "/assets/{name}",
    "/favicon.ico",
    "/sign-in",
    "/link/{token}",
    "/api/v1/openapi.json",
    "/healthz",
];

/// A hub in which one of each thing exists, and belongs to the member.
struct Furnished {
    hub: TestHub,
    member: Person,
    agent: Agent,
    agent_id: String,
    connection: String,
    proposal: String,
    session: String,
}

async fn furnished() -> Furnished {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let connection = member.connect(&hub, MARIA).await;
    let agent = hub.agent_of(&mut member, AgentAccess::ReadAndPropose).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "1").await;
    // another session of the member, so that the page offers to end it
    hub.person(Who::Member).await;
    let find = |page: &Reply, prefix: &str| {
        let start = page
            .text
            .find(prefix)
            .unwrap_or_else(|| panic!("no {prefix} in {}", page.text));
        page.text[start..start + 36].to_owned()
    };
    let agent_id = find(&member.get("/agents").await, "agt_");
    let session = find(&member.get("/settings").await, "ses_");
    Furnished {
        hub,
        member,
        agent,
        agent_id,
        connection,
        proposal,
        session,
    }
}

impl Furnished {
    /// The path with ids of the member's own things.
    fn filled(&self, path: &str) -> String {
        let id = match path {
            _ if path.starts_with("/approvals") || path.contains("/proposals/") => &self.proposal,
            _ if path.starts_with("/connections") => &self.connection,
            _ if path.starts_with("/agents") => &self.agent_id,
            _ if path.starts_with("/settings") => &self.session,
            _ => {
                return path
                    .replace("{id}", &self.hub.app.id.to_string())
                    .replace("{app}", &self.hub.app.id.to_string())
                    .replace("{provider}", "salesforce")
                    .replace("{name}", "salesforce_whoami")
                    .replace("{token}", "unknown");
            }
        };
        path.replace("{id}", id)
    }
}

async fn call(person: &mut Person, route: &RouteEntry, path: &str) -> Reply {
    if route.method == "GET" {
        person.get(path).await
    } else {
        person.post(path, &[]).await
    }
}

fn to_sign_in(reply: &Reply) -> bool {
    reply
        .location()
        .is_some_and(|place| place.path() == "/sign-in")
}

// without a session or a token nothing but the named public routes answers
#[tokio::test]
async fn nobody_is_let_in_without_proof() {
    let furnished = furnished().await;
    let hub = &furnished.hub;
    let mut open = BTreeSet::new();
    for route in gatelodge_web::routes() {
        let path = furnished.filled(route.path);
        let reply = call(&mut hub.anonymous(), &route, &path).await;
        match route.who {
            Admitted::Public => {
                open.insert(route.path);
                assert!(!to_sign_in(&reply) || route.path == "/sign-in", "{path}");
            }
            Admitted::Callback => assert_eq!(reply.status.as_u16(), 403, "{path}"),
            _ => assert!(
                to_sign_in(&reply),
                "{} {path}: {}",
                route.method,
                reply.status
            ),
        }
        // an agent's token opens no page
        let url = hub.url.join(&path).unwrap();
        let method = route.method.as_str().parse().unwrap();
        let request = furnished.agent.client().request(method, url.clone());
        let request = request.header("origin", hub.url.origin().ascii_serialization());
        let with_token = furnished.agent.send(&url, request).await;
        if route.who != Admitted::Public {
            let closed = to_sign_in(&with_token) || with_token.status.is_client_error();
            assert!(
                closed,
                "{} {path} with a token: {}",
                route.method, with_token.status
            );
        }
    }
    for route in gatelodge_api::routes() {
        let path = furnished.filled(route.path);
        let status = bare(hub, route.method, &path).await.status.as_u16();
        if route.who == gatelodge_api::Who::Public {
            open.insert(route.path);
            assert_eq!(status, 200, "{path}");
        } else {
            assert_eq!(status, 401, "{path}");
        }
    }
    for route in gatelodge_mcp::routes() {
        let reply = bare(hub, route.method, route.path).await;
        assert_eq!(reply.status.as_u16(), 401, "{}", route.path);
        assert!(reply.header("www-authenticate").starts_with("Bearer"));
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(bare(hub, "GET", path).await.status.as_u16(), 200, "{path}");
    }
    open.insert("/healthz");
    assert_eq!(open, BTreeSet::from(PUBLIC));
    let Furnished { hub, .. } = furnished;
    hub.stop().await;
}

async fn bare(hub: &TestHub, method: &str, path: &str) -> Reply {
    let url = hub.url.join(path).unwrap();
    let mut request = browser::client(None).request(method.parse().unwrap(), url.clone());
    if method == "POST" {
        request = request.json(&json!({}));
    }
    browser::read(&url, request).await
}

// a page answers exactly those whom its table names
#[tokio::test]
async fn roles_decide_what_opens() {
    let furnished = furnished().await;
    for who in [Who::Owner, Who::Admin, Who::Auditor, Who::SecondMember] {
        let mut person = furnished.hub.person(who).await;
        for route in gatelodge_web::routes() {
            if route.method != "GET" || matches!(route.who, Admitted::Public | Admitted::Callback) {
                continue;
            }
            let path = furnished.filled(route.path);
            let reply = person.get(&path).await;
            let status = reply.status.as_u16();
            if !route.who.admits(who.role()) {
                assert_eq!(status, 403, "{who:?} {path}");
            } else if route.path.contains("{id}") && !route.path.starts_with("/admin") {
                // the member's own things look to everybody else like nothing
                assert_eq!(status, 404, "{who:?} {path}");
            } else if route.path == "/connections/go" {
                assert_eq!(status, 400, "{who:?} {path}: nothing was begun");
            } else {
                assert_eq!(status, 200, "{who:?} {path}: {}", reply.text);
            }
        }
    }
    let Furnished { hub, .. } = furnished;
    hub.stop().await;
}

// proves T1, T8: what changes something is refused to those without the right, and nothing changes
#[tokio::test]
async fn changes_are_refused_to_others() {
    let mut furnished = furnished().await;
    for who in [Who::Stranger, Who::SecondMember, Who::Auditor, Who::Owner] {
        let mut person = furnished.hub.person(who).await;
        for route in gatelodge_web::routes() {
            let others = route.path.contains("{id}") && route.method == "POST";
            if !others || route.path.starts_with("/link") {
                continue;
            }
            let administers = who.role() == Role::Owner && who != Who::Stranger;
            if route.path.starts_with("/admin") && administers {
                continue;
            }
            let path = furnished.filled(route.path);
            let reply = person
                .post(&path, &[("digest", &"0".repeat(64)), ("nonce", "x")])
                .await;
            let expected = if route.who.admits(who.role()) {
                [404, 400]
            } else {
                [403, 403]
            };
            assert!(
                expected.contains(&reply.status.as_u16()),
                "{who:?} {path}: {} {}",
                reply.status,
                reply.text
            );
        }
    }
    assert_eq!(
        furnished.agent.proposal(&furnished.proposal).await["status"],
        "pending"
    );
    let list = furnished
        .agent
        .get("/api/v1/connections")
        .await
        .expect(200)
        .json();
    assert_eq!(list["connections"][0]["status"], "active", "{list}");
    assert!(
        furnished
            .member
            .get("/settings")
            .await
            .expect(200)
            .text
            .contains(&furnished.session)
    );
    let Furnished { hub, .. } = furnished;
    hub.stop().await;
}

// proves T1: a foreign thing and a thing that does not exist look the same, byte for byte but for the request id
#[tokio::test]
async fn what_is_foreign_looks_like_nothing() {
    let furnished = furnished().await;
    let mut stranger = furnished.hub.person(Who::Stranger).await;
    for route in gatelodge_web::routes() {
        if route.method != "GET" || !route.path.contains("{id}") {
            continue;
        }
        let foreign_path = furnished.filled(route.path);
        let unknown_path = nothing_like(&foreign_path);
        let foreign = stranger.get(&foreign_path).await.expect(404);
        let unknown = stranger.get(&unknown_path).await.expect(404);
        assert_eq!(
            without_request(&foreign),
            without_request(&unknown),
            "{foreign_path}"
        );
    }
    let theirs = furnished
        .hub
        .agent_of(&mut stranger, AgentAccess::ReadAndPropose)
        .await;
    let foreign_path = format!("/api/v1/proposals/{}", furnished.proposal);
    let foreign = theirs.get(&foreign_path).await.expect(404);
    let unknown = theirs.get(&nothing_like(&foreign_path)).await.expect(404);
    assert_eq!(without_request(&foreign), without_request(&unknown));
    assert_eq!(
        theirs.get("/api/v1/connections").await.expect(200).json()["connections"],
        json!([])
    );
    let audit = stranger.get("/audit").await.expect(200).text;
    assert!(!audit.contains(&furnished.proposal) && !audit.contains("connection.connected"));
    assert!(
        !stranger
            .get("/admin/people")
            .await
            .expect(200)
            .text
            .contains(Who::Member.email())
    );
    let Furnished { hub, .. } = furnished;
    hub.stop().await;
}

/// The same path with an id that was never given.
fn nothing_like(path: &str) -> String {
    let start = path.find('_').unwrap() + 1;
    format!(
        "{}{}{}",
        &path[..start],
        "0".repeat(32),
        &path[start + 32..]
    )
}

fn without_request(reply: &Reply) -> String {
    let mut text = reply.text.clone();
    while let Some(start) = text.find("req_") {
        text.replace_range(start..start + 36, "");
    }
    text
}

// proves U3: a form that another site sends is refused
#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let mut furnished = furnished().await;
    for route in gatelodge_web::routes() {
        if route.method != "POST" {
            continue;
        }
        let url = furnished
            .hub
            .url
            .join(&furnished.filled(route.path))
            .unwrap();
        for (origin, site) in [
            ("https://evil.example", "cross-site"),
            ("null", "cross-site"),
        ] {
            let request = furnished.member.browser.client().post(url.clone());
            let request = request
                .header("origin", origin)
                .header("sec-fetch-site", site);
            let reply = furnished
                .member
                .browser
                .send(&url, request.form(&[("a", "b")]))
                .await;
            assert_eq!(
                reply.status.as_u16(),
                403,
                "{} from {origin}: {}",
                route.path,
                reply.text
            );
        }
    }
    assert_eq!(
        furnished.agent.proposal(&furnished.proposal).await["status"],
        "pending"
    );
    let Furnished { hub, .. } = furnished;
    hub.stop().await;
}

// proves M3, U4: no answer lets another site read it
#[tokio::test]
async fn no_answer_allows_another_origin() {
    let furnished = furnished().await;
    for path in [
        "/sign-in",
        "/",
        "/api/v1/tools",
        "/api/v1/openapi.json",
        "/mcp",
        "/healthz",
    ] {
        let url = furnished.hub.url.join(path).unwrap();
        let request = furnished
            .agent
            .client()
            .get(url.clone())
            .header("origin", "https://evil.example");
        let reply = furnished.agent.send(&url, request).await;
        assert_eq!(reply.header("access-control-allow-origin"), "", "{path}");
    }
    let url = furnished.hub.url.join("/mcp").unwrap();
    let request = furnished
        .agent
        .client()
        .post(url.clone())
        .header("origin", "https://evil.example");
    let reply = furnished.agent.send(&url, request.json(&json!({}))).await;
    assert_eq!(reply.status.as_u16(), 403);
    let Furnished { hub, .. } = furnished;
    hub.stop().await;
}
