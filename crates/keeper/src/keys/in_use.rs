//! Where the operator's key was read from that was taken into use while the hub ran.
//!
//! Must not know: the configuration; `server` reads the file that is named here.

use gatelodge_store::{Store, keeper::KeeperStore};
use gatelodge_vault::KeyId;

/// Rotations that are looked through, newest first.
const LOOK_BACK: u64 = 20;

/// The file from which this key was taken into use; none where no rotation tells, or the database is of an earlier
/// version and has no rotations.
pub async fn key_file_in_use(store: &Store, key: KeyId) -> Option<String> {
    let rotations = KeeperStore::new(store.clone())
        .key_rotations()
        .list(None, LOOK_BACK)
        .await
        .unwrap_or_default();
    rotations
        .into_iter()
        .find(|rotation| rotation.target == key.to_string())?
        .key_file
}
