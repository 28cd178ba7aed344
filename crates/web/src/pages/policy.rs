//! The rules for tool calls, what they would do to a call, and the share of calls that agents may use.
//!
//! Must not know: how rules are weighed.

use super::Done;
use crate::{
    extract::Fields,
    fault::PageResult,
    parts::{Badge, Frame, Section, Tone},
    respond,
    state::WebState,
    text::{Moment, Visible, grouped, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
};
use gatelodge_core::{RuleView, Trial, TriedCall};
use gatelodge_model::{Decision, Environment, Error, ErrorKind, Result, Timestamp};
use serde::Deserialize;

/// Rules on one page.
const PAGE: usize = 100;

/// A rule in the list.
#[derive(Debug, Clone)]
pub(crate) struct RuleRow {
    pub(crate) id: String,
    pub(crate) name: Visible,
    pub(crate) words: Visible,
    pub(crate) reason: Option<Visible>,
    pub(crate) enabled: bool,
    pub(crate) badge: Badge,
    pub(crate) changed: Moment,
}

impl RuleRow {
    fn of(view: &RuleView, now: Timestamp) -> Self {
        let rule = &view.rule;
        Self {
            id: rule.id.to_string(),
            name: one_line(&rule.name, 80),
            words: one_line(&view.words, 2_000),
            reason: (!rule.reason.is_empty()).then(|| one_line(&rule.reason, 500)),
            enabled: rule.enabled,
            badge: badge(rule.decision, rule.enabled),
            changed: moment(rule.updated_at, now),
        }
    }
}

pub(crate) fn badge(decision: Decision, enabled: bool) -> Badge {
    match (enabled, decision) {
        (false, _) => Badge::new(Tone::Off, "Switched off"),
        (true, Decision::Deny) => Badge::new(Tone::Danger, "Refuses"),
        (true, Decision::Ask) => Badge::new(Tone::Waiting, "Asks"),
        (true, Decision::Allow) => Badge::new(Tone::Attention, "Direct mode"),
    }
}

/// What was tried, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct TrialForm {
    #[serde(default)]
    pub(crate) agent: String,
    #[serde(default)]
    pub(crate) tool: String,
    #[serde(default)]
    pub(crate) arguments: String,
    #[serde(default)]
    pub(crate) environment: String,
}

/// What would happen.
#[derive(Debug, Clone)]
pub(crate) struct Tried {
    pub(crate) badge: Badge,
    pub(crate) why: Visible,
    pub(crate) more: Option<&'static str>,
    pub(crate) touches: Vec<Visible>,
    pub(crate) records: String,
    pub(crate) assumed: bool,
}

impl Tried {
    fn of(tried: &TriedCall) -> Self {
        let badge = match tried.decision {
            Decision::Allow => Badge::new(Tone::Ok, "It would run"),
            Decision::Ask => Badge::new(Tone::Waiting, "A person would be asked"),
            Decision::Deny => Badge::new(Tone::Danger, "It would be refused"),
        };
        Self {
            badge,
            why: one_line(&tried.why, 500),
            more: match (tried.demands.step_up, tried.demands.four_eyes) {
                (false, false) => None,
                (true, false) => Some("Approving would need a fresh sign-in."),
                (false, true) => Some("A second person would have to confirm."),
                (true, true) => {
                    Some("Approving would need a fresh sign-in, and a second person to confirm.")
                }
            },
            touches: tried
                .touches
                .iter()
                .map(|line| one_line(line, 300))
                .collect(),
            records: tried
                .records
                .map_or_else(|| "cannot be told beforehand".to_owned(), grouped),
            assumed: tried.assumed,
        }
    }
}

#[derive(Template)]
#[template(path = "policy.html")]
pub(crate) struct PolicyPage {
    pub(crate) frame: Frame,
    pub(crate) writes: bool,
    pub(crate) rows: Vec<RuleRow>,
    pub(crate) total: usize,
    pub(crate) next: Option<usize>,
    pub(crate) share: String,
    pub(crate) share_error: Option<String>,
    pub(crate) tools: Vec<String>,
    pub(crate) trial: TrialForm,
    pub(crate) trial_error: Option<String>,
    pub(crate) tried: Option<Tried>,
}

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Part {
    #[serde(default)]
    from: usize,
}

async fn page(
    state: &WebState,
    visitor: &Visitor,
    from: usize,
    done: Option<&str>,
) -> Result<PolicyPage> {
    let now = state.hub.now();
    let rules = state.hub.policy_rules(&visitor.person).await?;
    let policy = visitor.person.organization().policy;
    let tools = state.hub.catalogue().tools();
    Ok(PolicyPage {
        frame: visitor.frame().at(Section::Policy).saying(done),
        writes: policy.writes != Decision::Deny,
        total: rules.len(),
        next: (rules.len() > from.saturating_add(PAGE)).then(|| from + PAGE),
        rows: rules
            .iter()
            .skip(from)
            .take(PAGE)
            .map(|view| RuleRow::of(view, now))
            .collect(),
        share: policy
            .agents_share
            .map_or_else(String::new, |share| share.to_string()),
        share_error: None,
        tools: tools
            .map(|(_, tool)| tool.descriptor().name.to_string())
            .collect(),
        trial: TrialForm::default(),
        trial_error: None,
        tried: None,
    })
}

/// `GET /admin/policy`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(part): Query<Part>,
    Query(done): Query<Done>,
) -> PageResult {
    let page = page(&state, &visitor, part.from, done.done.as_deref())
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

/// `POST /admin/policy/try`: changes nothing; it is a form because arguments do not belong into an address.
pub(crate) async fn test(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<TrialForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let mut page = page(&state, &visitor, 0, None).await.map_err(fault)?;
    let trial = Trial {
        agent: form.agent.clone(),
        tool: form.tool.clone(),
        arguments: form.arguments.clone(),
        environment: Environment::parse(&form.environment).unwrap_or(Environment::Production),
    };
    page.trial = form;
    match state.hub.try_policy(&visitor.person, trial).await {
        Ok(tried) => {
            page.tried = Some(Tried::of(&tried));
            Ok(respond::ok(&page))
        }
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            page.trial_error = Some(words(&error));
            Ok(respond::page(StatusCode::BAD_REQUEST, &page))
        }
        Err(error) => Err(fault(error)),
    }
}

/// An error of a field, with its name.
pub(crate) fn words(error: &Error) -> String {
    match error.field().filter(|field| !field.is_empty()) {
        Some(field) => format!("{field}: {}", error.message()),
        None => error.message().to_owned(),
    }
}

/// What the share form says.
#[derive(Debug, Deserialize)]
pub(crate) struct ShareForm {
    #[serde(default)]
    share: String,
}

/// `POST /admin/policy/share`.
pub(crate) async fn share(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<ShareForm>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let text = form.share.trim();
    let share = match (text.is_empty(), text.parse::<u8>()) {
        (true, _) => Ok(None),
        (false, Ok(share)) => Ok(Some(share)),
        (false, Err(_)) => Err(Error::invalid("share", "The share is 1 to 100 per cent.")),
    };
    let saved = match share {
        Ok(share) => state.hub.set_agents_share(&visitor.person, share).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(respond::see("/admin/policy", Some("share-saved"))),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            let mut page = page(&state, &visitor, 0, None).await.map_err(fault)?;
            page.share = form.share;
            page.share_error = Some(error.message().to_owned());
            Ok(respond::page(StatusCode::BAD_REQUEST, &page))
        }
        Err(error) => Err(fault(error)),
    }
}
