//! What these tests leave behind for the canary scan, where `cargo xtask soak canary` asks for it: files that stay, and
//! a log at level trace. Their secrets have a mark that the scan knows.

use std::path::PathBuf;

/// The folder that the scan looks through.
#[expect(
    clippy::disallowed_methods,
    reason = "this module is where these tests learn that a scan follows"
)]
fn place() -> Option<PathBuf> {
    std::env::var_os("GATELODGE_TEST_EVIDENCE").map(PathBuf::from)
}

/// A folder that is gone when it is dropped, unless a scan wants to see it.
pub(crate) fn folder() -> tempfile::TempDir {
    let mut builder = tempfile::Builder::new();
    let made = match place() {
        Some(place) => builder
            .prefix("keeper-")
            .disable_cleanup(true)
            .tempdir_in(place),
        None => builder.tempdir(),
    };
    made.unwrap()
}

/// Has everything logged to standard error.
pub(crate) fn log() {
    if place().is_some() {
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_writer(std::io::stderr);
        // a second test finds it set up
        log.try_init().unwrap_or_default();
    }
}
