//! Orders about faults on purpose.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::apps::user_id;
use super::error::AdminError;
use super::{Body, Shared};
use crate::faults::{Fault, Kind};
use crate::state::Practice;

/// `GET /faults`
pub(super) async fn list(State(practice): Shared) -> Json<Vec<Fault>> {
    Json(practice.faults.open())
}

/// `GET /fault-kinds`
pub(super) async fn kinds() -> Json<Value> {
    let kinds = Kind::ALL.map(|kind| json!({"fault": kind.name(), "what": kind.words()}));
    Json(kinds.into_iter().collect())
}

/// `POST /faults`
pub(super) async fn order(
    State(practice): Shared,
    fault: Body<Fault>,
) -> Result<Json<Value>, AdminError> {
    let Json(fault) = fault?;
    let fault = take(&practice, fault)?;
    let open = practice.faults.open().len();
    Ok(Json(json!({"id": fault.id, "open": open, "fault": fault})))
}

/// Orders a fault whose user, app and object exist.
pub(super) fn take(practice: &Practice, fault: Fault) -> Result<Fault, AdminError> {
    if let Some(username) = &fault.user {
        user_id(practice, username)?;
    }
    if let Some(app) = &fault.app
        && practice.oauth.app(app).is_none()
    {
        return Err(AdminError::UnknownApp(app.clone()));
    }
    if let Some(object) = &fault.object
        && practice.org.schema().object(object).is_none()
    {
        return Err(AdminError::UnknownObject(object.clone()));
    }
    Ok(practice.faults.order(fault)?)
}

/// `DELETE /faults`
pub(super) async fn clear(State(practice): Shared) -> Json<Value> {
    practice.faults.clear();
    Json(json!({}))
}

/// `DELETE /faults/{id}`
pub(super) async fn remove(
    State(practice): Shared,
    Path(id): Path<u64>,
) -> Result<Json<Value>, AdminError> {
    if practice.faults.remove(id) {
        Ok(Json(json!({})))
    } else {
        Err(AdminError::UnknownFault(id))
    }
}
