//! Reading and clearing the journal.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde_json::{Value, json};

use super::Shared;
use super::error::AdminError;
use crate::journal::{Filter, Report};

/// `GET /journal`
pub(super) async fn read(
    State(practice): Shared,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Report>, AdminError> {
    let Query(filter) = filter?;
    Ok(Json(practice.journal.report(&filter)))
}

/// `DELETE /journal`
pub(super) async fn clear(State(practice): Shared) -> Json<Value> {
    practice.journal.clear();
    Json(json!({}))
}
