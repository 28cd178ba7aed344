//! Proven callers. Only this crate makes these values, so a function that asks for a `Person` cannot be
//! reached with an agent's token: that is how invariant 5 (an agent never approves) is kept by the compiler.

use gatelodge_model::{Agent, OperationContext, Organization, Role, Session, User};
use std::sync::Arc;

/// A person in a browser session.
#[derive(Debug, Clone)]
pub struct Person {
    pub(crate) context: OperationContext,
    pub(crate) user: User,
    pub(crate) organization: Organization,
    pub(crate) session: Session,
    /// Joins the browser's cookie with what the person confirms; see `proposals::nonce`.
    pub(crate) session_key: gatelodge_model::Digest,
}

impl Person {
    /// Who.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// In which organization.
    pub fn organization(&self) -> &Organization {
        &self.organization
    }

    /// In which session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The context of what the person does now.
    pub fn context(&self) -> &OperationContext {
        &self.context
    }

    /// What the person may do.
    pub fn role(&self) -> Role {
        self.user.role
    }
}

/// An agent with a valid API token.
#[derive(Debug, Clone)]
pub struct AgentCaller {
    pub(crate) context: OperationContext,
    pub(crate) agent: Agent,
    pub(crate) user: User,
    pub(crate) organization: Organization,
    /// Providers that are not open to the person: none of their tools is listed.
    pub(crate) closed: Arc<[String]>,
}

impl AgentCaller {
    /// Which agent.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The person it acts for.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// In which organization.
    pub fn organization(&self) -> &Organization {
        &self.organization
    }

    /// The context of what the agent does now.
    pub fn context(&self) -> &OperationContext {
        &self.context
    }
}
