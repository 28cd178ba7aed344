//! The page of the OAuth apps: policies, grants, and the buttons that block, revoke and register.
//!
//! Parses forms and passes orders on.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Form, Frame};
use super::policies::{self, Policies};
use crate::oauth::{App, AppKind};
use crate::persistence::Durable;
use crate::state::Practice;

const HERE: &str = "/practice/apps";

struct GrantLine {
    id: u64,
    username: String,
    scopes: String,
    access_tokens: usize,
}

struct AppCard {
    name: String,
    client_id: String,
    callbacks: Vec<String>,
    scopes: String,
    external: bool,
    policies: Policies,
    blocked: bool,
    installed: bool,
    grants: Vec<GrantLine>,
}

#[derive(Template)]
#[template(path = "apps.html")]
struct AppsTemplate {
    frame: Frame,
    apps: Vec<AppCard>,
}

/// `GET /practice/apps`
pub(super) async fn show(State(practice): State<Arc<Practice>>) -> Response {
    page(&practice, StatusCode::OK, Frame::new(&practice, HERE))
}

fn page(practice: &Practice, status: StatusCode, frame: Frame) -> Response {
    let grants = practice.oauth.grants();
    let card = |app: App| AppCard {
        external: app.kind == AppKind::ExternalClientApp,
        policies: Policies::of(&app),
        grants: grants
            .iter()
            .filter(|grant| grant.client_id == app.client_id)
            .map(|grant| GrantLine {
                id: grant.id,
                username: practice
                    .org
                    .user(&grant.user)
                    .map_or_else(|| grant.user.as_str().to_owned(), |user| user.username),
                scopes: grant.scopes.join(" "),
                access_tokens: grant.access_tokens,
            })
            .collect(),
        scopes: app.scopes.join(" "),
        name: app.name,
        client_id: app.client_id,
        callbacks: app.callbacks,
        blocked: app.blocked,
        installed: app.installed,
    };
    let apps = practice.oauth.apps().into_iter().map(card).collect();
    super::html(status, &AppsTemplate { frame, apps })
}

/// Answers a form: the page again, with what was done or why not.
async fn answer(practice: &Practice, done: Result<(String, Durable), String>) -> Response {
    let mut frame = Frame::new(practice, HERE);
    let done = match done {
        Ok((words, durable)) => durable
            .wait()
            .await
            .map(|()| words)
            .map_err(|error| error.to_string()),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(words) => {
            frame.notice = Some(words);
            page(practice, StatusCode::OK, frame)
        }
        Err(problem) => {
            frame.problem = Some(problem);
            page(practice, StatusCode::BAD_REQUEST, frame)
        }
    }
}

/// `POST /practice/apps/block`
pub(super) async fn block(State(practice): State<Arc<Practice>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let done = act(&practice, &form, || {
        let app = known(&practice, &form)?;
        let blocked = form.checked("blocked");
        let word = if blocked {
            "is blocked: its tokens do not work"
        } else {
            "is no longer blocked"
        };
        let durable = practice.oauth.block_app(&practice, &app.client_id, blocked);
        said(&app, word, durable)
    });
    answer(&practice, done).await
}

/// `POST /practice/apps/install`
pub(super) async fn install(State(practice): State<Arc<Practice>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let done = act(&practice, &form, || {
        let app = known(&practice, &form)?;
        let installed = form.checked("installed");
        let word = if installed {
            "is installed again"
        } else {
            "is uninstalled: it gets no new tokens"
        };
        let durable = practice
            .oauth
            .install_app(&practice, &app.client_id, installed);
        said(&app, word, durable)
    });
    answer(&practice, done).await
}

/// `POST /practice/apps/policies`
pub(super) async fn change(State(practice): State<Arc<Practice>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let done = act(&practice, &form, || {
        let mut app = known(&practice, &form)?;
        policies::change(&mut app, &form)?;
        let minutes = practice.oauth.policy().propagation_minutes;
        let word = match minutes {
            0 => "has other policies".to_owned(),
            minutes => format!("has other policies, known everywhere in {minutes} minutes"),
        };
        let words = format!("{} {word}.", app.name);
        Ok((words, practice.oauth.change_app(&practice, app)))
    });
    answer(&practice, done).await
}

/// The app that a form is about.
fn known(practice: &Practice, form: &Form) -> Result<App, String> {
    let app = practice.oauth.latest_app(form.text("client_id"));
    app.ok_or_else(|| "There is no such app.".to_owned())
}

fn said(app: &App, word: &str, durable: Option<Durable>) -> Result<(String, Durable), String> {
    let durable = durable.ok_or("There is no such app (any more).")?;
    Ok((format!("{} {word}.", app.name), durable))
}

/// `POST /practice/apps/revoke`
pub(super) async fn revoke(State(practice): State<Arc<Practice>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let done = act(&practice, &form, || {
        let grant = form
            .text("grant")
            .parse()
            .map_err(|_| "There is no such grant.")?;
        match practice.oauth.end_grant(&practice.log, grant) {
            (true, durable) => Ok(("The grant has ended with its tokens.".to_owned(), durable)),
            (false, _) => Err("There is no such grant (any more).".to_owned()),
        }
    });
    answer(&practice, done).await
}

/// `POST /practice/apps/add`
pub(super) async fn add(State(practice): State<Arc<Practice>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let done = act(&practice, &form, || {
        let field = |name: &str| form.get(name).ok_or_else(|| format!("{name} is missing."));
        let (name, client_id) = (field("name")?, field("client_id")?);
        let callback = field("callback")?;
        if practice.oauth.app(client_id).is_some() {
            return Err(format!(
                "There is an app with the client id {client_id} already."
            ));
        }
        if url::Url::parse(callback).is_err() {
            return Err("The callback is no address.".to_owned());
        }
        let mut app = match form.get("client_secret") {
            Some(secret) => App::confidential(client_id, secret, name, callback),
            None => App::public(client_id, name, callback),
        };
        app.require_pkce = app.client_secret.is_none();
        app.require_secret_for_refresh = app.client_secret.is_some();
        app.rotate_refresh_tokens = form.checked("rotate");
        let words = format!("{name} is registered.");
        Ok((words, practice.oauth.save_app(&practice.log, app)))
    });
    answer(&practice, done).await
}

fn act(
    practice: &Practice,
    form: &Form,
    order: impl FnOnce() -> Result<(String, Durable), String>,
) -> Result<(String, Durable), String> {
    match form.refusal(practice) {
        Some(refusal) => Err(refusal.to_owned()),
        None => order(),
    }
}
