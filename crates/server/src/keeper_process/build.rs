//! Which build of the program this is: hub and keeper must be of the same.
//!
//! Must not know: what a difference means.

use std::{fs, os::unix::fs::MetadataExt as _};

/// Version, length and time of the program's file, as the running process sees it: a file that was replaced
/// since belongs to another build, even of the same version.
pub fn build() -> String {
    let version = env!("CARGO_PKG_VERSION");
    match fs::metadata("/proc/self/exe") {
        Ok(file) => format!(
            "{version} {:x}-{:x}.{:x}",
            file.size(),
            file.mtime(),
            file.mtime_nsec()
        ),
        Err(_) => version.to_owned(),
    }
}
