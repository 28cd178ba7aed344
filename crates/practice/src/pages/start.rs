//! The start page: who can sign in with what, which apps exist, how much data there is.
//!
//! Shows passwords on purpose: they are practice passwords, and the server listens on loopback only.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::Frame;
use crate::state::Practice;

struct UserLine {
    id: String,
    name: String,
    username: String,
    password: String,
    profile: String,
    active: bool,
}

struct Start {
    organization_id: String,
    base_url: String,
    users: Vec<UserLine>,
    objects: usize,
    records: usize,
    /// Commands that read records, where an app can sign in by itself.
    example: Option<String>,
    jsforce: String,
    admin: bool,
}

#[derive(Template)]
#[template(path = "start.html")]
struct StartTemplate {
    frame: Frame,
    page: Start,
}

/// `GET /`
pub(crate) async fn page(State(practice): State<Arc<Practice>>) -> Response {
    let users: Vec<UserLine> = practice
        .org
        .users()
        .into_iter()
        .map(|user| UserLine {
            id: user.id.as_str().to_owned(),
            name: format!("{} {}", user.first_name, user.last_name)
                .trim()
                .to_owned(),
            password: practice.oauth.passwords.of(&user.username),
            username: user.username,
            profile: user.profile,
            active: user.active,
        })
        .collect();
    let counts = practice.org.object_counts();
    let page = Start {
        organization_id: practice.org.organization().id,
        objects: counts.len(),
        records: counts.iter().map(|(_, count)| count).sum(),
        example: example(&practice),
        jsforce: jsforce(&practice.base_url, users.first()),
        base_url: practice.base_url.clone(),
        admin: practice.options.admin,
        users,
    };
    let frame = Frame::new(&practice, "/");
    super::html(StatusCode::OK, &StartTemplate { frame, page })
}

fn example(practice: &Practice) -> Option<String> {
    let apps = practice.oauth.apps();
    let app = apps
        .iter()
        .find(|app| app.run_as.is_some() && app.client_secret.is_some())?;
    let (url, client_id) = (&practice.base_url, &app.client_id);
    Some(format!(
        "SECRET='…'   # printed where the org was started
TOKEN=$(curl -s {url}/services/oauth2/token -d grant_type=client_credentials \\
  -d client_id={client_id} -d client_secret=\"$SECRET\" | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')
curl -s -H \"Authorization: Bearer $TOKEN\" -H 'X-PrettyPrint: 1' \\
  '{url}/services/data/v66.0/query?q=SELECT+Name,Industry+FROM+Account+LIMIT+3'"
    ))
}

fn jsforce(url: &str, user: Option<&UserLine>) -> String {
    let (username, password) = user.map_or(("", ""), |user| {
        (user.username.as_str(), user.password.as_str())
    });
    format!(
        "const conn = new jsforce.Connection({{ loginUrl: '{url}', version: '64.0' }});
await conn.login('{username}', '{password}');
const {{ records }} = await conn.query('SELECT Name, Industry FROM Account LIMIT 3');"
    )
}
