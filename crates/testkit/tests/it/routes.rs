//! What no route may do, whoever calls: answer without proof, take a form of another site, let another origin read.
//! Who reaches what is in `matrix`.

use std::collections::BTreeSet;

use gatelodge_testkit::browser::Reply;
use gatelodge_testkit::hub::Who;
use gatelodge_web::Who as Admitted;
use serde_json::json;

use crate::matrix::examples::{Furnished, furnished};
use crate::matrix::{bare, call};

/// The public pages, by name: a new one must be added here on purpose.
const PUBLIC: [&str; 7] = [
    "/assets/{name}",
    "/favicon.ico",
    "/sign-in",
    "/link/{token}",
    "/invitation/{token}",
    "/api/v1/openapi.json",
    "/healthz",
];

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

// proves ACC-3, T1: nothing of another organization is in any list
#[tokio::test]
async fn lists_hold_nothing_foreign() {
    let furnished = furnished().await;
    let mut stranger = furnished.hub.person(Who::Stranger).await;
    let audit = stranger.get("/audit").await.expect(200).text;
    assert!(!audit.contains(&furnished.proposal) && !audit.contains("connection.connected"));
    for path in ["/admin/people", "/admin/connections", "/admin/rollout"] {
        let page = stranger.get(path).await.expect(200).text;
        assert!(!page.contains(Who::Member.email()), "{path}");
    }
    let Furnished { hub, .. } = furnished;
    hub.stop().await;
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
