//! What the web role needs of this machine, read from the configuration; everything else is out of its reach.
//!
//! The key file and the keeper's folder are never among it. Must not know: how the rest is kept away.

use crate::config::Config;
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};
use url::Url;

/// PostgreSQL's port where an address names none.
const POSTGRES_PORT: u16 = 5432;

/// Looking names up, checking certificates, time zones, shared libraries, and what the runtime asks about this
/// process. `/etc` as a whole is not among it, because keys are often kept there.
const SYSTEM: [&str; 22] = [
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/nsswitch.conf",
    "/etc/services",
    "/etc/localtime",
    "/etc/passwd",
    "/etc/group",
    "/etc/ld.so.cache",
    "/run/systemd/resolve",
    "/run/nscd",
    "/dev/urandom",
    "/proc/self",
    "/proc/sys/vm/overcommit_memory",
    "/sys/fs/cgroup",
];

/// Parameters of a database address that name files (libpq's names, which sqlx takes).
const FILE_PARAMETERS: [&str; 3] = ["sslrootcert", "sslcert", "sslkey"];

/// What a role may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Room {
    /// Files and folders to read.
    pub(super) read: Vec<PathBuf>,
    /// Folders to read and change.
    pub(super) write: Vec<PathBuf>,
    /// Files to read and write, such as `/dev/null`.
    pub(super) write_files: Vec<PathBuf>,
    /// Ports that TCP connections may lead to.
    pub(super) tcp_ports: Vec<u16>,
    /// Whether names of hosts must be looked up.
    pub(super) resolves_names: bool,
}

impl Room {
    /// What the web role of a configuration needs.
    pub fn of_web(config: &Config) -> Self {
        let mut room = Self {
            read: SYSTEM.iter().map(PathBuf::from).collect(),
            write_files: vec![PathBuf::from("/dev/null")],
            ..Self::default()
        };
        let addresses = config.database_urls();
        if addresses
            .iter()
            .any(|address| address.starts_with("sqlite:"))
        {
            room.write.push(config.data_dir());
        }
        for address in addresses.iter().filter(|one| one.starts_with("postgres")) {
            room.take_postgres(address, &config.folder);
        }
        room.tcp_ports.sort_unstable();
        room.tcp_ports.dedup();
        room
    }

    fn take_postgres(&mut self, address: &str, folder: &Path) {
        // What cannot be read as an address cannot be connected to either; the start says so.
        let Ok(url) = Url::parse(address) else {
            return;
        };
        let parameter = |wanted: &str| {
            url.query_pairs()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
        };
        for name in FILE_PARAMETERS {
            if let Some(file) = parameter(name) {
                self.read.push(folder.join(file));
            }
        }
        let host = parameter("host").or_else(|| url.host_str().map(str::to_owned));
        let host = host.unwrap_or_default();
        // a folder with the server's local socket
        if host.starts_with('/') || host.starts_with("%2F") || host.starts_with("%2f") {
            return;
        }
        let port = parameter("port")
            .and_then(|text| text.parse().ok())
            .or(url.port())
            .unwrap_or(POSTGRES_PORT);
        self.tcp_ports.push(port);
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        // libc answers `localhost` from /etc/hosts
        self.resolves_names |= literal.parse::<IpAddr>().is_err() && literal != "localhost";
    }

    /// Lets a certificate and its key be read again after they were renewed: their folders, as named and as linked.
    #[must_use]
    pub fn with_renewed_files(mut self, files: &[PathBuf]) -> Self {
        for file in files {
            let linked = file.canonicalize().ok();
            let folders = [Some(file.as_path()), linked.as_deref()];
            self.read.extend(
                folders
                    .into_iter()
                    .flatten()
                    .filter_map(Path::parent)
                    .map(Path::to_owned),
            );
        }
        self
    }

    /// Which of the granted places holds a path that must stay out of reach.
    pub fn grants(&self, path: &Path) -> Option<&Path> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.read
            .iter()
            .chain(&self.write)
            .find(|granted| {
                let granted = granted
                    .canonicalize()
                    .unwrap_or_else(|_| (*granted).clone());
                path.starts_with(granted)
            })
            .map(PathBuf::as_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(urls: &[&str]) -> Room {
        let mut config = Config {
            folder: PathBuf::from("/etc/gatelodge"),
            ..Config::default()
        };
        config.database.urls = urls.iter().map(|url| (*url).to_owned()).collect();
        Room::of_web(&config)
    }

    #[test]
    fn sqlite_needs_its_folder_and_no_network() {
        let room = with(&[]);
        assert_eq!(room.write, [PathBuf::from("/etc/gatelodge/data")]);
        assert!(room.tcp_ports.is_empty() && !room.resolves_names);
    }

    #[test]
    fn postgres_needs_its_ports_and_no_folder() {
        let room = with(&[
            "postgres://u:p@10.0.0.1/hub",
            "postgresql://u:p@[::1]:6432/hub?sslrootcert=ca.pem",
            "postgres://u@localhost:5432/hub",
            "postgres:///hub?host=/run/postgresql",
        ]);
        assert!(room.write.is_empty());
        assert_eq!(room.tcp_ports, [5432, 6432]);
        assert!(!room.resolves_names);
        assert!(room.read.contains(&PathBuf::from("/etc/gatelodge/ca.pem")));
        let named = with(&["postgres://u:p@db.example.com:6000/hub"]);
        assert!(named.resolves_names);
        assert_eq!(named.tcp_ports, [6000]);
        let by_parameter = with(&["postgres://u:p@ignored/hub?host=db1&port=7000"]);
        assert_eq!(by_parameter.tcp_ports, [7000]);
        assert!(by_parameter.resolves_names);
    }

    #[test]
    fn a_granted_folder_that_holds_a_secret_is_found() {
        let room = with(&[]);
        assert_eq!(
            room.grants(Path::new("/etc/gatelodge/data/key")),
            Some(Path::new("/etc/gatelodge/data"))
        );
        assert_eq!(room.grants(Path::new("/etc/gatelodge/keys/key")), None);
        let room = room.with_renewed_files(&[PathBuf::from("/etc/gatelodge/keys/tls.pem")]);
        assert!(room.grants(Path::new("/etc/gatelodge/keys/key")).is_some());
    }
}
