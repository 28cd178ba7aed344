//! A keeper behind a socket.

use gatelodge_keeper::InProcessKeeper;
use gatelodge_keeper_socket::{Door, Greeting, Life, Peers, Terms, serve};
use std::{os::unix::fs::MetadataExt as _, path::Path, sync::Arc};

/// Serves it there until the process or the runtime ends.
pub(crate) fn serve_behind(path: &Path, keeper: Arc<InProcessKeeper>) {
    let door = Door::open(path).unwrap();
    let user = std::fs::metadata(path).unwrap().uid();
    let terms = Terms {
        peers: Peers::new(user, Vec::new()),
        greeting: Greeting::of_this_process("test"),
        request_bytes: 1024 * 1024,
    };
    tokio::spawn(serve(door, keeper, terms, Life::default()));
}
