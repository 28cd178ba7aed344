//! A hub as it is really set up, with proxies that record what it says, and everything of it that is scanned.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use gatelodge_testkit::browser::{self, Browser, Reply};
use gatelodge_testkit::canary::{Finding, Scanner};
use gatelodge_testkit::installation;
use gatelodge_testkit::practice::PracticeOrg;
use gatelodge_testkit::process::Process;
use gatelodge_testkit::proxy::Proxy;
use serde_json::json;
use tempfile::TempDir;
use url::Url;

use super::story::{CLIENT_SECRET, EMAIL, PASSWORD};

/// Everything that runs, and what was noted on the way.
pub(super) struct Story {
    pub(super) folder: TempDir,
    pub(super) hub: Process,
    /// Between browsers and agents, and the hub.
    pub(super) front: Proxy,
    pub(super) org: PracticeOrg,
    /// Between the hub and the practice org.
    pub(super) back: Proxy,
    /// Where a hostile answer wants the hub to go.
    pub(super) elsewhere: Proxy,
    pub(super) browser: Browser,
    /// Parts of the recorded answers that may hold what is otherwise a leak: the page that shows a token once.
    pub(super) shown_once: Vec<(usize, usize)>,
    pub(super) own: Vec<(&'static str, String)>,
}

/// The disk after the end.
pub(super) struct Disk(TempDir);

impl Disk {
    pub(super) fn scan(&self, scanner: &Scanner) -> Vec<Finding> {
        scan(self.0.path(), scanner)
    }
}

impl Story {
    /// Installs the hub as its guide says, and signs the first person in.
    pub(super) async fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let org = PracticeOrg::http(Vec::new()).await;
        let org_port = org.url().port().unwrap();
        let back = Proxy::before(here(org_port)).await;
        let elsewhere = Proxy::before(here(org_port)).await;
        let listen = free_address().await;
        let front = Proxy::before(listen).await;
        let public = format!("http://{}", front.address());
        let config = configure(folder.path(), &public, listen, &local(&back)).await;
        let link = installation::first_owner(&config, EMAIL).await;
        let hub = Process::serve(&config, &folder.path().join("hub.log")).await;
        let mut story = Self {
            folder,
            hub,
            front,
            org,
            back,
            elsewhere,
            browser: Browser::new(browser::client(None)),
            shown_once: Vec::new(),
            own: vec![
                ("client secret", CLIENT_SECRET.to_owned()),
                ("password", PASSWORD.to_owned()),
            ],
        };
        story.own.push((
            "one-time link",
            link.path().rsplit('/').next().unwrap().to_owned(),
        ));
        story.wait_until_ready(listen).await;
        let fields = [("password", PASSWORD), ("again", PASSWORD)];
        story.browser.get(&link).await.expect(200);
        story.browser.post(&link, &fields).await.expect(303);
        story.sign_in().await;
        story
    }

    pub(super) async fn open(&mut self, path: &str) -> Reply {
        let url = self.public().join(path).unwrap();
        self.browser.get(&url).await
    }

    pub(super) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let url = self.public().join(path).unwrap();
        self.browser.post(&url, fields).await
    }

    pub(super) async fn move_instance(&self, to: Option<&str>) {
        self.org
            .admin("move-instance", &json!({ "instance_url": to }))
            .await;
    }

    pub(super) async fn clear_faults(&self) {
        let url = self.org.url().join("/practice/admin/faults").unwrap();
        browser::read(&url, self.browser.client().delete(url.clone()))
            .await
            .expect(200);
    }

    pub(super) async fn wait_until_ready(&self, listen: SocketAddr) {
        // asked directly, so that failed attempts are no part of the recording; the Host is the public one
        let host = self.front.address().to_string();
        let url = format!("http://{listen}/readyz");
        let ready = async || {
            let asked = self
                .browser
                .client()
                .get(&url)
                .header("host", &host)
                .send()
                .await;
            asked.is_ok_and(|answer| answer.status().is_success())
        };
        while !ready().await {
            tokio::task::yield_now().await;
        }
    }

    /// The last value that passed between the hub and the practice org after these words.
    pub(super) fn latest(&self, before: &str, after: &str) -> String {
        let text = self.sent_to_provider() + &self.sent_by_provider();
        let rest = text.rsplit(before).next().expect("it passed");
        rest.split(after).next().unwrap_or_default().to_owned()
    }

    pub(super) fn public(&self) -> Url {
        format!("http://{}", self.front.address()).parse().unwrap()
    }

    /// All bytes to browsers and agents, without the page that shows a token once and without `Set-Cookie`.
    pub(super) fn sent_to_clients(&self) -> Vec<u8> {
        let all = self.front.recording().to_client;
        let mut kept = Vec::new();
        let mut at = 0;
        for (start, end) in &self.shown_once {
            kept.extend_from_slice(&all[at..*start]);
            at = *end;
        }
        kept.extend_from_slice(&all[at..]);
        kept.split_inclusive(|byte| *byte == b'\n')
            .filter(|line| !line.to_ascii_lowercase().starts_with(b"set-cookie:"))
            .flatten()
            .copied()
            .collect()
    }

    /// All bytes to a host that is not the provider's.
    pub(super) fn sent_elsewhere(&self) -> Vec<u8> {
        self.elsewhere.recording().to_server
    }

    pub(super) fn sent_to_provider(&self) -> String {
        String::from_utf8_lossy(&self.back.recording().to_server).into_owned()
    }

    pub(super) fn sent_by_provider(&self) -> String {
        String::from_utf8_lossy(&self.back.recording().to_client).into_owned()
    }

    /// The secrets that are ours.
    pub(super) fn own_secrets(&self) -> Vec<(&'static str, String)> {
        self.own.clone()
    }

    /// The key that protects all others.
    pub(super) fn key(&self) -> Vec<u8> {
        let text = fs::read_to_string(self.folder.path().join("keys/gatelodge.key")).unwrap();
        let text = text.trim();
        (0..text.len() / 2)
            .map(|index| u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).unwrap())
            .collect()
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("hub.log")).unwrap()
    }

    pub(super) fn scan_disk(&self, scanner: &Scanner) -> Vec<Finding> {
        scan(self.folder.path(), scanner)
    }

    /// A copy of what is scanned, to plant leaks in.
    pub(super) fn copy_of_disk(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir(copy.path().join("data")).unwrap();
        for file in files(self.folder.path()) {
            let name = file.strip_prefix(self.folder.path()).unwrap();
            fs::copy(&file, copy.path().join(name)).unwrap();
        }
        copy
    }

    /// Ends the hub in good order; what is on the disk stays.
    pub(super) async fn end(self) -> Disk {
        assert!(self.hub.stop().await.success(), "the hub ends cleanly");
        self.org.stop().await;
        Disk(self.folder)
    }
}

/// Everything but the key file, which is where the key belongs.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![folder.join("gatelodge.toml"), folder.join("hub.log")];
    files.extend(
        fs::read_dir(folder.join("data"))
            .unwrap()
            .map(|entry| entry.unwrap().path()),
    );
    files
}

fn scan(folder: &Path, scanner: &Scanner) -> Vec<Finding> {
    let read = |file: &PathBuf| scanner.scan(&file.display().to_string(), &fs::read(file).unwrap());
    files(folder).iter().flat_map(read).collect()
}

async fn configure(folder: &Path, public: &str, listen: SocketAddr, org: &str) -> PathBuf {
    let change = |text: &str| {
        let text = installation::with_practice_org(text, org);
        let loud = text.replace("level = \"info\"", "level = \"trace\"");
        assert_ne!(text, loud);
        loud
    };
    installation::init(folder, public, &listen.to_string(), change).await
}

fn here(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// The name under which the hub may reach a proxy.
pub(super) fn local(proxy: &Proxy) -> String {
    format!("http://localhost:{}", proxy.address().port())
}

/// An address that was free a moment ago.
async fn free_address() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(here(0)).await.unwrap();
    listener.local_addr().unwrap()
}
