//! The practice org over real HTTP: what a client sees, without a look inside except where a test counts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod admin;
mod authorize;
mod bulk_classic;
mod bulk_ingest;
mod bulk_query;
mod bulk_support;
mod compaction;
mod errors_queries;
mod errors_requests;
mod errors_rights;
mod faults;
mod files;
mod grants;
mod hosts;
mod hubspot;
mod identity;
mod journal;
mod lifecycle;
mod oauth_flows;
mod oauth_policies;
mod owner_files;
mod pages;
mod query_pages;
mod query_plans;
mod recorded_describe;
mod recycle_bin;
mod rest_collections;
mod rest_composite;
mod rest_conditions;
mod rest_describe;
mod rest_envelope;
mod rest_errors;
mod rest_feeds;
mod rest_fields;
mod rest_pages;
mod rest_paths;
mod rest_query;
mod rest_rows;
mod rest_rules;
mod rest_sharing;
mod rest_support;
mod rest_upsert;
mod rest_values;
mod search;
mod slack;
mod snapshots;
mod soap;
mod support;
mod token;
mod vendors;
mod visitor;
mod wire;
