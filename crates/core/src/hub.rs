//! The hub: what every use case needs, in one place.
//!
//! Must not know: how its parts were made; `server` and tests wire them.

use crate::{
    connect::Watch, oauth_apps::InstanceApp, policy::Counts, providers::Stops, recent::Recent,
    recovery::Panics, retention::Retention, way_out::WayOut,
};
use gatelodge_keeper_client::Keeper;
use gatelodge_model::{
    Actor, Agent, AuditOutcome, Clock, Connection, Digest, GroupId, NewAuditEvent,
    OperationContext, Organization, OrganizationId, ProposalId, Random, RequestId, Result, RuleSet,
    Timestamp, User, UserId,
};
use gatelodge_provider::Catalogue;
use gatelodge_store::Store;
use serde_json::Value;
use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::{Notify, Semaphore, broadcast};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

/// Settings of use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Addresses under which people reach this installation; the first is the one shown to agents.
    pub public_urls: Vec<Url>,
    /// How long a proposal waits for a decision.
    pub proposal_lifetime: Duration,
    /// How long a session lasts without use.
    pub session_idle: Duration,
    /// How long a session lasts at most.
    pub session_lifetime: Duration,
    /// How long an attempt to connect is accepted.
    pub flow_lifetime: Duration,
    /// How long a one-time link works.
    pub link_lifetime: Duration,
    /// What leaves this installation, for people who look after it.
    pub way_out: WayOut,
    /// Whether the keeper has a mail server to deliver to.
    pub mail: bool,
    /// How long things are kept.
    pub retention: Retention,
    /// OAuth apps for all organizations.
    pub instance_apps: Vec<InstanceApp>,
}

impl Default for Settings {
    fn default() -> Self {
        const HOUR: u64 = 3600;
        Self {
            public_urls: Vec::new(),
            proposal_lifetime: Duration::from_secs(24 * HOUR),
            session_idle: Duration::from_secs(2 * HOUR),
            session_lifetime: Duration::from_secs(12 * HOUR),
            flow_lifetime: Duration::from_secs(HOUR / 6),
            link_lifetime: Duration::from_secs(72 * HOUR),
            way_out: WayOut::default(),
            mail: false,
            retention: Retention::default(),
            instance_apps: Vec::new(),
        }
    }
}

/// What a hub is made of.
pub struct HubParts {
    /// Rows.
    pub store: Store,
    /// Keys and the way out.
    pub keeper: Arc<dyn Keeper>,
    /// Providers and tools.
    pub catalogue: Arc<Catalogue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Settings.
    pub settings: Settings,
}

/// All use cases.
pub struct Hub {
    pub(crate) store: Store,
    pub(crate) keeper: Arc<dyn Keeper>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) settings: Settings,
    /// What is known of the use of connections, so that few are looked at.
    pub(crate) watch: Watch,
    /// Wakes the delivery of messages before its time.
    pub(crate) outbox_filled: Notify,
    /// Hashing a password takes 64 MiB; two at a time keep a flood of sign-ins from taking the machine.
    pub(crate) password_hashing: Arc<Semaphore>,
    /// Tells waiting requests that a proposal changed. Losing a message costs at most one poll interval.
    pub(crate) changed: broadcast::Sender<ProposalId>,
    /// Executions under way; shutdown waits for them.
    pub(crate) executions: TaskTracker,
    /// Agents with their person and organization, by the hash of their token.
    pub(crate) recent_callers: Recent<Digest, (Agent, User, Organization)>,
    /// Connections of a person.
    pub(crate) recent_connections: Recent<UserId, Arc<[Connection]>>,
    /// Providers that are not open to a person.
    pub(crate) recent_limits: Recent<UserId, Arc<[String]>>,
    /// Rules of an organization, ready for deciding.
    pub(crate) recent_rules: Recent<OrganizationId, Arc<RuleSet>>,
    /// Groups of a person, where a rule asks for them.
    pub(crate) recent_groups: Recent<UserId, Arc<[GroupId]>>,
    /// Calls that providers counted, as this process saw them.
    pub(crate) counts: Counts,
    /// Whether this installation is known to be no restored copy.
    pub(crate) may_send: AtomicBool,
    /// Ends reads that run while their provider is switched off.
    pub(crate) stops: Stops,
    /// What panics of this process ended, by organization.
    pub(crate) panics: Panics,
    /// Set when the process shall end: who only waits stops waiting.
    pub(crate) ending: CancellationToken,
}

impl Hub {
    /// Joins the parts.
    pub fn new(parts: HubParts) -> Arc<Self> {
        let HubParts {
            store,
            keeper,
            catalogue,
            clock,
            random,
            settings,
        } = parts;
        Arc::new(Self {
            store,
            keeper,
            catalogue,
            clock,
            random,
            settings,
            watch: Watch::default(),
            outbox_filled: Notify::new(),
            password_hashing: Arc::new(Semaphore::new(2)),
            changed: broadcast::Sender::new(256),
            executions: TaskTracker::new(),
            recent_callers: Recent::new(),
            recent_connections: Recent::new(),
            recent_limits: Recent::new(),
            recent_rules: Recent::new(),
            recent_groups: Recent::new(),
            counts: Counts::default(),
            may_send: AtomicBool::new(false),
            stops: Stops::default(),
            panics: Panics::default(),
            ending: CancellationToken::new(),
        })
    }

    /// Settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Providers and tools.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id for a request at one of our doors.
    pub fn new_request_id(&self) -> RequestId {
        RequestId::generate(&*self.clock, &*self.random)
    }

    /// Whether requests can be served: the database answers and takes writes, and the keeper has its key.
    ///
    /// # Errors
    /// `store_unavailable`, `sealed`.
    pub async fn ready(&self) -> Result<()> {
        self.store.ready().await?;
        // A keeper that is away for a moment is started again; a sealed one stays so until somebody acts.
        match self.keeper.seal_state().await {
            Ok(state) if state.sealed => Err(gatelodge_model::Error::sealed()),
            _ => Ok(()),
        }
    }

    /// Ends everything that only waits: agents that follow a proposal, executions that pause.
    pub fn end_waiting(&self) {
        self.ending.cancel();
    }

    /// Waits until executions under way have ended, but no longer than `limit`: what is left is taken up at
    /// the next start.
    pub async fn drain(&self, limit: Duration) {
        self.end_waiting();
        self.executions.close();
        if tokio::time::timeout(limit, self.executions.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                executions = self.executions.len(),
                "ending while executions wait; they are taken up at the next start"
            );
        }
    }

    pub(crate) fn after(&self, duration: Duration) -> Timestamp {
        later(self.now(), duration)
    }

    /// The context of the hub's own work.
    pub(crate) fn system_context(&self, organization: OrganizationId) -> OperationContext {
        OperationContext {
            organization,
            actor: Actor::System,
            face: gatelodge_model::Face::Job,
            request: self.new_request_id(),
        }
    }

    pub(crate) fn first_public_url(&self) -> Option<&Url> {
        self.settings.public_urls.first()
    }
}

/// A moment this long after another.
pub(crate) fn later(moment: Timestamp, duration: Duration) -> Timestamp {
    moment + chrono::Duration::from_std(duration).unwrap_or(chrono::Duration::MAX)
}

/// An audit event of a use case.
pub(crate) fn event(
    context: &OperationContext,
    action: &'static str,
    target: impl ToString,
    outcome: AuditOutcome,
    detail: Value,
) -> NewAuditEvent {
    NewAuditEvent {
        organization: context.organization,
        actor: context.actor,
        via: context.face,
        request: context.request,
        action,
        target: target.to_string(),
        outcome,
        detail,
    }
}
