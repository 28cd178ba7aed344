//! `/sobjects/X/deleted` and `/sobjects/X/updated`: what changed in a span of time.
//!
//! Must not know how changes are found; only which spans may be asked for.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use crate::org::feeds::{BIN_DAYS, UPDATED_DAYS};
use crate::org::{ApiError, Object, datetime};

/// Most ids of one answer.
const MOST: usize = 600_000;

/// A span in whole minutes: the platform ignores seconds.
struct Span {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// `GET /sobjects/X/deleted?start=&end=`.
pub(super) fn deleted(call: &Call<'_>, object: &Object) -> Result<Answer, ApiError> {
    let span = Span::of(call, BIN_DAYS)?;
    let org = &call.practice.org;
    let found = org.deleted_between(object, span.start, span.end);
    check_number(found.len())?;
    let records: Vec<Value> = found
        .iter()
        .map(|deletion| json!({ "deletedDate": wire(deletion.at), "id": deletion.id }))
        .collect();
    let body = json!({
        "deletedRecords": records,
        "earliestDateAvailable": wire(earliest(call, BIN_DAYS)),
        "latestDateCovered": wire(span.end),
    });
    Ok(Answer::json(200, &body))
}

/// `GET /sobjects/X/updated?start=&end=`.
pub(super) fn updated(call: &Call<'_>, object: &Object) -> Result<Answer, ApiError> {
    let span = Span::of(call, UPDATED_DAYS)?;
    let ids = call
        .practice
        .org
        .updated_between(object, span.start, span.end);
    check_number(ids.len())?;
    let body = json!({ "ids": ids, "latestDateCovered": wire(span.end) });
    Ok(Answer::json(200, &body))
}

impl Span {
    fn of(call: &Call<'_>, days: i64) -> Result<Self, ApiError> {
        let (start, end) = (moment(call, "start")?, moment(call, "end")?);
        let span = Self { start, end };
        if span.end <= span.start {
            return Err(wrong_span(
                "The specified end_time cannot be the same value as, or earlier than, the specified start_time",
            ));
        }
        if span.start < earliest(call, days) {
            return Err(wrong_span(format!(
                "The specified start_time cannot be more than {days} days ago"
            )));
        }
        Ok(span)
    }
}

fn earliest(call: &Call<'_>, days: i64) -> DateTime<Utc> {
    whole_minute(call.practice.org.now() - TimeDelta::days(days))
}

fn wrong_span(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "INVALID_REPLICATION_DATE", message)
}

fn moment(call: &Call<'_>, name: &str) -> Result<DateTime<Utc>, ApiError> {
    let text = call.parameter(name).unwrap_or_default();
    datetime(text).map(whole_minute).ok_or_else(|| {
        let message = format!(
            "Invalid value for the parameter {name}: '{text}'. Use the form 2026-11-02T10:00:00+00:00, with the plus \
             sign encoded."
        );
        ApiError::new(400, "ILLEGAL_QUERY_PARAMETER_VALUE", message)
    })
}

fn whole_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(at)
}

fn wire(at: DateTime<Utc>) -> Value {
    crate::org::Value::DateTime(at).to_json()
}

fn check_number(ids: usize) -> Result<(), ApiError> {
    if ids > MOST {
        let message = format!("The result has more than {MOST} ids. Ask for a shorter span.");
        return Err(ApiError::new(400, "EXCEEDED_ID_LIMIT", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves SFB-OBJ-18
    #[test]
    fn an_answer_has_at_most_600_000_ids() {
        assert_eq!(check_number(600_000), Ok(()));
        let refused = check_number(600_001).unwrap_err();
        assert_eq!(
            (refused.status, refused.entry.code),
            (400, "EXCEEDED_ID_LIMIT")
        );
    }
}
