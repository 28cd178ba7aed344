//! What can be wrong with a configuration, found before anything is started.
//!
//! Must not know: how settings are used beyond what makes them unusable.

use super::{Config, leaving, oauth_apps};
use std::{
    fmt,
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::Path,
};
use tracing_subscriber::EnvFilter;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Which setting, such as `server.public_urls`.
    pub setting: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
}

/// All that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<ConfigProblem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = self.0.len() > 1;
        for problem in &self.0 {
            f.write_str(if several { "\n  - " } else { "" })?;
            write!(f, "{}: {}", problem.setting, problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl Config {
    /// Looks for everything that would keep this configuration from working.
    ///
    /// # Errors
    /// The list of problems.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        let mut report =
            |setting, message: String| problems.push(ConfigProblem { setting, message });
        if self.server.public_urls.is_empty() {
            report(
                "server.public_urls",
                "at least one address is needed, such as [\"https://gatelodge.example.com\"]"
                    .into(),
            );
        }
        for url in &self.server.public_urls {
            if let Some(problem) = public_url_problem(url) {
                report("server.public_urls", format!("{url}: {problem}"));
            }
        }
        if self.keeper_socket().as_os_str().len() > gatelodge_keeper_socket::LONGEST_PATH {
            report(
                "keeper.socket",
                format!(
                    "{} is longer than the {} bytes that a socket's path may have; choose a shorter one, such as one in /run",
                    self.keeper_socket().display(),
                    gatelodge_keeper_socket::LONGEST_PATH
                ),
            );
        }
        for url in &self.egress.practice_orgs {
            if !is_loopback(url) || url.path() != "/" {
                report(
                    "egress.practice_orgs",
                    format!(
                        "{url}: a practice org is a loopback address without a path, such as http://localhost:8421"
                    ),
                );
            }
        }
        for problem in leaving::problems(self)
            .into_iter()
            .chain(oauth_apps::problems(self))
        {
            report(problem.setting, problem.message);
        }
        for url in &self.database.urls {
            if !url.starts_with("postgres://")
                && !url.starts_with("postgresql://")
                && !url.starts_with("sqlite:")
            {
                report(
                    "database.urls",
                    "each address begins with postgres:// (or sqlite: for one file)".into(),
                );
            }
        }
        for file in &self.egress.extra_ca_files {
            if let Some(problem) = authority_problem(&self.folder.join(file)) {
                report("egress.extra_ca_files", problem);
            }
        }
        for (setting, least) in self.retention.too_short() {
            report(
                setting,
                format!("{least} days are the fewest: what is still needed must not be deleted"),
            );
        }
        for recipient in &self.backup.recipients {
            if recipient.parse::<age::x25519::Recipient>().is_err() {
                report(
                    "backup.recipients",
                    format!(
                        "'{recipient}' is no age recipient; one looks like age1…, and 'age-keygen' makes it"
                    ),
                );
            }
        }
        for problem in [self.listening_problems(), self.metrics_problems()].concat() {
            report(problem.setting, problem.message);
        }
        if let Err(cause) = EnvFilter::try_new(&self.log.level) {
            report(
                "log.level",
                format!(
                    "'{}' is no level: {cause}. Write error, warn, info, debug or trace",
                    self.log.level
                ),
            );
        }
        if self.database.urls.is_empty()
            && let Some(problem) = folder_problem(&self.data_dir())
        {
            report("data.dir", problem);
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Problems(problems))
        }
    }
}

/// Whether the host of an address is this machine.
pub(crate) fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

pub(crate) fn public_url_problem(url: &url::Url) -> Option<&'static str> {
    if url.path() != "/"
        || url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
    {
        return Some("only scheme, host and port are allowed");
    }
    match url.scheme() {
        "https" => None,
        "http" if is_loopback(url) => None,
        "http" => Some(
            "http is allowed for loopback addresses only; put a proxy with TLS in front and write https",
        ),
        _ => Some("the scheme must be https"),
    }
}

/// What is wrong with a file that only its owner may read.
pub(super) fn problem_of_secret_file(path: &Path) -> Option<String> {
    match fs::metadata(path) {
        Err(cause) => Some(format!("{} cannot be read: {cause}", path.display())),
        Ok(found) if found.permissions().mode() & 0o077 != 0 => Some(format!(
            "others can read {}; chmod 600 makes it its owner's",
            path.display()
        )),
        Ok(_) => None,
    }
}

fn authority_problem(path: &Path) -> Option<String> {
    let pem = match fs::read(path) {
        Ok(pem) => pem,
        Err(cause) => return Some(format!("{} cannot be read: {cause}", path.display())),
    };
    match reqwest::Certificate::from_pem_bundle(&pem) {
        Ok(authorities) if !authorities.is_empty() => None,
        _ => Some(format!(
            "{} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)",
            path.display()
        )),
    }
}

/// Makes the folder of the database, for its owner only: what is sealed there is still nobody else's.
pub(crate) fn make_data_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn folder_problem(folder: &Path) -> Option<String> {
    if let Err(cause) = make_data_folder(folder) {
        return Some(format!("{} cannot be made: {cause}", folder.display()));
    }
    let probe = folder.join(".gatelodge-write-check");
    let written = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe));
    written
        .err()
        .map(|cause| format!("{} is not writable: {cause}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(public_url: &str) -> Config {
        let mut config = Config {
            folder: tempfile::tempdir().unwrap().keep(),
            ..Config::default()
        };
        config.server.public_urls = vec![public_url.parse().unwrap()];
        config
    }

    #[test]
    fn usable_addresses_pass_and_others_say_why() {
        assert_eq!(config("https://hub.example.com").check(), Ok(()));
        assert_eq!(config("http://127.0.0.1:8420").check(), Ok(()));
        for bad in [
            "http://hub.example.com",
            "https://hub.example.com/path",
            "ftp://localhost",
        ] {
            let problems = config(bad).check().unwrap_err();
            assert_eq!(problems.0[0].setting, "server.public_urls", "{bad}");
        }
    }

    #[test]
    fn several_problems_are_a_list() {
        let mut config = config("http://hub.example.com");
        config.log.level = "lo=ud=x".to_owned();
        config.egress.extra_ca_files = vec!["gone.pem".into()];
        let problems = config.check().unwrap_err();
        let settings: Vec<_> = problems.0.iter().map(|problem| problem.setting).collect();
        assert_eq!(
            settings,
            ["server.public_urls", "egress.extra_ca_files", "log.level"]
        );
        assert_eq!(problems.to_string().matches("\n  - ").count(), 3);
    }

    #[test]
    fn a_practice_org_is_on_this_machine() {
        // proves S10
        let mut config = config("https://hub.example.com");
        config.egress.practice_orgs = vec!["http://10.0.0.5:8421".parse().unwrap()];
        assert_eq!(
            config.check().unwrap_err().0[0].setting,
            "egress.practice_orgs"
        );
    }
}
