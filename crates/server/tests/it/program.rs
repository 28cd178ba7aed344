//! The built program: commands that end, and processes that run until they are asked to end.
//!
//! Must not know what a test proves.

use gatelodge_keeper_socket::SocketTransport;
use serde_json::Value;
use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::{interval, timeout},
};

/// A program that has not done it by then never will.
const PATIENCE: Duration = Duration::from_mins(1);

/// The longest that an end may take (R15).
const END: Duration = Duration::from_secs(10);

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Asserts that it failed and said all of this.
    #[track_caller]
    pub(crate) fn refused_with(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "'{word}' is not in: {}", self.err);
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
    }

    /// Asserts that it worked.
    #[track_caller]
    pub(crate) fn worked(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }
}

/// The program, without what the surroundings of a test would tell it.
pub(crate) fn command(arguments: &[&str]) -> Command {
    command_of(Path::new(env!("CARGO_BIN_EXE_gatelodge")), arguments)
}

fn command_of(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    for name in [
        "GATELODGE_KEY",
        "GATELODGE_CONFIG",
        "GATELODGE_MCP_URL",
        "GATELODGE_AGENT_TOKEN",
    ] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end.
pub(crate) async fn run(arguments: &[&str]) -> Ended {
    end_of(command(arguments)).await
}

/// Runs a prepared command to its end.
pub(crate) async fn end_of(mut command: Command) -> Ended {
    let output = timeout(PATIENCE, command.output())
        .await
        .expect("it ends")
        .expect("it runs");
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A running process.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; its errors and log lines go to a file.
    pub(crate) fn start(arguments: &[&str], log: &Path) -> Self {
        Self::start_program(Path::new(env!("CARGO_BIN_EXE_gatelodge")), arguments, log)
    }

    /// As [`Process::start`], with a copy of the program.
    pub(crate) fn start_program(program: &Path, arguments: &[&str], log: &Path) -> Self {
        let child = command_of(program, arguments)
            .stdout(Stdio::piped())
            .stderr(File::create(log).unwrap())
            .spawn()
            .expect("it starts");
        Self {
            child,
            log: log.to_owned(),
        }
    }

    /// The line of JSON that it prints when it is ready.
    pub(crate) async fn ready_line(&mut self) -> Value {
        let mut lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        let line = timeout(PATIENCE, lines.next_line())
            .await
            .expect("a line in time")
            .unwrap();
        let line = line.unwrap_or_else(|| panic!("it ended before it was ready: {}", self.log()));
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line}"))
    }

    /// What it wrote to its log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it without warning and waits until it is gone.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to end.
    pub(crate) async fn terminate(&self) {
        self.signal("-TERM").await;
    }

    /// Waits until its log says something.
    pub(crate) async fn logged(&self, text: &str) {
        let mut turns = interval(Duration::from_millis(20));
        let said = async {
            while !self.log().contains(text) {
                turns.tick().await;
            }
        };
        let waited = timeout(PATIENCE, said).await;
        waited.unwrap_or_else(|_| panic!("'{text}' is not in: {}", self.log()));
    }

    /// Sends it a signal, such as `-HUP`.
    pub(crate) async fn signal(&self, signal: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let asked = Command::new("kill")
            .args([signal, &id])
            .status()
            .await
            .unwrap();
        assert!(asked.success());
    }

    /// Waits for its end, as long as an end may take.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let status = timeout(END, self.child.wait()).await;
        status
            .unwrap_or_else(|_| panic!("it does not end: {}", self.log()))
            .unwrap()
            .code()
    }

    /// Asks it to end and asserts that it did so gracefully.
    pub(crate) async fn stop(mut self) -> String {
        self.terminate().await;
        let code = self.ended().await;
        assert_eq!(code, Some(0), "{}", self.log());
        self.log()
    }
}

/// What `gatelodge init` made, on a free port.
pub(crate) struct Installation {
    pub(crate) folder: TempDir,
    pub(crate) config: String,
    pub(crate) url: String,
}

impl Installation {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let url = format!("http://{address}");
        let dir = folder.path().to_str().unwrap();
        run(&[
            "init",
            "--dir",
            dir,
            "--listen",
            &address,
            "--public-url",
            &url,
        ])
        .await
        .worked();
        let config = folder
            .path()
            .join("gatelodge.toml")
            .to_str()
            .unwrap()
            .to_owned();
        Self {
            folder,
            config,
            url,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.path("keys/gatelodge.key")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path("data/gatelodge.db")
    }

    /// Runs a command with this installation's configuration.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        run(&[arguments, &["--config", &self.config]].concat()).await
    }

    /// Replaces a line of the configuration, found by how it begins.
    pub(crate) fn set(&self, beginning: &str, line: &str) {
        let text = fs::read_to_string(&self.config).unwrap();
        let changed: Vec<&str> = text
            .lines()
            .map(|old| {
                if old.starts_with(beginning) {
                    line
                } else {
                    old
                }
            })
            .collect();
        assert_ne!(
            text.trim_end(),
            changed.join("\n"),
            "nothing begins with {beginning}"
        );
        fs::write(&self.config, changed.join("\n")).unwrap();
    }

    /// Adds a person and gives the path of their link.
    pub(crate) async fn add_person(&self, email: &str) -> String {
        let added = self
            .run(&[
                "user",
                "add",
                "--email",
                email,
                "--name",
                "Ada Byron",
                "--role",
                "owner",
            ])
            .await;
        link_in(&added.worked(), &self.url)
    }

    /// The number of the keeper's process, as long as one lives.
    pub(crate) async fn keeper(&self) -> Option<u32> {
        let transport = SocketTransport::new(&self.path("keeper/keeper.sock"), None);
        transport.hello().await.ok().map(|keeper| keeper.process)
    }

    /// Waits until the keeper is gone and its lock is free.
    pub(crate) async fn without_keeper(&self) {
        let mut turns = interval(Duration::from_millis(20));
        let gone = async {
            loop {
                turns.tick().await;
                let lock = File::open(self.path("keeper/keeper.lock"));
                if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
                    break;
                }
            }
        };
        timeout(PATIENCE, gone).await.expect("the keeper ends");
    }

    /// Waits until the hub, however it was started, is ready.
    pub(crate) async fn ready(&self) {
        let mut turns = interval(Duration::from_millis(20));
        let ready = async {
            loop {
                turns.tick().await;
                let address = format!("{}/readyz", self.url);
                let answer = super::browser::client().get(address).send().await;
                if answer.is_ok_and(|answer| answer.status() == 200) {
                    break;
                }
            }
        };
        timeout(PATIENCE, ready).await.expect("it gets ready");
    }

    /// Starts the hub and waits until it is ready.
    pub(crate) async fn serve(&self) -> Process {
        let log = self.path("serve.log");
        let mut process = Process::start(&["serve", "--config", &self.config], &log);
        let mut turns = interval(Duration::from_millis(20));
        let ready = async {
            loop {
                turns.tick().await;
                if let Some(status) = process.child.try_wait().unwrap() {
                    panic!(
                        "it ended with {status}: {}",
                        fs::read_to_string(&log).unwrap()
                    );
                }
                let answer = super::browser::client()
                    .get(format!("{}/readyz", self.url))
                    .send()
                    .await;
                if answer.is_ok_and(|answer| answer.status() == 200) {
                    break;
                }
            }
        };
        timeout(PATIENCE, ready).await.expect("it gets ready");
        process
    }
}

/// The path of the one-time link in a command's output.
pub(crate) fn link_in(output: &str, url: &str) -> String {
    let line = output
        .lines()
        .find(|line| line.contains("/link/"))
        .expect("a link");
    line.trim()
        .strip_prefix(url)
        .expect("a link to the public address")
        .to_owned()
}
