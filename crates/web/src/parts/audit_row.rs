//! An audit event as a table row: who, what, on what, through which door, how it ended.
//!
//! Must not know: how events are stored or chained.

use super::{Badge, Tone};
use crate::text::{Moment, Visible, moment, one_line};
use gatelodge_model::{Actor, AgentId, AuditEvent, AuditOutcome, Face, Timestamp, UserId};
use std::collections::HashMap;

/// Names of the actors that the reader may know.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) people: HashMap<UserId, String>,
    pub(crate) agents: HashMap<AgentId, String>,
}

impl Names {
    fn person(&self, user: UserId) -> String {
        self.people
            .get(&user)
            .cloned()
            .unwrap_or_else(|| user.to_string())
    }

    /// Who did it, and for whom.
    pub(crate) fn actor(&self, actor: &Actor) -> String {
        match actor {
            Actor::User { user } => self.person(*user),
            Actor::Agent {
                agent,
                on_behalf_of,
            } => {
                let name = self
                    .agents
                    .get(agent)
                    .cloned()
                    .unwrap_or_else(|| agent.to_string());
                format!("{name} for {}", self.person(*on_behalf_of))
            }
            Actor::System => "Gatelodge itself".to_owned(),
        }
    }
}

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct AuditRow {
    pub(crate) at: Moment,
    pub(crate) who: Visible,
    pub(crate) action: Visible,
    pub(crate) target: Visible,
    pub(crate) via: &'static str,
    pub(crate) outcome: Badge,
    pub(crate) detail: Option<Visible>,
    pub(crate) request: String,
}

impl AuditRow {
    pub(crate) fn of(event: &AuditEvent, names: &Names, now: Timestamp) -> Self {
        let has_detail = event
            .detail
            .as_object()
            .is_some_and(|detail| !detail.is_empty());
        Self {
            at: moment(event.at, now),
            who: one_line(&names.actor(&event.actor), 80),
            action: one_line(&event.action, 80),
            target: one_line(&event.target, 120),
            via: match event.via {
                Face::Rest => "REST",
                Face::Mcp => "MCP",
                Face::Ui => "Browser",
                Face::Job => "Gatelodge",
            },
            outcome: match event.outcome {
                AuditOutcome::Success => Badge::new(Tone::Ok, "Success"),
                AuditOutcome::Failure => Badge::new(Tone::Danger, "Failure"),
                AuditOutcome::Denied => Badge::new(Tone::Attention, "Denied"),
            },
            detail: has_detail.then(|| one_line(&event.detail.to_string(), 1_000)),
            request: event.request.to_string(),
        }
    }
}
