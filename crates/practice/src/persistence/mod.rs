//! The append log behind `--data`: one JSON line per change, on disk before the answer goes out.
//!
//! Knows lines and files; what a change means is known by the part that made it. A log that has become mostly history
//! is replaced at a start by a shorter one that leads to the same org.

mod file;
mod log;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::bulk::BulkChange;
use crate::compaction::Fold;
use crate::oauth::OauthChange;
use crate::org::OrgChange;
use crate::snapshots::SnapshotChange;

pub use file::{Contents, Placed, Replacement, read};
pub use log::{ChangeLog, Durable};

/// Name of the log inside the data folder.
pub const LOG_NAME: &str = "practice-log.jsonl";

/// Something that must survive a stop and a start.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A change to records or users.
    Org(OrgChange),
    /// A change to apps, grants or tokens.
    Oauth(OauthChange),
    /// A change to bulk jobs, with the records that it changed.
    Bulk(BulkChange),
    /// The org was kept, or put back.
    Snapshot(SnapshotChange),
    /// A part of the org as it was at one moment, in place of the changes that led there.
    Fold(Fold),
    /// Everything above stands for the history before the log was compacted.
    Compacted {
        /// Whether a record was ever written, be it undone since.
        had_records: bool,
    },
}

impl Change {
    /// Whether it tells that a record was written.
    pub(crate) fn tells_of_records(&self) -> bool {
        match self {
            Self::Org(_) => true,
            Self::Bulk(change) => change.records().is_some(),
            Self::Compacted { had_records } => *had_records,
            Self::Oauth(_) | Self::Snapshot(_) | Self::Fold(_) => false,
        }
    }
}

/// The log cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file cannot be opened, read or written.
    #[error("cannot use the practice log {}: {source}", path.display())]
    File {
        /// The log file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A line in the middle of the file is damaged.
    #[error("line {line} of the practice log {} is damaged: {source}; move the file away to start afresh", path.display())]
    Damaged {
        /// The log file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A change has no JSON form.
    #[error("a change cannot be written down: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// An earlier write failed, so the log takes nothing more.
    #[error("the practice log takes no more changes because writing to it failed: {0}")]
    Stopped(String),
}
