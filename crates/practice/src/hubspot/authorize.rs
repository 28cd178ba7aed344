//! `/oauth/authorize` and the page behind it: which account, which scopes, connect or cancel.
//!
//! Who is no super admin, or whose account lacks what a required scope needs, sees an error page and goes nowhere.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::app::SCOPES;
use super::portal::Portal;
use super::{HubSpot, HubSpotApp};
use crate::oauth::Parameters;
use crate::vendor::{self, Choice, Consent, Group, Line, PageFrame};

/// How long a code can be exchanged.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(1);

const TRANSACTIONAL: &str = "transactional-email";

/// What a code stands for.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<String>,
    pub(super) hub_id: u64,
    pub(super) user_id: u64,
    pub(super) username: String,
    pub(super) scopes: Vec<String>,
    pub(super) until: DateTime<Utc>,
}

/// A request for access that makes sense.
struct Asked {
    app: HubSpotApp,
    redirect_uri: String,
    back: Url,
    state: Option<String>,
    scopes: Vec<String>,
    optional: Vec<String>,
}

/// `GET /oauth/authorize`
pub(super) async fn authorize(
    Shared(hubspot): Shared<Arc<HubSpot>>,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    match understand(&hubspot, &parameters) {
        Ok(_) => hubspot.ground.begin(parameters),
        Err(page) => *page,
    }
}

fn understand(hubspot: &HubSpot, parameters: &Parameters) -> Result<Asked, Box<Response>> {
    let refuse = |text: &str| Err(Box::new(problem(hubspot, text)));
    let Some(app) = hubspot.state().app(parameters.text("client_id")).cloned() else {
        return refuse("The client id in the install address belongs to no app.");
    };
    let redirect_uri = parameters.text("redirect_uri").to_owned();
    let known = app.redirect_urls.contains(&redirect_uri);
    let Some(back) = Url::parse(&redirect_uri).ok().filter(|_| known) else {
        return refuse("The redirect address does not match the app’s settings.");
    };
    let (scopes, optional) = (
        list(parameters, "scope"),
        list(parameters, "optional_scope"),
    );
    let fits = |scope: &String| app.scopes.contains(scope);
    if scopes.is_empty() || !scopes.iter().chain(&optional).all(fits) {
        return refuse(
            "Authorization failed because there is a mismatch between the scopes in the install address and the app’s configured scopes.",
        );
    }
    Ok(Asked {
        app,
        redirect_uri,
        back,
        state: parameters.get("state").map(ToOwned::to_owned),
        scopes,
        optional,
    })
}

fn list(parameters: &Parameters, name: &str) -> Vec<String> {
    let scopes = parameters.text(name).split(' ');
    let scopes = scopes.filter(|scope| !scope.is_empty());
    scopes.map(ToOwned::to_owned).collect()
}

fn problem(hubspot: &HubSpot, text: &str) -> Response {
    let frame = PageFrame::of(hubspot);
    let title = "This app cannot be connected";
    vendor::notice(frame, StatusCode::BAD_REQUEST, title, text, "")
}

/// The page on which the person decides.
pub(super) fn ask(
    hubspot: &HubSpot,
    flow: &str,
    parameters: &Parameters,
    username: &str,
) -> Response {
    let asked = match understand(hubspot, parameters) {
        Ok(asked) => asked,
        Err(page) => return *page,
    };
    let state = hubspot.state();
    let portals = state.portals_of(username);
    let obstacle = match portals.as_slice() {
        [] => Some("You have no HubSpot account.".to_owned()),
        [only] => obstacle(only, &asked, username),
        _ => None,
    };
    let options = portals.iter();
    let options: Vec<(String, String)> = options
        .map(|portal| {
            (
                portal.hub_id.to_string(),
                format!("{} ({})", portal.name, portal.hub_id),
            )
        })
        .collect();
    drop(state);
    if let Some(text) = obstacle {
        return problem(hubspot, &text);
    }
    let name = &asked.app.name;
    let lines = |scopes: &[String]| -> Vec<Line> { scopes.iter().map(line).collect() };
    let mut groups = vec![Group {
        heading: format!("{name} wants to"),
        lines: lines(&asked.scopes),
    }];
    if !asked.optional.is_empty() {
        groups.push(Group {
            heading: "Where your account has it".to_owned(),
            lines: lines(&asked.optional),
        });
    }
    let page = Consent {
        title: format!("Connect {name} to HubSpot"),
        lead: Vec::new(),
        username: username.to_owned(),
        flow: flow.to_owned(),
        groups,
        choice: (options.len() > 1).then_some(Choice {
            name: "account",
            label: "Account",
            options,
        }),
        agree: Some(("allow", "Connect app")),
        refuse: Some(("deny", "Cancel")),
    };
    vendor::consent(PageFrame::of(hubspot), &page)
}

fn line(scope: &String) -> Line {
    let known = SCOPES.iter().find(|(name, _)| name == scope);
    Line {
        words: known.map_or("", |(_, words)| words).to_owned(),
        scope: scope.clone(),
    }
}

/// Why somebody cannot connect an app to an account.
fn obstacle(portal: &Portal, asked: &Asked, username: &str) -> Option<String> {
    let (name, app) = (&portal.name, &asked.app);
    if !portal.user(username).is_some_and(|user| user.super_admin) {
        return Some(format!(
            "You do not have permission to connect apps to {name}. Ask a super admin of the account."
        ));
    }
    if portal.blocked.contains(&app.client_id) {
        return Some(format!(
            "An administrator of {name} has blocked {}.",
            app.name
        ));
    }
    let needs_add_on = asked.scopes.iter().any(|scope| scope == TRANSACTIONAL);
    (needs_add_on && !portal.sends_transactional).then(|| {
        format!("{name} does not have access to everything that this app needs: {TRANSACTIONAL}.")
    })
}

/// What follows from the decision.
pub(super) fn decide(
    hubspot: &HubSpot,
    parameters: &Parameters,
    username: &str,
    form: &Parameters,
) -> Response {
    let asked = match understand(hubspot, parameters) {
        Ok(asked) => asked,
        Err(page) => return *page,
    };
    if form.text("decision") != "allow" {
        return go_back(asked, ("error", "access_denied"));
    }
    let mut state = hubspot.state();
    let wanted: Option<u64> = form.get("account").and_then(|hub_id| hub_id.parse().ok());
    let portal = state
        .portals_of(username)
        .into_iter()
        .find(|portal| wanted.is_none_or(|wanted| wanted == portal.hub_id));
    let chosen = portal.and_then(|portal| Some((portal.clone(), portal.user(username)?.clone())));
    let Some((portal, user)) = chosen else {
        drop(state);
        return problem(hubspot, "You do not belong to this account.");
    };
    if let Some(text) = obstacle(&portal, &asked, username) {
        drop(state);
        return problem(hubspot, &text);
    }
    let given = |scope: &&String| {
        let owned = portal.sends_transactional || *scope != TRANSACTIONAL;
        owned && !state.withheld.contains(*scope)
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in asked.scopes.iter().chain(&asked.optional).filter(given) {
        if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    let code = Code {
        client_id: asked.app.client_id.clone(),
        redirect_uri: asked.redirect_uri.clone(),
        challenge: parameters.get("code_challenge").map(ToOwned::to_owned),
        hub_id: portal.hub_id,
        user_id: user.id,
        username: username.to_owned(),
        scopes,
        until: hubspot.ground.now() + CODE_LIFE,
    };
    let text = hubspot.ground.secret("na1-", 40);
    state.codes.insert(text.clone(), code);
    drop(state);
    go_back(asked, ("code", &text))
}

fn go_back(asked: Asked, answer: (&str, &str)) -> Response {
    let mut back = asked.back;
    {
        let mut pairs = back.query_pairs_mut();
        pairs.append_pair(answer.0, answer.1);
        if let Some(state) = &asked.state {
            pairs.append_pair("state", state);
        }
    }
    vendor::redirect(back.as_str())
}
