//! Whether anything may leave at all, whatever its class and destination.
//!
//! Must not know: why not.

use gatelodge_model::Error;

/// Asked before anything leaves.
#[async_trait::async_trait]
pub(crate) trait Door: Send + Sync {
    /// Lets pass.
    ///
    /// # Errors
    /// Why nothing may leave.
    async fn pass(&self) -> Result<(), Error>;
}

/// Always open: for a guard that no installation stands behind.
pub(crate) struct AlwaysOpen;

#[async_trait::async_trait]
impl Door for AlwaysOpen {
    async fn pass(&self) -> Result<(), Error> {
        Ok(())
    }
}
