//! A further host of a hub: its web role and its keeper as processes of their own, on the same PostgreSQL database and
//! with the same key.
//!
//! Must not know what the hosts do for each other.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use gatelodge_server::config::{Config, Metrics};
use tempfile::TempDir;
use tokio::net::UnixStream;
use tokio::process::Command;
use url::Url;

use crate::evidence;
use crate::hub::{Agent, TestHub};
use crate::process::{self, LOOK_AGAIN, Process, START};

/// The host's two processes.
#[derive(Debug)]
pub struct Host {
    /// Where it answers.
    pub url: Url,
    web: Process,
    folder: TempDir,
}

impl Host {
    /// Starts one beside a hub on PostgreSQL.
    pub async fn beside(hub: &TestHub) -> Self {
        Self::start(hub, &[]).await
    }

    /// Starts one whose clock is wrong by this (such as `+2h`), in both processes.
    pub async fn with_clock(hub: &TestHub, offset: &str) -> Self {
        let library = crate::surroundings::faketime();
        let library = library.to_str().expect("a path in UTF-8");
        Self::start(hub, &[("LD_PRELOAD", library), ("FAKETIME", offset)]).await
    }

    /// Starts one that tells figures without a token at a listener of its own; gives its address.
    pub async fn measured(hub: &TestHub) -> (Self, Url) {
        let figures = process::free_address();
        let listen = socket(&figures);
        let host = Self::start_as(hub, &[], |config| {
            config.metrics = Some(Metrics {
                token_file: None,
                listen: Some(listen),
            });
        })
        .await;
        (host, figures.join("/metrics").expect("an address"))
    }

    async fn start(hub: &TestHub, environment: &[(&str, &str)]) -> Self {
        Self::start_as(hub, environment, |_| {}).await
    }

    async fn start_as(
        hub: &TestHub,
        environment: &[(&str, &str)],
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = evidence::folder();
        let url = process::free_address();
        let mut config = hub.config.clone();
        assert!(
            !config.database.urls.is_empty(),
            "several hosts need PostgreSQL"
        );
        config.server.listen = socket(&url);
        config.server.public_urls.insert(0, url.clone());
        config.keys.file = hub.config.key_file();
        change(&mut config);
        let file = folder.path().join("gatelodge.toml");
        write(&config, &file);
        std::fs::create_dir_all(folder.path().join("data")).expect("its data folder");
        let web = Process::serve_in(&file, &folder.path().join("web.log"), environment).await;
        let host = Self { url, web, folder };
        host.answers().await;
        host
    }

    /// The same agent, at this host.
    pub fn agent(&self, agent: &Agent) -> Agent {
        Agent::new(self.url.clone(), agent.token().clone())
    }

    /// Ends the web role without warning; the keeper lives on.
    pub async fn kill_web(&mut self) {
        self.web.kill().await;
    }

    /// Starts the web role again, and returns when it answers.
    pub async fn restart_web(&mut self) {
        self.web.restart().await;
        self.answers().await;
    }

    /// Ends the keeper without warning.
    pub async fn kill_keeper(&self) {
        kill(self.keeper().await).await;
    }

    /// The number of the keeper's process.
    pub async fn keeper(&self) -> i32 {
        self.keeper_if_any().await.expect("the keeper listens")
    }

    /// The same; none while there is no keeper.
    pub async fn keeper_if_any(&self) -> Option<i32> {
        keeper_at(&self.socket()).await
    }

    /// Waits until another keeper is there, after this one was killed.
    pub async fn keeper_after(&self, killed: i32) {
        let coming = async {
            while self.keeper_if_any().await.is_none_or(|one| one == killed) {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let came = tokio::time::timeout(START, coming).await;
        assert!(came.is_ok(), "no keeper comes: {}", self.logs());
    }

    /// Its configuration's file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("gatelodge.toml")
    }

    /// Changes its configuration, for what starts from now on.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) {
        let mut config = Config::read(&self.config()).expect("its configuration");
        change(&mut config);
        write(&config, &self.config());
    }

    /// What its processes wrote.
    pub fn logs(&self) -> String {
        read_all(self.log_files())
    }

    fn log_files(&self) -> [PathBuf; 2] {
        let web = self.folder.path().join("web.log");
        [web, self.socket().with_extension("log")]
    }

    /// Ends both processes in order, and waits until they are gone.
    pub async fn stop(self) {
        let keeper = self.keeper().await;
        assert!(self.web.stop().await.success(), "the host ends cleanly");
        signal("-TERM", keeper).await;
        gone(keeper).await;
    }

    /// Asks both processes to end at the same time, and waits until they are gone: the status of the web role, and
    /// what both wrote.
    pub async fn stop_at_once(self) -> (ExitStatus, String) {
        let keeper = self.keeper().await;
        let logs = self.log_files();
        signal("-TERM", keeper).await;
        let (status, ()) = tokio::join!(self.web.stop(), gone(keeper));
        (status, read_all(logs))
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("keeper/keeper.sock")
    }

    async fn answers(&self) {
        process::answers(&self.url, || self.logs()).await;
    }
}

fn read_all(files: [PathBuf; 2]) -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    files.map(read).concat()
}

/// The number of the process behind a keeper's socket; none while nobody listens there.
pub async fn keeper_at(socket: &Path) -> Option<i32> {
    let stream = UnixStream::connect(socket).await.ok()?;
    let peer = stream.peer_cred().expect("the system knows who listens");
    peer.pid()
}

/// Waits until a process is gone that is nobody's child here.
pub async fn gone(process: i32) {
    let state = PathBuf::from(format!("/proc/{process}/stat"));
    // one that ended and that nobody has taken note of yet is a zombie
    while std::fs::read_to_string(&state).is_ok_and(|text| !text.contains(") Z ")) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Ends a process without warning, and waits until it is gone; one that has ended already is no fault.
pub async fn kill(process: i32) {
    let killed = Command::new("kill")
        .args(["-KILL", &process.to_string()])
        .stderr(Stdio::null())
        .status()
        .await;
    killed.expect("kill runs");
    gone(process).await;
}

fn write(config: &Config, file: &Path) {
    let text = toml::to_string(config).expect("a configuration");
    std::fs::write(file, text).expect("the configuration is written");
}

/// Where to listen to be found at an address of this machine.
fn socket(url: &Url) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, url.port().expect("a port")).into()
}

/// Sends a signal to a process.
pub async fn signal(name: &str, process: i32) {
    let sent = Command::new("kill")
        .args([name, &process.to_string()])
        .status()
        .await
        .expect("kill runs");
    assert!(sent.success(), "{name} to {process}");
}
