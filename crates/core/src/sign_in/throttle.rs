//! Slowing down guesses: failures are counted per sign-in name and per address, and survive restarts.
//!
//! Must not know: whether a name exists.

use crate::Hub;
use gatelodge_model::{Error, ErrorKind, Result, WhoMustAct};
use std::{net::IpAddr, time::Duration};

/// Failures older than this no longer count.
const WINDOW: Duration = Duration::from_mins(15);
/// Failures for one name within the window.
const PER_NAME: u64 = 10;
/// Failures from one address within the window; offices share addresses.
const PER_ADDRESS: u64 = 100;

impl Hub {
    pub(crate) async fn check_throttle(&self, email: &str, address: IpAddr) -> Result<()> {
        let since = self.now() - chrono::Duration::from_std(WINDOW).unwrap_or_default();
        let attempts = self.store.sign_in_attempts();
        if attempts.failures(email, since).await? < PER_NAME
            && attempts.failures(&address.to_string(), since).await? < PER_ADDRESS
        {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::RateLimited,
            "Too many failed sign-ins. Wait 15 minutes, then try again.",
        )
        .with_hint(
            WhoMustAct::Nobody,
            "The count falls by itself within 15 minutes.",
        ))
    }

    pub(crate) async fn record_failure(&self, email: &str, address: IpAddr) -> Result<()> {
        self.store
            .sign_in_attempts()
            .record_failure(&[email, &address.to_string()])
            .await?;
        Ok(())
    }
}
