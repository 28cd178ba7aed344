//! The opened database, and the way to every repository.
//!
//! Must not know: statements; those are in the repositories.

use crate::{
    Result, StoreError, Unit, agents::Agents, api_usage::ApiUsages, approvals::Approvals,
    audit::Audit, chain::Chains, connection_events::ConnectionEvents,
    connection_uses::ConnectionUses, connections::Connections, coverage::Coverage, engine::Engine,
    flows::Flows, groups::Groups, idempotency::Idempotency, invitations::Invitations,
    journal::Journal, locks, locks::Gate, migration, notices::Notices, oauth_apps::OAuthApps,
    one_time_links::OneTimeLinks, organizations::Organizations, outbox::Outbox, overview::Overview,
    policy_rules::PolicyRules, probes::Probes, proposals::Proposals,
    provider_limits::ProviderLimits, second_looks::SecondLooks, sessions::Sessions,
    settings::Settings, sign_in::SignInAttempts, troubles::Troubles, users::Users,
    webhook_targets::WebhookTargets,
};
use gatelodge_model::{Clock, OrganizationId, Random, id::new_uuid};
use sea_orm::DatabaseConnection;
use std::sync::Arc;

/// Where the database is.
#[derive(Clone)]
pub struct DatabaseOptions {
    /// One `sqlite:` address, or any number of `postgres://` addresses of which the first that takes
    /// writes is used. An address may hold a password: never print it.
    pub urls: Vec<String>,
    /// Connections that are kept at most; at least 2 are.
    pub max_connections: u32,
}

/// What everybody who writes shares.
pub(crate) struct Writer {
    pub(crate) connection: DatabaseConnection,
    pub(crate) gate: Gate,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

struct Shared {
    writer: Arc<Writer>,
    engine: Engine,
    journal: Journal,
}

/// The opened database. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

impl Store {
    /// Opens the database; makes the file of SQLite when there is none. Must run inside a Tokio runtime.
    ///
    /// # Errors
    /// [`StoreError::InvalidUrl`], [`StoreError::NotWritable`], [`StoreError::OldEngine`],
    /// [`StoreError::Unavailable`] when no server answers or takes writes.
    pub async fn connect(
        options: &DatabaseOptions,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self> {
        let engine = Engine::open(options).await?;
        let connection = engine.connection();
        let chains = Chains::new(new_uuid(clock.as_ref(), random.as_ref()));
        let writer = Arc::new(Writer {
            gate: Gate::new(chains, connection.get_database_backend()),
            connection,
            clock,
            random,
        });
        let journal = Journal::start(Arc::clone(&writer));
        Ok(Self(Arc::new(Shared {
            writer,
            engine,
            journal,
        })))
    }

    /// Brings the schema up to date; hosts that start together wait for each other.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] when a newer program wrote this database; nothing is changed then.
    pub async fn migrate(&self) -> Result<()> {
        match &self.0.engine {
            Engine::Sqlite(_) => {
                let _writing = self.0.writer.gate.chains().await?;
                migration::migrate(&self.0.writer.connection).await
            }
            Engine::Postgres(servers) => {
                let turn = locks::migration_turn(&servers.pool).await?;
                migration::migrate(&self.0.writer.connection).await?;
                Ok(turn.commit().await?)
            }
        }
    }

    /// Whether the database takes writes, without writing anything. After a failover of PostgreSQL this
    /// is also what turns new connections to the server that takes writes now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::NotWritable`].
    pub async fn ready(&self) -> Result<()> {
        match (self.takes_writes().await, &self.0.engine) {
            (Err(StoreError::Unavailable { .. }), Engine::Postgres(servers)) => {
                servers.follow_failover().await?;
                self.takes_writes().await
            }
            (answer, _) => answer,
        }
    }

    async fn takes_writes(&self) -> Result<()> {
        let _writing = self.0.writer.gate.bookkeeping().await?;
        let transaction = locks::begin_writing(&self.0.writer.connection).await?;
        Ok(transaction.rollback().await?)
    }

    /// Begins a unit of work: the only way to change what is audited. Hold it for statements only, never
    /// over a call to the outside: no other unit of this process and no audit event proceeds meanwhile. What
    /// is read or noted while it is open goes through it, not through the store. After an error, drop it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn begin(&self, organization: OrganizationId) -> Result<Unit> {
        Unit::begin(Arc::clone(&self.0.writer), organization).await
    }

    /// Ends all connections after their work, as the last act of a process; what comes later fails.
    pub async fn close(&self) {
        match &self.0.engine {
            Engine::Sqlite(pool) => pool.close().await,
            Engine::Postgres(servers) => servers.pool.close().await,
        }
    }

    /// Audit events without other changes: what was read or refused.
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// Whether no other host can use this database: SQLite serves one node.
    pub fn serves_one_node(&self) -> bool {
        matches!(self.0.engine, Engine::Sqlite(_))
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.0.writer
    }
}

/// Declares the ways from a place to its repositories.
macro_rules! repositories {
    ($place:ident: $($(#[$doc:meta])* $method:ident -> $repository:ident,)*) => {
        impl $place {
            $(
                $(#[$doc])*
                pub fn $method(&self) -> $repository<'_, Self> {
                    $repository(self)
                }
            )*
        }
    };
}

macro_rules! all_repositories {
    ($place:ident) => {
        repositories! { $place:
            /// Tenants.
            organizations -> Organizations,
            /// People.
            users -> Users,
            /// Signed-in browsers.
            sessions -> Sessions,
            /// Invitations to join.
            invitations -> Invitations,
            /// Links that work once.
            one_time_links -> OneTimeLinks,
            /// Agents and their tokens' hashes.
            agents -> Agents,
            /// Registrations at providers.
            oauth_apps -> OAuthApps,
            /// Connections.
            connections -> Connections,
            /// The timelines of connections.
            connection_events -> ConnectionEvents,
            /// Attempts to connect.
            flows -> Flows,
            /// Proposals.
            proposals -> Proposals,
            /// What allows a write.
            approvals -> Approvals,
            /// Idempotency keys.
            idempotency -> Idempotency,
            /// The audit log.
            audit -> Audit,
            /// Values of the instance.
            settings -> Settings,
            /// Failed sign-ins, for the throttle.
            sign_in_attempts -> SignInAttempts,
            /// What is wrong with connections.
            troubles -> Troubles,
            /// When connections are looked at next.
            probes -> Probes,
            /// What people are told.
            notices -> Notices,
            /// Messages on their way out.
            outbox -> Outbox,
            /// Addresses that messages are sent to.
            webhook_targets -> WebhookTargets,
            /// Groups of people.
            groups -> Groups,
            /// To which groups providers are limited.
            provider_limits -> ProviderLimits,
            /// When connections were last used.
            connection_uses -> ConnectionUses,
            /// Connections beside their people.
            overview -> Overview,
            /// Who has connected.
            coverage -> Coverage,
            /// Rules for tool calls.
            policy_rules -> PolicyRules,
            /// Second looks at proposals.
            second_looks -> SecondLooks,
            /// Calls that providers counted.
            api_usage -> ApiUsages,
        }
    };
}

all_repositories!(Store);
all_repositories!(Unit);
