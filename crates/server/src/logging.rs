//! Log lines: JSON for machines, text for a terminal, always on standard error.
//!
//! Must not know: what is logged. Secrets cannot reach a line, because their types print `[REDACTED]`.

use crate::config::LogFormat;
use tracing_subscriber::{EnvFilter, fmt};

/// Sets the process's log up; a second call changes nothing.
pub fn start(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let result = match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.with_target(false).try_init(),
    };
    if result.is_err() {
        tracing::debug!("the log was set up already");
    }
}
