//! What is told of each provider, to everybody: what is read and written, why each scope is asked for, where access is
//! reviewed and revoked, where the data lies, who must agree there.
//!
//! Must not know: connections, and whether anybody uses the provider.

use super::connection::{ReviewPlace, review_places};
use crate::{
    fault::PageResult,
    parts::{Frame, ScopeRow, Section, scopes::Granted},
    respond,
    state::WebState,
    text::{Visible, visible},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Path, State};
use gatelodge_core::{
    ScopeView,
    provider::{LoginHost, Manifest},
};
use gatelodge_model::Error;

/// A provider in the summary.
pub(crate) struct SummaryRow {
    pub(crate) href: String,
    pub(crate) name: Visible,
    pub(crate) reads: Visible,
    pub(crate) writes: Visible,
    pub(crate) notes: Visible,
    /// Why an administrator there is needed, and where they act.
    pub(crate) involvement: Option<(Visible, Visible)>,
    pub(crate) review: Vec<ReviewPlace>,
}

impl SummaryRow {
    pub(crate) fn of(manifest: &Manifest) -> Self {
        Self {
            href: format!("/providers/{}", manifest.slug),
            name: visible(&manifest.name),
            reads: visible(&manifest.extent.reads),
            writes: visible(&manifest.extent.writes),
            notes: visible(&manifest.extent.notes),
            involvement: manifest
                .involvement
                .as_ref()
                .map(|needed| (visible(&needed.why), visible(&needed.place))),
            review: review_places(manifest),
        }
    }
}

#[derive(Template)]
#[template(path = "about_providers.html")]
pub(crate) struct AboutProvidersPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<SummaryRow>,
}

/// `GET /providers`.
pub(crate) async fn list(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    let providers = state.hub.catalogue().providers();
    Ok(respond::ok(&AboutProvidersPage {
        frame: visitor.frame().at(Section::Connections),
        rows: providers
            .map(|provider| SummaryRow::of(provider.manifest()))
            .collect(),
    }))
}

#[derive(Template)]
#[template(path = "about_provider.html")]
pub(crate) struct AboutProviderPage {
    pub(crate) frame: Frame,
    pub(crate) slug: String,
    pub(crate) summary: Visible,
    pub(crate) row: SummaryRow,
    pub(crate) scopes: Vec<ScopeRow>,
    pub(crate) show_granted: bool,
    pub(crate) residency: Visible,
    /// Hosts that calls and sign-ins go to.
    pub(crate) hosts: Vec<Visible>,
    pub(crate) grants: Option<u32>,
}

impl AboutProviderPage {
    pub(crate) fn of(
        frame: Frame,
        manifest: &Manifest,
        scopes: &[ScopeView],
        logins: &[(LoginHost, &'static str)],
    ) -> Self {
        let sign_in = logins.iter().filter_map(|(login, _)| login.base.host_str());
        Self {
            frame,
            slug: manifest.slug.clone(),
            summary: visible(&manifest.summary),
            row: SummaryRow::of(manifest),
            scopes: scopes
                .iter()
                .map(|scope| {
                    ScopeRow::new(&scope.name, &scope.reason, &scope.tools, Granted::NotAsked)
                })
                .collect(),
            show_granted: false,
            residency: visible(&manifest.residency),
            hosts: manifest
                .api_hosts
                .iter()
                .map(String::as_str)
                .chain(sign_in)
                .map(visible)
                .collect(),
            grants: manifest.auth.grants_per_user,
        }
    }
}

/// `GET /providers/{provider}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(slug): Path<String>,
) -> PageResult {
    let provider = state
        .hub
        .catalogue()
        .provider(&slug)
        .ok_or_else(|| visitor.fault(Error::not_found("provider")))?;
    Ok(respond::ok(&AboutProviderPage::of(
        visitor.frame().at(Section::Connections),
        provider.manifest(),
        &state.hub.scopes_of(&slug),
        &provider.login_choices(),
    )))
}
