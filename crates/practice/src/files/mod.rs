//! The bytes of uploaded files: each kept under a name, on disk before the name is given out.
//!
//! Must not know records, jobs or HTTP.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest;
use bytes::Bytes;

/// Name of the folder inside the data folder.
const FOLDER: &str = "files";
/// Ending of a file that is being written.
const UNFINISHED: &str = "part";

/// Files by name: in memory, or in a folder beside the log.
#[derive(Debug, Default)]
pub struct FileStore {
    folder: Option<PathBuf>,
    memory: Mutex<HashMap<String, Bytes>>,
}

impl FileStore {
    /// A store that keeps nothing beyond its own life.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Opens the files of a data folder.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub fn open(data: &Path) -> io::Result<Self> {
        let folder = data.join(FOLDER);
        std::fs::create_dir_all(&folder)?;
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            // The trace of a kill in the middle of a write that was never acknowledged.
            if path.extension().is_some_and(|ending| ending == UNFINISHED) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(Self {
            folder: Some(folder),
            memory: Mutex::default(),
        })
    }

    /// Keeps bytes under the name that follows from them, so that the same file is kept once.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn keep(&self, bytes: &Bytes) -> io::Result<String> {
        let name = hex::encode(digest::digest(&digest::SHA256, bytes));
        self.keep_as(&name, bytes)?;
        Ok(name)
    }

    /// Keeps bytes under a name; what had it before is gone.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn keep_as(&self, name: &str, bytes: &Bytes) -> io::Result<()> {
        let Some(folder) = &self.folder else {
            self.memory().insert(name.to_owned(), bytes.clone());
            return Ok(());
        };
        let unfinished = folder.join(format!("{name}.{UNFINISHED}"));
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, folder.join(name))?;
        // The new name is on disk only when the folder is.
        File::open(folder)?.sync_all()
    }

    /// All bytes of a file.
    ///
    /// # Errors
    /// There is no such file, or it cannot be read.
    pub fn read(&self, name: &str) -> io::Result<Bytes> {
        match &self.folder {
            None => self.in_memory_file(name),
            Some(folder) => std::fs::read(folder.join(name)).map(Bytes::from),
        }
    }

    /// A file to be read piece by piece.
    ///
    /// # Errors
    /// There is no such file.
    pub fn reader(&self, name: &str) -> io::Result<Box<dyn BufRead + Send>> {
        Ok(match &self.folder {
            None => Box::new(Cursor::new(self.in_memory_file(name)?)),
            Some(folder) => Box::new(BufReader::new(File::open(folder.join(name))?)),
        })
    }

    /// Removes a file, if there is one.
    pub fn remove(&self, name: &str) {
        match &self.folder {
            None => drop(self.memory().remove(name)),
            Some(folder) => {
                if let Err(error) = std::fs::remove_file(folder.join(name)) {
                    tracing::debug!(%error, "an uploaded file stays behind");
                }
            }
        }
    }

    fn memory(&self) -> MutexGuard<'_, HashMap<String, Bytes>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_memory_file(&self, name: &str) -> io::Result<Bytes> {
        let found = self.memory().get(name).cloned();
        found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn files_are_kept_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let text = Bytes::from_static(b"a,b\n1,2\n");
        let name = FileStore::open(folder.path()).unwrap().keep(&text).unwrap();
        let again = FileStore::open(folder.path()).unwrap();
        assert_eq!(again.keep(&text).unwrap(), name);
        assert_eq!(again.read(&name).unwrap(), text);
        let mut read = Vec::new();
        again.reader(&name).unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, text);
        again.remove(&name);
        assert_eq!(
            again.read(&name).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }

    #[test]
    fn what_a_kill_left_half_written_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        drop(FileStore::open(folder.path()).unwrap());
        let half = folder.path().join(FOLDER).join("x.part");
        std::fs::write(&half, "half").unwrap();
        drop(FileStore::open(folder.path()).unwrap());
        assert!(!half.exists());
    }

    #[test]
    fn without_a_folder_files_live_in_memory() {
        let store = FileStore::in_memory();
        store.keep_as("a", &Bytes::from_static(b"one")).unwrap();
        assert_eq!(store.read("a").unwrap(), "one");
        store.remove("a");
        assert!(store.reader("a").is_err());
    }
}
