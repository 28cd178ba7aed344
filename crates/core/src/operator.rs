//! What the operator does from the command line of the host: the first organization, people, links.
//!
//! There is no caller to prove: whoever can run the program with its configuration is the operator. Each
//! act is audited as done by the system.

use crate::{
    Hub,
    hub::event,
    people::{checked_email, checked_name},
    sign_in::check_length,
};
use gatelodge_keeper_client::ProbeOutcome;
use gatelodge_model::{
    Agent, AgentAccess, AuditOutcome, Connection, Error, NewAuditEvent, Organization,
    OrganizationId, Policy, Result, Role, Secret, SwitchedOff, User, UserId,
};
use serde_json::json;
use std::sync::Arc;
use tokio::time::MissedTickBehavior;

/// A person to add.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Sign-in name.
    pub email: String,
    /// Shown name.
    pub name: String,
    /// Rights.
    pub role: Role,
}

/// What a first start made.
#[derive(Debug)]
pub struct Setup {
    /// The organization.
    pub organization: Organization,
}

impl Hub {
    /// The organization of this installation, made on the first call.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn ensure_organization(&self, name: &str) -> Result<Setup> {
        if let Some(organization) = self.store.organizations().list().await?.into_iter().next() {
            return Ok(Setup { organization });
        }
        let organization = self.new_organization(name);
        let unit = self.store.begin(organization.id).await?;
        unit.organizations().insert(&organization).await?;
        unit.commit(vec![self.organization_created(&organization)])
            .await?;
        Ok(Setup { organization })
    }

    /// Adds an organization with its first owner, beside those that are here: one installation serves many (ACC-1).
    /// The owner's link is in the answer and nowhere else.
    ///
    /// # Errors
    /// `invalid_argument` for an unusable name or e-mail, and for the name of another organization; `conflict` when
    /// the e-mail is taken.
    pub async fn add_organization(
        &self,
        name: &str,
        owner: NewUser,
    ) -> Result<(Organization, User, Secret)> {
        let name =
            checked_name(name).map_err(|error| Error::invalid("organization", error.message()))?;
        let known = self.store.organizations().list().await?;
        if known.iter().any(|one| one.name == name) {
            return Err(Error::invalid(
                "organization",
                format!(
                    "There is an organization named {name} already; two of one name could not be told apart."
                ),
            ));
        }
        let organization = self.new_organization(&name);
        let owner = NewUser {
            role: Role::Owner,
            ..owner
        };
        let user = self.new_user(organization.id, owner)?;
        let (link, token) = self.new_link(&user);
        let unit = self.store.begin(organization.id).await?;
        unit.organizations().insert(&organization).await?;
        unit.users().insert(&user).await?;
        unit.one_time_links().insert(&link).await?;
        let added = event(
            &self.system_context(organization.id),
            "user.added",
            user.id,
            AuditOutcome::Success,
            json!({ "role": user.role.as_str() }),
        );
        unit.commit(vec![self.organization_created(&organization), added])
            .await?;
        Ok((organization, user, token))
    }

    fn new_organization(&self, name: &str) -> Organization {
        Organization {
            id: OrganizationId::generate(&*self.clock, &*self.random),
            name: name.to_owned(),
            policy: Policy::default(),
            off: SwitchedOff::default(),
            created_at: self.now(),
        }
    }

    fn organization_created(&self, organization: &Organization) -> NewAuditEvent {
        event(
            &self.system_context(organization.id),
            "organization.created",
            organization.id,
            AuditOutcome::Success,
            json!({ "name": organization.name }),
        )
    }

    /// Adds a person and makes the link that sets their first password. The link's token is in the answer
    /// and nowhere else.
    ///
    /// # Errors
    /// `invalid_argument` for an unusable name or e-mail, `conflict` when the e-mail is taken.
    pub async fn add_user(
        &self,
        organization: OrganizationId,
        new: NewUser,
    ) -> Result<(User, Secret)> {
        let user = self.new_user(organization, new)?;
        let (link, token) = self.new_link(&user);
        let context = self.system_context(organization);
        let unit = self.store.begin(organization).await?;
        unit.users().insert(&user).await?;
        unit.one_time_links().insert(&link).await?;
        let detail = json!({ "role": user.role.as_str() });
        unit.commit(vec![event(
            &context,
            "user.added",
            user.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        Ok((user, token))
    }

    /// Adds a person with a password, for the demo and for tests.
    ///
    /// # Errors
    /// As [`Hub::add_user`]; `invalid_argument` for a password that is too short.
    pub async fn add_user_with_password(
        &self,
        organization: OrganizationId,
        new: NewUser,
        password: Secret,
    ) -> Result<User> {
        check_length(&password)?;
        let mut user = self.new_user(organization, new)?;
        user.password_hash = Some(self.hash_password(password).await?);
        let context = self.system_context(organization);
        let unit = self.store.begin(organization).await?;
        unit.users().insert(&user).await?;
        let detail = json!({ "role": user.role.as_str() });
        unit.commit(vec![event(
            &context,
            "user.added",
            user.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        Ok(user)
    }

    /// A new link for a person who lost their password.
    ///
    /// # Errors
    /// `not_found` for an unknown e-mail.
    pub async fn renew_link(&self, email: &str) -> Result<(User, Secret)> {
        let user = self
            .store
            .users()
            .find_by_email(&email.trim().to_lowercase())
            .await?
            .filter(|user| user.removed_at.is_none())
            .ok_or_else(|| Error::not_found("person"))?;
        let (link, token) = self.new_link(&user);
        let context = self.system_context(user.organization);
        let unit = self.store.begin(user.organization).await?;
        unit.one_time_links().insert(&link).await?;
        let made = event(
            &context,
            "user.link_made",
            user.id,
            AuditOutcome::Success,
            json!({}),
        );
        unit.commit(vec![made]).await?;
        Ok((user, token))
    }

    /// A person by e-mail.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn find_user(&self, email: &str) -> Result<Option<User>> {
        Ok(self
            .store
            .users()
            .find_by_email(&email.trim().to_lowercase())
            .await?)
    }

    /// Makes an agent for a person, from the command line.
    ///
    /// # Errors
    /// `not_found` for an unknown person, as [`Hub::create_agent`] otherwise.
    pub async fn add_agent(
        &self,
        organization: OrganizationId,
        user: UserId,
        name: &str,
        access: AgentAccess,
    ) -> Result<(Agent, Secret)> {
        let user = self
            .store
            .users()
            .find(organization, user)
            .await?
            .ok_or_else(|| Error::not_found("person"))?;
        self.insert_agent(&self.system_context(organization), &user, name, access)
            .await
    }

    /// All organizations of this installation.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn organizations(&self) -> Result<Vec<Organization>> {
        Ok(self.store.organizations().list().await?)
    }

    /// Every connection of this installation.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn all_connections(&self) -> Result<Vec<Connection>> {
        let mut all = Vec::new();
        for organization in self.store.organizations().list().await? {
            all.extend(self.store.connections().list(organization.id).await?);
        }
        Ok(all)
    }

    /// Looks at a connection by one cheap call with its access token; changes nothing.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn probe_connection(&self, connection: &Connection) -> Result<ProbeOutcome> {
        Ok(self
            .keeper
            .probe(connection.organization, connection.id)
            .await?)
    }

    /// Checks the whole audit log of every organization.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn verify_all_audit(&self) -> Result<Vec<(Organization, crate::AuditVerification)>> {
        let mut results = Vec::new();
        for organization in self.store.organizations().list().await? {
            let verification = self.store.audit().verify(organization.id).await?;
            results.push((organization, verification.into()));
        }
        Ok(results)
    }

    /// The hub's own work until the returned future is dropped: takes up executions that another process
    /// left behind, lets proposals expire, tells people, delivers messages, looks at connections, and deletes
    /// what was kept long enough.
    pub async fn run_background_work(self: Arc<Self>) {
        tokio::join!(
            Arc::clone(&self).tidy_proposals(),
            Arc::clone(&self).deliver_messages(),
            Arc::clone(&self).look_at_connections(),
            Arc::clone(&self).heed_the_keeper(),
            Arc::clone(&self).purge_every_hour(),
        );
    }

    /// Whoever must act is told within seconds.
    async fn heed_the_keeper(self: Arc<Self>) {
        let mut ticks = every(std::time::Duration::from_secs(1));
        loop {
            ticks.tick().await;
            if let Err(error) = self.take_up_connection_events().await {
                tracing::warn!(error = ?error, "could not look at what happened to connections");
            }
        }
    }

    async fn tidy_proposals(self: Arc<Self>) {
        let mut ticks = every(std::time::Duration::from_secs(15));
        loop {
            ticks.tick().await;
            if let Err(error) = self.resume_executions().await {
                tracing::warn!(error = ?error, "could not look for open executions");
            }
            if let Err(error) = self.end_due_grants().await {
                tracing::warn!(error = ?error, "could not end grants that are due");
            }
            if let Err(error) = self.note_budget_alerts().await {
                tracing::warn!(error = ?error, "could not look for connections at the end of their budget");
            }
            if let Err(error) = self.end_connections_of_removed().await {
                tracing::warn!(error = ?error, "could not end what removed people had connected");
            }
            if let Err(error) = self.expire_due_proposals().await {
                tracing::warn!(error = ?error, "could not let proposals expire");
            }
            if let Err(error) = self.announce_expiries().await {
                tracing::warn!(error = ?error, "could not tell of proposals that end soon");
            }
        }
    }

    async fn deliver_messages(self: Arc<Self>) {
        let mut ticks = every(std::time::Duration::from_secs(5));
        loop {
            // What another host or another use case put there is found by the clock.
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.outbox_filled.notified() => {}
            }
            if let Err(error) = self.deliver_due_messages().await {
                tracing::warn!(error = ?error, "messages could not be delivered");
            }
        }
    }

    async fn look_at_connections(self: Arc<Self>) {
        let mut ticks = every(std::time::Duration::from_secs(15));
        let mut scheduled = false;
        loop {
            ticks.tick().await;
            if !scheduled {
                match self.schedule_looks().await {
                    Ok(()) => scheduled = true,
                    Err(error) => {
                        tracing::warn!(error = ?error, "looks at connections were not scheduled");
                    }
                }
            }
            if let Err(error) = self.look_at_due_connections().await {
                tracing::warn!(error = ?error, "connections could not be looked at");
            }
        }
    }

    fn new_user(&self, organization: OrganizationId, new: NewUser) -> Result<User> {
        let (email, name) = (checked_email(&new.email)?, checked_name(&new.name)?);
        Ok(User {
            id: UserId::generate(&*self.clock, &*self.random),
            organization,
            email,
            name,
            role: new.role,
            password_hash: None,
            created_at: self.now(),
            removed_at: None,
        })
    }
}

/// Ticks that do not pile up while the work lasts longer.
pub(crate) fn every(time: std::time::Duration) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(time);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
