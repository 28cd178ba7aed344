//! Orders about snapshots of the whole org.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{AdminError, done};
use super::{Body, Shared};
use crate::snapshots::SnapshotView;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    name: String,
}

/// `GET /snapshots`
pub(super) async fn list(State(practice): Shared) -> Json<Vec<SnapshotView>> {
    Json(practice.snapshots.list(&practice.org))
}

/// `POST /snapshots`
pub(super) async fn take(
    State(practice): Shared,
    order: Body<Named>,
) -> Result<Json<Value>, AdminError> {
    let Json(Named { name }) = order?;
    done(practice.take_snapshot(&name)?, json!({"name": name})).await
}

/// `DELETE /snapshots/{name}`
pub(super) async fn forget(
    State(practice): Shared,
    Path(name): Path<String>,
) -> Result<Json<Value>, AdminError> {
    done(practice.drop_snapshot(&name)?, json!({})).await
}

/// `POST /restore`
pub(super) async fn restore(
    State(practice): Shared,
    order: Body<Named>,
) -> Result<Json<Value>, AdminError> {
    let Json(Named { name }) = order?;
    done(practice.restore(&name)?, json!({"name": name})).await
}

/// No fields: an order with any would be a misunderstanding.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// `POST /reset`
pub(super) async fn reset(
    State(practice): Shared,
    order: Body<Nothing>,
) -> Result<Json<Value>, AdminError> {
    let Json(Nothing {}) = order?;
    done(practice.reset(), json!({})).await
}
