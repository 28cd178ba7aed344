//! A PostgreSQL server for one run: a fresh folder, a free port, an unprivileged user, gone at the end.
//!
//! It ends with the value that holds it, with Ctrl-C, and with the death of this process (the kernel tells it). Tests
//! make databases of their own on it. Must not know any schema.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::packages;
use crate::{environment, process};

/// A cold disk may take its time; a server that has said nothing by then will not.
const START: Duration = Duration::from_mins(1);

/// How the folders of servers are called; the number of the process follows.
const PREFIX: &str = "gatelodge-postgres-";

/// How servers are run that a test starts itself: their programs, and as whom.
pub(super) fn programs() -> anyhow::Result<(PathBuf, String)> {
    let programs =
        packages::postgres_folder().context("there is no PostgreSQL server on this machine")?;
    let account = if packages::is_root() {
        let Account { user, group } = Account::find()?;
        format!("{user}:{group}")
    } else {
        String::new()
    };
    Ok((programs, account))
}

/// A running server.
pub(super) struct Server {
    folder: Folder,
    port: u16,
    process: Child,
}

impl Server {
    /// Makes a cluster and starts a server on it; its log goes to `log`.
    pub(super) fn start(log: &Path) -> anyhow::Result<Self> {
        let programs =
            packages::postgres_folder().context("there is no PostgreSQL server on this machine")?;
        let account = if packages::is_root() {
            Some(Account::find()?)
        } else {
            None
        };
        let folder = Folder::make(account.as_ref())?;
        let data = folder.path.join("data");
        process::output(
            as_account(account.as_ref(), &programs.join("initdb"), "keep")?
                .current_dir(&folder.path)
                .args([
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                    "-D",
                ])
                .arg(&data),
        )
        .context("PostgreSQL could not make a cluster")?;

        let port = free_port()?;
        let mut process = as_account(account.as_ref(), &programs.join("postgres"), "INT")?
            .current_dir(&folder.path)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&folder.path)
            .args(["-p", &port.to_string(), "-h", "127.0.0.1"])
            // no test pulls the plug of this server; what must survive is tested on the product's own processes
            .args([
                "-c",
                "fsync=off",
                "-c",
                "max_connections=300",
                "-c",
                "logging_collector=off",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start PostgreSQL")?;
        let messages = process
            .stderr
            .take()
            .context("PostgreSQL has no standard error")?;
        let server = Self {
            folder,
            port,
            process,
        };
        wait_until_ready(messages, log)?;
        Ok(server)
    }

    /// The address of the server's own database, as a superuser.
    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown: it ends sessions and leaves nothing running
        let asked = process::succeeds(
            Command::new("sh").args(["-c", &format!("kill -INT {}", self.process.id())]),
        );
        if !asked && self.process.kill().is_err() {
            eprintln!("test: cannot end PostgreSQL, process {}", self.process.id());
            return;
        }
        if let Err(error) = self.process.wait() {
            eprintln!(
                "test: PostgreSQL in {} did not end: {error}",
                self.folder.path.display()
            );
        }
    }
}

/// Copies the server's messages to the log for as long as it runs; returns when it accepts connections.
fn wait_until_ready(messages: ChildStderr, log: &Path) -> anyhow::Result<()> {
    let mut file =
        std::fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let (ready, is_ready) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(messages).lines().map_while(Result::ok) {
            if writeln!(file, "{line}").is_err() {
                break;
            }
            if line.contains("database system is ready to accept connections")
                && ready.send(()).is_err()
            {
                break;
            }
        }
    });
    if is_ready.recv_timeout(START).is_err() {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(10)..].join("\n    ");
        bail!("PostgreSQL did not start; the end of its log:\n    {end}");
    }
    Ok(())
}

/// A folder of its own, removed at the end.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn make(account: Option<&Account>) -> anyhow::Result<Self> {
        let temporary = std::env::temp_dir();
        sweep(&temporary);
        let path = temporary.join(format!("{PREFIX}{}", std::process::id()));
        std::fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        let folder = Self { path };
        if let Some(account) = account {
            chown(&folder.path, Some(account.user), Some(account.group)).with_context(|| {
                format!("cannot give {} to another user", folder.path.display())
            })?;
            let mut enter = as_account(Some(account), Path::new("test"), "keep")?;
            if !process::succeeds(enter.arg("-w").arg(&folder.path)) {
                let place = folder.path.display();
                bail!(
                    "an unprivileged user cannot write to {place}; set TMPDIR to a folder that every user may enter"
                );
            }
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            eprintln!("test: cannot remove {}: {error}", self.path.display());
        }
    }
}

/// Removes what earlier runs left that were killed before they could.
fn sweep(temporary: &Path) {
    let Ok(entries) = std::fs::read_dir(temporary) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
            continue;
        };
        // a process that begins now cannot have made a folder before
        let gone =
            owner == std::process::id().to_string() || !Path::new("/proc").join(owner).exists();
        if gone && let Err(error) = std::fs::remove_dir_all(entry.path()) {
            eprintln!("test: cannot remove {}: {error}", entry.path().display());
        }
    }
}

/// An unprivileged user; PostgreSQL refuses to run as root.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    fn find() -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string("/etc/passwd").context("cannot read the list of users")?;
        Self::parse(&text).context(
            "there is neither a user `postgres` nor `nobody`; PostgreSQL cannot run as root",
        )
    }

    /// `postgres`, which Debian's package makes, else `nobody`.
    fn parse(users: &str) -> Option<Self> {
        ["postgres", "nobody"].iter().find_map(|name| {
            users.lines().find_map(|line| {
                let fields: Vec<&str> = line.split(':').collect();
                match fields[..] {
                    [user, _, number, group, ..] if user == *name => Some(Self {
                        user: number.parse().ok()?,
                        group: group.parse().ok()?,
                    }),
                    _ => None,
                }
            })
        })
    }
}

/// `program` as the account, told by `signal` when this process dies.
fn as_account(account: Option<&Account>, program: &Path, signal: &str) -> anyhow::Result<Command> {
    let Some(setpriv) = environment::program("setpriv") else {
        if account.is_some() {
            bail!("running PostgreSQL as root needs `setpriv` (Debian package util-linux)");
        }
        return Ok(Command::new(program));
    };
    let mut command = Command::new(setpriv);
    if let Some(Account { user, group }) = account {
        command
            .arg(format!("--reuid={user}"))
            .arg(format!("--regid={group}"))
            .arg("--clear-groups");
    }
    command
        .arg(format!("--pdeathsig={signal}"))
        .arg("--")
        .arg(program);
    Ok(command)
}

fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_user_is_preferred_and_nobody_serves() {
        let users = "nobody:x:65534:65534:n:/:/usr/sbin/nologin\nroot:x:0:0::/:/bin/sh\n";
        assert_eq!(
            Account::parse(users),
            Some(Account {
                user: 65534,
                group: 65534
            })
        );
        let with_package = format!("{users}postgres:x:105:113:P:/var/lib/postgresql:/bin/bash\n");
        assert_eq!(
            Account::parse(&with_package),
            Some(Account {
                user: 105,
                group: 113
            })
        );
        assert_eq!(Account::parse("root:x:0:0::/:/bin/sh\n"), None);
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_nothing_else() {
        let scratch =
            std::env::temp_dir().join(format!("gatelodge-xtask-sweep-{}", std::process::id()));
        let of = |name: String| scratch.join(name);
        // no process has this number: the kernel's largest is 4194304
        let (dead, alive) = (of(format!("{PREFIX}99999999")), of(format!("{PREFIX}1")));
        let other = of("notes".to_owned());
        for folder in [&dead, &alive, &other] {
            std::fs::create_dir_all(folder.join("data")).unwrap();
        }
        sweep(&scratch);
        assert!(!dead.exists() && alive.exists() && other.exists());
        std::fs::remove_dir_all(scratch).unwrap();
    }
}
