//! Panic: ending every connection of the organization or of a provider, how far that is, and what is still open.
//!
//! Must not know: how a grant ends.

use super::Done;
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Badge, Frame, Section, Tone},
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode},
};
use gatelodge_core::{OpenGrant, PanicOverview, PanicResult, PanicRun, PanicScope};
use gatelodge_model::{ConnectionId, ErrorKind, Result, Timestamp};
use serde::Deserialize;

/// The longest reason that a row shows.
const REASON: usize = 400;

/// A connection and how it ended.
#[derive(Debug, Clone)]
pub(crate) struct ResultRow {
    pub(crate) id: String,
    pub(crate) name: Visible,
    pub(crate) provider: String,
    pub(crate) badge: Badge,
    pub(crate) why: Option<Visible>,
    /// It is still connected here.
    pub(crate) lives: bool,
}

impl ResultRow {
    fn of(result: &PanicResult, still_open: bool) -> Self {
        let id = result.connection.to_string();
        // what was pending when it was tried may have been confirmed since
        let unconfirmed = result.unconfirmed.as_deref().filter(|_| still_open);
        Self {
            name: one_line(result.account.as_deref().unwrap_or(&id), 120),
            id,
            provider: result.provider.clone(),
            badge: match unconfirmed {
                None => Badge::new(Tone::Ok, "Ended"),
                Some(_) if !result.ended_here => Badge::new(Tone::Danger, "Still connected"),
                Some(_) => Badge::new(Tone::Attention, "Not confirmed"),
            },
            lives: !result.ended_here,
            why: unconfirmed.map(|why| one_line(why, REASON)),
        }
    }
}

/// How far a panic is.
#[derive(Debug, Clone)]
pub(crate) struct RunView {
    pub(crate) provider: Option<String>,
    pub(crate) begun: Moment,
    pub(crate) connections: usize,
    pub(crate) tried: usize,
    pub(crate) revoked: usize,
    pub(crate) ended: bool,
    pub(crate) rows: Vec<ResultRow>,
}

impl RunView {
    pub(crate) fn of(run: &PanicRun, open: &[OpenGrant], now: Timestamp) -> Self {
        let rows: Vec<ResultRow> = run
            .results
            .iter()
            .map(|result| ResultRow::of(result, is_open(result, open)))
            .collect();
        Self {
            provider: run.provider.clone(),
            begun: moment(run.begun_at, now),
            connections: run.connections,
            tried: rows.len(),
            revoked: rows.iter().filter(|row| row.why.is_none()).count(),
            ended: run.ended,
            rows,
        }
    }
}

/// Whether what a provider did not confirm is still not confirmed; what failed here is, until it is tried again.
fn is_open(result: &PanicResult, open: &[OpenGrant]) -> bool {
    !result.ended_here
        || open
            .iter()
            .any(|grant| grant.connection == result.connection)
}

/// A grant that may live on.
#[derive(Debug, Clone)]
pub(crate) struct OpenRow {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) badge: Badge,
    pub(crate) since: Moment,
    pub(crate) until: Option<Moment>,
    pub(crate) reason: Visible,
    pub(crate) by_hand: Option<Visible>,
}

impl OpenRow {
    pub(crate) fn of(grant: &OpenGrant, now: Timestamp) -> Self {
        Self {
            id: grant.connection.to_string(),
            provider: grant.provider.clone(),
            badge: match grant.asked_until {
                Some(_) => Badge::new(Tone::Waiting, "Asked again"),
                None => Badge::new(Tone::Danger, "Revoke it by hand"),
            },
            since: moment(grant.since, now),
            until: grant.asked_until.map(|until| moment(until, now)),
            reason: one_line(&grant.reason, REASON),
            by_hand: (!grant.by_hand.is_empty()).then(|| one_line(&grant.by_hand, REASON)),
        }
    }
}

/// What can be chosen.
#[derive(Debug, Clone)]
pub(crate) struct ScopeRow {
    /// Value of the field: the slug, or nothing for all.
    pub(crate) provider: String,
    pub(crate) label: String,
    pub(crate) typed: Visible,
    pub(crate) connections: usize,
    pub(crate) chosen: bool,
}

impl ScopeRow {
    fn of(scope: &PanicScope, chosen: &str) -> Self {
        let provider = scope.provider.clone().unwrap_or_default();
        let label = match &scope.provider {
            None => "All connections".to_owned(),
            Some(slug) => format!("Connections with {slug}"),
        };
        Self {
            label,
            typed: one_line(&scope.typed, 120),
            connections: scope.connections,
            chosen: provider == chosen,
            provider,
        }
    }
}

#[derive(Template)]
#[template(path = "panic.html")]
pub(crate) struct PanicPage {
    pub(crate) frame: Frame,
    pub(crate) run: Option<RunView>,
    pub(crate) open: Vec<OpenRow>,
    pub(crate) scopes: Vec<ScopeRow>,
    pub(crate) error: Option<String>,
}

#[derive(Template)]
#[template(path = "panic_progress.html")]
struct Progress {
    run: RunView,
}

impl PanicPage {
    pub(crate) fn of(frame: Frame, overview: &PanicOverview, now: Timestamp) -> Self {
        let living = overview.scopes.iter().any(|scope| scope.connections > 0);
        let open = &overview.open;
        Self {
            frame: frame.at(Section::Panic),
            run: overview.run.as_ref().map(|run| RunView::of(run, open, now)),
            open: open.iter().map(|grant| OpenRow::of(grant, now)).collect(),
            scopes: overview
                .scopes
                .iter()
                .filter(|_| living)
                .map(|scope| ScopeRow::of(scope, ""))
                .collect(),
            error: None,
        }
    }
}

async fn page(state: &WebState, visitor: &Visitor) -> Result<PanicPage> {
    let overview = state.hub.panic_overview(&visitor.person).await?;
    Ok(PanicPage::of(visitor.frame(), &overview, state.hub.now()))
}

/// `GET /admin/panic`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let mut page = page(&state, &visitor)
        .await
        .map_err(|error| visitor.fault(error))?;
    page.frame = page.frame.saying(done.done.as_deref());
    Ok(respond::ok(&page))
}

/// `GET /admin/panic/progress`: the part that changes while connections are ended.
pub(crate) async fn progress(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    let mut page = page(&state, &visitor)
        .await
        .map_err(|error| visitor.fault(error))?;
    let (mut response, goes_on) = match page.run.take() {
        Some(run) => {
            let goes_on = !run.ended;
            (respond::ok(&Progress { run }), goes_on)
        }
        None => (respond::ok(&page), false),
    };
    if !goes_on {
        // the rest of the page changed too
        response
            .headers_mut()
            .insert("hx-refresh", HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The form that orders it.
#[derive(Debug, Deserialize)]
pub(crate) struct OrderForm {
    #[serde(default)]
    provider: String,
    #[serde(default)]
    confirm: String,
}

/// `POST /admin/panic`.
pub(crate) async fn order(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<OrderForm>,
) -> PageResult {
    let provider = Some(form.provider.as_str()).filter(|slug| !slug.is_empty());
    let begun = state
        .hub
        .begin_panic(&visitor.person, provider, &form.confirm)
        .await;
    match begun {
        Ok(()) => Ok(respond::see("/admin/panic", Some("panic-begun"))),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            let mut page = page(&state, &visitor)
                .await
                .map_err(|error| visitor.fault(error))?;
            page.error = Some(error.message().to_owned());
            for scope in &mut page.scopes {
                scope.chosen = scope.provider == form.provider;
            }
            Ok(respond::page(StatusCode::BAD_REQUEST, &page))
        }
        Err(error) => Err(visitor.fault(error)),
    }
}

/// `POST /admin/panic/{id}/again`.
pub(crate) async fn again(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(connection): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let connection: ConnectionId = id(&connection, "connection").map_err(fault)?;
    let ended = state
        .hub
        .end_again(&visitor.person, connection)
        .await
        .map_err(fault)?;
    let code = if ended { "grant-ended" } else { "grant-open" };
    Ok(respond::see("/admin/panic", Some(code)))
}
