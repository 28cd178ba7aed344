//! Agents of a person and their tokens.
//!
//! Must not know: how a token is checked. A token is shown in one answer and never again.

use super::{
    Done,
    snippets::{Snippet, mcp_address, snippets},
};
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Badge, CopyField, ErrorPanel, Frame, Section, Tone},
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
};
use gatelodge_model::{Agent, AgentAccess, AgentId, Error, ErrorKind, Timestamp};
use serde::Deserialize;

/// An agent in the table.
#[derive(Debug, Clone)]
pub(crate) struct AgentRow {
    pub(crate) id: String,
    pub(crate) name: Visible,
    pub(crate) access: &'static str,
    pub(crate) prefix: String,
    pub(crate) created: Moment,
    pub(crate) used: Option<Moment>,
    pub(crate) revoked: Option<Moment>,
    pub(crate) badge: Badge,
}

impl AgentRow {
    pub(crate) fn of(agent: &Agent, now: Timestamp) -> Self {
        Self {
            id: agent.id.to_string(),
            name: one_line(&agent.name, 80),
            access: access_words(agent.access),
            prefix: agent.token_prefix.clone(),
            created: moment(agent.created_at, now),
            used: agent.last_used_at.map(|at| moment(at, now)),
            revoked: agent.revoked_at.map(|at| moment(at, now)),
            badge: if agent.revoked_at.is_some() {
                Badge::new(Tone::Off, "Revoked")
            } else {
                Badge::new(Tone::Ok, "Active")
            },
        }
    }
}

const fn access_words(access: AgentAccess) -> &'static str {
    match access {
        AgentAccess::ReadOnly => "Read only",
        AgentAccess::ReadAndPropose => "Read and propose changes",
    }
}

#[derive(Template)]
#[template(path = "agents.html")]
pub(crate) struct AgentsPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<AgentRow>,
    pub(crate) connects: bool,
    pub(crate) mcp: CopyField,
    pub(crate) name: String,
    pub(crate) read_only: bool,
    pub(crate) name_error: Option<String>,
    pub(crate) panel: Option<ErrorPanel>,
}

#[derive(Template)]
#[template(path = "agent_created.html")]
pub(crate) struct AgentCreatedPage {
    pub(crate) frame: Frame,
    pub(crate) name: Visible,
    pub(crate) access: &'static str,
    pub(crate) token: CopyField,
    pub(crate) snippets: Vec<Snippet>,
}

/// A new agent.
#[derive(Debug, Deserialize)]
pub(crate) struct NewAgent {
    #[serde(default)]
    name: String,
    #[serde(default)]
    access: String,
}

async fn page(
    state: &WebState,
    visitor: &Visitor,
    done: Option<&str>,
) -> Result<AgentsPage, Error> {
    let now = state.hub.now();
    let mut agents = state.hub.agents(&visitor.person).await?;
    agents.sort_by_key(|agent| {
        (
            agent.revoked_at.is_some(),
            std::cmp::Reverse(agent.created_at),
        )
    });
    Ok(AgentsPage {
        frame: visitor.frame().at(Section::Agents).saying(done),
        rows: agents
            .iter()
            .map(|agent| AgentRow::of(agent, now))
            .collect(),
        connects: visitor.person.role().connects(),
        mcp: CopyField::line(
            "mcp-address",
            "MCP address",
            mcp_address(&visitor.public_url),
        ),
        name: String::new(),
        read_only: false,
        name_error: None,
        panel: None,
    })
}

/// `GET /agents`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let page = page(&state, &visitor, done.done.as_deref())
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

/// `POST /agents`: answers with the page that shows the token, because a redirect could not carry it.
pub(crate) async fn create(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<NewAgent>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let made = match AgentAccess::parse(&form.access) {
        Some(access) => {
            state
                .hub
                .create_agent(&visitor.person, &form.name, access)
                .await
        }
        None => Err(Error::invalid("access", "Choose what the agent may do.")),
    };
    match made {
        Ok((agent, token)) => Ok(respond::ok(&AgentCreatedPage {
            frame: visitor.frame().at(Section::Agents),
            name: one_line(&agent.name, 80),
            access: access_words(agent.access),
            token: CopyField::line("agent-token", "token", token.expose()),
            snippets: snippets(&visitor.public_url, &token),
        })),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            let mut page = page(&state, &visitor, None).await.map_err(fault)?;
            page.read_only = form.access == AgentAccess::ReadOnly.as_str();
            page.name = form.name;
            if error.field() == Some("name") {
                page.name_error = Some(error.message().to_owned());
            } else {
                page.panel = Some(ErrorPanel::of(&error, Some(visitor.request)));
            }
            Ok(respond::page(StatusCode::BAD_REQUEST, &page))
        }
        Err(error) => Err(fault(error)),
    }
}

/// `POST /agents/{id}/revoke`.
pub(crate) async fn revoke(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(agent): Path<String>,
) -> PageResult {
    let fault = |error| visitor.fault(error);
    let agent: AgentId = id(&agent, "agent").map_err(fault)?;
    state
        .hub
        .revoke_agent(&visitor.person, agent)
        .await
        .map_err(fault)?;
    Ok(respond::see("/agents", Some("agent-revoked")))
}
