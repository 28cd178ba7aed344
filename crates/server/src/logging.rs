//! Log lines: JSON for machines, text for a terminal, always on standard error.
//!
//! Must not know: what is logged. Secrets cannot reach a line, because their types print `[REDACTED]`.

use crate::config::LogFormat;
use tracing_subscriber::{EnvFilter, filter::LevelFilter, fmt};

/// Parts of others that write addresses of requests as they are at finer levels. Ours leave one-time links and
/// authorization codes out, so these stay at `info` whatever the configuration asks for.
const TELLS_ADDRESSES: [&str; 1] = ["tower_http"];

/// Sets the process's log up; a second call changes nothing.
pub fn start(format: LogFormat, level: &str) {
    let filter = filter(level);
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let result = match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.with_target(false).try_init(),
    };
    if result.is_err() {
        tracing::debug!("the log was set up already");
    }
}

fn filter(level: &str) -> EnvFilter {
    // A finer level that names one of them would win over a directive behind it, so such ones are left out.
    let wanted: Vec<&str> = level
        .split(',')
        .filter(|directive| {
            !TELLS_ADDRESSES
                .iter()
                .any(|target| directive.trim().starts_with(target))
        })
        .collect();
    let filter = EnvFilter::try_new(wanted.join(",")).unwrap_or_else(|_| EnvFilter::new("info"));
    TELLS_ADDRESSES.iter().fold(filter, |filter, target| {
        match format!("{target}={}", LevelFilter::INFO).parse() {
            Ok(directive) => filter.add_directive(directive),
            Err(_) => filter,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_level_makes_others_tell_addresses() {
        // proves L1
        for level in [
            "trace",
            "info,tower_http=trace",
            "tower_http::csrf=trace,debug",
            "tower_http::csrf::service=trace",
        ] {
            let filter = filter(level).to_string();
            assert!(filter.contains("tower_http=info"), "{filter}");
            assert!(!filter.contains("csrf"), "{filter}");
            assert!(!filter.contains("tower_http=trace"), "{filter}");
        }
        assert!(
            filter("info,gatelodge_keeper=debug")
                .to_string()
                .contains("gatelodge_keeper=debug")
        );
    }
}
