//! The file of the log: read at a start, and replaced as a whole when it is compacted.
//!
//! Must not know what a change means.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{Change, LOG_NAME, LogError};

/// The replacement while it is being written.
const UNFINISHED_NAME: &str = "practice-log.jsonl.part";

/// What a log holds.
#[derive(Debug)]
pub struct Contents {
    /// The changes, oldest first.
    pub changes: Vec<Change>,
    /// Bytes up to the end of the last compaction.
    folded: u64,
    /// Bytes behind it.
    history: u64,
}

impl Contents {
    /// Whether a log longer than this has grown to twice its length since it was compacted last, so that the work
    /// over all starts stays in proportion to what was written.
    pub fn is_mostly_history(&self, longer_than: u64) -> bool {
        self.folded + self.history > longer_than && self.history > self.folded
    }
}

/// Reads the log of a data folder.
///
/// A last line without its end is the trace of a kill in the middle of a write that was never acknowledged; it is
/// cut off. A replacement that was never put in place is removed.
///
/// # Errors
/// The file cannot be used, or a line before the last is damaged.
pub fn read(folder: &Path) -> Result<Contents, LogError> {
    let path = folder.join(LOG_NAME);
    let file_error = |source| LogError::File {
        path: path.clone(),
        source,
    };
    if let Err(error) = remove_unfinished(folder) {
        tracing::debug!(%error, "an unfinished log stays behind");
    }
    let file = open_private(&path).map_err(file_error)?;
    let mut contents = Contents {
        changes: Vec::new(),
        folded: 0,
        history: 0,
    };
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
            line: contents.changes.len() + 1,
            source,
        })?;
        contents.history += length as u64;
        if matches!(change, Change::Compacted { .. }) {
            contents.folded += std::mem::take(&mut contents.history);
        }
        contents.changes.push(change);
    }
    drop(reader);
    let end = contents.folded + contents.history;
    file.set_len(end).map_err(file_error)?;
    Ok(contents)
}

/// The log of a data folder, ready to be written on.
pub(super) fn at_its_end(folder: &Path) -> Result<(PathBuf, File), LogError> {
    let path = folder.join(LOG_NAME);
    let file = open_private(&path).and_then(|mut file| {
        file.seek(SeekFrom::End(0))?;
        Ok(file)
    });
    match file {
        Ok(file) => Ok((path, file)),
        Err(source) => Err(LogError::File { path, source }),
    }
}

/// A log that shall take the place of the present one. Until [`Replacement::put_in_place`] nothing has happened.
#[derive(Debug)]
pub struct Replacement {
    folder: PathBuf,
    file: BufWriter<File>,
}

impl Replacement {
    /// Begins one beside the log of a data folder.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn begin(folder: &Path) -> Result<Self, LogError> {
        let begun = remove_unfinished(folder)
            .and_then(|()| open_private(&folder.join(UNFINISHED_NAME)))
            .map_err(|source| unfinished(folder, source))?;
        Ok(Self {
            folder: folder.to_owned(),
            file: BufWriter::new(begun),
        })
    }

    /// Adds a change behind those added before.
    ///
    /// # Errors
    /// The change has no JSON form, or the disk refuses.
    pub fn add(&mut self, change: &Change) -> Result<(), LogError> {
        let text = serde_json::to_string(change)? + "\n";
        let written = self.file.write_all(text.as_bytes());
        written.map_err(|source| unfinished(&self.folder, source))
    }

    /// Puts it in the place of the log in one step: a kill leaves the one or the other.
    ///
    /// # Errors
    /// The disk refuses; the log is the earlier one then.
    pub fn put_in_place(mut self, had_records: bool) -> Result<Placed, LogError> {
        self.add(&Change::Compacted { had_records })?;
        let Self { folder, mut file } = self;
        let placed = file
            .flush()
            .and_then(|()| file.get_ref().sync_all())
            .and_then(|()| std::fs::rename(folder.join(UNFINISHED_NAME), folder.join(LOG_NAME)));
        placed.map_err(|source| unfinished(&folder, source))?;
        Ok(Placed(folder))
    }
}

/// A replacement in its place, which a power failure could still undo.
#[must_use = "what is appended to a log that is undone is lost"]
#[derive(Debug)]
pub struct Placed(PathBuf);

impl Placed {
    /// Makes the new name last.
    ///
    /// # Errors
    /// The disk refuses; nothing may be appended then.
    pub fn settle(self) -> Result<(), LogError> {
        let synced = File::open(&self.0).and_then(|folder| folder.sync_all());
        synced.map_err(|source| LogError::File {
            path: self.0.join(LOG_NAME),
            source,
        })
    }
}

fn unfinished(folder: &Path, source: io::Error) -> LogError {
    LogError::File {
        path: folder.join(UNFINISHED_NAME),
        source,
    }
}

fn remove_unfinished(folder: &Path) -> io::Result<()> {
    match std::fs::remove_file(folder.join(UNFINISHED_NAME)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
