//! What a kill hits: the web role of a demo, its keeper, or both, as chance decides.
//!
//! Must not know what they were doing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Report;
use crate::chance::Chance;
use crate::host;
use crate::process::Process;

/// Between two looks whether there is a keeper.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What is not there by then will not come.
pub(super) const START: Duration = Duration::from_mins(1);

/// What a kill hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Victim {
    /// The web role; its keeper goes on.
    Web,
    /// The keeper, under a web role that has another one started.
    Keeper,
    /// Both, one right after the other.
    Both,
}

const ALL: [(Victim, &str); 3] = [
    (Victim::Web, "kills of the web role"),
    (Victim::Keeper, "kills of the keeper"),
    (Victim::Both, "kills of both"),
];

/// Whom the kills hit.
pub(super) struct Victims {
    socket: PathBuf,
    counts: BTreeMap<Victim, usize>,
}

impl Victims {
    /// None yet; `folder` is the demo's.
    pub(super) fn of(folder: &Path) -> Self {
        Self {
            socket: folder.join("keeper/keeper.sock"),
            counts: BTreeMap::new(),
        }
    }

    /// Kills, once there is a keeper; `down` is called before the web role goes.
    pub(super) async fn strike(
        &mut self,
        hub: &mut Process,
        chance: &mut Chance,
        down: impl FnOnce(),
    ) -> Victim {
        let keeper = self.keeper().await;
        let (victim, _) = ALL[usize::try_from(chance.below(3)).expect("a small number")];
        if victim != Victim::Keeper {
            down();
            hub.kill().await;
        }
        if victim != Victim::Web {
            // one that ends by itself at this very moment is dead as well
            host::kill(keeper).await;
        }
        *self.counts.entry(victim).or_default() += 1;
        victim
    }

    /// Adds how many were hit.
    pub(super) fn tell(&self, report: &mut Report) {
        for (victim, words) in ALL {
            report.note(words, self.counts.get(&victim).copied().unwrap_or_default());
        }
    }

    /// The keeper's process, once there is one.
    async fn keeper(&self) -> i32 {
        let coming = async {
            loop {
                if let Some(keeper) = host::keeper_at(&self.socket).await {
                    return keeper;
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let keeper = tokio::time::timeout(START, coming).await;
        keeper.expect("a keeper comes back")
    }
}
