//! The token addresses: exchange, refresh, introspection and revocation, under their date, `v3`, and the old `v1`.
//!
//! Must not know how a person decided.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::grants::{Grant, LIFE_SECONDS, Pair};
use super::problem::Problem;
use super::{HubSpot, HubSpotApp};
use crate::oauth::{Parameters, secrets};

/// `POST …/token`
pub(super) async fn token(Shared(hubspot): Shared<Arc<HubSpot>>, body: Bytes) -> Response {
    let form = Parameters::parse(&body);
    answer(&hubspot, give(&hubspot, &form))
}

/// `POST /oauth/v1/token`: gone, unless the options keep it.
pub(super) async fn old_token(hubspot: Shared<Arc<HubSpot>>, body: Bytes) -> Response {
    if hubspot.options.old_token_works {
        return token(hubspot, body).await;
    }
    let message = "This API was sunset on 2027-02-16. Use /oauth/2026-03/token instead.";
    Problem::new(StatusCode::GONE, "DEPRECATED", message).render(&hubspot.ground)
}

/// `POST …/token/introspect`
pub(super) async fn introspect(Shared(hubspot): Shared<Arc<HubSpot>>, body: Bytes) -> Response {
    let form = Parameters::parse(&body);
    answer(&hubspot, look(&hubspot, &form))
}

/// `POST …/token/revoke`
pub(super) async fn revoke(Shared(hubspot): Shared<Arc<HubSpot>>, body: Bytes) -> Response {
    let form = Parameters::parse(&body);
    let revoked = app(&hubspot, &form).map(|app| {
        let mut state = hubspot.state();
        state.grants.revoke(&app.client_id, form.text("token"));
        json!({})
    });
    answer(&hubspot, revoked)
}

fn answer(hubspot: &HubSpot, answer: Result<Value, Problem>) -> Response {
    match answer {
        Ok(body) => {
            let no_store = HeaderValue::from_static("no-store");
            ([(header::CACHE_CONTROL, no_store)], Json(body)).into_response()
        }
        Err(problem) => problem.render(&hubspot.ground),
    }
}

/// The app that speaks, by fields of the form.
fn app(hubspot: &HubSpot, form: &Parameters) -> Result<HubSpotApp, Problem> {
    let app = hubspot.state().app(form.text("client_id")).cloned();
    let app = app.ok_or_else(|| {
        let message = "missing or unknown client id";
        Problem::token("BAD_CLIENT_ID", "invalid_client", message)
    })?;
    if secrets::same(&app.client_secret, form.text("client_secret")) {
        return Ok(app);
    }
    let message = "missing or invalid client secret";
    Err(Problem::token(
        "BAD_CLIENT_SECRET",
        "invalid_client",
        message,
    ))
}

fn give(hubspot: &HubSpot, form: &Parameters) -> Result<Value, Problem> {
    let kind = form.text("grant_type");
    hubspot.ground.journal().count_token_request(kind);
    let app = app(hubspot, form)?;
    let given = match kind {
        "authorization_code" => exchange(hubspot, &app, form),
        "refresh_token" => {
            let token = form.text("refresh_token");
            let mut state = hubspot.state();
            let refreshed = state.grants.refresh(&hubspot.ground, &app.client_id, token);
            refreshed.ok_or_else(|| {
                let message = "missing or invalid refresh token";
                Problem::token("BAD_REFRESH_TOKEN", "invalid_grant", message)
            })
        }
        _ => {
            let message = "missing or unsupported grant type";
            Err(Problem::token(
                "BAD_GRANT_TYPE",
                "unsupported_grant_type",
                message,
            ))
        }
    };
    given.map(|(grant, pair)| show(&grant, &pair))
}

fn exchange(
    hubspot: &HubSpot,
    app: &HubSpotApp,
    form: &Parameters,
) -> Result<(Grant, Pair), Problem> {
    let bad = |word: &str, message: &str| Err(Problem::token(word, "invalid_grant", message));
    let mut state = hubspot.state();
    // Each code gets one attempt, also a failed one.
    let code = state.codes.remove(form.text("code"));
    let alive =
        code.filter(|code| code.client_id == app.client_id && code.until > hubspot.ground.now());
    let Some(code) = alive else {
        return bad("BAD_AUTH_CODE", "missing or unknown auth code");
    };
    if code.redirect_uri != form.text("redirect_uri") {
        return bad("BAD_REDIRECT_URI", "missing or invalid redirect uri");
    }
    let verifier = form.text("code_verifier");
    let proved = code
        .challenge
        .is_none_or(|challenge| secrets::verifier_matches(&challenge, verifier));
    if !proved {
        return bad("BAD_AUTH_CODE", "missing or invalid code verifier");
    }
    let wanted = Grant::new(
        &code.client_id,
        code.hub_id,
        code.user_id,
        &code.username,
        code.scopes,
    );
    Ok(state.grants.give(&hubspot.ground, wanted))
}

fn show(grant: &Grant, pair: &Pair) -> Value {
    json!({
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "expires_in": LIFE_SECONDS,
        "token_type": "bearer",
        "token_use": "access_token",
        "hub_id": grant.hub_id,
        "user_id": grant.user_id,
        "scopes": grant.scopes,
    })
}

fn look(hubspot: &HubSpot, form: &Parameters) -> Result<Value, Problem> {
    let app = app(hubspot, form)?;
    let state = hubspot.state();
    let presented = state
        .grants
        .present(form.text("token"), hubspot.ground.now());
    let presented = presented.filter(|presented| presented.grant.client_id == app.client_id);
    let Some(presented) = presented else {
        return Ok(json!({ "active": false }));
    };
    let grant = presented.grant;
    let domain = state
        .portal(grant.hub_id)
        .map(|portal| portal.domain.as_str());
    let mut answer = json!({
        "active": true,
        "app_id": app.app_id,
        "client_id": app.client_id,
        "hub_domain": domain,
        "hub_id": grant.hub_id,
        "scopes": grant.scopes,
        "user": grant.username,
        "user_id": grant.user_id,
        "token_use": if presented.is_refresh { "refresh_token" } else { "access_token" },
        "is_private_distribution": false,
    });
    if let Some(seconds) = presented.seconds {
        answer["expires_in"] = seconds.into();
    }
    Ok(answer)
}
