//! What changes something leaves its audit event: every form is sent by somebody who may, and where it succeeds, the
//! log holds an event of that very request.

use std::collections::BTreeSet;

use gatelodge_testkit::browser::Reply;
use gatelodge_testkit::hub::{Person, TestHub, Who};
use gatelodge_web::Who as Admitted;
use sea_orm::{ConnectionTrait as _, Statement};

use super::examples::{Furnished, furnished};

/// Forms that succeed without an event, and why.
const UNAUDITED: &[(&str, &str)] = &[
    (
        "/notices/read",
        "that a person read a notice is nobody's business",
    ),
    ("/audit/verify", "it only reads"),
    (
        "/connections/{id}/check",
        "it is a look; what it finds is audited",
    ),
    (
        "/admin/panic/{id}/again",
        "disconnected before, so nothing is left to end",
    ),
    ("/step-up", "the proof was fresh, so none was taken"),
];

/// Fields with which a form succeeds; a form that is not here is sent empty.
const FIELDS: &[(&str, &[(&str, &str)])] = &[
    ("/agents", &[("name", "Walked"), ("access", "read_only")]),
    ("/notices/mail", &[("mail", "off")]),
    ("/settings/writes", &[("writes", "off")]),
    ("/admin/rollout/ask", &[("provider", "salesforce")]),
    ("/audit/export", &[("format", "csv")]),
    ("/admin/people/{id}/role", &[("role", "admin")]),
    (
        "/admin/invitations",
        &[("emails", "walked@example.com"), ("role", "member")],
    ),
    ("/admin/groups", &[("name", "Walked")]),
    ("/admin/groups/{id}/rename", &[("name", "Renamed")]),
    ("/admin/groups/{id}/move", &[("to", "down")]),
];

/// Forms that must succeed here, so that the walk proves something.
const SUCCEED: &[&str] = &[
    "/agents",
    "/agents/{id}/revoke",
    "/connections/{id}/disconnect",
    "/notices/mail",
    "/settings/sessions/{id}/end",
    "/settings/writes",
    "/admin/rollout/ask",
    "/audit/export",
    "/admin/people/{id}/role",
    "/admin/people/{id}/remove",
    "/admin/invitations",
    "/admin/invitations/{id}/resend",
    "/admin/invitations/{id}/withdraw",
    "/admin/groups",
    "/admin/groups/{id}/rename",
    "/admin/groups/{id}/move",
    "/admin/groups/{id}/delete",
    "/sign-out",
];

/// What ends the walk's own means comes last.
const LAST: &[&str] = &[
    "/agents/{id}/revoke",
    "/connections/{id}/disconnect",
    "/admin/panic/{id}/again",
    "/admin/groups/{id}/delete",
    "/sign-out",
    "/admin/people/{id}/remove",
];

// proves ACC-3, OBS-2: no change without its event
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_that_succeeds_leaves_an_event() {
    let furnished = furnished().await;
    let mut member = furnished.member.clone();
    let mut owner = furnished.hub.person(Who::Owner).await;
    let mut forms: Vec<_> = gatelodge_web::routes()
        .into_iter()
        .filter(|route| route.method == "POST" && route.who != Admitted::Public)
        .collect();
    forms.sort_by_key(|route| LAST.iter().position(|last| *last == route.path));
    let mut succeeded = BTreeSet::new();
    for route in forms {
        let person = if route.who == Admitted::SignedIn {
            &mut member
        } else {
            &mut owner
        };
        let fields = FIELDS
            .iter()
            .find(|(path, _)| *path == route.path)
            .map_or(&[][..], |(_, fields)| *fields);
        let reply = send(person, &furnished.filled(route.path), fields).await;
        let status = reply.status.as_u16();
        assert!(status < 500, "{}: {status} {}", route.path, reply.text);
        if !(reply.status.is_success() || reply.status.is_redirection()) {
            continue;
        }
        succeeded.insert(route.path);
        let free = UNAUDITED.iter().any(|(path, _)| *path == route.path);
        assert!(
            free || audited(&furnished.hub, &reply).await,
            "{} succeeded ({status}) and left no audit event",
            route.path
        );
    }
    for path in SUCCEED {
        assert!(succeeded.contains(path), "{path} did not succeed");
    }
    let Furnished { hub, .. } = furnished;
    hub.stop().await;
}

async fn send(person: &mut Person, path: &str, fields: &[(&str, &str)]) -> Reply {
    person.post(path, fields).await
}

/// Whether an event of this answer's request is in the log.
async fn audited(hub: &TestHub, reply: &Reply) -> bool {
    let request = reply.header("x-request-id");
    assert!(request.starts_with("req_"), "{request}");
    let door = hub.back_door().await;
    let statement = Statement::from_sql_and_values(
        door.get_database_backend(),
        "SELECT COUNT(*) AS events FROM audit_events WHERE canonical LIKE $1",
        [format!("%{request}%").into()],
    );
    let row = door.query_one_raw(statement).await.unwrap().unwrap();
    let events: i64 = row.try_get("", "events").unwrap();
    events > 0
}
