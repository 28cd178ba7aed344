//! SOAP `undelete`: the way the platform offers to take records out of the recycle bin from outside.
//!
//! Knows the elements of this one call; what comes back with a record is known by `org`.
//! Source of the shapes: "Undelete", SOAP API Developer Guide.

use std::sync::Arc;

use crate::oauth::answer::escape_xml;
use crate::oauth::session::Session;
use crate::org::dml::{Assignment, Draft, DuplicateOptions, WriteContext};
use crate::org::{ApiError, Id};
use crate::persistence::Change;
use crate::state::Practice;

/// Most ids of one call.
const MOST: usize = 200;

/// Why the whole call is refused: code and text.
type Refusal = (&'static str, &'static str);

/// Takes the records with these ids out of the bin, each for itself, and gives the answer's content.
///
/// # Errors
/// When the session is dead, there are too many ids, or the change could not be kept.
pub(super) async fn undelete(
    practice: &Practice,
    session: Option<Session>,
    ids: &[String],
) -> Result<String, Refusal> {
    let dead = (
        "INVALID_SESSION_ID",
        "Invalid Session ID found in SessionHeader: Illegal Session",
    );
    let user = session
        .and_then(|session| session.user_id.record())
        .ok_or(dead)?;
    let access = practice.org.access(user).ok_or(dead)?;
    if !access.api_enabled {
        return Err((
            "API_DISABLED_FOR_ORG",
            "API is not enabled for this Organization or Partner",
        ));
    }
    if ids.len() > MOST {
        return Err(("EXCEEDED_ID_LIMIT", "record limit reached"));
    }
    let context = WriteContext {
        user,
        access: Arc::clone(&access),
        now: practice.org.now(),
        client: None,
        assignment: Assignment::Off,
        duplicates: DuplicateOptions::default(),
        most_records: None,
        base: String::new(),
        files: Arc::clone(&practice.files),
    };
    let log = &practice.log;
    let written = practice.org.write(
        context,
        |draft| Ok(ids.iter().map(|id| result(id, one(draft, id))).collect()),
        |change| log.append(&Change::Org(change.clone())),
    );
    let unwritten = (
        "SERVER_UNAVAILABLE",
        "the practice org could not write to its data folder",
    );
    let (results, durable): (String, _) = written.map_err(|_| unwritten)?;
    if let Some(durable) = durable {
        durable.wait().await.map_err(|_| unwritten)?;
    }
    Ok(format!("<undeleteResponse>{results}</undeleteResponse>"))
}

fn one(draft: &mut Draft<'_>, text: &str) -> Result<(), ApiError> {
    let id = Id::parse(text).ok_or_else(|| ApiError::malformed_id(text))?;
    let schema = draft.schema;
    let object = schema
        .object_by_prefix(id.prefix())
        .ok_or_else(|| ApiError::malformed_id(text))?;
    draft.attempt(|draft| draft.undelete(object, id))
}

fn result(id: &str, outcome: Result<(), ApiError>) -> String {
    let id = Id::parse(id).map_or_else(|| escape_xml(id), |id| id.to_string());
    match outcome {
        Ok(()) => format!("<result><id>{id}</id><success>true</success></result>"),
        Err(error) => format!(
            "<result><errors><message>{}</message><statusCode>{}</statusCode></errors><id>{id}</id>\
             <success>false</success></result>",
            escape_xml(&error.entry.message),
            error.entry.code
        ),
    }
}
