//! PostgreSQL servers of a test's own, which it may restart, kill, copy, promote and make read-only.
//!
//! Must not know any schema. Most tests need no more than a database on the shared server: `database`.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};

use crate::{database, surroundings};

/// A server that has said nothing by then will not start.
const START: Duration = Duration::from_mins(1);

/// What a server says when it can be asked; a standby says the second.
const READY: [&str; 2] = [
    "ready to accept connections",
    "ready to accept read-only connections",
];

/// How a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Sessions are ended and everything is written.
    Fast,
    /// Nothing is written any more, as when the power goes.
    Immediate,
}

/// One server with its data.
#[derive(Debug)]
pub struct Cluster {
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

impl Cluster {
    /// A new server without databases of ours. It is as durable as a server should be.
    pub async fn start() -> Self {
        let mut cluster = Self::empty();
        let data = cluster.folder.path().join("data");
        let mut make = program("initdb");
        make.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
        ])
        .arg("--no-sync")
        .arg("-D")
        .arg(&data);
        succeed(make.current_dir(cluster.folder.path())).await;
        cluster.restart().await;
        cluster
    }

    /// A standby that follows this server.
    pub async fn standby(&self) -> Self {
        let mut standby = Self::empty();
        let mut copy = program("pg_basebackup");
        copy.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"])
            .arg(format!(
                "--dbname=postgres://postgres@127.0.0.1:{}",
                self.port
            ))
            .arg("-D")
            .arg(standby.folder.path().join("data"));
        succeed(copy.current_dir(standby.folder.path())).await;
        standby.restart().await;
        standby
    }

    /// The address of a database on it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database.
    pub async fn create(&self, name: &str) {
        self.order(&format!("CREATE DATABASE {name}")).await;
    }

    /// Acknowledges a commit only when a standby has it too.
    pub async fn wait_for_standby(&self) {
        self.set("ALTER SYSTEM SET synchronous_standby_names = '*'")
            .await;
    }

    /// Lets new transactions write, or not; those that are open go on.
    pub async fn read_only(&self, yes: bool) {
        // ALTER SYSTEM writes a file, not the database: a read-only server takes it
        self.set(if yes {
            "ALTER SYSTEM SET default_transaction_read_only = on"
        } else {
            "ALTER SYSTEM RESET default_transaction_read_only"
        })
        .await;
    }

    /// Makes a standby the server that takes writes; returns when it does.
    pub async fn promote(&self) {
        self.order("SELECT pg_promote()").await;
    }

    /// Ends the server.
    pub async fn stop(&mut self, end: End) {
        let mut process = self.process.take().expect("it runs");
        let signal = match end {
            End::Fast => "-INT",
            End::Immediate => "-QUIT",
        };
        let number = process.id().expect("it runs").to_string();
        succeed(Command::new("kill").args([signal, &number])).await;
        process.wait().await.expect("its end");
    }

    /// Starts the server at its address, and returns when it can be asked.
    pub async fn restart(&mut self) {
        let folder = self.folder.path();
        let mut command = program("postgres");
        command
            .current_dir(folder)
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .args(["-p", &self.port.to_string(), "-h", "127.0.0.1"])
            .args(["-c", "max_connections=200", "-c", "logging_collector=off"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn().expect("PostgreSQL starts");
        let messages = process.stderr.take().expect("its messages");
        let ready = tokio::time::timeout(START, until_ready(messages)).await;
        assert!(ready.is_ok(), "PostgreSQL does not become ready");
        self.process = Some(process);
    }

    fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if let Some((user, group)) = surroundings::postgres_account() {
            chown(folder.path(), Some(user), Some(group)).expect("the folder gets another owner");
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        Self {
            folder,
            port,
            process: None,
        }
    }

    async fn set(&self, statement: &str) {
        self.order(statement).await;
        self.order("SELECT pg_reload_conf()").await;
    }

    async fn order(&self, statement: &str) {
        let server = database::connect(&self.url("postgres")).await;
        server
            .execute_unprepared(statement)
            .await
            .expect("the order is carried out");
        server.close().await.expect("the connection ends");
    }
}

/// A program of PostgreSQL's, as the account that it may run as; it ends with this process.
fn program(name: &str) -> Command {
    let program = surroundings::postgres_programs().join(name);
    let Some((user, group)) = surroundings::postgres_account() else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={user}"))
        .arg(format!("--regid={group}"))
        .args(["--clear-groups", "--pdeathsig=QUIT", "--"])
        .arg(Path::new(&program));
    command
}

async fn succeed(command: &mut Command) {
    let output = command
        .stdin(Stdio::null())
        .output()
        .await
        .expect("the program runs");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Reads until the server is ready, and goes on reading in the background so that it can write.
async fn until_ready(messages: ChildStderr) {
    let mut lines = BufReader::new(messages).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if READY.iter().any(|ready| line.ends_with(ready)) {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return;
        }
    }
    panic!("PostgreSQL ended instead of becoming ready");
}
