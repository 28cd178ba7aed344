//! One module per page: its view, its handlers.
//!
//! A page's view is made by a pure function from model values, so that tests render it without a hub.

pub(crate) mod about_providers;
pub(crate) mod agents;
pub(crate) mod all_connections;
pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod audit_export;
pub(crate) mod audit_wish;
pub(crate) mod cannot_use;
pub(crate) mod connect;
pub(crate) mod connection;
pub(crate) mod connection_budget;
pub(crate) mod connections;
pub(crate) mod edit;
pub(crate) mod edit_form;
pub(crate) mod groups;
pub(crate) mod guide;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod invitations;
pub(crate) mod join;
pub(crate) mod keys;
pub(crate) mod link;
pub(crate) mod notices;
pub(crate) mod oauth_app;
pub(crate) mod oauth_app_form;
pub(crate) mod oauth_app_test;
pub(crate) mod oauth_apps;
pub(crate) mod panic;
pub(crate) mod passkeys;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod policy;
pub(crate) mod policy_rule;
pub(crate) mod provider;
pub(crate) mod providers;
pub(crate) mod record_access;
pub(crate) mod review;
pub(crate) mod review_view;
pub(crate) mod rollout;
pub(crate) mod second_looks;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod snippets;
pub(crate) mod step_up;
pub(crate) mod stored;
pub(crate) mod styleguide;
pub(crate) mod trial;
pub(crate) mod way_out;
pub(crate) mod webhooks;

#[cfg(test)]
mod samples;

use serde::Deserialize;

/// The code of what was just done.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    pub(crate) done: Option<String>,
}
