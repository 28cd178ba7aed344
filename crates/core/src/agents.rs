//! Agents and their API tokens.
//!
//! Must not know: how a token travels.

use crate::{
    AgentCaller, Hub, Person,
    hub::event,
    token::{self, TokenKind},
};
use gatelodge_model::{
    Actor, Agent, AgentAccess, AgentId, AuditOutcome, Digest, Error, ErrorKind, Face,
    OperationContext, Organization, RequestId, Result, Secret, User, WhoMustAct,
};
use serde_json::json;

fn unknown_token() -> Error {
    Error::new(
        ErrorKind::Unauthenticated,
        "The bearer token is missing, unknown or revoked.",
    )
    .with_hint(
        WhoMustAct::Person,
        "Make a token under Agents in Gatelodge and send it as 'Authorization: Bearer …'.",
    )
}

impl Hub {
    /// The person's agents.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn agents(&self, person: &Person) -> Result<Vec<Agent>> {
        Ok(self
            .store
            .agents()
            .list_for_user(person.context.organization, person.user.id)
            .await?)
    }

    /// Makes an agent. Its token is in the answer and nowhere else.
    ///
    /// # Errors
    /// `invalid_argument` for an empty or overlong name, `forbidden` for auditors, `step_up_needed`.
    pub async fn create_agent(
        &self,
        person: &Person,
        name: &str,
        access: AgentAccess,
    ) -> Result<(Agent, Secret)> {
        if !person.role().connects() {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "An auditor reads and keeps no agents.",
            ));
        }
        self.require_step_up(person)?;
        self.insert_agent(&person.context, &person.user, name, access)
            .await
    }

    pub(crate) async fn insert_agent(
        &self,
        context: &OperationContext,
        user: &User,
        name: &str,
        access: AgentAccess,
    ) -> Result<(Agent, Secret)> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 80 {
            return Err(Error::invalid(
                "name",
                "An agent's name has 1 to 80 characters.",
            ));
        }
        let token = token::generate(TokenKind::Agent, &*self.random);
        let agent = Agent {
            id: AgentId::generate(&*self.clock, &*self.random),
            organization: user.organization,
            user: user.id,
            name: name.to_owned(),
            access,
            token_digest: token::digest(TokenKind::Agent, &token),
            token_prefix: token.expose().chars().take(8).collect(),
            created_at: self.now(),
            last_used_at: None,
            revoked_at: None,
        };
        let unit = self.store.begin(user.organization).await?;
        unit.agents().insert(&agent).await?;
        let detail = json!({ "access": access.as_str(), "user": user.id });
        unit.commit(vec![event(
            context,
            "agent.created",
            agent.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        Ok((agent, token))
    }

    /// Takes an agent's token away; its next call is refused.
    ///
    /// # Errors
    /// `not_found` when it is not the person's.
    pub async fn revoke_agent(&self, person: &Person, agent: AgentId) -> Result<()> {
        let organization = person.context.organization;
        let own = self
            .store
            .agents()
            .list_for_user(organization, person.user.id)
            .await?;
        let Some(agent) = own.into_iter().find(|own| own.id == agent) else {
            return Err(Error::not_found("agent"));
        };
        if agent.revoked_at.is_some() {
            return Ok(());
        }
        let unit = self.store.begin(organization).await?;
        unit.agents().revoke(agent.id).await?;
        let revoked = event(
            &person.context,
            "agent.revoked",
            agent.id,
            AuditOutcome::Success,
            json!({}),
        );
        unit.commit(vec![revoked]).await?;
        self.recent_callers.forget();
        Ok(())
    }

    /// Who calls with this token.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub async fn authenticate_agent(
        &self,
        token: &Secret,
        face: Face,
        request: RequestId,
    ) -> Result<AgentCaller> {
        let (agent, user, organization) = self
            .caller_of(token::digest(TokenKind::Agent, token))
            .await?;
        let context = OperationContext {
            organization: organization.id,
            actor: Actor::Agent {
                agent: agent.id,
                on_behalf_of: user.id,
            },
            face,
            request,
        };
        let closed = self.closed_providers(organization.id, user.id).await?;
        Ok(AgentCaller {
            context,
            agent,
            user,
            organization,
            closed,
        })
    }

    async fn caller_of(&self, digest: Digest) -> Result<(Agent, User, Organization)> {
        let now = self.now();
        let ticket = match self.recent_callers.get(&digest, now) {
            Ok(known) => return Ok(known),
            Err(ticket) => ticket,
        };
        let agent = self
            .store
            .agents()
            .find_by_token_digest(&digest)
            .await?
            .filter(|agent| agent.revoked_at.is_none())
            .ok_or_else(unknown_token)?;
        let (users, organizations) = (self.store.users(), self.store.organizations());
        let (user, organization) = tokio::try_join!(
            users.find(agent.organization, agent.user),
            organizations.find(agent.organization)
        )?;
        let user = user
            .filter(|user| user.removed_at.is_none())
            .ok_or_else(unknown_token)?;
        let organization = organization.ok_or_else(unknown_token)?;
        if agent
            .last_used_at
            .is_none_or(|last| now - last >= chrono::Duration::minutes(1))
        {
            self.store
                .agents()
                .touch(agent.organization, agent.id, now)
                .await?;
        }
        let caller = (agent, user, organization);
        self.recent_callers
            .keep(ticket, digest, caller.clone(), now);
        Ok(caller)
    }
}
