//! The administration interface for tests, the same at every vendor: faults, journal, clock, and the vendor's orders.
//!
//! Parses orders and passes them on. Answers programs on this machine only.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, Vendor};
use crate::admin::guard;
use crate::faults::{Fault, FaultError};
use crate::journal::{Filter, Report};
use crate::oauth::Parameters;

/// Farthest that the clock can be moved: a hundred years.
const FARTHEST_SECONDS: i64 = 100 * 366 * 24 * 60 * 60;

/// The routes, relative to `/practice/admin`.
pub(super) fn router<V: Vendor>(vendor: &Arc<V>) -> Router<Arc<V>> {
    Router::new()
        .route(
            "/faults",
            get(faults::<V>).post(order::<V>).delete(clear::<V>),
        )
        .route("/faults/{id}", delete(remove::<V>))
        .route("/journal", get(journal::<V>).delete(forget::<V>))
        .route("/clock", get(clock::<V>).post(move_clock::<V>))
        .route("/sign-ins", get(sign_ins::<V>))
        .route("/orders/{order}", post(obey::<V>))
        .layer(from_fn_with_state(Arc::clone(vendor), guarded::<V>))
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Input(#[from] JsonRejection),
    #[error("{0}")]
    Query(#[from] QueryRejection),
    #[error("{0}")]
    Fault(#[from] FaultError),
    #[error("there is no fault with number {0}")]
    UnknownFault(u64),
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("shift_seconds: the clock moves by a hundred years at most")]
    TooFar,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Input(rejection) => rejection.status(),
            Self::UnknownFault(_) => StatusCode::NOT_FOUND,
            Self::Query(_) | Self::Fault(_) | Self::Refused(_) | Self::TooFar => {
                StatusCode::BAD_REQUEST
            }
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}

async fn guarded<V: Vendor>(
    State(vendor): State<Arc<V>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let token = vendor.ground().admin_token.as_deref();
    match guard::refusal(peer, &request, token) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}

async fn faults<V: Vendor>(State(vendor): State<Arc<V>>) -> Json<Vec<Fault>> {
    Json(vendor.ground().faults.open())
}

async fn order<V: Vendor>(
    State(vendor): State<Arc<V>>,
    fault: Result<Json<Fault>, JsonRejection>,
) -> Result<Json<Value>, Error> {
    let Json(fault) = fault?;
    let fault = vendor.ground().order(fault)?;
    Ok(Json(json!({"id": fault.id, "fault": fault})))
}

async fn clear<V: Vendor>(State(vendor): State<Arc<V>>) -> Json<Value> {
    vendor.ground().faults.clear();
    Json(json!({}))
}

async fn remove<V: Vendor>(
    State(vendor): State<Arc<V>>,
    Path(id): Path<u64>,
) -> Result<Json<Value>, Error> {
    if vendor.ground().faults.remove(id) {
        Ok(Json(json!({})))
    } else {
        Err(Error::UnknownFault(id))
    }
}

async fn journal<V: Vendor>(
    State(vendor): State<Arc<V>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Report>, Error> {
    let Query(filter) = filter?;
    Ok(Json(vendor.ground().journal.report(&filter)))
}

async fn forget<V: Vendor>(State(vendor): State<Arc<V>>) -> Json<Value> {
    vendor.ground().journal.clear();
    Json(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockShift {
    /// Distance from the true time; negative is the past, 0 the present.
    shift_seconds: i64,
}

async fn clock<V: Vendor>(State(vendor): State<Arc<V>>) -> Json<Value> {
    let ground = vendor.ground();
    let shift = ground.clock_shift().num_seconds();
    Json(json!({"now": ground.now(), "shift_seconds": shift}))
}

async fn move_clock<V: Vendor>(
    vendor: State<Arc<V>>,
    order: Result<Json<ClockShift>, JsonRejection>,
) -> Result<Json<Value>, Error> {
    let Json(order) = order?;
    if order.shift_seconds.abs() > FARTHEST_SECONDS {
        return Err(Error::TooFar);
    }
    let shift = TimeDelta::seconds(order.shift_seconds);
    vendor.ground().move_clock(shift);
    Ok(clock(vendor).await)
}

async fn sign_ins<V: Vendor>(State(vendor): State<Arc<V>>) -> Json<Value> {
    let all = vendor.ground().sign_ins().into_iter();
    let all = all.map(|(username, password)| json!({"username": username, "password": password}));
    Json(all.collect())
}

async fn obey<V: Vendor>(
    State(vendor): State<Arc<V>>,
    Path(order): Path<String>,
    with: Result<Json<BTreeMap<String, String>>, JsonRejection>,
) -> Result<Json<Value>, Error> {
    let Json(with) = with?;
    let mut parameters = Parameters::default();
    for (name, value) in &with {
        parameters.set(name, value);
    }
    Ok(Json(vendor.obey(&order, &parameters)?))
}
