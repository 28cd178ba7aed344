//! One story, told on SQLite and on PostgreSQL: the same tests, the same code, another address.
//!
//! PostgreSQL is reached through `GATELODGE_TEST_POSTGRES`; every test makes a database of its own there.
//! Must not know: how rows are laid out, except where a test plays the attacker.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests fail by panicking"
)]

mod apps;
mod audit;
mod backup;
mod bench;
mod budgets;
mod connecting;
mod groups;
mod keeper;
mod keys;
mod opening;
mod people;
mod policy;
mod proposals;
mod rollout;
mod tamper;
mod telling;

/// Tells each story on both engines.
macro_rules! stories {
    ($($engine:ident: $module:ident :: $story:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $engine() {
                if let Some(bench) = bench::Bench::open(stringify!($engine)).await {
                    $module::$story(&bench).await;
                    bench.close().await;
                }
            }
        )*
    };
}

mod story {
    use super::{
        apps, audit, backup, bench, budgets, connecting, groups, keeper, keys, opening, people,
        policy, proposals, rollout, tamper, telling,
    };

    stories! {
        sqlite_people: people::are_kept_apart_and_found;
        postgres_people: people::are_kept_apart_and_found;
        sqlite_rules: policy::rules_looks_and_counts_are_kept;
        postgres_rules: policy::rules_looks_and_counts_are_kept;
        sqlite_groups: groups::are_ordered_and_kept_apart;
        postgres_groups: groups::are_ordered_and_kept_apart;
        sqlite_limits: rollout::limits_close_providers;
        postgres_limits: rollout::limits_close_providers;
        sqlite_overview: rollout::connections_stand_beside_their_people;
        postgres_overview: rollout::connections_stand_beside_their_people;
        sqlite_coverage: rollout::coverage_is_counted;
        postgres_coverage: rollout::coverage_is_counted;
        sqlite_access: rollout::access_is_counted_by_object;
        postgres_access: rollout::access_is_counted_by_object;
        sqlite_uses: rollout::the_last_use_is_kept;
        postgres_uses: rollout::the_last_use_is_kept;
        sqlite_people_pages: people::are_found_page_by_page;
        postgres_people_pages: people::are_found_page_by_page;
        sqlite_invitations: people::invitations_work_once;
        postgres_invitations: people::invitations_work_once;
        sqlite_owners: people::two_owners_cannot_both_go;
        postgres_owners: people::two_owners_cannot_both_go;
        sqlite_own_apps: apps::a_persons_own_app_is_nobody_elses;
        postgres_own_apps: apps::a_persons_own_app_is_nobody_elses;
        sqlite_bound: apps::who_is_bound_is_counted_named_and_stopped;
        postgres_bound: apps::who_is_bound_is_counted_named_and_stopped;
        sqlite_switches: apps::switches_are_kept;
        postgres_switches: apps::switches_are_kept;
        sqlite_sessions: people::sessions_end;
        postgres_sessions: people::sessions_end;
        sqlite_links: people::links_work_once;
        postgres_links: people::links_work_once;
        sqlite_throttle: people::failures_are_counted_over_a_restart;
        postgres_throttle: people::failures_are_counted_over_a_restart;
        sqlite_connections: connecting::connections_keep_their_identity;
        postgres_connections: connecting::connections_keep_their_identity;
        sqlite_flows: connecting::a_state_is_used_once;
        postgres_flows: connecting::a_state_is_used_once;
        sqlite_agents: connecting::agents_and_oauth_apps;
        postgres_agents: connecting::agents_and_oauth_apps;
        sqlite_proposals: proposals::are_listed_for_those_concerned;
        postgres_proposals: proposals::are_listed_for_those_concerned;
        sqlite_approvers: proposals::of_many_approvers_one_wins;
        postgres_approvers: proposals::of_many_approvers_one_wins;
        sqlite_approvals: proposals::an_approval_is_used_up_once;
        postgres_approvals: proposals::an_approval_is_used_up_once;
        sqlite_approval_records: proposals::records_about_approvals_only_go_forward;
        postgres_approval_records: proposals::records_about_approvals_only_go_forward;
        sqlite_idempotency: proposals::of_many_repeats_one_runs;
        postgres_idempotency: proposals::of_many_repeats_one_runs;
        sqlite_units: audit::nothing_changes_without_an_event;
        postgres_units: audit::nothing_changes_without_an_event;
        sqlite_journal: audit::two_hundred_at_once;
        postgres_journal: audit::two_hundred_at_once;
        sqlite_outage: audit::without_a_log_nothing_is_done;
        postgres_outage: audit::without_a_log_nothing_is_done;
        sqlite_hang_up: audit::who_goes_away_breaks_no_chain;
        postgres_hang_up: audit::who_goes_away_breaks_no_chain;
        sqlite_lists: audit::lists_filter_and_page;
        postgres_lists: audit::lists_filter_and_page;
        sqlite_tampering: tamper::every_kind_is_named;
        postgres_tampering: tamper::every_kind_is_named;
        sqlite_refresh: keeper::one_refresh_at_a_time;
        postgres_refresh: keeper::one_refresh_at_a_time;
        sqlite_late: keeper::an_answer_that_waited_is_stored_late;
        postgres_late: keeper::an_answer_that_waited_is_stored_late;
        sqlite_due: keeper::what_is_due_is_given_to_one_keeper;
        postgres_due: keeper::what_is_due_is_given_to_one_keeper;
        sqlite_timeline: keeper::a_timeline_is_counted_and_settled;
        postgres_timeline: keeper::a_timeline_is_counted_and_settled;
        sqlite_grants: keeper::a_new_grant_ends_a_refresh;
        postgres_grants: keeper::a_new_grant_ends_a_refresh;
        sqlite_data_keys: keeper::data_keys_and_calls;
        postgres_data_keys: keeper::data_keys_and_calls;
        sqlite_budgets: budgets::no_more_is_set_aside_than_the_limits_allow;
        postgres_budgets: budgets::no_more_is_set_aside_than_the_limits_allow;
        sqlite_marks: budgets::marks_are_told_once_and_old_hours_go;
        postgres_marks: budgets::marks_are_told_once_and_old_hours_go;
        sqlite_webhooks: keeper::webhooks_only_go_forward;
        postgres_webhooks: keeper::webhooks_only_go_forward;
        sqlite_sealed: keeper::what_is_sealed_is_kept;
        postgres_sealed: keeper::what_is_sealed_is_kept;
        sqlite_copies: backup::a_copy_is_the_same;
        postgres_copies: backup::a_copy_is_the_same;
        sqlite_cut_copies: backup::all_rows_or_none;
        postgres_cut_copies: backup::all_rows_or_none;
        sqlite_held_grants: backup::grants_are_held_until_they_are_stored;
        postgres_held_grants: backup::grants_are_held_until_they_are_stored;
        sqlite_revocations: backup::grants_wait_to_be_ended;
        postgres_revocations: backup::grants_wait_to_be_ended;
        sqlite_names: backup::an_installation_has_a_name;
        postgres_names: backup::an_installation_has_a_name;
        sqlite_resealing: keys::rows_move_to_a_new_key;
        postgres_resealing: keys::rows_move_to_a_new_key;
        sqlite_rotations: keys::one_keeper_works_at_a_time;
        postgres_rotations: keys::one_keeper_works_at_a_time;
        sqlite_destroyed: keys::destroyed_keys_leave_no_bytes;
        postgres_destroyed: keys::destroyed_keys_leave_no_bytes;
        sqlite_schema: opening::a_newer_schema_is_refused;
        postgres_schema: opening::a_newer_schema_is_refused;
        postgres_standby: opening::a_standby_is_passed_over;
        sqlite_settings: opening::settings_have_one_value;
        postgres_settings: opening::settings_have_one_value;
        sqlite_told_once: telling::is_done_once_and_with_its_cause;
        postgres_told_once: telling::is_done_once_and_with_its_cause;
        sqlite_outbox: telling::survives_the_death_of_a_host;
        postgres_outbox: telling::survives_the_death_of_a_host;
        sqlite_shared_work: telling::many_hosts_share_the_work;
        postgres_shared_work: telling::many_hosts_share_the_work;
        sqlite_troubles: telling::troubles_keep_their_beginning;
        postgres_troubles: telling::troubles_keep_their_beginning;
    }
}
