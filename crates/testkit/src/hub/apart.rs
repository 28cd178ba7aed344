//! The keeper of a test hub behind a real socket, with a database connection of its own, as in a process of its own.
//!
//! Must not know what a test proves.

use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::time::Duration;

use gatelodge_keeper_socket::{
    Door, Greeting, Life, Peers, SocketKeeper, SocketTransport, Terms, serve,
};
use gatelodge_model::{Clock, Random};
use gatelodge_server::config::Config;
use gatelodge_server::wiring::KeeperSide;
use tokio::task::JoinHandle;

/// A keeper that is served at its configured socket.
pub(super) struct Apart {
    side: KeeperSide,
    life: Life,
    served: JoinHandle<()>,
}

impl Apart {
    /// Starts it; gives the hub's end of the socket with it.
    pub(super) async fn start(
        config: &Config,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> (Self, Arc<SocketKeeper>) {
        // makes the data folder, as the keeper's own process does
        config.check().expect("a usable configuration");
        let side = KeeperSide::start(config, clock, random)
            .await
            .expect("a keeper");
        let path = config.keeper_socket();
        let door = Door::open(&path).expect("a socket");
        let user = std::fs::metadata(&path).expect("the socket's file").uid();
        let terms = Terms {
            peers: Peers::new(user, Vec::new()),
            greeting: Greeting::of_this_process("test"),
            request_bytes: config.keeper.request_bytes,
        };
        let life = Life::default();
        let served = tokio::spawn(serve(door, side.keeper.clone(), terms, life.clone()));
        let client = SocketKeeper::new(SocketTransport::new(&path, None));
        (Self { side, life, served }, Arc::new(client))
    }

    /// Ends it.
    pub(super) async fn stop(self) {
        self.life.end(Duration::from_secs(5));
        self.served.await.expect("no panic");
        self.side.stop().await;
    }
}
