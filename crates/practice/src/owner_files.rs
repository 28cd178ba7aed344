//! The files with which an owner shapes an org: objects and fields (`--schema`) and records (`--seed`).
//!
//! Finds and reads files; what is in them is understood by `org`.

use std::path::{Path, PathBuf};

use crate::error::PracticeError;
use crate::org::SeedFile;

/// The text of a schema file, with the name that errors show.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn schema(path: &Path) -> Result<(String, String), PracticeError> {
    Ok((name(path), read(path)?))
}

/// One CSV file, or all CSV files of a folder in the order of their names.
///
/// # Errors
/// When the folder or a file cannot be read, or there is no CSV file.
pub(crate) fn seed(path: &Path) -> Result<Vec<SeedFile>, PracticeError> {
    let fail = |source| PracticeError::OwnerFile {
        path: path.to_owned(),
        source,
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(fail)? {
            let entry = entry.map_err(fail)?.path();
            if entry
                .extension()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("csv"))
            {
                paths.push(entry);
            }
        }
        paths.sort();
    } else {
        paths.push(path.to_owned());
    }
    if paths.is_empty() {
        let reason = std::io::Error::new(std::io::ErrorKind::NotFound, "there is no CSV file");
        return Err(fail(reason));
    }
    paths
        .iter()
        .map(|path| {
            let object = path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned());
            Ok(SeedFile {
                name: name(path),
                object: object.unwrap_or_default(),
                text: read(path)?,
            })
        })
        .collect()
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn read(path: &Path) -> Result<String, PracticeError> {
    std::fs::read_to_string(path).map_err(|source| PracticeError::OwnerFile {
        path: path.to_owned(),
        source,
    })
}
