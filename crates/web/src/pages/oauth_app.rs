//! One OAuth app: callback to copy, values to paste, whom it is for, what it asks, who is connected with it, its test;
//! the provider's setup guide beside them.
//!
//! Must not know: the client secret. It goes in and never comes out; a fingerprint shows which one is kept
//! (SEC-1).

use super::{
    Done,
    connections::name_of,
    oauth_app_form::{AppForm, FieldErrors, Filled, ScopeChoice},
    oauth_app_test::{TestForm, TestView},
    oauth_apps::badge,
};
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Badge, CopyField, EnvironmentBadge, ErrorPanel, Frame, Section},
    respond,
    state::WebState,
    text::{Visible, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use gatelodge_core::BoundConnections;
use gatelodge_model::{Error, ErrorKind, Group, OAuthApp, OAuthAppId, Result, Serves};
use serde::Deserialize;

/// A choice of a list.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: Visible,
}

/// A connection that a change would hurt.
#[derive(Debug, Clone)]
pub(crate) struct BoundRow {
    pub(crate) person: Visible,
    pub(crate) account: Visible,
    pub(crate) environment: EnvironmentBadge,
}

/// The connections of an app.
#[derive(Debug, Clone, Default)]
pub(crate) struct BoundView {
    pub(crate) count: u64,
    pub(crate) rows: Vec<BoundRow>,
    /// How many are not named.
    pub(crate) more: u64,
}

impl From<&BoundConnections> for BoundView {
    fn from(bound: &BoundConnections) -> Self {
        let named = u64::try_from(bound.first.len()).unwrap_or(u64::MAX);
        Self {
            count: bound.count,
            more: bound.count.saturating_sub(named),
            rows: bound
                .first
                .iter()
                .map(|one| BoundRow {
                    person: one_line(&one.person, 120),
                    account: one_line(&one.account, 200),
                    environment: EnvironmentBadge(one.environment),
                })
                .collect(),
        }
    }
}

/// What surrounds an app.
#[derive(Debug, Clone, Default)]
pub(crate) struct Around {
    pub(crate) provider: String,
    pub(crate) callbacks: Vec<String>,
    /// Where the provider's setup guide is.
    pub(crate) guide: Option<String>,
    pub(crate) groups: Vec<Group>,
    pub(crate) scopes: Vec<ScopeChoice>,
    pub(crate) warnings: Vec<String>,
    pub(crate) bound: BoundView,
    /// Sign-in hosts to try it at, where it fixes none.
    pub(crate) hosts: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "oauth_app.html")]
pub(crate) struct OAuthAppPage {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) title: Visible,
    pub(crate) provider: String,
    pub(crate) provider_slug: String,
    pub(crate) badge: Badge,
    pub(crate) callbacks: Vec<CopyField>,
    pub(crate) fingerprint: Option<String>,
    pub(crate) filled: Filled,
    pub(crate) errors: FieldErrors,
    pub(crate) panel: Option<ErrorPanel>,
    /// Where the provider's setup guide is.
    pub(crate) guide: Option<String>,
    pub(crate) is_set_up: bool,
    pub(crate) groups: Vec<Choice>,
    pub(crate) scopes: Vec<ScopeChoice>,
    pub(crate) warnings: Vec<Visible>,
    pub(crate) bound: BoundView,
    pub(crate) hosts: Vec<Choice>,
    pub(crate) test: Option<TestView>,
    /// Whether it is the default of the installation, which nobody changes here.
    pub(crate) configured: bool,
}

impl OAuthAppPage {
    pub(crate) fn of(frame: Frame, app: &OAuthApp, around: Around) -> Self {
        let callbacks = around.callbacks.iter().enumerate();
        Self {
            frame,
            id: app.id.to_string(),
            title: one_line(&app.name, 120),
            provider: around.provider,
            provider_slug: app.provider.clone(),
            badge: badge(app),
            callbacks: callbacks
                .map(|(index, url)| {
                    CopyField::line(format!("callback-{index}"), "callback URL", url)
                })
                .collect(),
            fingerprint: app.secret_fingerprint.clone(),
            filled: Filled::of(app),
            errors: FieldErrors::default(),
            panel: None,
            guide: around.guide,
            is_set_up: app.is_set_up(),
            groups: around
                .groups
                .iter()
                .map(|group| Choice {
                    value: group.id.to_string(),
                    label: one_line(&group.name, 120),
                })
                .collect(),
            scopes: around.scopes,
            warnings: around
                .warnings
                .iter()
                .map(|warning| one_line(warning, 700))
                .collect(),
            bound: around.bound,
            hosts: around.hosts,
            test: None,
            configured: app.serves == Serves::Instance,
        }
    }
}

async fn page(
    state: &WebState,
    visitor: &Visitor,
    app: &OAuthApp,
    done: Option<&str>,
) -> Result<OAuthAppPage> {
    let hub = &state.hub;
    let provider = hub.catalogue().provider(&app.provider);
    let hosts = match (&app.auth_base_url, provider) {
        (None, Some(provider)) => provider
            .login_choices()
            .into_iter()
            .map(|(login, label)| Choice {
                value: login.base.origin().ascii_serialization(),
                label: one_line(label, 160),
            })
            .collect(),
        _ => Vec::new(),
    };
    let around = Around {
        provider: name_of(hub, &app.provider),
        callbacks: hub
            .settings()
            .public_urls
            .iter()
            .map(|url| hub.callback_url(url, app))
            .collect(),
        guide: provider.map(|_| format!("/admin/providers/{}/guide?app={}", app.provider, app.id)),
        groups: hub.groups_for_apps(&visitor.person).await?,
        scopes: provider.map_or_else(Vec::new, |provider| {
            let scopes = provider.manifest().optional_scopes.iter();
            scopes.map(ScopeChoice::from).collect()
        }),
        warnings: hub.scope_warnings(app),
        bound: (&hub.bound_connections(&visitor.person, app).await?).into(),
        hosts,
    };
    let frame = visitor.frame().at(Section::OAuthApps).saying(done);
    Ok(OAuthAppPage::of(frame, app, around))
}

async fn load(state: &WebState, visitor: &Visitor, text: &str) -> Result<OAuthApp> {
    let app: OAuthAppId = id(text, "OAuth app")?;
    state.hub.oauth_app(&visitor.person, app).await
}

/// `GET /admin/oauth-apps/{id}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(app): Path<String>,
    Query(done): Query<Done>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let app = load(&state, &visitor, &app).await.map_err(fault)?;
    let page = page(&state, &visitor, &app, done.done.as_deref())
        .await
        .map_err(fault)?;
    Ok(respond::ok(&page))
}

/// `POST /admin/oauth-apps/{id}`.
pub(crate) async fn save(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(app): Path<String>,
    Fields(form): Fields<AppForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let app = load(&state, &visitor, &app).await.map_err(fault)?;
    let filled = form.filled();
    let saved = match form.change(app.id) {
        Ok(change) => state.hub.save_oauth_app(&visitor.person, change).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(saved) => Ok(respond::see(
            &format!("/admin/oauth-apps/{}", saved.id),
            Some("app-saved"),
        )),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            refused(&state, &visitor, &app, &error, Some(filled))
                .await
                .map_err(fault)
        }
        Err(error) => Err(fault(error)),
    }
}

/// The page with the reason at its field, and what was typed still in it.
async fn refused(
    state: &WebState,
    visitor: &Visitor,
    app: &OAuthApp,
    error: &Error,
    filled: Option<Filled>,
) -> Result<Response> {
    let mut page = page(state, visitor, app, None).await?;
    if let Some(filled) = filled {
        page.filled = filled;
    }
    match FieldErrors::of(error) {
        Some(errors) => page.errors = errors,
        None => page.panel = Some(ErrorPanel::of(error, Some(visitor.request))),
    }
    Ok(respond::page(StatusCode::BAD_REQUEST, &page))
}

/// What is typed before an app is deleted.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DeleteForm {
    #[serde(default)]
    confirm: String,
}

/// `POST /admin/oauth-apps/{id}/delete`.
pub(crate) async fn delete(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(app): Path<String>,
    Fields(form): Fields<DeleteForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let app = load(&state, &visitor, &app).await.map_err(fault)?;
    let deleted = state
        .hub
        .delete_oauth_app(&visitor.person, app.id, Some(&form.confirm))
        .await;
    match deleted {
        Ok(_) => Ok(respond::see("/admin/oauth-apps", Some("app-deleted"))),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            let mut page = page(&state, &visitor, &app, None).await.map_err(fault)?;
            page.panel = Some(ErrorPanel::of(&error, Some(visitor.request)));
            Ok(respond::page(StatusCode::CONFLICT, &page))
        }
        Err(error) => Err(fault(error)),
    }
}

/// `POST /admin/oauth-apps/{id}/test`.
pub(crate) async fn test(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(app): Path<String>,
    Fields(form): Fields<TestForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let app = load(&state, &visitor, &app).await.map_err(fault)?;
    let host = Some(form.login_host.trim()).filter(|host| !host.is_empty());
    match state
        .hub
        .test_oauth_app(&visitor.person, app.id, host)
        .await
    {
        Ok(test) => {
            let mut page = page(&state, &visitor, &app, None).await.map_err(fault)?;
            page.test = Some(TestView::of(&test));
            Ok(respond::ok(&page))
        }
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            refused(&state, &visitor, &app, &error, None)
                .await
                .map_err(fault)
        }
        Err(error) => Err(fault(error)),
    }
}
