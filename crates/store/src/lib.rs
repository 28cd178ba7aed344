//! Rows: one code path for SQLite (one node) and PostgreSQL (many), repositories by aggregate, and the one
//! way to change something: a [`Unit`] that commits rows and audit events together (design invariant 9).
//!
//! Reads hang on [`Store`], changes on [`Unit`]; the few changes that nobody audits (last use, throttle,
//! idempotency) hang on [`Store`] too and say so. Must not know: keys (records arrive sealed), use cases,
//! HTTP. [`keeper`] is for the keeper only.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]
#![warn(missing_docs)]

pub mod access;
pub mod agents;
pub mod api_usage;
pub mod approvals;
pub mod audit;
pub mod backup;
mod chain;
mod column;
pub mod connection_events;
pub mod connection_uses;
pub mod connections;
pub mod coverage;
mod engine;
pub mod error;
pub mod examine;
mod failover;
mod figures;
pub mod flows;
pub mod groups;
pub mod idempotency;
pub mod instance;
pub mod invitations;
pub mod journal;
pub mod keeper;
mod locks;
mod migration;
pub mod notices;
pub mod oauth_apps;
pub mod one_time_links;
pub mod organizations;
pub mod outbox;
pub mod overview;
pub mod policy_rules;
pub mod probes;
pub mod proposals;
pub mod provider_limits;
mod purging;
mod row;
mod searching;
pub mod second_looks;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod store;
pub mod troubles;
pub mod unit;
pub mod users;
pub mod verify;
pub mod webhook_targets;

pub use access::Access;
pub use audit::{AuditFilter, ObjectReads};
pub use coverage::{AskedPeople, Covered, PersonPlace};
pub use error::StoreError;
pub use examine::Examination;
pub use idempotency::{Claimed, IdempotencyKey, IdempotencyRow, IdempotencyState};
pub use instance::{Instance, Restored};
pub use journal::Journal;
pub use outbox::Tried;
pub use overview::{ConnectionFilter, ConnectionPlace, ListedConnection};
pub use proposals::{ProposalChanges, ProposalFilter};
pub use purging::Passing;
pub use store::{DatabaseOptions, Store};
pub use unit::Unit;
pub use users::PeopleFilter;
pub use verify::{AuditFault, AuditFaultKind, AuditVerification};

/// The result of a request to the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
