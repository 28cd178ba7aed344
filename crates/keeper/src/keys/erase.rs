//! Destroying the keys of an organization: what they sealed opens nowhere any more, neither here nor in a
//! copy of the database that was made before.
//!
//! Grants are ended at their providers first, as long as the tokens open. Must not know: who decides it.

use crate::keeper::Inner;
use futures::{StreamExt as _, stream};
use gatelodge_keeper_client::{Erased, KeeperResult, Revocation};
use gatelodge_model::{ConnectionId, Error, OrganizationId};
use gatelodge_store::keeper::SealedTable;
use std::sync::Arc;

/// Grants that are ended at the same time.
const AT_ONCE: usize = 16;

/// Rows that are read or deleted at a time.
const PAGE: u64 = 500;

impl Inner {
    pub(crate) async fn erase_organization(
        self: &Arc<Self>,
        organization: OrganizationId,
    ) -> KeeperResult<Erased> {
        let mut connections = Vec::new();
        loop {
            let page = self
                .store
                .resealing()
                .all(organization, SealedTable::Credentials, None, PAGE)
                .await
                .map_err(Error::from)?;
            if page.is_empty() {
                break;
            }
            let ended: Vec<(ConnectionId, KeeperResult<Revocation>)> = stream::iter(page)
                .map(|row| {
                    let inner = Arc::clone(self);
                    async move {
                        let connection = ConnectionId::from_uuid(row.id);
                        (connection, inner.revoke(organization, connection).await)
                    }
                })
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            for (connection, revocation) in ended {
                connections.push((connection, revocation?));
            }
        }
        // Noted first: from here on no keeper makes a new key for it.
        self.store
            .key_rotations()
            .note_erased(organization)
            .await
            .map_err(Error::from)?;
        let data_keys = self
            .store
            .data_keys()
            .destroy_all(organization)
            .await
            .map_err(Error::from)?;
        self.sealing.forget(Some(organization));
        let records = self
            .store
            .resealing()
            .delete_all(organization)
            .await
            .map_err(Error::from)?;
        Ok(Erased {
            connections,
            data_keys,
            records,
        })
    }
}
