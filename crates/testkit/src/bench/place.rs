//! What is measured: a practice org, a hub with a connection, the peer, each in a process of its own, on a real disk.
//!
//! Must not know rounds or figures.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use url::Url;

use super::lane::Lane;
use super::lanes;
use super::peer::Peer;
use super::stopwatch::{resident, resident_when_idle};
use crate::process::Process;
use crate::surroundings;

/// Everything that runs.
pub(super) struct Place {
    folder: TempDir,
    practice: Process,
    hub: Process,
    idle: Memory,
}

/// Resident memory in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub(super) hub: u64,
    pub(super) practice: u64,
}

/// The ways, and the peer that must outlive them.
pub(super) struct Lanes {
    pub(super) all: Vec<Lane>,
    peer: Peer,
}

impl Place {
    pub(super) async fn prepare() -> Self {
        let folder = folder();
        let log = |name: &str| folder.path().join(name);
        let practice = Process::practice_in_memory(&log("practice.log")).await;
        let org: Url = text(&practice.ready, "practice_org")
            .parse()
            .expect("an address");
        let hub = Process::demo_with(&log("hub"), &log("hub.log"), &org).await;
        let idle = Memory {
            hub: resident_when_idle(&hub).await,
            practice: resident(&practice),
        };
        Self {
            folder,
            practice,
            hub,
            idle,
        }
    }

    pub(super) async fn lanes(&self) -> Lanes {
        let org = text(&self.practice.ready, "practice_org");
        let user = &self.practice.ready["practice_users"][0];
        let (username, password) = (text(user, "username"), text(user, "password"));
        let token = text(&self.hub.ready, "agent_token");
        let peer = Peer::start(org, username, password).await;
        let all = vec![
            lanes::direct(org, username, password).await,
            lanes::rest(text(&self.hub.ready, "rest"), token),
            lanes::mcp(text(&self.hub.ready, "mcp"), token),
            peer.lane(),
        ];
        Lanes { all, peer }
    }

    /// Before the first call, and now.
    pub(super) fn memory(&self) -> (Memory, Memory) {
        (
            self.idle,
            Memory {
                hub: resident(&self.hub),
                practice: resident(&self.practice),
            },
        )
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) async fn end(self, lanes: Lanes) {
        drop(lanes.all);
        lanes.peer.end().await;
        assert!(self.hub.stop().await.success(), "the hub ends cleanly");
        assert!(
            self.practice.stop().await.success(),
            "the practice org ends cleanly"
        );
    }
}

/// A folder on the disk of the build, because a temporary folder may lie in memory, where syncing costs nothing.
pub(super) fn folder() -> TempDir {
    tempfile::tempdir_in(surroundings::artifacts()).expect("a folder")
}

fn text<'value>(value: &'value Value, name: &str) -> &'value str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {value}"))
}
