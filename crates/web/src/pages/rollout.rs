//! Rolling a provider out: how far the organization is, who is missing and can be asked, and to whom it is open.
//!
//! Must not know: how people are counted or told.

use super::{
    Done,
    all_connections::{Choice, Progress},
    connections::name_of,
};
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Badge, EnvironmentBadge, Frame, Section, Tone},
    respond,
    state::WebState,
    text::{Moment, Visible, grouped, moment, next::encode, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_core::{CoverageWish, GroupCoverage, MissingPerson, PersonPlace, ProviderLimit};
use gatelodge_model::{GroupId, Result, Timestamp};
use serde::Deserialize;

/// A group in the table.
#[derive(Debug, Clone)]
pub(crate) struct GroupRow {
    pub(crate) id: String,
    pub(crate) name: Visible,
    pub(crate) progress: Progress,
    pub(crate) badge: Badge,
}

impl GroupRow {
    pub(crate) fn of(group: &GroupCoverage) -> Self {
        Self {
            id: group.group.id.to_string(),
            name: one_line(&group.group.name, 80),
            progress: group.covered.into(),
            badge: if group.open {
                Badge::new(Tone::Ok, "Open")
            } else {
                Badge::new(Tone::Off, "Not open yet")
            },
        }
    }
}

/// Somebody who is missing.
#[derive(Debug, Clone)]
pub(crate) struct MissingRow {
    pub(crate) name: Visible,
    pub(crate) email: Visible,
    pub(crate) asked: Option<Moment>,
}

impl MissingRow {
    pub(crate) fn of(missing: &MissingPerson, now: Timestamp) -> Self {
        Self {
            name: one_line(&missing.person.name, 120),
            email: one_line(&missing.person.email, 160),
            asked: missing.asked_at.map(|at| moment(at, now)),
        }
    }
}

#[derive(Template)]
#[template(path = "rollout.html")]
pub(crate) struct RolloutPage {
    pub(crate) frame: Frame,
    pub(crate) provider: String,
    pub(crate) slug: String,
    pub(crate) providers: Vec<Choice>,
    pub(crate) progress: Progress,
    pub(crate) environments: Vec<(EnvironmentBadge, String)>,
    pub(crate) groups: Vec<GroupRow>,
    pub(crate) chosen: Option<(String, Visible)>,
    pub(crate) missing: Vec<MissingRow>,
    /// How many were asked lately, and how many of them have connected.
    pub(crate) asked: Option<(String, String)>,
    pub(crate) open_to: Vec<Visible>,
    pub(crate) gone: usize,
    pub(crate) limits: Vec<Choice>,
    pub(crate) next: Option<String>,
}

impl RolloutPage {
    fn limited(&self) -> bool {
        !self.open_to.is_empty() || self.gone > 0
    }
}

/// What is looked at.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    provider: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    after_name: String,
    #[serde(default)]
    after: String,
}

/// `GET /admin/rollout`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
    Query(done): Query<Done>,
) -> PageResult {
    let page = page(&state, &visitor, &wish, &done)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

fn group_of(text: &str) -> Result<Option<GroupId>> {
    if text.is_empty() {
        return Ok(None);
    }
    id(text, "group").map(Some)
}

async fn page(
    state: &WebState,
    visitor: &Visitor,
    wish: &Wish,
    done: &Done,
) -> Result<RolloutPage> {
    let now = state.hub.now();
    let asked = CoverageWish {
        provider: (!wish.provider.is_empty()).then(|| wish.provider.clone()),
        group: group_of(&wish.group)?,
        behind: wish.after.parse().ok().map(|user| PersonPlace {
            name: wish.after_name.clone(),
            user,
        }),
    };
    let found = state.hub.coverage(&visitor.person, asked).await?;
    let limits = state.hub.provider_limits(&visitor.person).await?;
    let limit = limits
        .into_iter()
        .find(|limit| limit.provider == found.provider)
        .unwrap_or(ProviderLimit {
            provider: found.provider.clone(),
            groups: Vec::new(),
            gone: 0,
        });
    let slug = found.provider.clone();
    Ok(RolloutPage {
        frame: visitor
            .frame()
            .at(Section::Rollout)
            .saying(done.done.as_deref()),
        provider: name_of(&state.hub, &slug),
        providers: state
            .hub
            .catalogue()
            .providers()
            .map(|provider| {
                let manifest = provider.manifest();
                Choice::new(&manifest.slug, &manifest.name, &slug)
            })
            .collect(),
        progress: found.covered.into(),
        environments: found
            .environments
            .iter()
            .map(|(environment, people)| (EnvironmentBadge(*environment), grouped(*people)))
            .collect(),
        limits: found
            .groups
            .iter()
            .map(|group| {
                let mut choice = Choice::new(&group.group.id.to_string(), &group.group.name, "");
                choice.chosen = limit.groups.iter().any(|open| open.id == group.group.id);
                choice
            })
            .collect(),
        groups: found.groups.iter().map(GroupRow::of).collect(),
        chosen: found
            .chosen
            .as_ref()
            .map(|group| (group.id.to_string(), one_line(&group.name, 80))),
        missing: found
            .missing
            .iter()
            .map(|missing| MissingRow::of(missing, now))
            .collect(),
        asked: (found.asked.asked > 0)
            .then(|| (grouped(found.asked.asked), grouped(found.asked.connected))),
        open_to: limit
            .groups
            .iter()
            .map(|group| one_line(&group.name, 80))
            .collect(),
        gone: limit.gone,
        next: found.next.map(|place| {
            let group = found
                .chosen
                .as_ref()
                .map_or_else(String::new, |group| format!("group={}&", group.id));
            format!(
                "/admin/rollout?provider={slug}&{group}after_name={}&after={}",
                encode(&place.name),
                place.user
            )
        }),
        slug,
    })
}

/// Whom to ask.
#[derive(Debug, Deserialize)]
pub(crate) struct AskForm {
    #[serde(default)]
    provider: String,
    #[serde(default)]
    group: String,
}

/// `POST /admin/rollout/ask`.
pub(crate) async fn ask(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<AskForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let group = group_of(&form.group).map_err(fault)?;
    let asked = state
        .hub
        .ask_to_connect(&visitor.person, &form.provider, group)
        .await
        .map_err(fault)?;
    let done = match (asked.told, asked.asked_before) {
        (0, 0) => "nobody-missing",
        (0, _) => "all-asked-today",
        _ => "people-asked",
    };
    Ok(respond::see("/admin/rollout", Some(done)))
}

/// `POST /admin/rollout/limit`: the form's fields are `provider` and a `group` for each box that is ticked.
pub(crate) async fn limit(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(fields): Fields<Vec<(String, String)>>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let provider = fields
        .iter()
        .find(|(name, _)| name == "provider")
        .map_or("", |(_, value)| value.as_str());
    let groups = fields
        .iter()
        .filter(|(name, _)| name == "group")
        .map(|(_, value)| id(value, "group"))
        .collect::<Result<Vec<GroupId>>>()
        .map_err(fault)?;
    state
        .hub
        .limit_provider(&visitor.person, provider, &groups)
        .await
        .map_err(fault)?;
    let done = if groups.is_empty() {
        "provider-open"
    } else {
        "provider-limited"
    };
    Ok(respond::see("/admin/rollout", Some(done)))
}
