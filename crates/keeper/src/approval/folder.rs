//! The keeper's own folder: what must not depend on the database, because whoever can write the database must not
//! be able to take it back. Files are made for their owner only and are on the disk before anything follows.
//!
//! Must not know: what the files mean.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// A folder of the keeper's.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder where there is none.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Waits until no other process works here, until the returned file is dropped.
    pub(crate) fn lock(&self, name: &str) -> io::Result<File> {
        let file = options().open(self.0.join(name))?;
        file.lock()?;
        Ok(file)
    }

    /// Opens a file for reading and writing, and makes it durable that it is there.
    pub(crate) fn file(&self, name: &str) -> io::Result<File> {
        let path = self.0.join(name);
        let is_new = !path.exists();
        let file = options().open(path)?;
        if is_new {
            self.sync()?;
        }
        Ok(file)
    }

    /// Puts another content in the place of a file, in one step.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let beside = self.0.join(format!("{name}.new"));
        let mut file = options().truncate(true).open(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&beside, self.0.join(name))?;
        self.sync()
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    options
}
