//! The append log behind `--data`: one JSON line per change, on disk before the answer goes out.
//!
//! Knows lines and files; what a change means is known by the part that made it.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::bulk::BulkChange;
use crate::oauth::OauthChange;
use crate::org::OrgChange;
use crate::snapshots::SnapshotChange;

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

struct Line {
    text: String,
    written: oneshot::Sender<Result<(), String>>,
}

/// Writes changes in the order in which they are appended.
#[derive(Debug)]
pub struct ChangeLog {
    lines: Option<mpsc::Sender<Line>>,
    writer: Option<JoinHandle<()>>,
}

/// Promise that an appended change reaches the disk.
#[derive(Debug)]
#[must_use = "an answer must wait until the change is on disk"]
pub struct Durable(State);

#[derive(Debug)]
enum State {
    Nothing,
    Failed(LogError),
    Waiting(oneshot::Receiver<Result<(), String>>),
}

impl Durable {
    /// There was nothing to write.
    pub(crate) fn nothing() -> Self {
        Self(State::Nothing)
    }

    /// Waits until the change is on disk; returns at once when nothing is kept.
    ///
    /// # Errors
    /// The line could not be written, now or earlier.
    pub async fn wait(self) -> Result<(), LogError> {
        match self.0 {
            State::Nothing => Ok(()),
            State::Failed(error) => Err(error),
            State::Waiting(written) => match written.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(reason)) => Err(LogError::Stopped(reason)),
                Err(_) => Err(LogError::Stopped("the writer ended".to_owned())),
            },
        }
    }
}

impl ChangeLog {
    /// A log that keeps nothing.
    pub fn in_memory() -> Self {
        Self {
            lines: None,
            writer: None,
        }
    }

    /// Opens the log of a data folder and gives the changes it holds, oldest first.
    ///
    /// A last line without its end is the trace of a kill in the middle of a write that was never
    /// acknowledged; it is cut off.
    ///
    /// # Errors
    /// The file cannot be used, or a line before the last is damaged.
    pub fn open(folder: &Path) -> Result<(Self, Vec<Change>), LogError> {
        let path = folder.join(LOG_NAME);
        let file_error = |source| LogError::File {
            path: path.clone(),
            source,
        };
        let mut file = open_private(&path).map_err(file_error)?;
        let mut changes = Vec::new();
        let mut end = 0_u64;
        let mut reader = BufReader::new(&file);
        let mut text = String::new();
        loop {
            text.clear();
            let length = reader.read_line(&mut text).map_err(file_error)?;
            if length == 0 || !text.ends_with('\n') {
                break;
            }
            let change = serde_json::from_str(&text).map_err(|source| LogError::Damaged {
                path: path.clone(),
                line: changes.len() + 1,
                source,
            })?;
            changes.push(change);
            end += length as u64;
        }
        drop(reader);
        file.set_len(end).map_err(file_error)?;
        file.seek(SeekFrom::End(0)).map_err(file_error)?;
        let log = Self::writing(file).map_err(file_error)?;
        Ok((log, changes))
    }

    fn writing(file: File) -> std::io::Result<Self> {
        let (lines, queue) = mpsc::channel();
        let writer = std::thread::Builder::new()
            .name("practice-log".to_owned())
            .spawn(move || write_lines(file, &queue))?;
        Ok(Self {
            lines: Some(lines),
            writer: Some(writer),
        })
    }

    /// Queues a change. Call it while the lock over the changed data is held, so that the log has the
    /// same order as the data; wait for the result after the lock is gone and before the answer.
    pub fn append(&self, change: &Change) -> Durable {
        let Some(lines) = &self.lines else {
            return Durable(State::Nothing);
        };
        let text = match serde_json::to_string(change) {
            Ok(text) => text + "\n",
            Err(error) => return Durable(State::Failed(error.into())),
        };
        let (written, waiting) = oneshot::channel();
        // A closed queue shows up as a dropped sender in `wait`.
        let _ = lines.send(Line { text, written });
        Durable(State::Waiting(waiting))
    }

    /// Appends a change and waits until it is on disk, where the order does not matter.
    ///
    /// # Errors
    /// As [`Durable::wait`].
    pub async fn record(&self, change: Change) -> Result<(), LogError> {
        self.append(&change).wait().await
    }
}

impl Drop for ChangeLog {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            // The writer only fails by panicking, which the panic hook has already told.
            let _ = writer.join();
        }
    }
}

fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Takes what is queued, writes it with one sync, and tells everyone who waits.
fn write_lines(mut file: File, queue: &mpsc::Receiver<Line>) {
    let mut stopped: Option<String> = None;
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        batch.extend(queue.try_iter());
        if stopped.is_none() {
            let text: String = batch.iter().map(|line| line.text.as_str()).collect();
            let outcome = file
                .write_all(text.as_bytes())
                .and_then(|()| file.sync_data());
            stopped = outcome.err().map(|error| error.to_string());
        }
        for line in batch {
            let outcome = stopped.clone().map_or(Ok(()), Err);
            // Whoever asked may have gone away.
            let _ = line.written.send(outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Digest;

    fn ended(number: usize) -> Change {
        Change::Oauth(OauthChange::TokenEnded {
            token: Digest::of(&number.to_string()),
        })
    }

    fn same(left: &Change, right: &Change) -> bool {
        serde_json::to_string(left).unwrap() == serde_json::to_string(right).unwrap()
    }

    #[tokio::test]
    async fn changes_come_back_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let (log, changes) = ChangeLog::open(folder.path()).unwrap();
        assert!(changes.is_empty());
        let waiting: Vec<_> = (0..200).map(|number| log.append(&ended(number))).collect();
        for durable in waiting {
            durable.wait().await.unwrap();
        }
        // The log is still open: what was waited for is on disk all the same.
        let (_, changes) = ChangeLog::open(folder.path()).unwrap();
        assert_eq!(changes.len(), 200);
        assert!((0..200).all(|number| same(&changes[number], &ended(number))));
    }

    #[tokio::test]
    async fn a_torn_last_line_is_cut_off_and_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOG_NAME);
        let line = serde_json::to_string(&ended(1)).unwrap();
        std::fs::write(&path, format!("{line}\n{}", &line[..20])).unwrap();
        let (log, changes) = ChangeLog::open(folder.path()).unwrap();
        assert_eq!(changes.len(), 1);
        log.record(ended(2)).await.unwrap();
        drop(log);
        let (_, changes) = ChangeLog::open(folder.path()).unwrap();
        assert_eq!(changes.len(), 2);
        assert!(same(&changes[1], &ended(2)));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_fails_this_change_and_all_later_ones() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let log = ChangeLog::writing(full).unwrap();
        for number in 0..2 {
            let error = log.record(ended(number)).await.unwrap_err();
            assert!(matches!(error, LogError::Stopped(_)), "{error}");
        }
    }

    #[tokio::test]
    async fn without_a_folder_nothing_is_kept() {
        ChangeLog::in_memory().record(ended(1)).await.unwrap();
    }
}
