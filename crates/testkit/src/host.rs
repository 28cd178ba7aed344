//! A further host of a hub: its web role and its keeper as processes of their own, on the same PostgreSQL database and
//! with the same key.
//!
//! Must not know what the hosts do for each other.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::UnixStream;
use tokio::process::Command;
use url::Url;

use crate::browser;
use crate::evidence;
use crate::hub::{Agent, TestHub};
use crate::process::Process;

/// A host that does not answer by then will not.
const START: Duration = Duration::from_mins(1);

/// Between two looks whether it answers.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

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

    async fn start(hub: &TestHub, environment: &[(&str, &str)]) -> Self {
        let folder = evidence::folder();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let url: Url = format!("http://127.0.0.1:{port}")
            .parse()
            .expect("an address");
        let mut config = hub.config.clone();
        assert!(
            !config.database.urls.is_empty(),
            "several hosts need PostgreSQL"
        );
        config.server.listen = ([127, 0, 0, 1], port).into();
        config.server.public_urls.insert(0, url.clone());
        config.keys.file = hub.config.key_file();
        let file = folder.path().join("gatelodge.toml");
        let text = toml::to_string(&config).expect("a configuration");
        std::fs::write(&file, text).expect("the configuration is written");
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
        signal("-KILL", self.keeper().await).await;
    }

    /// The number of the keeper's process.
    pub async fn keeper(&self) -> i32 {
        let socket = UnixStream::connect(self.socket())
            .await
            .expect("the keeper listens");
        let peer = socket.peer_cred().expect("the system knows who listens");
        peer.pid().expect("a process")
    }

    /// What its processes wrote.
    pub fn logs(&self) -> String {
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        read(self.folder.path().join("web.log")) + &read(self.socket().with_extension("log"))
    }

    /// Ends both processes in order.
    pub async fn stop(self) {
        let keeper = self.keeper().await;
        assert!(self.web.stop().await.success(), "the host ends cleanly");
        signal("-TERM", keeper).await;
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("keeper/keeper.sock")
    }

    async fn answers(&self) {
        let ready = self.url.join("/readyz").expect("an address");
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
        assert!(answers.is_ok(), "the host does not answer: {}", self.logs());
    }
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
