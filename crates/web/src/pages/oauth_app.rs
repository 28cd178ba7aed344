//! One OAuth app: callback to copy, values to paste, the provider's setup guide beside them.
//!
//! Must not know: the client secret. It goes in and never comes out; a fingerprint shows which one is kept
//! (SEC-1).

use super::{Done, connections::name_of, oauth_apps::badge};
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Badge, CopyField, ErrorPanel, Frame, Section},
    respond,
    state::WebState,
    text::{Visible, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
};
use gatelodge_core::{OAuthAppChange, SecretChange};
use gatelodge_model::{Error, ErrorKind, OAuthApp, OAuthAppId, Secret};
use serde::Deserialize;

/// What stands in the form's fields.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filled {
    pub(crate) name: String,
    pub(crate) client_id: String,
    pub(crate) auth_base_url: String,
    pub(crate) enabled: bool,
}

/// Which field is wrong, and why.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldErrors {
    pub(crate) name: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    pub(crate) auth_base_url: Option<String>,
}

impl FieldErrors {
    /// The error at its field; `None` where no field of the form is named.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        let mut errors = Self::default();
        let slot = match error.field()? {
            "name" => &mut errors.name,
            "client_id" => &mut errors.client_id,
            "client_secret" => &mut errors.client_secret,
            "auth_base_url" | "login_host" => &mut errors.auth_base_url,
            _ => return None,
        };
        *slot = Some(error.message().to_owned());
        Some(errors)
    }
}

#[derive(Template)]
#[template(path = "oauth_app.html")]
pub(crate) struct OAuthAppPage {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) title: Visible,
    pub(crate) provider: String,
    pub(crate) badge: Badge,
    pub(crate) callbacks: Vec<CopyField>,
    pub(crate) fingerprint: Option<String>,
    pub(crate) filled: Filled,
    pub(crate) errors: FieldErrors,
    pub(crate) panel: Option<ErrorPanel>,
    /// Where the provider's setup guide is.
    pub(crate) guide: Option<String>,
    pub(crate) has_client_id: bool,
}

impl OAuthAppPage {
    pub(crate) fn of(
        frame: Frame,
        app: &OAuthApp,
        provider: String,
        callbacks: &[String],
        guide: Option<String>,
    ) -> Self {
        Self {
            frame,
            id: app.id.to_string(),
            title: one_line(&app.name, 120),
            provider,
            badge: badge(app),
            callbacks: callbacks
                .iter()
                .enumerate()
                .map(|(index, url)| {
                    CopyField::line(format!("callback-{index}"), "callback URL", url)
                })
                .collect(),
            fingerprint: app.secret_fingerprint.clone(),
            filled: Filled {
                name: app.name.clone(),
                client_id: app.client_id.clone(),
                auth_base_url: app.auth_base_url.clone().unwrap_or_default(),
                // A first save is meant to be used.
                enabled: app.enabled || app.client_id.is_empty(),
            },
            errors: FieldErrors::default(),
            panel: None,
            guide,
            has_client_id: !app.client_id.is_empty(),
        }
    }
}

/// The form.
#[derive(Deserialize)]
pub(crate) struct AppForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    client_id: String,
    client_secret: Option<Secret>,
    #[serde(default)]
    clear_secret: String,
    #[serde(default)]
    auth_base_url: String,
    #[serde(default)]
    enabled: String,
}

fn page(state: &WebState, visitor: &Visitor, app: &OAuthApp, done: Option<&str>) -> OAuthAppPage {
    let hub = &state.hub;
    let callbacks: Vec<String> = hub
        .settings()
        .public_urls
        .iter()
        .map(|url| hub.callback_url(url, app))
        .collect();
    OAuthAppPage::of(
        visitor.frame().at(Section::OAuthApps).saying(done),
        app,
        name_of(hub, &app.provider),
        &callbacks,
        hub.catalogue()
            .provider(&app.provider)
            .map(|_| format!("/admin/providers/{}/guide?app={}", app.provider, app.id)),
    )
}

/// `GET /admin/oauth-apps/{id}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(app): Path<String>,
    Query(done): Query<Done>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let app: OAuthAppId = id(&app, "OAuth app").map_err(fault)?;
    let app = state
        .hub
        .oauth_app(&visitor.person, app)
        .await
        .map_err(fault)?;
    Ok(respond::ok(&page(
        &state,
        &visitor,
        &app,
        done.done.as_deref(),
    )))
}

/// `POST /admin/oauth-apps/{id}`.
pub(crate) async fn save(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(app): Path<String>,
    Fields(form): Fields<AppForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let app: OAuthAppId = id(&app, "OAuth app").map_err(fault)?;
    let filled = Filled {
        name: form.name,
        client_id: form.client_id,
        auth_base_url: form.auth_base_url,
        enabled: form.enabled == "yes",
    };
    let client_secret = match form.client_secret {
        Some(secret) if !secret.is_empty() => SecretChange::Set(secret),
        _ if form.clear_secret == "yes" => SecretChange::Clear,
        _ => SecretChange::Keep,
    };
    let change = OAuthAppChange {
        app,
        name: filled.name.trim().to_owned(),
        client_id: filled.client_id.trim().to_owned(),
        client_secret,
        auth_base_url: Some(filled.auth_base_url.trim().to_owned()).filter(|url| !url.is_empty()),
        enabled: filled.enabled,
    };
    match state.hub.save_oauth_app(&visitor.person, change).await {
        Ok(_) => Ok(respond::see(
            &format!("/admin/oauth-apps/{app}"),
            Some("app-saved"),
        )),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            let app = state
                .hub
                .oauth_app(&visitor.person, app)
                .await
                .map_err(fault)?;
            let mut page = page(&state, &visitor, &app, None);
            page.filled = filled;
            match FieldErrors::of(&error) {
                Some(errors) => page.errors = errors,
                None => page.panel = Some(ErrorPanel::of(&error, Some(visitor.request))),
            }
            Ok(respond::page(StatusCode::BAD_REQUEST, &page))
        }
        Err(error) => Err(fault(error)),
    }
}

/// `POST /admin/oauth-apps/{id}/delete`.
pub(crate) async fn delete(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(app): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let app: OAuthAppId = id(&app, "OAuth app").map_err(fault)?;
    match state.hub.delete_oauth_app(&visitor.person, app).await {
        Ok(()) => Ok(respond::see("/admin/oauth-apps", Some("app-deleted"))),
        Err(error) if error.kind() == ErrorKind::Conflict => {
            let app = state
                .hub
                .oauth_app(&visitor.person, app)
                .await
                .map_err(fault)?;
            let mut page = page(&state, &visitor, &app, None);
            page.panel = Some(ErrorPanel::of(&error, Some(visitor.request)));
            Ok(respond::page(StatusCode::CONFLICT, &page))
        }
        Err(error) => Err(fault(error)),
    }
}
