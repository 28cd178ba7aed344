//! The configuration as it is in effect: every value with where it comes from, every secret masked.
//!
//! Must not know: what the values are used for.

use super::{Config, PREFIX, SEPARATOR};
use figment::Figment;
use serde_json::Value;
use std::{fmt::Write as _, path::Path};
use url::Url;

/// What stands in a secret's place.
const MASK: &str = "[REDACTED]";

/// Names of values and of parameters of addresses that are secret; names of files with secrets are not.
const SECRET_NAMES: [&str; 4] = ["password", "secret", "token", "passphrase"];

impl Config {
    /// Lays the effective values out as a configuration file, each with its source as a comment.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub fn print(path: &Path) -> anyhow::Result<String> {
        let (config, figment) = Self::read_with_sources(path)?;
        let Value::Object(sections) = serde_json::to_value(&config)? else {
            return Ok(String::new());
        };
        let mut printed = String::new();
        for (section, values) in sections {
            print_section(&mut printed, &figment, &section, &values);
        }
        Ok(printed)
    }
}

fn print_section(printed: &mut String, figment: &Figment, section: &str, values: &Value) {
    if let Value::Array(tables) = values {
        for table in tables.iter().filter_map(Value::as_object) {
            // Writing into a text cannot fail.
            let _ = writeln!(printed, "[[{section}]]");
            for (name, value) in table {
                let _ = writeln!(printed, "{name} = {}", masked(name, value));
            }
            printed.push('\n');
        }
        return;
    }
    let Value::Object(values) = values else {
        // an optional section that is missing
        return;
    };
    let _ = writeln!(printed, "[{section}]");
    let mut inner = Vec::new();
    for (name, value) in values {
        let path = format!("{section}.{name}");
        match value {
            Value::Object(_) => inner.push((path, value)),
            Value::Null => {}
            _ => {
                let masked = masked(name, value);
                let source = source(figment, &path);
                let _ = writeln!(printed, "{name} = {masked}  # {source}");
            }
        }
    }
    printed.push('\n');
    for (path, value) in inner {
        print_section(printed, figment, &path, value);
    }
}

fn source(figment: &Figment, path: &str) -> String {
    match figment.find_metadata(path) {
        None => "default".to_owned(),
        Some(metadata) if metadata.name.contains("environment") => format!(
            "{PREFIX}{}",
            path.replace('.', SEPARATOR).to_ascii_uppercase()
        ),
        Some(_) => "file".to_owned(),
    }
}

fn masked(name: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if is_secret(name) && !text.is_empty() => Value::String(MASK.into()),
        Value::String(text) => Value::String(without_password(text)),
        Value::Array(values) => values.iter().map(|value| masked(name, value)).collect(),
        other => other.clone(),
    }
}

fn is_secret(name: &str) -> bool {
    SECRET_NAMES.iter().any(|secret| name.ends_with(secret))
}

/// An address keeps everything but its password, wherever that stands.
fn without_password(text: &str) -> String {
    if !text.contains("://") {
        return text.to_owned();
    }
    let Ok(mut url) = Url::parse(text) else {
        // what cannot be taken apart cannot be masked in part
        return MASK.to_owned();
    };
    let secret_parameter = url.query_pairs().any(|(name, _)| is_secret(&name));
    if url.password().is_none() && !secret_parameter {
        return text.to_owned();
    }
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if secret_parameter {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| {
                let shown = if is_secret(&name) { MASK.into() } else { value };
                (name.into_owned(), shown.into_owned())
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    url.to_string().replace("%5BREDACTED%5D", MASK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn values_stand_with_their_source_and_without_secrets() {
        // proves L1
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gatelodge.toml");
        let text = "[server]\nlisten = \"127.0.0.1:9\"\npublic_urls = [\"https://hub.example.com\"]\n\
            [database]\nurls = [\"postgres://user:CANARY-1@db/hub?sslmode=require\", \"postgres://db/hub?user=u&password=CANARY-2\"]\n";
        fs::write(&path, text).unwrap();
        let printed = Config::print(&path).unwrap();
        assert!(!printed.contains("CANARY"), "{printed}");
        for line in [
            "listen = \"127.0.0.1:9\"  # file",
            "max_connections = 16  # default",
            "postgres://user:[REDACTED]@db/hub?sslmode=require",
            "postgres://db/hub?user=u&password=[REDACTED]",
            "https://hub.example.com",
        ] {
            assert!(printed.contains(line), "{line} is not in {printed}");
        }
        // what is printed is a configuration again
        fs::write(&path, printed).unwrap();
        Config::read(&path).unwrap();
    }

    #[test]
    fn only_secrets_are_masked() {
        assert_eq!(masked("password_file", &"a/b".into()), "a/b");
        assert_eq!(masked("client_secret", &"x".into()), MASK);
        assert_eq!(
            masked("proxy", &"http://u:p@proxy:1".into()),
            "http://u:[REDACTED]@proxy:1/"
        );
        assert_eq!(masked("urls", &"postgres://u:p@:bad:/".into()), MASK);
        assert_eq!(masked("socket", &"/run/x.sock".into()), "/run/x.sock");
    }
}
