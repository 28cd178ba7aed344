//! One connection: who we are there, what was granted, where to revoke, what happened.
//!
//! Must not know: credentials.

use super::{
    Done,
    connection_budget::{BudgetPart, SharePart},
    connections::{Card, provider_name},
};
use crate::{
    extract::id,
    fault::PageResult,
    parts::{Doctor, Frame, Moments, ScopeRow, Section, scopes::Granted, timeline::Entry},
    respond,
    state::WebState,
    text::{Visible, moment, one_line, visible},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::{Path, Query, State};
use gatelodge_core::{AuditFilter, Hub, provider::Manifest};
use gatelodge_model::{
    AuditEvent, AuditOutcome, Connection, ConnectionEvent, ConnectionEventKind, ConnectionId,
    ConnectionStatus, Result, Timestamp,
};
use serde::Deserialize;

/// A place at the provider where access is reviewed.
#[derive(Debug, Clone)]
pub(crate) struct ReviewPlace {
    pub(crate) audience: &'static str,
    pub(crate) title: Visible,
    pub(crate) path: Visible,
}

#[derive(Template)]
#[template(path = "connection.html")]
pub(crate) struct ConnectionPage {
    pub(crate) frame: Frame,
    pub(crate) card: Card,
    pub(crate) connects: bool,
    pub(crate) scopes: Vec<ScopeRow>,
    pub(crate) show_granted: bool,
    pub(crate) review: Vec<ReviewPlace>,
    pub(crate) residency: Option<Visible>,
    /// What is told of the provider.
    pub(crate) about: String,
    /// How much of the hour's budget is used; none where nothing has a limit, or the keeper is away.
    pub(crate) budget: Option<BudgetPart>,
    /// How many calls the provider counted, and how many of them agents may use; none where it told nothing yet.
    pub(crate) share: Option<SharePart>,
    /// The provider did not confirm that access ended there.
    pub(crate) unconfirmed: Option<Visible>,
    pub(crate) timeline: Moments,
    pub(crate) doctor: Doctor,
    /// How many grants the provider keeps for one person and app.
    pub(crate) grants: Option<u32>,
    /// Words on the provider's own pages that never reach us, while a sign-in is open.
    pub(crate) shown_there: Vec<ShownRow>,
}

/// Words on a page of the provider's, and what they mean.
#[derive(Debug, Clone)]
pub(crate) struct ShownRow {
    pub(crate) words: Visible,
    pub(crate) means: String,
    pub(crate) to_do: String,
}

/// How many looks there were.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Looks {
    #[serde(default)]
    looks: usize,
}

/// `GET /connections/{id}/doctor`: the panel alone, after another look.
pub(crate) async fn doctor(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(connection): Path<String>,
    Query(looks): Query<Looks>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let id: ConnectionId = id(&connection, "connection").map_err(fault)?;
    let checked = state
        .hub
        .recheck(&visitor.person, id)
        .await
        .map_err(fault)?;
    let name = provider_name(&state.hub, &checked.connection);
    Ok(respond::ok(&Doctor::of(
        &checked.connection,
        &name,
        checked.diagnosis.as_ref(),
        looks.looks,
        visitor.person.role().connects(),
        state.hub.now(),
    )))
}

/// `POST /connections/{id}/check`: the same look without script.
pub(crate) async fn check(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(connection): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let id: ConnectionId = id(&connection, "connection").map_err(fault)?;
    state
        .hub
        .recheck(&visitor.person, id)
        .await
        .map_err(fault)?;
    Ok(respond::see(&format!("/connections/{id}"), Some("checked")))
}

/// `GET /connections/{id}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(connection): Path<String>,
    Query(done): Query<Done>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let connection: ConnectionId = id(&connection, "connection").map_err(fault)?;
    let connection = state
        .hub
        .connection(&visitor.person, connection)
        .await
        .map_err(fault)?;
    let page = page(&state.hub, &visitor, &connection, done.done.as_deref())
        .await
        .map_err(fault)?;
    Ok(respond::ok(&page))
}

/// `POST /connections/{id}/disconnect`.
pub(crate) async fn disconnect(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(connection): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let connection: ConnectionId = id(&connection, "connection").map_err(fault)?;
    let ended = state
        .hub
        .disconnect(&visitor.person, connection)
        .await
        .map_err(fault)?;
    let Some(unconfirmed) = ended.unconfirmed else {
        return Ok(respond::see(
            &format!("/connections/{connection}"),
            Some("disconnected"),
        ));
    };
    // What the provider said is told once, here; repeating the form would only ask again.
    let mut page = page(
        &state.hub,
        &visitor,
        &ended.connection,
        Some("disconnected"),
    )
    .await
    .map_err(fault)?;
    page.unconfirmed = Some(visible(&unconfirmed));
    Ok(respond::ok(&page))
}

async fn page(
    hub: &Hub,
    visitor: &Visitor,
    connection: &Connection,
    done: Option<&str>,
) -> Result<ConnectionPage> {
    let now = hub.now();
    let filter = AuditFilter {
        action: Some("connection.".to_owned()),
        target: Some(connection.id.to_string()),
        limit: 500,
        ..AuditFilter::default()
    };
    let events = hub.audit(&visitor.person, filter).await?;
    let kept = hub
        .connection_events(&visitor.person, connection.id, 200)
        .await?;
    let target = connection.id.to_string();
    let name = provider_name(hub, connection);
    let diagnosis = hub.diagnose(connection).await?;
    let manifest = hub
        .catalogue()
        .provider(&connection.provider)
        .map(|provider| provider.manifest());
    Ok(ConnectionPage {
        frame: visitor.frame().at(Section::Connections).saying(done),
        card: Card::of(connection, &name, now),
        doctor: Doctor::of(
            connection,
            &name,
            diagnosis.as_ref(),
            0,
            visitor.person.role().connects(),
            now,
        ),
        grants: manifest.and_then(|manifest| manifest.auth.grants_per_user),
        shown_there: manifest
            .filter(|_| connection.status == ConnectionStatus::Pending)
            .map_or_else(Vec::new, |manifest| {
                manifest
                    .shown_there
                    .iter()
                    .map(|shown| ShownRow {
                        words: visible(&shown.words),
                        means: shown.reason.what_happened(&name),
                        to_do: shown.reason.what_to_do(&name),
                    })
                    .collect()
            }),
        connects: visitor.person.role().connects(),
        scopes: scope_rows(hub, connection),
        show_granted: true,
        review: manifest.map_or_else(Vec::new, review_places),
        about: format!("/providers/{}", connection.provider),
        residency: manifest.map(|manifest| visible(&manifest.residency)),
        budget: hub
            .connection_budget(connection)
            .await
            .ok()
            .and_then(|budget| BudgetPart::of(&budget, now)),
        share: hub
            .share_of(&visitor.person, connection)
            .await
            .ok()
            .flatten()
            .map(|share| SharePart::of(&share, now)),
        unconfirmed: None,
        timeline: whole_timeline(
            events.iter().rev().filter(|event| event.target == target),
            &kept,
            now,
        ),
    })
}

/// Where access to a provider is reviewed and revoked, and its own records of it.
pub(crate) fn review_places(manifest: &Manifest) -> Vec<ReviewPlace> {
    manifest
        .review
        .iter()
        .map(|place| ReviewPlace {
            audience: if place.audience == "admin" {
                "An administrator there"
            } else {
                "You"
            },
            title: visible(&place.title),
            path: visible(&place.path),
        })
        .collect()
}

fn scope_rows(hub: &Hub, connection: &Connection) -> Vec<ScopeRow> {
    let missing = hub.missing_scopes(connection);
    let asked = connection.status != ConnectionStatus::Pending;
    hub.scopes_of(&connection.provider)
        .iter()
        .map(|scope| {
            let granted = if !asked {
                Granted::NotAsked
            } else if missing.contains(scope) {
                Granted::No
            } else {
                Granted::Yes
            };
            ScopeRow::new(&scope.name, &scope.reason, &scope.tools, granted)
        })
        .collect()
}

/// What people did with a connection and what the keeper did for it, the oldest first.
fn whole_timeline<'a>(
    audited: impl Iterator<Item = &'a AuditEvent>,
    kept: &[ConnectionEvent],
    now: Timestamp,
) -> Moments {
    let (moments, audited): (Vec<_>, Vec<_>) = audited.map(|event| (event.at, event)).unzip();
    let mut entries: Vec<_> = moments
        .into_iter()
        .zip(timeline(audited.into_iter(), now).entries)
        .collect();
    entries.extend(
        kept.iter()
            .filter(|event| !is_audited(event.kind))
            .map(|event| (event.last_at, kept_entry(event, now))),
    );
    entries.sort_by_key(|(at, _)| *at);
    Moments {
        entries: entries.into_iter().map(|(_, entry)| entry).collect(),
    }
}

/// The audit log tells these already, with who did it.
fn is_audited(kind: ConnectionEventKind) -> bool {
    matches!(
        kind,
        ConnectionEventKind::Connected
            | ConnectionEventKind::Reconnected
            | ConnectionEventKind::Disconnected
    )
}

fn kept_entry(event: &ConnectionEvent, now: Timestamp) -> Entry {
    let detail = &event.detail;
    let mut words = Vec::new();
    if event.count > 1 {
        words.push(format!("{} times", event.count));
    }
    words.extend(detail.host.clone());
    words.extend(detail.code.clone());
    words.extend(detail.message.clone());
    words.extend(detail.request_id.iter().map(|id| format!("request {id}")));
    Entry {
        at: moment(event.last_at, now),
        what: event.kind.in_words(),
        detail: (!words.is_empty()).then(|| one_line(&words.join(" · "), 300)),
    }
}

/// Events of one connection, the oldest first.
pub(crate) fn timeline<'a>(
    events: impl Iterator<Item = &'a AuditEvent>,
    now: Timestamp,
) -> Moments {
    let entries = events
        .map(|event| {
            let what = match (event.action.as_str(), event.outcome) {
                ("connection.begun", _) => "Sign-in begun",
                ("connection.connected" | "connection.completed", AuditOutcome::Success) => {
                    "Connected"
                }
                ("connection.connected" | "connection.completed" | "connection.failed", _) => {
                    "Connecting failed"
                }
                ("connection.answered", _) => "The provider sent the browser back",
                ("connection.reconnected", _) => "Reconnected",
                ("connection.disconnected", _) => "Disconnected",
                ("connection.needs_attention", _) => "Needs attention",
                ("connection.refreshed", _) => "Access renewed",
                ("connection.recovered", _) => "Works again",
                ("connection.trouble_noted", _) => "A call was refused",
                ("connection.refused", _) => "An answer was refused",
                _ => "",
            };
            // An action without words of its own is told by its name.
            let (what, detail) = if what.is_empty() {
                ("Event", Some(one_line(&event.action, 80)))
            } else {
                (what, None)
            };
            Entry {
                at: moment(event.at, now),
                what,
                detail,
            }
        })
        .collect();
    Moments { entries }
}
