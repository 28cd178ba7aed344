//! The administration interface for tests: apps, grants, faults, journal, clock, snapshots.
//!
//! Parses orders and passes them on. Answers programs on this machine only; who may is decided in `guard`.

mod access;
mod apps;
mod error;
mod faults;
pub(crate) mod guard;
mod journal;
mod org;
mod snapshots;

use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use axum::{Json, Router};

use crate::state::Practice;

type Shared = State<Arc<Practice>>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// The routes, relative to `/practice/admin`.
pub(crate) fn router(practice: &Arc<Practice>) -> Router<Arc<Practice>> {
    Router::new()
        .route("/apps", get(apps::list).post(apps::save))
        .route("/apps/{client_id}", delete(access::remove_app))
        .route("/block-app", post(apps::block))
        .route("/install-app", post(access::install))
        .route("/policy", get(access::policy).post(access::set_policy))
        .route("/change-password", post(access::change_password))
        .route("/log-out", post(access::log_out))
        .route("/refresh-sandbox", post(access::refresh_sandbox))
        .route("/grants", get(apps::grants))
        .route("/expire-access-tokens", post(apps::expire))
        .route("/revoke-grants", post(apps::revoke))
        .route("/evict-grant", post(apps::evict))
        .route(
            "/faults",
            get(faults::list).post(faults::order).delete(faults::clear),
        )
        .route("/faults/{id}", delete(faults::remove))
        .route("/fault-kinds", get(faults::kinds))
        .route("/journal", get(journal::read).delete(journal::clear))
        .route("/users", get(org::users))
        .route("/snapshots", get(snapshots::list).post(snapshots::take))
        .route("/snapshots/{name}", delete(snapshots::forget))
        .route("/restore", post(snapshots::restore))
        .route("/reset", post(snapshots::reset))
        .route("/writes", get(org::writes))
        .route("/expire-locators", post(org::expire_locators))
        .route("/move-instance", post(org::move_instance))
        .route("/clock", get(org::clock).post(org::shift_clock))
        .layer(from_fn_with_state(Arc::clone(practice), guard::guard))
}
