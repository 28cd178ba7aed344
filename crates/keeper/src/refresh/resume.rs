//! What earlier lives of this host's keepers left: tokens that wait on disk, and refreshes that were begun and not
//! ended. Taken up at the start, at once, because grace windows are short (security 4.3).
//!
//! Must not know: how a refresh is done.

use super::{Cause, commit::Kept};
use crate::{
    keeper::Inner,
    place::{Neighbours, Place},
    spool::{self, Fresh},
    timeline::Happened,
};
use gatelodge_model::{ConnectionEventDetail, ConnectionEventKind as Kind, ErrorKind};
use gatelodge_store::keeper::CredentialRow;
use std::{
    collections::HashSet,
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use uuid::Uuid;

/// Refreshes of others that are looked at together.
const AT_ONCE: u64 = 1000;

/// Which owners of intents are known to be gone.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    dead: HashSet<Uuid>,
    living: HashSet<Uuid>,
    /// Nobody on another host can be meant.
    one_node: bool,
}

impl Gone {
    pub(crate) fn new(neighbours: &Neighbours, one_node: bool) -> Self {
        Self {
            dead: neighbours.gone.iter().map(|place| place.id).collect(),
            living: neighbours.living.clone(),
            one_node,
        }
    }

    pub(super) fn knows(&self, owner: Uuid) -> bool {
        self.dead.contains(&owner) || (self.one_node && !self.living.contains(&owner))
    }
}

/// Everything that waits on disk.
pub(crate) fn waiting(own: &Place, gone: &[Place]) -> io::Result<Vec<(PathBuf, Fresh)>> {
    let mut found = spool::read_all(&own.folder)?;
    for place in gone {
        found.extend(spool::read_all(&place.folder)?);
    }
    Ok(found)
}

impl Inner {
    /// Stores what waits on disk, before anything else may be refreshed; then the places of the dead go.
    pub(crate) async fn take_up_waiting(
        self: &Arc<Self>,
        found: Vec<(PathBuf, Fresh)>,
        gone: Vec<Place>,
    ) {
        let left = AtomicUsize::new(0);
        for (path, fresh) in found {
            let happened = Happened {
                organization: fresh.organization,
                connection: fresh.connection,
                kind: Kind::Recovered,
                detail: ConnectionEventDetail::default(),
            };
            let connection = fresh.connection;
            match self.store_found(path, fresh).await {
                Kept::Stored => {
                    tracing::info!(%connection, "tokens that waited on disk are stored");
                    self.timeline.add(happened);
                }
                Kept::Outdated => {
                    tracing::warn!(%connection, "tokens that waited on disk are outdated");
                }
                Kept::Waiting => {
                    left.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        if left.into_inner() == 0 {
            for place in gone {
                if let Err(error) = place.remove() {
                    tracing::warn!(%error, "the place of a keeper that is gone stays");
                }
            }
        }
    }

    /// Looks at refreshes that were begun and not ended: those whose holder is gone are taken up now, the others
    /// are watched for the length of a lease.
    pub(crate) async fn take_up_open(self: &Arc<Self>) {
        if self.quarantine.pass().await.is_err() {
            // A restored copy sends nothing, and the token is not its own any more.
            return;
        }
        let open = match self.store.credentials().list_open_intents(AT_ONCE).await {
            Ok(open) => open,
            Err(error) => {
                tracing::warn!(%error, "open refreshes could not be read");
                return;
            }
        };
        for row in open {
            let Some(intent) = row.intent else { continue };
            let slot = self.slots.of(row.organization, row.connection);
            if slot.state().flight.is_some() || !self.is_over(&slot, row.fence, intent) {
                continue;
            }
            self.take_up(row);
        }
    }

    fn take_up(self: &Arc<Self>, row: CredentialRow) {
        let inner = Arc::clone(self);
        self.tasks.spawn(async move {
            let permit = inner.resuming.acquire().await;
            let resumed = match inner.open_row(&row).await {
                Ok(opened) => inner.refreshed(&opened, Cause::Resumed).await.map(drop),
                Err(failure) => Err(failure),
            };
            drop(permit);
            match resumed {
                Ok(()) => {
                    tracing::info!(connection = %row.connection, "a refresh that was cut off is done");
                }
                Err(failure) if failure.error.kind() == ErrorKind::NotConnected => {}
                Err(failure) => tracing::warn!(
                    connection = %row.connection, error = %failure.error,
                    "a refresh that was cut off could not be done"
                ),
            }
        });
    }
}
