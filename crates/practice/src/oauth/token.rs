//! The token endpoint: takes a request apart, lets the grant type at work, writes the answer.
//!
//! Which tokens a grant type gives is its own business.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::oauth::answer::{self, Fields, Format, TokenError};
use crate::oauth::grants::NewTokens;
use crate::oauth::parameters::Parameters;
use crate::oauth::{App, device_page, grant_types, identity, identity_token, secrets};
use crate::site::Site;
use crate::state::Practice;

/// `GET /services/oauth2/token`
pub(crate) async fn refuse_get(headers: HeaderMap) -> Response {
    TokenError::MUST_POST.answer(Format::wanted(None, &headers))
}

/// `POST /services/oauth2/token`
pub(crate) async fn token(
    State(practice): State<Arc<Practice>>,
    site: Site,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = Parameters::parse(&body);
    let format = Format::wanted(parameters.get("format"), &headers);
    if parameters.get("response_type") == Some("device_code") {
        return match device_page::start(&practice, &site, &parameters) {
            Ok(response) => response,
            Err(error) => error.answer(format),
        };
    }
    let grant_type = parameters.get("grant_type");
    practice
        .journal
        .count_token_request(grant_type.unwrap_or("missing"));
    match answer_grant(&practice, &site, &headers, &parameters).await {
        Ok(fields) => answer::write(StatusCode::OK, format, &fields),
        Err(error) => error.answer(format),
    }
}

async fn answer_grant(
    practice: &Practice,
    site: &Site,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Fields, TokenError> {
    let order = grant_types::Order {
        practice,
        site,
        headers,
        parameters,
    };
    // Held until the answer is durable: another request with the same code or token is told to wait.
    let token = parameters
        .get("refresh_token")
        .or_else(|| parameters.get("code"));
    let _processing = token
        .map(|token| practice.oauth.process(token))
        .transpose()?;
    let (app, issued) = order.carry_out().await?;
    let fields = describe(practice, site, &app, &issued)?;
    match issued.durable.wait().await {
        Ok(()) => Ok(fields),
        Err(error) => Err(storage_failure(&error)),
    }
}

/// Tells the log, and gives the answer for the client.
pub(crate) fn storage_failure(error: &dyn std::error::Error) -> TokenError {
    tracing::error!(%error, "a change could not be kept");
    TokenError::SERVER_ERROR
}

/// The fields of a token answer. There is no `expires_in`, and every value is text.
fn describe(
    practice: &Practice,
    site: &Site,
    app: &App,
    issued: &NewTokens,
) -> Result<Fields, TokenError> {
    let id = identity::address(practice, site, &issued.user);
    let issued_at = issued.issued_at.timestamp_millis().to_string();
    let key = app.client_secret.as_deref().unwrap_or(&app.client_id);
    let signature = secrets::signature(key, &id, &issued_at);
    let mut fields = vec![("access_token", issued.access_token.clone())];
    if let Some(refresh_token) = &issued.refresh_token {
        fields.push(("refresh_token", refresh_token.clone()));
    }
    fields.extend([("signature", signature), ("scope", issued.scopes.join(" "))]);
    if issued.scopes.iter().any(|scope| scope == "openid") {
        let token = identity_token::of(practice, site, app, issued);
        fields.push(("id_token", token.map_err(|error| storage_failure(&error))?));
    }
    fields.extend([
        ("instance_url", site.instance.clone()),
        ("id", id),
        ("token_type", "Bearer".to_owned()),
        ("issued_at", issued_at),
    ]);
    Ok(fields)
}
