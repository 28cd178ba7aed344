//! Use cases of Gatelodge, one function each, and the one execution boundary for tool calls.
//!
//! REST, MCP, pages and the command line all call these functions; policy, approval, idempotency and
//! audit live here and nowhere else. Must not know: any HTTP framework, cookies, templates, credentials.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod agents;
mod audit;
mod bearer;
mod budgets;
mod callers;
mod connect;
mod console;
mod groups;
mod hub;
mod keys;
mod oauth_apps;
mod operator;
mod organization;
mod passkeys;
mod people;
mod policy;
mod problem;
mod proposals;
mod providers;
mod readiness;
mod recent;
mod recovery;
mod retention;
mod rollout;
mod sign_in;
mod status_code;
mod step_up;
mod strict_json;
mod telling;
mod token;
mod tools;
mod way_out;

pub use audit::{AuditExport, AuditFilter, AuditVerification, ObjectAccess, RecordAccess};
pub use bearer::{bearer, token_in_query};
pub use budgets::{BudgetUseView, BudgetView};
pub use callers::{AgentCaller, Person};
pub use connect::{
    BeginConnect, Callback, Checked, ConnectFailure, ConnectOption, ConnectOptions,
    ConnectionEventView, ConnectionView, Diagnosis, DiagnosisView, Disconnected, LoginChoice,
    ScopeView, Started,
};
pub use gatelodge_provider as provider;
pub use groups::{GroupUse, GroupView, Move};
pub use hub::{Hub, HubParts, Settings};
pub use oauth_apps::{
    AppChoice, AppTest, Because, BoundConnection, BoundConnections, InstanceApp, OAuthAppChange,
    OwnValues, TestStep, Verdict,
};
pub use operator::{NewUser, Setup};
pub use people::{
    InvitationList, Invited, Invitee, Joining, Mailed, NewInvitations, PeopleList, PeopleSearch,
    PersonView, Removed,
};
pub use policy::{RuleChange, RuleSaved, RuleView, ShareView, Trial, TriedCall};
pub use problem::{Problem, ProviderProblem};
pub use proposals::{
    Confirmation, Live, PasskeyDemand, ProposalEntry, ProposalFilter, ProposalView, Review,
    SecondReview, WriteAnswer, WriteStatus,
};
pub use providers::{AppFilesOrder, Library, ProviderEntry, SetupGuide, WrittenApp};
pub use readiness::Readiness;
pub use recovery::{
    OpenGrant, PanicOverview, PanicReport, PanicResult, PanicRun, PanicScope, RestoredCopy,
};
pub use retention::{Retention, StoredKind};
pub use rollout::{
    AskedToConnect, ConnectionsPage, ConnectionsWish, CoverageWish, GroupCoverage, MissingPerson,
    PersonsConnection, ProviderCoverage, ProviderLimit,
};
pub use sign_in::{SignIn, SignedIn};
pub use status_code::http_status;
pub use step_up::Proof;
pub use strict_json::parse_json;
pub use telling::{Inbox, NewWebhook, WebhookMade, WebhookView};
pub use tools::{
    Answer, ToolCall, TrialResult, UseAnswer, UseDiagnosis, UseQuestion, UseStep, UseVerdict,
};
pub use way_out::{Destination, Opening, OwnAddress, WayOut};

pub use gatelodge_store::{AskedPeople, ConnectionPlace, Covered, PersonPlace};

pub use gatelodge_keeper_client::{BudgetMeasure, BudgetState, BudgetUse, ConnectionBudget};
pub use gatelodge_keeper_client::{
    Ceremony, CeremonyProgress, CeremonyPurpose, CeremonyStep, PasskeyRing, PasskeyView,
    SecretChange,
};
pub use gatelodge_keeper_client::{
    DataKeyFacts, KekFacts, KeyInventory, RotatedKey, RotationFacts,
};
