//! Giving a person another role.
//!
//! Must not know: what a role allows.

use super::{keep_an_owner, require_admin, require_owner};
use crate::{Hub, Person, hub::event};
use gatelodge_model::{
    AuditOutcome, Error, NewAuditEvent, OperationContext, Result, Role, User, UserId,
};
use gatelodge_store::Unit;
use serde_json::json;

impl Hub {
    /// Gives a person another role. It counts from their next request. An auditor keeps no agents, so their tokens are
    /// revoked with it.
    ///
    /// # Errors
    /// `forbidden` for people who do not administer, and for what only owners may do; `step_up_needed`, `not_found`,
    /// `conflict` for the last owner and for people who were removed.
    pub async fn change_role(&self, person: &Person, id: UserId, role: Role) -> Result<User> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        let user = unit
            .users()
            .find(organization, id)
            .await?
            .filter(|user| user.removed_at.is_none())
            .ok_or_else(|| Error::not_found("person"))?;
        let (user, events) = self.give_role(person, &unit, user, role).await?;
        if !events.is_empty() {
            unit.commit(events).await?;
            self.recent_callers.forget();
        }
        Ok(user)
    }

    /// The same within a unit of work; no event where nothing changed.
    pub(super) async fn give_role(
        &self,
        person: &Person,
        unit: &Unit,
        before: User,
        role: Role,
    ) -> Result<(User, Vec<NewAuditEvent>)> {
        if before.role == role {
            return Ok((before, Vec::new()));
        }
        if role == Role::Owner {
            require_owner(person, "make somebody an owner")?;
        }
        if before.role == Role::Owner {
            require_owner(person, "take the role of an owner away")?;
            keep_an_owner(&unit.users().owners_held().await?, &before)?;
        }
        let after = User {
            role,
            ..before.clone()
        };
        unit.users().update(&after).await?;
        let detail = json!({ "role": { "before": before.role, "after": role } });
        let context = &person.context;
        let mut events = vec![event(
            context,
            "user.role_changed",
            after.id,
            AuditOutcome::Success,
            detail,
        )];
        if !role.connects() {
            events.extend(self.revoke_agents_of(context, unit, &after, "role").await?);
        }
        Ok((after, events))
    }

    /// Takes the tokens of all agents of a person away.
    pub(super) async fn revoke_agents_of(
        &self,
        context: &OperationContext,
        unit: &Unit,
        user: &User,
        because: &str,
    ) -> Result<Vec<NewAuditEvent>> {
        let mut events = Vec::new();
        let agents = unit
            .agents()
            .list_for_user(user.organization, user.id)
            .await?;
        for agent in agents.iter().filter(|agent| agent.revoked_at.is_none()) {
            unit.agents().revoke(agent.id).await?;
            events.push(event(
                context,
                "agent.revoked",
                agent.id,
                AuditOutcome::Success,
                json!({ "because": because, "user": user.id }),
            ));
        }
        Ok(events)
    }
}
