//! `account-info`: which account a token belongs to; every token may ask.
//!
//! Must not know what the account holds.

use std::sync::Arc;

use axum::extract::{Extension, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::HubSpot;
use super::call::{Lane, with};
use crate::journal::RequestNote;

/// `GET /account-info/v3/details`
pub(super) async fn details(
    Shared(hubspot): Shared<Arc<HubSpot>>,
    Extension(note): Extension<RequestNote>,
    headers: HeaderMap,
) -> Response {
    with(&hubspot, &headers, &note, "", Lane::Usual, |grant| {
        let answer = json!({
            "portalId": grant.hub_id,
            "accountType": "STANDARD",
            "timeZone": "Europe/Berlin",
            "companyCurrency": "EUR",
            "additionalCurrencies": [],
            "utcOffset": "+01:00",
            "utcOffsetMilliseconds": 3_600_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        });
        Ok((StatusCode::OK, answer))
    })
}
