//! What tests leave behind for the canary scan of a whole suite, where `cargo xtask soak canary` asks for it: files
//! that stay, a log at level trace, answers as they came, and the secrets that were in play. Otherwise nothing.
//!
//! Must not know what is a leak; the scan does.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gatelodge_server::config::LogFormat;
use gatelodge_server::logging;
use reqwest::header;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::Reply;
use crate::surroundings;

/// The file with the secrets: one JSON object with `kind` and `value` a line.
pub const SECRETS: &str = "secrets.jsonl";

/// The start of the names of files with answers: one JSON object with `path`, `headers` and `text` a line.
pub const ANSWERS: &str = "answers-";

/// Of two tests at once one writes.
static WRITING: Mutex<()> = Mutex::new(());

/// A folder that is gone when it is dropped, unless a scan wants to see it.
pub fn folder() -> TempDir {
    let mut builder = tempfile::Builder::new();
    let made = match surroundings::evidence() {
        Some(place) => builder
            .prefix("files-")
            .disable_cleanup(true)
            .tempdir_in(place),
        None => builder.tempdir(),
    };
    made.expect("a temporary folder")
}

/// Has this process write everything that it does to its log, which goes to standard error.
pub fn log() {
    if surroundings::evidence().is_some() {
        logging::start(LogFormat::Json, "trace");
    }
}

/// Notes a secret that is in play.
pub fn secret(kind: &str, value: &str) {
    let Some(place) = surroundings::evidence() else {
        return;
    };
    append(&place, SECRETS, &json!({ "kind": kind, "value": value }));
}

/// Notes what a hub answered. Cookies are left out: they go to whom they belong to.
pub fn answer(reply: &Reply) {
    let Some(place) = surroundings::evidence() else {
        return;
    };
    let headers: Vec<(&str, String)> = reply
        .headers
        .iter()
        .filter(|(name, _)| **name != header::SET_COOKIE)
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str(), value)
        })
        .collect();
    let line = json!({ "path": reply.url.path(), "headers": headers, "text": reply.text });
    append(
        &place,
        &format!("{ANSWERS}{}.jsonl", std::process::id()),
        &line,
    );
}

/// The file for a dump of a database, where one is wanted.
pub fn dump(name: &str) -> Option<PathBuf> {
    Some(surroundings::evidence()?.join(format!("{name}.sql")))
}

fn append(place: &Path, name: &str, line: &Value) {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    fs::create_dir_all(place).expect("the folder of the evidence");
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(place.join(name))
        .expect("a file of the evidence");
    file.write_all(format!("{line}\n").as_bytes())
        .expect("room for the evidence");
}
