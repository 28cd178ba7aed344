//! The writer of the log: takes changes in their order and tells when they are on disk.
//!
//! Must not know how a log is read, or what a change means.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::{Change, LogError, file};

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

    /// Opens the log of a data folder to write behind what it holds. A log that may end in a torn line is read
    /// before, which cuts that off.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn open(folder: &Path) -> Result<Self, LogError> {
        let (path, file) = file::at_its_end(folder)?;
        Self::writing(file).map_err(|source| LogError::File { path, source })
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
    use std::fs::OpenOptions;

    use super::*;
    use crate::oauth::{Digest, OauthChange};
    use crate::persistence::{LOG_NAME, read};

    fn ended(number: usize) -> Change {
        Change::Oauth(OauthChange::TokenEnded {
            token: Digest::of(&number.to_string()),
        })
    }

    fn compacted() -> Change {
        Change::Compacted { had_records: true }
    }

    fn same(left: &Change, right: &Change) -> bool {
        serde_json::to_string(left).unwrap() == serde_json::to_string(right).unwrap()
    }

    #[tokio::test]
    async fn changes_come_back_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let log = ChangeLog::open(folder.path()).unwrap();
        let waiting: Vec<_> = (0..200).map(|number| log.append(&ended(number))).collect();
        for durable in waiting {
            durable.wait().await.unwrap();
        }
        // The log is still open: what was waited for is on disk all the same.
        let changes = read(folder.path()).unwrap().changes;
        assert_eq!(changes.len(), 200);
        assert!((0..200).all(|number| same(&changes[number], &ended(number))));
    }

    #[tokio::test]
    async fn a_torn_last_line_is_cut_off_and_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOG_NAME);
        let line = serde_json::to_string(&ended(1)).unwrap();
        std::fs::write(&path, format!("{line}\n{}", &line[..20])).unwrap();
        assert_eq!(read(folder.path()).unwrap().changes.len(), 1);
        let log = ChangeLog::open(folder.path()).unwrap();
        log.record(ended(2)).await.unwrap();
        drop(log);
        let changes = read(folder.path()).unwrap().changes;
        assert_eq!(changes.len(), 2);
        assert!(same(&changes[1], &ended(2)));
    }

    #[test]
    fn a_log_is_mostly_history_when_it_has_doubled_since_its_compaction() {
        let folder = tempfile::tempdir().unwrap();
        let write = |changes: &[Change]| {
            let lines: Vec<String> = changes
                .iter()
                .map(|change| serde_json::to_string(change).unwrap() + "\n")
                .collect();
            std::fs::write(folder.path().join(LOG_NAME), lines.concat()).unwrap();
            let length = lines.concat().len() as u64;
            let contents = read(folder.path()).unwrap();
            assert!(!contents.is_mostly_history(length), "it is not that long");
            contents.is_mostly_history(length - 1)
        };
        assert!(write(&[ended(1)]));
        assert!(!write(&[ended(1), compacted()]));
        assert!(!write(&[ended(1), compacted(), ended(2)]));
        assert!(write(&[ended(1), compacted(), ended(2), ended(3)]));
        assert!(!write(&[ended(1), ended(2), compacted(), ended(3)]));
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
