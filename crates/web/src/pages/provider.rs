//! One provider: its switch, its OAuth apps by whom they are for, and which of them counts for whom.
//!
//! Must not know: client secrets.

use super::{
    Done,
    oauth_app::Choice,
    oauth_apps::AppRow,
    providers::{ProviderCard, state as badge_of},
};
use crate::{
    fault::PageResult,
    parts::{Badge, Frame, Section},
    respond,
    state::WebState,
    text::{Visible, one_line, visible},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
};
use gatelodge_core::ScopeView;
use gatelodge_model::{ErrorKind, Group, OAuthApp, Result, Serves};
use serde::Deserialize;

/// An app with whom it is for.
#[derive(Debug, Clone)]
pub(crate) struct SourceRow {
    pub(crate) app: AppRow,
    pub(crate) serves: Visible,
}

/// Whom an app is for, in words.
pub(crate) fn serves(app: &OAuthApp, groups: &[Group]) -> Visible {
    match app.serves {
        Serves::Instance => visible("Everybody, default of this installation"),
        Serves::Organization => visible("Everybody in the organization"),
        Serves::Group(id) => match groups.iter().find(|group| group.id == id) {
            Some(group) => one_line(&format!("Group {}", group.name), 140),
            None => visible("A group that is gone: nobody"),
        },
        Serves::Person { .. } => visible("One person"),
    }
}

#[derive(Template)]
#[template(path = "provider.html")]
pub(crate) struct ProviderPage {
    pub(crate) frame: Frame,
    pub(crate) card: ProviderCard,
    pub(crate) state: Badge,
    pub(crate) rows: Vec<SourceRow>,
    pub(crate) groups: Vec<Choice>,
    pub(crate) scopes: Vec<crate::parts::ScopeRow>,
    pub(crate) show_granted: bool,
    pub(crate) email: String,
    pub(crate) answer: Option<Visible>,
    pub(crate) email_error: Option<String>,
}

/// For whom the choice is asked.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    person: String,
    #[serde(flatten)]
    done: Done,
}

/// `GET /admin/providers/{slug}`.
pub(crate) async fn show(
    State(web): State<WebState>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult {
    let (status, page) = page(&web, &visitor, &slug, asked)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::page(status, &page))
}

async fn page(
    web: &WebState,
    visitor: &Visitor,
    slug: &str,
    asked: Asked,
) -> Result<(StatusCode, ProviderPage)> {
    let hub = &web.hub;
    let entry = hub.provider_entry(&visitor.person, slug).await?;
    let groups = hub.groups_for_apps(&visitor.person).await?;
    let mut status = StatusCode::OK;
    let (mut answer, mut email_error) = (None, None);
    if !asked.person.trim().is_empty() {
        match hub
            .app_choice_of(&visitor.person, slug, &asked.person)
            .await
        {
            Ok((_, words)) => answer = Some(one_line(&words, 1_500)),
            Err(error) if error.kind() == ErrorKind::InvalidArgument => {
                status = StatusCode::BAD_REQUEST;
                email_error = Some(error.message().to_owned());
            }
            Err(error) => return Err(error),
        }
    }
    let scopes: Vec<ScopeView> = hub.scopes_of(slug);
    let page = ProviderPage {
        frame: visitor
            .frame()
            .at(Section::Providers)
            .saying(asked.done.done.as_deref()),
        card: ProviderCard::from(&entry),
        state: badge_of(entry.off),
        rows: entry
            .apps
            .iter()
            .map(|app| SourceRow {
                app: AppRow::of(app, entry.name.clone(), hub.now()),
                serves: serves(app, &groups),
            })
            .collect(),
        groups: groups
            .iter()
            .map(|group| Choice {
                value: group.id.to_string(),
                label: one_line(&group.name, 120),
            })
            .collect(),
        scopes: super::connect::scope_rows(&scopes),
        show_granted: false,
        email: asked.person,
        answer,
        email_error,
    };
    Ok((status, page))
}
