//! The shape of the tables, one file each, and the way between a row and a type of `model`.
//!
//! Must not know: statements.

#![expect(
    unreachable_pub,
    reason = "the derives of the entities need public types; the module itself is private"
)]

pub(crate) mod agent;
pub(crate) mod api_usage;
pub(crate) mod approval;
pub(crate) mod approval_record;
pub(crate) mod audit_event;
pub(crate) mod audit_head;
pub(crate) mod budget_hour;
pub(crate) mod connection;
pub(crate) mod connection_event;
pub(crate) mod connection_probe;
pub(crate) mod connection_trouble;
pub(crate) mod connection_use;
pub(crate) mod credential;
pub(crate) mod data_key;
pub(crate) mod erased_organization;
pub(crate) mod flow;
pub(crate) mod flow_secret;
pub(crate) mod group;
pub(crate) mod group_member;
pub(crate) mod idempotency_key;
pub(crate) mod invitation;
pub(crate) mod key_rotation;
pub(crate) mod notice;
pub(crate) mod notification_preference;
pub(crate) mod oauth_app;
pub(crate) mod oauth_app_secret;
pub(crate) mod one_time_link;
pub(crate) mod organization;
pub(crate) mod outbox;
pub(crate) mod pending_revocation;
pub(crate) mod policy_rule;
pub(crate) mod proposal;
pub(crate) mod provider_call;
pub(crate) mod provider_limit;
pub(crate) mod sealed_record;
pub(crate) mod second_look;
pub(crate) mod session;
pub(crate) mod setting;
pub(crate) mod sign_in_failure;
pub(crate) mod user;
pub(crate) mod webhook_secret;
pub(crate) mod webhook_target;
