//! What does not fit in a configuration, in words: which file or variable, which setting, what was expected.
//!
//! Must not know: what settings mean.

use super::{PREFIX, SEPARATOR};
use figment::error::Kind;
use std::path::Path;

/// One line for each thing that does not fit.
pub(super) fn in_words(error: figment::Error, file: &Path) -> String {
    error
        .into_iter()
        .map(|one| line(&one, file))
        .collect::<Vec<_>>()
        .join("\n")
}

fn line(error: &figment::Error, file: &Path) -> String {
    let what = what(&error.kind);
    let from_environment = error
        .metadata
        .as_ref()
        .is_some_and(|data| data.name.contains("environment"));
    if from_environment {
        let name = error.path.join(SEPARATOR).to_ascii_uppercase();
        return format!("the environment variable {PREFIX}{name}: {what}");
    }
    if error.path.is_empty() {
        return format!("{}: {what}", file.display());
    }
    format!("{}: {}: {what}", file.display(), error.path.join("."))
}

fn what(kind: &Kind) -> String {
    match kind {
        Kind::UnknownField(_, known) => {
            format!("there is no such setting; there are: {}", known.join(", "))
        }
        Kind::UnknownVariant(found, known) => format!("'{found}' is none of: {}", known.join(", ")),
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            format!("expected {expected}, found {found}")
        }
        Kind::Message(text) => text.trim_end().to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use std::fs;

    fn problem(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gatelodge.toml");
        fs::write(&path, text).unwrap();
        Config::read(&path).unwrap_err().to_string()
    }

    #[test]
    fn file_setting_and_expectation_are_named() {
        let (socket, address) = (
            "an address and a port, such as \"127.0.0.1:8420\"",
            "an address, such as",
        );
        for (text, expected) in [
            (
                "[server]\nlisten = 7",
                format!("gatelodge.toml: server.listen: expected {socket}, found signed int `7`"),
            ),
            (
                "[server]\nlisten = \"home\"",
                format!("server.listen: expected {socket}, found string \"home\""),
            ),
            (
                "[server]\npublic_urls = [\"home\"]",
                format!("server.public_urls.0: expected {address}"),
            ),
            (
                "[server]\nlissten = 1",
                "server.lissten: there is no such setting; there are: listen, ".to_owned(),
            ),
            (
                "[log]\nformat = \"xml\"",
                "log.format: 'xml' is none of: json, text".to_owned(),
            ),
            (
                "[database]\nmax_connections = \"many\"",
                "database.max_connections: expected u32".to_owned(),
            ),
            ("[server]\nlisten = \"127.0.0.1:1", "line 2".to_owned()),
        ] {
            let problem = problem(text);
            assert!(problem.contains(&expected), "{problem}");
        }
    }
}
