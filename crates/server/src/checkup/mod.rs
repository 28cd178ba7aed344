//! A look at everything that an installation needs, from its configuration to each connection.
//!
//! Nothing is repaired here. Nothing outside is asked but the providers, by the keeper, with access tokens that it
//! has, and the installation's own public addresses. Must not know: how findings are printed.

mod certificates;
mod confinement;
mod connections;
mod finding;
mod host;
mod storage;

pub use finding::{Finding, Level};

use crate::{config::Config, wiring::Running};
use std::path::Path;

/// Looks at everything, in the order in which one thing needs the other; what cannot be looked at is left out.
pub async fn everything(path: &Path) -> Vec<Finding> {
    let config = match Config::read(path) {
        Ok(config) => config,
        Err(error) => {
            return vec![Finding::fail(
                "configuration",
                format!("{error:#}"),
                "Correct the file, or write one with 'gatelodge init'.",
            )];
        }
    };
    let mut findings = host::look(path, &config);
    let usable = storage::look(&config, &mut findings).await;
    let broken = !usable || findings.iter().any(|one| one.level == Level::Fail);
    certificates::look(&config, &mut findings).await;
    confinement::look(path, &mut findings).await;
    if broken {
        findings.push(Finding::warn(
            "connections",
            "not looked at, because something above failed",
            "Mend that first, then run the doctor again.",
        ));
        return findings;
    }
    match Running::console(path, &config).await {
        Ok(running) => {
            connections::look(&running, &mut findings).await;
            running.stop().await;
        }
        Err(error) => findings.push(Finding::fail(
            "keeper",
            format!("{error:#}"),
            "Mend what is named; the hub does not start like this.",
        )),
    }
    findings
}
