//! The token endpoint: code exchange, refresh, client credentials, and the password grant where it is on.
//!
//! Puts the parts together; tokens and their lives are the authority's business.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::oauth::answer::{self, Format, TokenError};
use crate::oauth::client::Claim;
use crate::oauth::grants::NewTokens;
use crate::oauth::parameters::Parameters;
use crate::oauth::passwords::Verdict;
use crate::oauth::{App, identity, scopes, secrets};
use crate::org::User;
use crate::state::Practice;

/// `GET /services/oauth2/token`
pub(crate) async fn refuse_get(headers: HeaderMap) -> Response {
    TokenError::MUST_POST.answer(Format::wanted(None, &headers))
}

/// `POST /services/oauth2/token`
pub(crate) async fn token(
    State(practice): State<Arc<Practice>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = Parameters::parse(&body);
    let format = Format::wanted(parameters.get("format"), &headers);
    let grant_type = parameters.get("grant_type");
    practice
        .journal
        .count_token_request(grant_type.unwrap_or("missing"));
    match answer_grant(&practice, &headers, &parameters).await {
        Ok(fields) => answer::write(StatusCode::OK, format, &fields),
        Err(error) => error.answer(format),
    }
}

async fn answer_grant(
    practice: &Practice,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Vec<(&'static str, String)>, TokenError> {
    let grant_type = parameters
        .get("grant_type")
        .ok_or(TokenError::NO_GRANT_TYPE)?;
    let claim = Claim::of(headers, parameters)?;
    let (app, issued) = match grant_type {
        "authorization_code" => {
            let app = claim.prove(&practice.oauth, |_| false)?;
            let issued = exchange_code(practice, &app, parameters)?;
            (app, issued)
        }
        "refresh_token" => {
            let app = claim.prove(&practice.oauth, |app| !app.require_secret_for_refresh)?;
            let issued = refresh(practice, &app, parameters).await?;
            (app, issued)
        }
        "client_credentials" => {
            let app = claim.prove(&practice.oauth, |_| false)?;
            let issued = client_credentials(practice, &app)?;
            (app, issued)
        }
        "password" if practice.options.allow_password_grant => {
            let app = claim.prove(&practice.oauth, |_| false)?;
            let issued = password(practice, &app, parameters)?;
            (app, issued)
        }
        // Blocked in orgs made since Summer '23, with the text of a wrong password.
        "password" => return Err(TokenError::BAD_SIGN_IN),
        _ => return Err(TokenError::UNSUPPORTED_GRANT),
    };
    let fields = describe(practice, &app, &issued);
    match issued.durable.wait().await {
        Ok(()) => Ok(fields),
        Err(error) => Err(storage_failure(&error)),
    }
}

/// Tells the log, and gives the answer for the client.
pub(crate) fn storage_failure(error: &crate::persistence::LogError) -> TokenError {
    tracing::error!(%error, "a change could not be kept");
    TokenError::SERVER_ERROR
}

fn exchange_code(
    practice: &Practice,
    app: &App,
    parameters: &Parameters,
) -> Result<NewTokens, TokenError> {
    let code = parameters.get("code").ok_or(TokenError::NO_CODE)?;
    let code = practice.oauth.redeem(
        practice,
        code,
        &app.client_id,
        parameters.text("redirect_uri"),
        parameters.get("code_verifier"),
    )?;
    let user = practice.org.user(&code.user).filter(|user| user.active);
    let user = user.ok_or(TokenError::INACTIVE_USER)?;
    Ok(practice
        .oauth
        .open(practice, Some(&app.client_id), user.id, code.scopes, true))
}

async fn refresh(
    practice: &Practice,
    app: &App,
    parameters: &Parameters,
) -> Result<NewTokens, TokenError> {
    if parameters.get("scope").is_some() {
        return Err(TokenError::INVALID_SCOPE);
    }
    let token = parameters
        .get("refresh_token")
        .ok_or(TokenError::NO_REFRESH_TOKEN)?;
    match practice.oauth.refresh(practice, app, token) {
        Ok(issued) => Ok(issued),
        Err((error, durable)) => match durable.wait().await {
            Ok(()) => Err(error),
            Err(failure) => Err(storage_failure(&failure)),
        },
    }
}

fn client_credentials(practice: &Practice, app: &App) -> Result<NewTokens, TokenError> {
    if app.client_secret.is_none() {
        return Err(TokenError::WRONG_SECRET);
    }
    let username = app.run_as.as_deref().ok_or(TokenError::NO_RUN_AS)?;
    let user = active_user(practice, username).ok_or(TokenError::NO_RUN_AS)?;
    let scopes = scopes::parse(&app.scopes.join(" "));
    Ok(practice
        .oauth
        .open(practice, Some(&app.client_id), user.id, scopes, false))
}

fn password(
    practice: &Practice,
    app: &App,
    parameters: &Parameters,
) -> Result<NewTokens, TokenError> {
    let (username, password) = (parameters.text("username"), parameters.text("password"));
    let user = active_user(practice, username).ok_or(TokenError::BAD_SIGN_IN)?;
    if practice
        .oauth
        .passwords
        .check_program(&user.username, password)
        != Verdict::Right
    {
        return Err(TokenError::BAD_SIGN_IN);
    }
    let scopes = scopes::parse(&app.scopes.join(" "));
    Ok(practice
        .oauth
        .open(practice, Some(&app.client_id), user.id, scopes, false))
}

fn active_user(practice: &Practice, username: &str) -> Option<User> {
    practice
        .org
        .user_by_username(username)
        .filter(|user| user.active)
}

/// The fields of a token answer. There is no `expires_in`, and every value is text.
fn describe(practice: &Practice, app: &App, issued: &NewTokens) -> Vec<(&'static str, String)> {
    let id = identity::address(practice, &issued.user);
    let issued_at = issued.issued_at.timestamp_millis().to_string();
    let key = app.client_secret.as_deref().unwrap_or(&app.client_id);
    let signature = secrets::signature(key, &id, &issued_at);
    let mut fields = vec![("access_token", issued.access_token.clone())];
    if let Some(refresh_token) = &issued.refresh_token {
        fields.push(("refresh_token", refresh_token.clone()));
    }
    fields.extend([
        ("signature", signature),
        ("scope", issued.scopes.join(" ")),
        ("instance_url", practice.instance_url()),
        ("id", id),
        ("token_type", "Bearer".to_owned()),
        ("issued_at", issued_at),
    ]);
    fields
}
