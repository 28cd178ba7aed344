//! `POST /composite`: requests in a row, where later ones may use what earlier ones answered.
//!
//! Must not know what a request does, or how answers are looked up in a text.

use std::cell::OnceCell;
use std::collections::HashSet;

use axum::http::header::{ETAG, HeaderName, LAST_MODIFIED, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method};
use serde_json::{Map, Value};

use super::reference::{self, Filler};
use super::{ROLLED_BACK, flag, invalid_input, list, may_be_inside};
use crate::org::ApiError;
use crate::rest::answer::Answer;
use crate::rest::call::Call;
use crate::rest::group::{Group, in_one_write};
use crate::rest::subrequest::{self, Target};

/// Most requests of one call.
const MOST: usize = 25;
/// Most of them that may be queries, collections or trees.
const MOST_HEAVY: usize = 5;
/// From this version on, a name with other characters stops the whole call, and a field that is null may be
/// referred to.
const STRICT_SINCE: u32 = 52;
/// Headers of an answer that are handed on.
const HANDED_ON: [(&str, HeaderName); 3] = [
    ("ETag", ETAG),
    ("Last-Modified", LAST_MODIFIED),
    ("Location", LOCATION),
];

/// One request of the list.
pub(super) struct Request<'a> {
    pub(super) name: &'a str,
    pub(super) method: Method,
    pub(super) url: &'a str,
    headers: HeaderMap,
    pub(super) body: Option<&'a Value>,
}

/// What became of a request.
pub(super) struct Done<'a> {
    name: &'a str,
    pub(super) status: u16,
    headers: Map<String, Value>,
    body: Vec<u8>,
    parsed: OnceCell<Value>,
}

/// `POST /composite`.
pub(super) fn run(call: &Call<'_>) -> Result<Answer, ApiError> {
    let (body, _) = call.json_body()?;
    let requests = read(call, list(&body, "compositeRequest")?)?;
    if requests.len() > MOST {
        return Err(limit(format!(
            "The number of subrequests, {}, exceeds the limit of {MOST}.",
            requests.len()
        )));
    }
    let heavy = requests
        .iter()
        .filter(|request| is_heavy(request.url))
        .count();
    if heavy > MOST_HEAVY {
        return Err(limit(format!(
            "The number of query, collection and tree subrequests, {heavy}, exceeds the limit of {MOST_HEAVY}."
        )));
    }
    let all_or_none = flag(&body, "allOrNone");
    let (done, durable) = if requests.iter().all(|request| request.method == Method::GET) {
        (perform(call, None, &requests, all_or_none).0, None)
    } else {
        in_one_write(call, |group| {
            perform(call, Some(group), &requests, all_or_none).0
        })?
    };
    let mut out = Vec::with_capacity(1024);
    write_response(&mut out, &done);
    Ok(Answer::bytes(out).durable(durable))
}

fn limit(message: String) -> ApiError {
    ApiError::new(400, "LIMIT_EXCEEDED", message)
}

fn is_heavy(url: &str) -> bool {
    let path = url.split('?').next().unwrap_or_default();
    let mut parts = path.split('/').filter(|part| !part.is_empty()).skip(3);
    matches!(parts.next(), Some("query" | "queryAll" | "composite"))
}

/// Takes the list apart.
pub(super) fn read<'a>(call: &Call<'_>, list: &'a [Value]) -> Result<Vec<Request<'a>>, ApiError> {
    let mut names = HashSet::new();
    let mut out = Vec::with_capacity(list.len());
    for entry in list {
        let text = |key: &str| {
            entry.get(key).and_then(Value::as_str).ok_or_else(|| {
                invalid_input(format!(
                    "A subrequest needs the property '{key}' as a text."
                ))
            })
        };
        let name = text("referenceId")?;
        if call.version >= STRICT_SINCE && !reference::valid_name(name) {
            return Err(invalid_input(format!(
                "Provided referenceId ('{name}') must start with a letter or a number, and it can contain only \
                 letters, numbers and underscores ('_')."
            )));
        }
        if !names.insert(name) {
            return Err(invalid_input(format!(
                "Duplicate referenceId provided in the request: {name}"
            )));
        }
        let method = text("method")?.to_ascii_uppercase();
        let method = match method.as_str() {
            "GET" | "POST" | "PATCH" | "PUT" | "DELETE" => Method::from_bytes(method.as_bytes()),
            _ => {
                return Err(invalid_input(format!(
                    "HTTP Method '{method}' is not allowed in a subrequest."
                )));
            }
        };
        out.push(Request {
            name,
            method: method.unwrap_or_default(),
            url: text("url")?,
            headers: headers(entry.get("httpHeaders")),
            body: entry.get("body").filter(|body| !body.is_null()),
        });
    }
    Ok(out)
}

/// Headers that a request brings itself. Who asks and in which form is settled by the outer call.
fn headers(given: Option<&Value>) -> HeaderMap {
    let mut out = HeaderMap::new();
    for (name, value) in given.and_then(Value::as_object).into_iter().flatten() {
        let settled = ["accept", "authorization", "content-type"];
        if settled
            .iter()
            .any(|settled| name.eq_ignore_ascii_case(settled))
        {
            continue;
        }
        if let (Ok(name), Some(Ok(value))) = (
            name.parse::<HeaderName>(),
            value.as_str().map(HeaderValue::from_str),
        ) {
            out.insert(name, value);
        }
    }
    out
}

/// Runs the requests in their order. The second part of the result tells whether all went well.
pub(super) fn perform<'a>(
    call: &Call<'_>,
    group: Option<&dyn Group>,
    requests: &[Request<'a>],
    all_or_none: bool,
) -> (Vec<Done<'a>>, bool) {
    let mut mark = None;
    if let Some(group) = group {
        group.with(&mut |draft| mark = Some(draft.mark()));
    }
    let mut done: Vec<Done<'a>> = Vec::with_capacity(requests.len());
    let mut failed = false;
    for request in requests {
        let answer = one(call, group, request, &done);
        let answer = answer.unwrap_or_else(|error| Answer::error(&error));
        let entry = Done::new(request.name, answer);
        failed |= entry.failed();
        done.push(entry);
        if failed && all_or_none {
            break;
        }
    }
    if failed && all_or_none {
        if let Some(group) = group {
            group.with(&mut |draft| {
                if let Some(mark) = mark.take() {
                    draft.back_to(mark);
                }
            });
        }
        let rolled_back = ApiError::new(400, "PROCESSING_HALTED", ROLLED_BACK);
        let halted = |name| Done::new(name, Answer::error(&rolled_back));
        for entry in &mut done {
            if !entry.failed() {
                *entry = halted(entry.name);
            }
        }
        let rest = requests
            .iter()
            .skip(done.len())
            .map(|request| halted(request.name));
        let rest: Vec<Done<'a>> = rest.collect();
        done.extend(rest);
    }
    (done, !failed)
}

fn one(
    call: &Call<'_>,
    group: Option<&dyn Group>,
    request: &Request<'_>,
    done: &[Done<'_>],
) -> Result<Answer, ApiError> {
    let lookup = |name: &str| done.iter().find(|entry| entry.name == name)?.value();
    let filler = Filler {
        lookup: &lookup,
        null_allowed: call.version >= STRICT_SINCE,
    };
    let (path, query) = request.url.split_once('?').unwrap_or((request.url, ""));
    let path = filler.text(path, subrequest::in_path)?;
    let mut target = Target::parse(&path, query)?;
    for (_, value) in &mut target.parameters {
        *value = filler.text(value, str::to_owned)?;
    }
    if !may_be_inside(&target.segments) {
        return Err(ApiError::new(
            400,
            "INVALID_INPUT",
            "This resource is not allowed in a composite request.",
        ));
    }
    let body = request.body.map(|body| filler.json(body)).transpose()?;
    subrequest::run(
        call,
        group,
        target,
        request.method.clone(),
        &request.headers,
        body.as_ref(),
    )
}

impl<'a> Done<'a> {
    fn new(name: &'a str, answer: Answer) -> Self {
        let headers = HANDED_ON.iter().filter_map(|(spelling, name)| {
            let value = answer.headers.get(name)?.to_str().ok()?;
            Some(((*spelling).to_owned(), value.into()))
        });
        Self {
            name,
            status: answer.status.as_u16(),
            headers: headers.collect(),
            body: subrequest::json_of(&answer),
            parsed: OnceCell::new(),
        }
    }

    fn failed(&self) -> bool {
        self.status >= 300 && self.status != 304
    }

    /// The answer for those that refer to it.
    fn value(&self) -> Option<&Value> {
        (!self.failed()).then(|| {
            self.parsed
                .get_or_init(|| serde_json::from_slice(&self.body).unwrap_or_default())
        })
    }
}

/// Appends `{"compositeResponse":[…]}`. Bodies are copied as they are, so that numbers keep their spelling.
pub(super) fn write_response(out: &mut Vec<u8>, done: &[Done<'_>]) {
    out.extend_from_slice(b"{\"compositeResponse\":[");
    for (index, entry) in done.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"body\":");
        out.extend_from_slice(&entry.body);
        out.extend_from_slice(b",\"httpHeaders\":");
        out.extend_from_slice(Value::Object(entry.headers.clone()).to_string().as_bytes());
        out.extend_from_slice(
            format!(",\"httpStatusCode\":{},\"referenceId\":", entry.status).as_bytes(),
        );
        crate::org::value::write_text(out, entry.name);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
}
