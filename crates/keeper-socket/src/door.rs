//! Binding the socket: in a folder that only its owner may enter, as a file that only its owner may open.
//!
//! Whoever binds must hold the keeper's lock, because a file that a dead keeper left is taken away. Must not
//! know: who connects.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};
use tokio::net::UnixListener;

/// The longest path that fits into `sockaddr_un` on Linux (unix(7)), without its end.
pub const LONGEST_PATH: usize = 107;

/// Why the socket cannot be bound.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The path does not fit into a socket's address.
    #[error("{} is longer than a socket's path may be ({LONGEST_PATH} bytes)", .0.display())]
    TooLong(PathBuf),
    /// Others may enter the folder.
    #[error("{} must belong to this user and be closed to all others (mode 0700)", .0.display())]
    Open(PathBuf),
    /// There is a file that is no socket.
    #[error("{} is not a socket; it was left alone", .0.display())]
    Other(PathBuf),
    /// The system refused.
    #[error("{path}: {cause}")]
    System {
        /// Of which file.
        path: String,
        /// What it said.
        cause: io::Error,
    },
}

/// A bound socket. The file goes when this does.
#[derive(Debug)]
pub struct Door {
    pub(crate) listener: UnixListener,
    file: File,
}

/// The socket's file, as this door made it.
#[derive(Debug)]
struct File {
    path: PathBuf,
    inode: u64,
}

impl Door {
    /// Binds it. Must run inside a Tokio runtime.
    ///
    /// # Errors
    /// [`DoorError`], with what to change.
    pub fn open(path: &Path) -> Result<Self, DoorError> {
        let system = |cause| DoorError::System {
            path: path.display().to_string(),
            cause,
        };
        if path.as_os_str().len() > LONGEST_PATH {
            return Err(DoorError::TooLong(path.to_owned()));
        }
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(system)?;
        let found = fs::metadata(folder).map_err(system)?;
        if found.mode() & 0o077 != 0 {
            return Err(DoorError::Open(folder.to_owned()));
        }
        match fs::symlink_metadata(path) {
            Ok(old) if old.file_type().is_socket() => fs::remove_file(path).map_err(system)?,
            Ok(_) => return Err(DoorError::Other(path.to_owned())),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(system(cause)),
        }
        let listener = UnixListener::bind(path).map_err(system)?;
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(system)?;
        let inode = fs::symlink_metadata(path).map_err(system)?.ino();
        Ok(Self {
            listener,
            file: File {
                path: path.to_owned(),
                inode,
            },
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.file.path
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // The next keeper may have bound its own already.
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode);
        if ours && let Err(cause) = fs::remove_file(&self.path) {
            tracing::debug!(%cause, "the socket's file stays behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_is_its_owners_only() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("keeper/keeper.sock");
        let door = Door::open(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        drop(door);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_a_dead_keeper_left_is_taken_away_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("keeper/keeper.sock");
        let dead = Door::open(&path).unwrap();
        let living = Door::open(&path).unwrap();
        // the first one's end leaves the second one's file alone
        drop(dead);
        assert!(path.exists());
        drop(living);
        fs::write(&path, "a file").unwrap();
        assert!(matches!(Door::open(&path), Err(DoorError::Other(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a file");
    }

    #[tokio::test]
    async fn an_open_folder_and_a_long_path_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let open = place.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
        let refused = Door::open(&open.join("keeper.sock"));
        assert!(matches!(refused, Err(DoorError::Open(_))), "{refused:?}");
        let long = place.path().join("x".repeat(120));
        assert!(matches!(Door::open(&long), Err(DoorError::TooLong(_))));
    }
}
