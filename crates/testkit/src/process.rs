//! The built program as a process of its own: started, read until it is ready, killed without warning, started again.
//!
//! Must not know what the program answers; it reads one line of JSON.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use url::Url;

use crate::{browser, surroundings};

/// A program that is not ready by then will not be.
pub(crate) const START: Duration = Duration::from_mins(1);

/// Between two looks whether it answers.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A running `gatelodge`.
#[derive(Debug)]
pub struct Process {
    child: Child,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    log: std::path::PathBuf,
    /// What it said when it was ready; null for a command that says nothing.
    pub ready: Value,
}

impl Process {
    /// `gatelodge demo --json` on free ports with its files in `folder`; its log goes to `log`.
    pub async fn demo(folder: &Path, log: &Path) -> Self {
        let arguments = words(
            &[
                "demo",
                "--json",
                "--port",
                "0",
                "--practice-port",
                "0",
                "--data-dir",
            ],
            folder,
        );
        Self::start(arguments, log, true).await
    }

    /// `gatelodge demo --json` with the practice org of another process.
    pub async fn demo_with(folder: &Path, log: &Path, practice_org: &Url) -> Self {
        Self::demo_in(folder, log, practice_org, &[]).await
    }

    /// As [`Process::demo_with`], with these variables in its environment.
    pub async fn demo_in(
        folder: &Path,
        log: &Path,
        practice_org: &Url,
        environment: &[(&str, &str)],
    ) -> Self {
        let org = practice_org.origin().ascii_serialization();
        let arguments = words(
            &[
                "demo",
                "--json",
                "--port",
                "0",
                "--practice-org",
                &org,
                "--data-dir",
            ],
            folder,
        );
        Self::start_in(arguments, owned(environment), log, true).await
    }

    /// `gatelodge practice --json` on a free port with its files in `folder`.
    pub async fn practice(folder: &Path, log: &Path) -> Self {
        let arguments = words(&["practice", "--json", "--port", "0", "--data"], folder);
        Self::start(arguments, log, true).await
    }

    /// `gatelodge practice --json` on a free port, which forgets everything at its end.
    pub async fn practice_in_memory(log: &Path) -> Self {
        let arguments = ["practice", "--json", "--port", "0"]
            .iter()
            .map(OsString::from);
        Self::start(arguments.collect(), log, true).await
    }

    /// `gatelodge serve` with a configuration. It says nothing on its output; wait for its address to answer.
    pub async fn serve(config: &Path, log: &Path) -> Self {
        Self::serve_in(config, log, &[]).await
    }

    /// As [`Process::serve`], and returns when the hub of this process is ready at its address.
    pub async fn serve_at(config: &Path, log: &Path, url: &Url) -> Self {
        let process = Self::serve(config, log).await;
        answers(url, || read(log)).await;
        process
    }

    /// As [`Process::serve`], with these variables in its environment.
    pub async fn serve_in(config: &Path, log: &Path, environment: &[(&str, &str)]) -> Self {
        let arguments = words(&["serve", "--config"], config);
        Self::start_in(arguments, owned(environment), log, false).await
    }

    /// Runs a command of the program to its end: status, output and errors.
    pub async fn run(arguments: &[&str]) -> (ExitStatus, String, String) {
        let output = Command::new(surroundings::binary())
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status, text(output.stdout), text(output.stderr))
    }

    /// Ends it without warning (SIGKILL) and waits until it is gone.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("it runs");
    }

    /// Starts it again with the same arguments.
    pub async fn restart(&mut self) {
        let says = !self.ready.is_null();
        let environment = self.environment.clone();
        let next = Self::start_in(self.arguments.clone(), environment, &self.log, says).await;
        *self = next;
    }

    /// Asks it to end (SIGTERM) and waits for its status.
    pub async fn stop(mut self) -> ExitStatus {
        let id = self.child.id().expect("it runs").to_string();
        let asked = Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .expect("kill runs");
        assert!(asked.success(), "SIGTERM could not be sent");
        self.child.wait().await.expect("its end")
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// The number of the process.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    async fn start(arguments: Vec<OsString>, log: &Path, says: bool) -> Self {
        Self::start_in(arguments, Vec::new(), log, says).await
    }

    async fn start_in(
        arguments: Vec<OsString>,
        environment: Vec<(String, String)>,
        log: &Path,
        says: bool,
    ) -> Self {
        let file = File::options()
            .create(true)
            .append(true)
            .open(log)
            .await
            .expect("a log file");
        let mut child = Command::new(surroundings::binary())
            .args(&arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(file.into_std().await))
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let ready = if says {
            first_line(&mut child, log).await
        } else {
            Value::Null
        };
        Self {
            child,
            arguments,
            environment,
            log: log.to_owned(),
            ready,
        }
    }
}

fn owned(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// An address of this machine at which nobody listens yet.
pub fn free_address() -> Url {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let url = format!("http://127.0.0.1:{port}");
    url.parse().expect("an address")
}

/// Waits until the hub at this address is ready; `logs` is what it wrote, for the case that it never is.
pub async fn answers(hub: &Url, logs: impl Fn() -> String) {
    let ready = hub.join("/readyz").expect("an address");
    let client = browser::client(None);
    let answering = async {
        loop {
            if let Ok(response) = client.get(ready.clone()).send().await
                && response.status().is_success()
            {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    let answers = tokio::time::timeout(START, answering).await;
    assert!(answers.is_ok(), "it does not answer: {}", logs());
}

fn read(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap_or_default()
}

async fn first_line(child: &mut Child, log: &Path) -> Value {
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line = tokio::time::timeout(START, lines.next_line())
        .await
        .expect("a ready line in time");
    let line = line
        .expect("text")
        .unwrap_or_else(|| panic!("it ended before it was ready: {}", read(log)));
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line}"))
}

fn words(words: &[&str], last: &Path) -> Vec<OsString> {
    words
        .iter()
        .map(OsString::from)
        .chain([last.as_os_str().to_owned()])
        .collect()
}
