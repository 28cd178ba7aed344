//! The words of Gatelodge as types: identifiers, people, connections, proposals, audit events,
//! errors, and the state machines that say what may follow what.
//!
//! Must not know: databases, HTTP, providers, keys. No I/O, no ambient clock, no ambient randomness.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]
#![warn(missing_docs)]

pub mod actor;
pub mod agent;
pub mod api_usage;
pub mod approval;
pub mod audit;
pub mod batch;
pub mod clock;
pub mod connection;
pub mod connection_event;
pub mod digest;
pub mod error;
pub mod flow;
pub mod group;
pub mod id;
pub mod invitation;
pub mod notice;
pub mod numbers;
pub mod oauth_app;
pub mod organization;
pub mod policy;
pub mod preview;
pub mod proposal;
pub mod reason;
pub mod second_look;
pub mod secret;
pub mod session;
pub mod switches;
pub mod tool;
pub mod trouble;

pub use actor::{Actor, Face, OperationContext};
pub use agent::{Agent, AgentAccess};
pub use api_usage::{ApiCount, ApiUsage};
pub use approval::{Allowed, Approval};
pub use audit::{AuditEvent, AuditOutcome, NewAuditEvent};
pub use batch::{Batch, BatchOutcome, BatchRecord, RecordError, RecordOutcome};
pub use clock::{Clock, Random, Timestamp};
pub use connection::{AttentionReason, Connection, ConnectionStatus, Environment, ExternalAccount};
pub use connection_event::{ConnectionEvent, ConnectionEventDetail, ConnectionEventKind};
pub use digest::Digest;
pub use error::{Error, ErrorKind, Hint, ProviderDetail, Result, Retry, WhoMustAct};
pub use flow::{AuthorizationFlow, FlowStatus};
pub use group::Group;
pub use id::{
    AgentId, AuditEventId, AuthorizationFlowId, ConnectionId, GroupId, InvitationId, NoticeId,
    OAuthAppId, OneTimeLinkId, OrganizationId, PolicyRuleId, ProposalId, RequestId, SealedId,
    SessionId, UserId, WebhookId,
};
pub use invitation::{Invitation, InvitationState};
pub use notice::{Message, MessageState, NewNotice, Notice, NoticeKind, Way, WebhookTarget};
pub use oauth_app::{Asks, ExtraScopes, OAuthApp, Serves};
pub use organization::{Organization, Role, User};
pub use policy::{Decision, Policy, PolicyRule, RuleSet, Ruling, Touches};
pub use preview::{FieldChange, FieldChangeKind, FieldDiff, Preview, RecordChange, RecordRef};
pub use proposal::{
    CredentialPlace, FrozenProposal, FrozenRequest, Outcome, Proposal, ProposalStatus,
    RecordVersion, Requester,
};
pub use reason::{GrantState, ReasonCode};
pub use second_look::SecondLook;
pub use secret::Secret;
pub use session::{OneTimeLink, Session};
pub use switches::{Switch, SwitchedOff};
pub use tool::{Effect, ToolName};
pub use trouble::Trouble;
