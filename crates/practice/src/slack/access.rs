//! `oauth.v2.access`: a code or a refresh token becomes tokens of the bot, of the person, or of both.
//!
//! Must not know how a person decided.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::answer::{Answer, Failure, fields};
use super::arguments::Arguments;
use super::grants::{Grant, LIFE_SECONDS, Pair};
use super::scopes::Kind;
use super::state::{State, Team};
use super::{Slack, SlackApp};
use crate::oauth::{Claim, Parameters, secrets};

/// Carries the request out.
pub(super) fn access(slack: &Slack, headers: &HeaderMap, arguments: &Arguments) -> Answer {
    let grant_type = arguments.get("grant_type");
    let kind = grant_type.as_deref().unwrap_or("authorization_code");
    slack.ground.journal().count_token_request(kind);
    let app = app(slack, headers, arguments)?;
    match kind {
        "authorization_code" => exchange(slack, &app, arguments),
        "refresh_token" => refresh(slack, &app, arguments),
        _ => Err("invalid_grant_type".into()),
    }
}

/// The app that speaks, by HTTP Basic or by arguments.
fn app(slack: &Slack, headers: &HeaderMap, arguments: &Arguments) -> Result<SlackApp, Failure> {
    let mut form = Parameters::default();
    for name in ["client_id", "client_secret"] {
        if let Some(value) = arguments.get(name) {
            form.set(name, &value);
        }
    }
    let claim = Claim::of(headers, &form).map_err(|_| "invalid_client_id")?;
    let app = slack.state().app(&claim.client_id).cloned();
    let app = app.ok_or("invalid_client_id")?;
    let secret = claim.client_secret.unwrap_or_default();
    if !secrets::same(&app.client_secret, &secret) {
        return Err("bad_client_secret".into());
    }
    Ok(app)
}

fn exchange(slack: &Slack, app: &SlackApp, arguments: &Arguments) -> Answer {
    let mut state = slack.state();
    let text = arguments.text("code");
    let code = state.codes.get(&text);
    let code = code.filter(|code| code.client_id == app.client_id);
    let code = code.cloned().ok_or("invalid_code")?;
    // Each code gets one attempt, also a failed one.
    state.codes.remove(&text);
    if code.until <= slack.ground.now() {
        return Err("invalid_code".into());
    }
    if code.redirect_uri != arguments.get("redirect_uri") {
        return Err("bad_redirect_uri".into());
    }
    let mut give = |person: Option<&str>, scopes: &[String]| {
        let given = &mut state.grants;
        (!scopes.is_empty()).then(|| given.give(&slack.ground, app, &code.team, person, scopes))
    };
    let bot = give(None, &code.bot_scopes);
    let person = give(Some(&code.user_id), &code.user_scopes);
    let mut authed_user = json!({ "id": code.user_id });
    if let Some((grant, pair)) = &person {
        add(&mut authed_user, grant, pair);
    }
    let mut answer = common(&state, app, &code.team);
    answer["authed_user"] = authed_user;
    if let Some((grant, pair)) = &bot {
        add(&mut answer, grant, pair);
        answer["bot_user_id"] = grant.user_id.as_str().into();
    }
    Ok(fields(answer))
}

fn refresh(slack: &Slack, app: &SlackApp, arguments: &Arguments) -> Answer {
    let mut state = slack.state();
    let token = arguments.text("refresh_token");
    let reuse = slack.options.reuse_ends_the_pair;
    let refreshed = state
        .grants
        .refresh(&slack.ground, &app.client_id, &token, reuse);
    let (grant, pair) = refreshed.map_err(|_| "invalid_refresh_token")?;
    let mut answer = common(&state, app, &grant.team);
    add(&mut answer, &grant, &pair);
    if grant.kind == Kind::Bot {
        answer["bot_user_id"] = grant.user_id.as_str().into();
    } else {
        answer["user_id"] = grant.user_id.as_str().into();
    }
    Ok(fields(answer))
}

fn common(state: &State, app: &SlackApp, team: &str) -> Value {
    let name = state.team(team).map(|team: &Team| team.name.as_str());
    json!({
        "app_id": app.app_id,
        "team": { "id": team, "name": name },
        "enterprise": null,
        "is_enterprise_install": false,
    })
}

fn add(answer: &mut Value, grant: &Grant, pair: &Pair) {
    answer["access_token"] = pair.access.as_str().into();
    answer["scope"] = grant.scopes.join(",").into();
    answer["token_type"] = match grant.kind {
        Kind::Bot => "bot",
        Kind::User => "user",
    }
    .into();
    if let Some(refresh) = &pair.refresh {
        answer["refresh_token"] = refresh.as_str().into();
        answer["expires_in"] = LIFE_SECONDS.into();
    }
}
