//! The database: whether it answers, takes writes, is whole, has our schema, belongs to our key.
//!
//! Must not know: rows.

use super::{finding::Finding, host};
use crate::{
    ambient::{SystemClock, SystemRandom},
    config::Config,
    wiring,
};
use gatelodge_model::Clock as _;
use gatelodge_store::Store;
use std::sync::Arc;

/// Whether the rest can be looked at.
pub(super) async fn look(config: &Config, findings: &mut Vec<Finding>) -> bool {
    if let Some(file) = config.database_file()
        && !file.exists()
    {
        findings.push(Finding::warn(
            "database",
            format!("there is none at {} yet", file.display()),
            "'gatelodge serve' makes it.",
        ));
        return false;
    }
    let (clock, random) = (Arc::new(SystemClock) as _, Arc::new(SystemRandom) as _);
    match wiring::connect(config, &clock, &random).await {
        Ok(store) => {
            examine(config, &store, findings).await;
            store.close().await;
            true
        }
        Err(error) => {
            findings.push(Finding::fail(
                "database",
                format!("{error:#}"),
                "Start the server, or correct database.urls; where the file is damaged, restore a backup.",
            ));
            false
        }
    }
}

async fn examine(config: &Config, store: &Store, findings: &mut Vec<Finding>) {
    if let Err(error) = store.ready().await {
        findings.push(Finding::fail(
            "database",
            error.to_string(),
            "Make it writable.",
        ));
    }
    match store.examine(true).await {
        Err(error) => findings.push(Finding::fail(
            "database",
            error.to_string(),
            "Where the file is damaged: stop the hub, keep a copy of the file, restore the last backup.",
        )),
        Ok(found) => {
            if found.faults.is_empty() {
                findings.push(Finding::ok("database", format!("{}, writable and whole", found.engine)));
            }
            for fault in found.faults {
                findings.push(Finding::fail(
                    "database",
                    fault,
                    "Stop the hub, keep a copy of the file, restore the last backup.",
                ));
            }
            for risk in found.risks {
                findings.push(Finding::warn(
                    "database",
                    risk,
                    "Otherwise a power cut can lose a token that the provider has replaced already.",
                ));
            }
            findings.push(match found.missing_steps {
                0 => Finding::ok("schema", "up to date"),
                count => Finding::warn(
                    "schema",
                    format!("{count} steps behind this program"),
                    "The next start of the hub applies them.",
                ),
            });
            if let Some(theirs) = found.clock {
                let ours = SystemClock.now().timestamp_millis();
                findings.push(host::clock("database", ours - theirs.timestamp_millis()));
            }
        }
    }
    if let (Ok(Some(stored)), Ok(vault)) = (
        store.settings().get(wiring::KEY_CHECK).await,
        wiring::vault(config),
    ) {
        findings.push(match vault.verify_check_value(&stored) {
            Ok(()) => Finding::ok("key of data", "the database belongs to this key"),
            Err(error) => Finding::fail(
                "key of data",
                error.to_string(),
                "Put the named key in its place.",
            ),
        });
    }
}
