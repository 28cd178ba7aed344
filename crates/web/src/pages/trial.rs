//! The test of a connection: one row per step, each with its verdict and what to do; with script the rows come one by
//! one, without it all at once.
//!
//! Must not know: which tools are tried. What a step found for the next one travels through the form; it is checked
//! where it is used, like any argument of a tool.

use super::connections::provider_name;
use crate::{
    extract::{Fields, id},
    fault::{Fault, PageResult},
    parts::{
        Badge, EnvironmentBadge, ErrorPanel, Frame, Section, Tone, diff::Diff, error_panel::Quoted,
    },
    respond,
    state::WebState,
    text::{Visible, one_line, visible},
    visitor::Visitor,
};
use askama::{Template, filters::HtmlSafe};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use gatelodge_core::{
    TrialResult,
    provider::trial::{Learned, TrialStep, TrialVerdict},
};
use gatelodge_model::{Connection, ConnectionId, Preview, WhoMustAct};
use serde::Deserialize;

/// More than any step finds, so that nobody sends more.
const MOST_LEARNED: usize = 4_096;

/// A step that was tried.
#[derive(Clone, Template)]
#[template(path = "parts/trial_row.html")]
pub(crate) struct TrialRow {
    pub(crate) title: &'static str,
    pub(crate) tool: &'static str,
    pub(crate) badge: Badge,
    pub(crate) words: Visible,
    pub(crate) to_do: Option<Visible>,
    pub(crate) who: Option<&'static str>,
    /// What the provider answered, where it refused.
    pub(crate) quoted: Option<Quoted>,
    pub(crate) diff: Option<Diff>,
}

impl HtmlSafe for TrialRow {}

impl TrialRow {
    pub(crate) fn of(result: &TrialResult) -> Self {
        let badge = match result.verdict {
            TrialVerdict::Works => Badge::new(Tone::Ok, "Works"),
            TrialVerdict::Attention => Badge::new(Tone::Attention, "Look at this"),
            TrialVerdict::Fails => Badge::new(Tone::Danger, "Does not work"),
            TrialVerdict::Skipped => Badge::new(Tone::Off, "Not tried"),
        };
        let quoted = result
            .error
            .as_ref()
            .and_then(|error| ErrorPanel::kept(error).quoted);
        Self {
            title: result.step.title,
            tool: result.step.tool,
            badge,
            words: visible(&result.words),
            to_do: result.to_do.as_deref().map(visible),
            who: result.who.map(WhoMustAct::in_words),
            quoted,
            diff: match &result.preview {
                Some(Preview::FieldDiff(diff)) => Some(Diff::of(diff)),
                _ => None,
            },
        }
    }
}

/// A step that comes next, and asks for itself.
pub(crate) struct Ahead {
    pub(crate) href: String,
    pub(crate) title: &'static str,
    pub(crate) number: usize,
    pub(crate) of: usize,
    /// The fields of the request, as htmx takes them.
    pub(crate) values: String,
}

impl Ahead {
    fn of(
        connection: ConnectionId,
        steps: &[TrialStep],
        index: usize,
        learned: &str,
    ) -> Option<Self> {
        let step = steps.get(index)?;
        Some(Self {
            href: format!("/connections/{connection}/test/step"),
            title: step.title,
            number: index + 1,
            of: steps.len(),
            values: serde_json::json!({ "step": step.slug, "learned": learned }).to_string(),
        })
    }
}

/// Rows that were tried, and the one that comes next.
#[derive(Template)]
#[template(path = "trial_rows.html")]
pub(crate) struct TrialRows {
    pub(crate) rows: Vec<TrialRow>,
    pub(crate) ahead: Option<Ahead>,
}

impl HtmlSafe for TrialRows {}

#[derive(Template)]
#[template(path = "trial.html")]
pub(crate) struct TrialPage {
    pub(crate) frame: Frame,
    pub(crate) href: String,
    pub(crate) provider: String,
    pub(crate) account: Visible,
    pub(crate) environment: EnvironmentBadge,
    pub(crate) steps: Vec<&'static str>,
    /// The rows, once it began.
    pub(crate) rows: Option<TrialRows>,
}

impl TrialPage {
    pub(crate) fn of(
        frame: Frame,
        connection: &Connection,
        provider: String,
        steps: &[TrialStep],
        rows: Option<TrialRows>,
    ) -> Self {
        let account = connection.account.as_ref();
        Self {
            frame,
            href: format!("/connections/{}", connection.id),
            provider,
            account: one_line(account.map_or("", |account| &account.username), 120),
            environment: EnvironmentBadge(connection.environment),
            steps: steps.iter().map(|step| step.title).collect(),
            rows,
        }
    }
}

/// `GET /connections/{id}/test`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(connection): Path<String>,
) -> PageResult {
    let connection = own(&state, &visitor, &connection).await?;
    Ok(respond::ok(&page(&state, &visitor, &connection, None)))
}

/// `POST /connections/{id}/test`: all steps; with script only the first row, which asks for the others.
pub(crate) async fn run(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(connection): Path<String>,
    headers: HeaderMap,
) -> PageResult {
    let connection = own(&state, &visitor, &connection).await?;
    let steps = state.hub.trial_steps(&connection);
    if headers.contains_key("hx-request") {
        let rows = TrialRows {
            rows: Vec::new(),
            ahead: Ahead::of(connection.id, steps, 0, ""),
        };
        return Ok(respond::ok(&rows));
    }
    let mut learned = Learned::new();
    let mut rows = Vec::with_capacity(steps.len());
    for step in steps {
        let result = state
            .hub
            .try_step(&visitor.person, connection.id, step.slug, &mut learned)
            .await
            .map_err(|error| visitor.fault(error))?;
        rows.push(TrialRow::of(&result));
        if result.ends {
            break;
        }
    }
    let rows = TrialRows { rows, ahead: None };
    Ok(respond::ok(&page(
        &state,
        &visitor,
        &connection,
        Some(rows),
    )))
}

/// What a row sends to be tried.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct StepForm {
    #[serde(default)]
    step: String,
    #[serde(default)]
    learned: String,
}

/// `POST /connections/{id}/test/step`: one row, and the next that asks for itself.
pub(crate) async fn step(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(connection): Path<String>,
    Fields(form): Fields<StepForm>,
) -> PageResult {
    let connection = own(&state, &visitor, &connection).await?;
    let mut learned: Learned = Some(form.learned.as_str())
        .filter(|text| text.len() <= MOST_LEARNED)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let result = state
        .hub
        .try_step(&visitor.person, connection.id, &form.step, &mut learned)
        .await
        .map_err(|error| visitor.fault(error))?;
    let steps = state.hub.trial_steps(&connection);
    let here = steps
        .iter()
        .position(|step| step.slug == form.step)
        .filter(|_| !result.ends);
    let learned = serde_json::to_string(&learned).unwrap_or_default();
    Ok(respond::ok(&TrialRows {
        rows: vec![TrialRow::of(&result)],
        ahead: here.and_then(|here| Ahead::of(connection.id, steps, here + 1, &learned)),
    }))
}

async fn own(state: &WebState, visitor: &Visitor, connection: &str) -> Result<Connection, Fault> {
    let fault = |error| visitor.fault(error);
    let connection: ConnectionId = id(connection, "connection").map_err(fault)?;
    state
        .hub
        .connection(&visitor.person, connection)
        .await
        .map_err(fault)
}

fn page(
    state: &WebState,
    visitor: &Visitor,
    connection: &Connection,
    rows: Option<TrialRows>,
) -> TrialPage {
    TrialPage::of(
        visitor.frame().at(Section::Connections),
        connection,
        provider_name(&state.hub, connection),
        state.hub.trial_steps(connection),
        rows,
    )
}
