//! `POST /composite/batch`: requests that know nothing of each other.
//!
//! Must not know what a request does.

use axum::http::{HeaderMap, Method};
use serde_json::Value;

use super::{flag, invalid_input, list, may_be_inside};
use crate::org::ApiError;
use crate::rest::answer::Answer;
use crate::rest::call::Call;
use crate::rest::group::{Group, in_one_write};
use crate::rest::subrequest::{self, Target};

/// Most requests of one call.
const MOST: usize = 25;

struct Request<'a> {
    method: Method,
    url: &'a str,
    body: Option<&'a Value>,
}

/// `POST /composite/batch`.
pub(super) fn run(call: &Call<'_>) -> Result<Answer, ApiError> {
    let (body, _) = call.json_body()?;
    let given = list(&body, "batchRequests")?;
    if given.len() > MOST {
        let message = format!(
            "The number of batch requests, {}, exceeds the limit of {MOST}.",
            given.len()
        );
        return Err(ApiError::new(400, "LIMIT_EXCEEDED", message));
    }
    let requests = given.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let halt = flag(&body, "haltOnError");
    let (answers, durable) = if requests.iter().all(|request| request.method == Method::GET) {
        (perform(call, None, &requests, halt), None)
    } else {
        in_one_write(call, |group| perform(call, Some(group), &requests, halt))?
    };
    let failed = answers.iter().any(|answer| answer.status.as_u16() >= 400);
    let mut out = format!("{{\"hasErrors\":{failed},\"results\":[").into_bytes();
    for (index, answer) in answers.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(
            format!("{{\"statusCode\":{},\"result\":", answer.status.as_u16()).as_bytes(),
        );
        out.extend_from_slice(&subrequest::json_of(answer));
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    Ok(Answer::bytes(out).durable(durable))
}

fn read(entry: &Value) -> Result<Request<'_>, ApiError> {
    let text = |key: &str| {
        entry.get(key).and_then(Value::as_str).ok_or_else(|| {
            invalid_input(format!(
                "A batch request needs the property '{key}' as a text."
            ))
        })
    };
    let method = text("method")?.to_ascii_uppercase();
    let known = matches!(
        method.as_str(),
        "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE"
    );
    let method = Method::from_bytes(method.as_bytes()).ok().filter(|_| known);
    Ok(Request {
        method: method.ok_or_else(|| invalid_input("A batch request has an unknown method."))?,
        url: text("url")?,
        body: entry.get("richInput").filter(|body| !body.is_null()),
    })
}

fn perform(
    call: &Call<'_>,
    group: Option<&dyn Group>,
    requests: &[Request<'_>],
    halt: bool,
) -> Vec<Answer> {
    let mut halted = false;
    requests
        .iter()
        .map(|request| {
            let answer = if halted {
                Err(ApiError::new(
                    412,
                    "BATCH_PROCESSING_HALTED",
                    "Batch processing halted per request",
                ))
            } else {
                one(call, group, request)
            };
            let answer = answer.unwrap_or_else(|error| Answer::error(&error));
            halted |= halt && answer.status.as_u16() >= 400;
            answer
        })
        .collect()
}

fn one(
    call: &Call<'_>,
    group: Option<&dyn Group>,
    request: &Request<'_>,
) -> Result<Answer, ApiError> {
    let (path, query) = request.url.split_once('?').unwrap_or((request.url, ""));
    let path = path.trim_start_matches('/');
    let target = Target::behind_root(path.strip_prefix("services/data/").unwrap_or(path), query)?;
    if target.version > call.version {
        let message = format!(
            "The version of a batch request, {}.0, must not be above that of the batch, {}.0.",
            target.version, call.version
        );
        return Err(ApiError::new(400, "UNSUPPORTED_API_VERSION", message));
    }
    if !may_be_inside(&target.segments) {
        return Err(invalid_input(
            "This resource is not allowed in a batch request.",
        ));
    }
    subrequest::run(
        call,
        group,
        target,
        request.method.clone(),
        &HeaderMap::new(),
        request.body,
    )
}
