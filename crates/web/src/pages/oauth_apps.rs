//! The OAuth apps of the organization, and setting up another.
//!
//! Must not know: client secrets.

use super::{
    Done,
    connections::name_of,
    oauth_app_form::group,
    provider::{SourceRow, serves},
};
use crate::{
    extract::Fields,
    fault::PageResult,
    parts::{Badge, EnvironmentBadge, Frame, Section, Tone},
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_model::{OAuthApp, Timestamp};
use serde::Deserialize;

/// An app in the table.
#[derive(Debug, Clone)]
pub(crate) struct AppRow {
    pub(crate) href: String,
    pub(crate) name: Visible,
    pub(crate) provider: String,
    pub(crate) badge: Badge,
    pub(crate) host: Option<Visible>,
    pub(crate) environment: Option<EnvironmentBadge>,
    pub(crate) updated: Moment,
}

impl AppRow {
    pub(crate) fn of(app: &OAuthApp, provider: String, now: Timestamp) -> Self {
        Self {
            href: format!("/admin/oauth-apps/{}", app.id),
            name: one_line(&app.name, 120),
            provider,
            badge: badge(app),
            host: app.auth_base_url.as_deref().map(|host| one_line(host, 160)),
            environment: app.environment.map(EnvironmentBadge),
            updated: moment(app.updated_at, now),
        }
    }
}

/// The state of an app in a word.
pub(crate) fn badge(app: &OAuthApp) -> Badge {
    match (app.is_set_up(), app.enabled) {
        (false, _) => Badge::new(Tone::Attention, "Setup required"),
        (true, true) => Badge::new(Tone::Ok, "Enabled"),
        (true, false) => Badge::new(Tone::Off, "Disabled"),
    }
}

/// A provider that can be set up.
#[derive(Debug, Clone)]
pub(crate) struct ProviderRow {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) summary: String,
}

#[derive(Template)]
#[template(path = "oauth_apps.html")]
pub(crate) struct OAuthAppsPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<SourceRow>,
    pub(crate) providers: Vec<ProviderRow>,
}

/// `GET /admin/oauth-apps`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let now = state.hub.now();
    let apps = state
        .hub
        .oauth_apps(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    let groups = state
        .hub
        .groups_for_apps(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    let providers = state
        .hub
        .catalogue()
        .providers()
        .map(|provider| ProviderRow {
            slug: provider.manifest().slug.clone(),
            name: provider.manifest().name.clone(),
            summary: provider.manifest().summary.clone(),
        })
        .collect();
    Ok(respond::ok(&OAuthAppsPage {
        frame: visitor
            .frame()
            .at(Section::OAuthApps)
            .saying(done.done.as_deref()),
        rows: apps
            .iter()
            .map(|app| SourceRow {
                app: AppRow::of(app, name_of(&state.hub, &app.provider), now),
                serves: serves(app, &groups),
            })
            .collect(),
        providers,
    }))
}

/// Which provider.
#[derive(Debug, Deserialize)]
pub(crate) struct Start {
    #[serde(default)]
    provider: String,
    #[serde(default)]
    group: String,
}

/// `POST /admin/oauth-apps`.
pub(crate) async fn start(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<Start>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let group = group(&form.group).map_err(fault)?;
    let app = state
        .hub
        .start_oauth_app(&visitor.person, &form.provider, group)
        .await
        .map_err(fault)?;
    Ok(respond::see(&format!("/admin/oauth-apps/{}", app.id), None))
}
