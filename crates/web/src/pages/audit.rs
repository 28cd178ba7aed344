//! The audit log: who did what, when, through which door, and whether the chain still holds.
//!
//! Must not know: how events are written.

use crate::{
    extract::id,
    fault::PageResult,
    parts::{
        Frame, Section,
        audit_row::{AuditRow, Names},
    },
    respond,
    state::WebState,
    text::{Visible, next, numbers::counted, visible},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Query, State};
use gatelodge_core::{AuditFilter, AuditVerification};
use gatelodge_model::Result;
use serde::Deserialize;

const PAGE: usize = 100;

/// Groups of actions to choose from.
const GROUPS: [(&str, &str); 9] = [
    ("", "Everything"),
    ("session.", "Signing in and out"),
    ("user.", "People"),
    ("agent.", "Agents"),
    ("oauth_app.", "OAuth apps"),
    ("connection.", "Connections"),
    ("tool.", "Tool calls"),
    ("proposal.", "Proposals"),
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
    pub(crate) action: String,
    pub(crate) older: Option<String>,
    pub(crate) newest: Option<String>,
    pub(crate) whole: bool,
    pub(crate) verdict: Option<Verdict>,
}

impl AuditPage {
    pub(crate) const GROUPS: &'static [(&'static str, &'static str)] = &GROUPS;
}

/// Which events.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    action: String,
    #[serde(default)]
    before: Option<String>,
}

/// `GET /audit`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> PageResult {
    let page = page(&state, &visitor, &wish)
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
    let mut page = page(&state, &visitor, &Wish::default())
        .await
        .map_err(fault)?;
    page.verdict = Some(Verdict::of(&found));
    Ok(respond::ok(&page))
}

async fn page(state: &WebState, visitor: &Visitor, wish: &Wish) -> Result<AuditPage> {
    let before = wish
        .before
        .as_deref()
        .map(|text| id(text, "audit event"))
        .transpose()?;
    let action: String = wish.action.chars().take(80).collect();
    let filter = AuditFilter {
        action: Some(action.clone()).filter(|action| !action.is_empty()),
        before,
        limit: PAGE as u64,
    };
    let events = state.hub.audit(&visitor.person, filter).await?;
    let names = names(state, visitor).await?;
    let now = state.hub.now();
    let query = if action.is_empty() {
        String::new()
    } else {
        format!("action={}&", next::encode(&action))
    };
    Ok(AuditPage {
        frame: visitor.frame().at(Section::Audit),
        older: events
            .last()
            .filter(|_| events.len() == PAGE)
            .map(|last| format!("/audit?{query}before={}", last.id)),
        newest: before.map(|_| format!("/audit?{query}")),
        rows: events
            .iter()
            .map(|event| AuditRow::of(event, &names, now))
            .collect(),
        groups: AuditPage::GROUPS,
        action,
        whole: visitor.person.role().reads_audit(),
        verdict: None,
    })
}

/// Names that this person may know: everybody's for those who oversee, else their own.
async fn names(state: &WebState, visitor: &Visitor) -> Result<Names> {
    let person = &visitor.person;
    let mut names = Names::default();
    if person.role().reads_audit() {
        let people = state.hub.people(person).await?;
        names.people = people
            .into_iter()
            .map(|user| (user.id, user.name))
            .collect();
    } else {
        names
            .people
            .insert(person.user().id, person.user().name.clone());
    }
    let agents = state.hub.agents_to_name(person).await?;
    names.agents = agents
        .into_iter()
        .map(|agent| (agent.id, agent.name))
        .collect();
    Ok(names)
}
