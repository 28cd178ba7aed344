//! The page of the faults: what is set, a form for one more, buttons that clear.
//!
//! Parses forms; whether an order makes sense is decided by the faults.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Form, Frame};
use crate::faults::{Cut, Fault, Kind};
use crate::state::Practice;

const HERE: &str = "/practice/faults";

struct FaultLine {
    id: u64,
    what: String,
    whom: String,
    left: String,
    hits: u64,
}

#[derive(Template)]
#[template(path = "faults.html")]
struct FaultsTemplate {
    frame: Frame,
    open: Vec<FaultLine>,
    kinds: [Kind; 20],
    users: Vec<String>,
    apps: Vec<(String, String)>,
    objects: Vec<String>,
}

/// `GET /practice/faults`
pub(super) async fn show(State(practice): State<Arc<Practice>>) -> Response {
    page(&practice, StatusCode::OK, Frame::new(&practice, HERE))
}

fn page(practice: &Practice, status: StatusCode, frame: Frame) -> Response {
    let users = practice.org.users().into_iter().filter(|user| user.active);
    let apps = practice.oauth.apps().into_iter();
    let objects = practice.org.schema().objects.iter();
    let template = FaultsTemplate {
        frame,
        open: practice.faults.open().iter().map(line_of).collect(),
        kinds: Kind::ALL,
        users: users.map(|user| user.username).collect(),
        apps: apps.map(|app| (app.client_id, app.name)).collect(),
        objects: objects
            .filter(|object| object.createable)
            .map(|object| object.name.clone())
            .collect(),
    };
    super::html(status, &template)
}

fn line_of(fault: &Fault) -> FaultLine {
    let mut what = Vec::new();
    what.extend(
        fault
            .kind
            .map(|kind| format!("{}: {}", kind.name(), kind.words())),
    );
    what.extend(fault.status.map(|status| format!("answers {status}")));
    what.extend(fault.cut.map(|cut| match cut {
        Cut::Before => "cut before the work".to_owned(),
        Cut::After => "done, but the answer is lost".to_owned(),
        Cut::AtByte(byte) => format!("cut after {byte} bytes of the answer"),
    }));
    let waits = [
        ("waits", fault.delay_ms),
        ("answer waits", fault.answer_delay_ms),
        ("each piece waits", fault.piece_delay_ms),
    ];
    for (words, wait) in waits.into_iter().filter(|(_, wait)| *wait > 0) {
        what.push(format!("{words} {wait} ms"));
    }
    let whom = [
        &fault.user,
        &fault.app,
        &fault.method,
        &fault.path,
        &fault.object,
        &fault.record,
    ];
    let mut whom: Vec<&str> = whom
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    if !fault.path_prefix.is_empty() {
        whom.push(&fault.path_prefix);
    }
    FaultLine {
        id: fault.id,
        what: what.join("; "),
        whom: if whom.is_empty() {
            "everyone".to_owned()
        } else {
            whom.join(", ")
        },
        left: if fault.until_cleared {
            "until cleared".to_owned()
        } else {
            fault.times.to_string()
        },
        hits: fault.hits,
    }
}

/// `POST /practice/faults/add`
pub(super) async fn add(State(practice): State<Arc<Practice>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let done = match form.refusal(&practice) {
        Some(refusal) => Err(refusal.to_owned()),
        None => order_of(&form).and_then(|fault| {
            let fault = practice
                .faults
                .order(fault)
                .map_err(|error| error.to_string())?;
            Ok(format!("Fault {} is set.", fault.id))
        }),
    };
    answer(&practice, done)
}

fn order_of(form: &Form) -> Result<Fault, String> {
    let name = form.text("fault");
    let mut fault = Fault {
        times: 1,
        ..Fault::default()
    };
    match name {
        "cut_before" => fault.cut = Some(Cut::Before),
        "cut_after" => fault.cut = Some(Cut::After),
        name => {
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
            fault.kind = Some(kind.ok_or("There is no such fault.")?);
        }
    }
    let text = |name: &str| form.get(name).map(ToOwned::to_owned);
    (fault.user, fault.app) = (text("user"), text("app"));
    (fault.path, fault.object) = (text("path"), text("object"));
    if fault.kind.is_none() && fault.path.is_none() {
        fault.path = Some("/services/data/*".to_owned());
    }
    if let Some(times) = form.get("times") {
        fault.times = times
            .parse()
            .map_err(|_| "How many requests: a whole number, please.")?;
    }
    if let Some(wait) = form.get("delay_ms") {
        fault.delay_ms = wait
            .parse()
            .map_err(|_| "Wait first: a whole number, please.")?;
    }
    fault.until_cleared = form.checked("until_cleared");
    Ok(fault)
}

/// `POST /practice/faults/clear`
pub(super) async fn clear(State(practice): State<Arc<Practice>>, body: Bytes) -> Response {
    let form = Form::parse(&body);
    let done = match (form.refusal(&practice), form.get("id")) {
        (Some(refusal), _) => Err(refusal.to_owned()),
        (None, None) => {
            practice.faults.clear();
            Ok("All faults are cleared.".to_owned())
        }
        (None, Some(id)) => match id.parse() {
            Ok(id) if practice.faults.remove(id) => Ok(format!("Fault {id} is cleared.")),
            _ => Err("There is no such fault (any more).".to_owned()),
        },
    };
    answer(&practice, done)
}

fn answer(practice: &Practice, done: Result<String, String>) -> Response {
    let mut frame = Frame::new(practice, HERE);
    let status = if done.is_ok() {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    };
    match done {
        Ok(words) => frame.notice = Some(words),
        Err(problem) => frame.problem = Some(problem),
    }
    page(practice, status, frame)
}
