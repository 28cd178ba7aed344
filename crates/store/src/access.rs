//! Where a repository works: on the [`Store`] (reads) or inside a [`Unit`] (reads and changes).
//!
//! One type per aggregate serves both; the changes exist only for `Unit`, so that a change outside a unit
//! of work does not compile. Must not know: aggregates.

use crate::{Result, Store, StoreError, Unit, chain::Chains, locks::Gate};
use gatelodge_model::{Clock, OrganizationId, id::new_uuid};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::Store {}
    impl Sealed for crate::Unit {}
}

/// The place where a repository reads.
pub trait Access: sealed::Sealed + Send + Sync {
    /// What statements run on.
    type Connection: ConnectionTrait + Send + Sync;

    /// What statements run on.
    fn connection(&self) -> &Self::Connection;

    /// The time.
    fn clock(&self) -> &dyn Clock;

    /// A new time-ordered identifier.
    fn fresh_uuid(&self) -> Uuid;

    /// What bookkeeping waits for; a unit waits for nothing more.
    #[doc(hidden)]
    #[expect(
        private_interfaces,
        reason = "the trait is sealed; the gate is nobody else's"
    )]
    fn gate(&self) -> Option<&Gate>;
}

/// The right to write rows that no audit event tells about; a unit has it already.
pub(crate) async fn writing<A: Access>(place: &A) -> Result<Option<OwnedMutexGuard<Chains>>> {
    match place.gate() {
        Some(gate) => gate.bookkeeping().await,
        None => Ok(None),
    }
}

impl Access for Store {
    type Connection = DatabaseConnection;

    fn connection(&self) -> &DatabaseConnection {
        &self.writer().connection
    }

    fn clock(&self) -> &dyn Clock {
        self.writer().clock.as_ref()
    }

    fn fresh_uuid(&self) -> Uuid {
        new_uuid(self.clock(), self.writer().random.as_ref())
    }

    #[expect(private_interfaces, reason = "as in the trait")]
    fn gate(&self) -> Option<&Gate> {
        Some(&self.writer().gate)
    }
}

impl Access for Unit {
    type Connection = DatabaseTransaction;

    fn connection(&self) -> &DatabaseTransaction {
        self.transaction()
    }

    fn clock(&self) -> &dyn Clock {
        self.writer().clock.as_ref()
    }

    fn fresh_uuid(&self) -> Uuid {
        new_uuid(self.clock(), self.writer().random.as_ref())
    }

    #[expect(private_interfaces, reason = "as in the trait")]
    fn gate(&self) -> Option<&Gate> {
        None
    }
}

impl Unit {
    /// Refuses rows of another organization: a unit's audit events would not tell about them.
    pub(crate) fn owns(&self, organization: OrganizationId, what: &'static str) -> Result<()> {
        if organization == self.organization() {
            Ok(())
        } else {
            Err(StoreError::ForeignOrganization { what })
        }
    }
}

/// Declares the repository of an aggregate.
macro_rules! repository {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name<'a, A: $crate::Access>(pub(crate) &'a A);
    };
}
pub(crate) use repository;
