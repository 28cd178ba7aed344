//! Waiting for Ctrl-C or SIGTERM.
//!
//! Must not know: what ends then.

use tokio::signal::unix::{SignalKind, signal};

/// Ends when the process is asked to.
pub async fn end_asked() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without the handler only Ctrl-C ends the process gracefully.
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
