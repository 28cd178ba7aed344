//! The audit log: who did what, when, through which door, and whether the chain still holds.
//!
//! Must not know: how events are written, or how an export is (`audit_export`).

use crate::{
    fault::PageResult,
    parts::{
        Frame, Section,
        audit_row::{AuditRow, Names},
    },
    respond,
    state::WebState,
    text::{Visible, numbers::counted, visible},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_core::{AuditVerification, Hub, Person};
use gatelodge_model::{AgentId, Result, UserId};
use std::collections::BTreeSet;

use super::audit_wish::Wish;

const PAGE: usize = 100;

/// Groups of actions to choose from.
const GROUPS: [(&str, &str); 14] = [
    ("", "Everything"),
    ("session.", "Signing in and out"),
    ("user.", "People"),
    ("group.", "Groups"),
    ("agent.", "Agents"),
    ("provider.", "Providers"),
    ("oauth_app.", "OAuth apps"),
    ("connection.", "Connections"),
    ("tool.", "Tool calls"),
    ("export.", "Exports of records"),
    ("proposal.", "Proposals"),
    ("policy.", "Policy"),
    ("organization.", "The organization"),
    ("audit.", "The audit log itself"),
];

/// What a check of the chains found.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) events: String,
    pub(crate) chains: String,
    pub(crate) fault: Option<Visible>,
}

fn words(count: u64, one: &str, many: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), one, many)
}

impl Verdict {
    pub(crate) fn of(found: &AuditVerification) -> Self {
        Self {
            events: words(found.events, "event", "events"),
            chains: words(found.chains, "chain", "chains"),
            fault: found.first_fault.as_deref().map(visible),
        }
    }
}

#[derive(Template)]
#[template(path = "audit.html")]
pub(crate) struct AuditPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<AuditRow>,
    pub(crate) groups: &'static [(&'static str, &'static str)],
    pub(crate) wish: Wish,
    pub(crate) older: Option<String>,
    pub(crate) newest: Option<String>,
    pub(crate) whole: bool,
    pub(crate) verdict: Option<Verdict>,
}

impl AuditPage {
    pub(crate) const GROUPS: &'static [(&'static str, &'static str)] = &GROUPS;
}

/// `GET /audit`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> PageResult {
    let page = page(&state, &visitor, wish)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

/// `POST /audit/verify`: checks and tells; changes nothing.
pub(crate) async fn verify(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    let fault = |error| visitor.fault(error);
    let found = state
        .hub
        .verify_audit(&visitor.person)
        .await
        .map_err(fault)?;
    let mut page = page(&state, &visitor, Wish::default())
        .await
        .map_err(fault)?;
    page.verdict = Some(Verdict::of(&found));
    Ok(respond::ok(&page))
}

async fn page(state: &WebState, visitor: &Visitor, wish: Wish) -> Result<AuditPage> {
    let person = &visitor.person;
    let mut filter = wish.filter(&state.hub, person).await?;
    filter.limit = PAGE as u64;
    let paged = filter.before.is_some();
    let events = state.hub.audit(person, filter).await?;
    let actors = events.iter().map(|event| event.actor);
    let names = names(
        &state.hub,
        person,
        actors.clone().filter_map(|actor| actor.person()).collect(),
        actors.filter_map(|actor| actor.agent()).collect(),
    )
    .await?;
    let now = state.hub.now();
    let query = wish.query();
    Ok(AuditPage {
        frame: visitor.frame().at(Section::Audit),
        older: events
            .last()
            .filter(|_| events.len() == PAGE)
            .map(|last| format!("/audit?{query}before={}", last.id)),
        newest: paged.then(|| format!("/audit?{query}")),
        rows: events
            .iter()
            .map(|event| AuditRow::of(event, &names, now))
            .collect(),
        groups: AuditPage::GROUPS,
        whole: person.role().reads_audit(),
        wish,
        verdict: None,
    })
}

/// Names of these actors, as far as this person may know them.
pub(super) async fn names(
    hub: &Hub,
    person: &Person,
    people: BTreeSet<UserId>,
    agents: BTreeSet<AgentId>,
) -> Result<Names> {
    let (people, agents) = hub.actors_to_name(person, people, agents).await?;
    Ok(Names {
        people: people
            .into_iter()
            .map(|user| (user.id, user.name))
            .collect(),
        agents: agents
            .into_iter()
            .map(|agent| (agent.id, agent.name))
            .collect(),
    })
}
