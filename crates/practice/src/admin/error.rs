//! Why an order was not carried out, as `{"error": "…"}` with a fitting status.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::error::PracticeError;
use crate::faults::FaultError;
use crate::persistence::{Durable, LogError};
use crate::snapshots::SnapshotError;

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum AdminError {
    #[error("{0}")]
    Input(#[from] JsonRejection),
    #[error("{0}")]
    Query(#[from] QueryRejection),
    #[error("there is no app with client id {0:?}")]
    UnknownApp(String),
    #[error("there is no user {0:?}")]
    UnknownUser(String),
    #[error("there is no fault with number {0}")]
    UnknownFault(u64),
    #[error("there is no object {0:?}")]
    UnknownObject(String),
    #[error("{0}")]
    Fault(#[from] FaultError),
    #[error("{0}")]
    Snapshot(#[from] SnapshotError),
    #[error("{0}")]
    Sense(&'static str),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Practice(#[from] PracticeError),
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Input(rejection) => rejection.status(),
            Self::Snapshot(SnapshotError::Unknown(_))
            | Self::UnknownApp(_)
            | Self::UnknownUser(_)
            | Self::UnknownFault(_) => StatusCode::NOT_FOUND,
            Self::Query(_)
            | Self::Snapshot(_)
            | Self::Fault(_)
            | Self::Sense(_)
            | Self::UnknownObject(_) => StatusCode::BAD_REQUEST,
            Self::Log(_) | Self::Practice(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}

/// The answer to an order, once its change is on disk.
pub(super) async fn done(durable: Durable, answer: Value) -> Result<Json<Value>, AdminError> {
    durable.wait().await?;
    Ok(Json(answer))
}
