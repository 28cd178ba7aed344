//! A keeper that does what a test says, behind a real socket.
//!
//! Must not know: what a test proves.

use async_trait::async_trait;
use gatelodge_keeper_client::{
    Arriving, Lost, RemoteKeeper, SealRequest, SealedKind, SendRead, SendWrite, Transport,
    wire::{Method, Packet},
};
use gatelodge_keeper_socket::{
    Door, Greeting, Life, Peers, Revive, SocketKeeper, SocketTransport, Terms, serve,
};
use gatelodge_model::{
    ConnectionId, Digest, OrganizationId, ProposalId, RequestId, SealedId, UserId,
    clock::testing::{FixedClock, SeededRandom},
};
use gatelodge_provider::ReadRequest;
use std::{
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{sync::Notify, task::JoinHandle};

pub(crate) const REQUEST_BYTES: usize = 1024 * 1024;
pub(crate) const LONG: Duration = Duration::from_hours(1);

type Does = Box<dyn Fn(&str) -> Result<Packet, Packet> + Send + Sync>;
type Streams = Box<dyn Fn() -> Arriving + Send + Sync>;

/// What the played keeper does.
pub(crate) struct Part {
    /// The answer of each call.
    pub(crate) does: Does,
    /// The body of a download, whose head is the answer of the call.
    pub(crate) streams: Option<Streams>,
    /// Calls that arrived.
    pub(crate) begun: Notify,
    pub(crate) count: AtomicUsize,
    /// Calls wait for this before they answer.
    pub(crate) hold: Option<Notify>,
}

impl Part {
    pub(crate) fn answering(
        does: impl Fn(&str) -> Result<Packet, Packet> + Send + Sync + 'static,
    ) -> Self {
        Self {
            does: Box::new(does),
            streams: None,
            begun: Notify::new(),
            count: AtomicUsize::new(0),
            hold: None,
        }
    }

    async fn call(&self, method: &str) -> Result<Packet, Packet> {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.begun.notify_one();
        if let Some(hold) = &self.hold {
            hold.notified().await;
        }
        (self.does)(method)
    }
}

struct Stage(Arc<Part>);

#[async_trait]
impl Transport for Stage {
    async fn exchange(&self, method: Method, _: Packet) -> Result<Result<Packet, Packet>, Lost> {
        Ok(self.0.call(method.name).await)
    }

    async fn stream(
        &self,
        method: Method,
        _: Packet,
    ) -> Result<Result<(Packet, Arriving), Packet>, Lost> {
        let streams = self.0.streams.as_ref().expect("a body");
        Ok(self.0.call(method.name).await.map(|head| (head, streams())))
    }
}

/// A socket that is served.
pub(crate) struct Played {
    pub(crate) part: Arc<Part>,
    pub(crate) life: Life,
    pub(crate) path: PathBuf,
    pub(crate) served: Mutex<Option<JoinHandle<()>>>,
    _folder: Arc<TempDir>,
}

impl Played {
    pub(crate) fn begin(part: Part) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let played = Self {
            part: Arc::new(part),
            life: Life::default(),
            path: folder.path().join("keeper/keeper.sock"),
            served: Mutex::default(),
            _folder: folder,
        };
        played.serve();
        played
    }

    /// Serves anew, as the next keeper at the same place.
    pub(crate) fn serve(&self) {
        let door = Door::open(&self.path).unwrap();
        let user = std::fs::metadata(&self.path).unwrap().uid();
        let terms = Terms {
            peers: Peers::new(user, Vec::new()),
            greeting: Greeting::of_this_process("test"),
            request_bytes: REQUEST_BYTES,
        };
        let keeper = Arc::new(RemoteKeeper::new(Stage(Arc::clone(&self.part))));
        let served = tokio::spawn(serve(door, keeper, terms, self.life.clone()));
        *self.served.lock().unwrap() = Some(served);
    }

    /// Ends it as SIGKILL would: connections break, nothing is answered any more.
    pub(crate) async fn kill(&self) {
        let served = self.served.lock().unwrap().take().unwrap();
        served.abort();
        assert!(served.await.unwrap_err().is_cancelled());
    }

    /// The web role's end, without anybody to bring a keeper back.
    pub(crate) fn client(&self) -> SocketKeeper {
        SocketKeeper::new(SocketTransport::new(&self.path, None))
    }

    /// The web role's end; a missing keeper comes back at the same place.
    pub(crate) fn lasting_client(self: &Arc<Self>) -> (SocketKeeper, Arc<Reviver>) {
        let reviver = Arc::new(Reviver {
            played: Arc::clone(self),
            times: AtomicUsize::new(0),
        });
        let revive: Arc<dyn Revive> = reviver.clone();
        let transport = SocketTransport::new(&self.path, Some(revive));
        (SocketKeeper::new(transport), reviver)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

pub(crate) struct Reviver {
    played: Arc<Played>,
    pub(crate) times: AtomicUsize,
}

#[async_trait]
impl Revive for Reviver {
    async fn revive(&self) -> Result<(), String> {
        self.times.fetch_add(1, Ordering::SeqCst);
        self.played.serve();
        Ok(())
    }
}

fn ids() -> (FixedClock, SeededRandom) {
    (FixedClock::at(1_700_000_000_000), SeededRandom::new(3))
}

pub(crate) fn a_read() -> SendRead {
    let (clock, random) = ids();
    SendRead {
        organization: OrganizationId::generate(&clock, &random),
        connection: ConnectionId::generate(&clock, &random),
        request_id: RequestId::generate(&clock, &random),
        agent: "test".to_owned(),
        request: ReadRequest::get("/services/data"),
    }
}

pub(crate) fn a_write() -> SendWrite {
    let (clock, random) = ids();
    SendWrite {
        organization: OrganizationId::generate(&clock, &random),
        proposal: ProposalId::generate(&clock, &random),
        sealed: SealedId::generate(&clock, &random),
        digest: Digest::from_bytes([7; 32]),
        request_id: RequestId::generate(&clock, &random),
    }
}

pub(crate) fn a_seal(bytes: Vec<u8>) -> SealRequest {
    let (clock, random) = ids();
    SealRequest {
        organization: OrganizationId::generate(&clock, &random),
        kind: SealedKind::Outcome,
        user: UserId::generate(&clock, &random),
        agent: None,
        bytes,
    }
}

pub(crate) fn a_sealed_id() -> SealedId {
    let (clock, random) = ids();
    SealedId::generate(&clock, &random)
}
