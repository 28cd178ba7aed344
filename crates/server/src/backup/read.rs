//! Reads a backup from beginning to end and checks all of it: a part that was changed, left out or cut off is
//! refused before anybody is told what the file holds.
//!
//! Must not know: where rows go.

use super::{
    error::BackupError,
    format::{Head, KIND, Line, Manifest, TableCount, VERSION},
    write::hex,
};
use age::{DecryptError, Decryptor, IdentityFile};
use aws_lc_rs::digest::{self, SHA256};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// Rows that are handed over in one piece.
const BATCH: usize = 200;

/// Takes what is read. What it gets first is not proven yet: it must be able to take it back.
#[async_trait::async_trait]
pub trait Visitor: Send {
    /// The head.
    ///
    /// # Errors
    /// Why the backup is of no use here.
    async fn head(&mut self, head: &Head) -> Result<(), BackupError>;

    /// Rows of a table.
    ///
    /// # Errors
    /// Why they do not fit.
    async fn rows(
        &mut self,
        table: &str,
        columns: &[String],
        rows: Vec<Vec<Value>>,
    ) -> Result<(), BackupError>;
}

/// Reads everything; the manifest is given when it is proven.
///
/// # Errors
/// [`BackupError`].
pub async fn read(
    file: impl Read + Send,
    identity: &Path,
    visitor: &mut dyn Visitor,
) -> Result<Manifest, BackupError> {
    let shown = identity.display().to_string();
    let identities = IdentityFile::from_file(shown.clone())
        .ok()
        .and_then(|file| file.into_identities().ok())
        .filter(|list| !list.is_empty())
        .ok_or(BackupError::Identity(shown))?;
    let decryptor = Decryptor::new_buffered(BufReader::new(file)).map_err(refused)?;
    let plain = decryptor
        .decrypt(identities.iter().map(|one| &**one as &dyn age::Identity))
        .map_err(refused)?;
    let mut lines = Lines(BufReader::with_capacity(64 * 1024, plain));
    let head: Head = match lines.next()? {
        Some(text) => serde_json::from_slice(&text).map_err(|_| BackupError::NoBackup)?,
        None => return Err(BackupError::NoBackup),
    };
    if head.kind != KIND {
        return Err(BackupError::NoBackup);
    }
    if head.version > VERSION {
        return Err(BackupError::Newer {
            found: head.version,
            newest: VERSION,
        });
    }
    visitor.head(&head).await?;
    let mut tables: Vec<Reading> = Vec::new();
    loop {
        // The manifest is the last line: without one, something is missing, however well it decrypts.
        let text = lines.next()?.ok_or(BackupError::Truncated)?;
        let line = serde_json::from_slice(&text)
            .map_err(|_| BackupError::Damaged("a line does not read".to_owned()))?;
        match line {
            Line::Table { name, columns } => {
                if let Some(last) = tables.last_mut() {
                    last.hand_over(visitor).await?;
                }
                tables.push(Reading::new(name, columns));
            }
            Line::Row(cells) => {
                let table = tables
                    .last_mut()
                    .ok_or_else(|| BackupError::Damaged("a row without a table".to_owned()))?;
                table.hash.update(&text);
                table.count += 1;
                table.waiting.push(cells);
                if table.waiting.len() >= BATCH {
                    table.hand_over(visitor).await?;
                }
            }
            Line::Manifest(manifest) => {
                if let Some(last) = tables.last_mut() {
                    last.hand_over(visitor).await?;
                }
                if lines.next()?.is_some() {
                    return Err(BackupError::Damaged("lines after the manifest".to_owned()));
                }
                let found: Vec<_> = tables.into_iter().map(Reading::counted).collect();
                return if manifest.backup == head && manifest.tables == found {
                    Ok(manifest)
                } else {
                    Err(BackupError::Damaged(
                        "the rows are not those of the manifest".to_owned(),
                    ))
                };
            }
        }
    }
}

fn refused(error: DecryptError) -> BackupError {
    match error {
        DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed => {
            BackupError::WrongIdentity
        }
        DecryptError::InvalidHeader | DecryptError::UnknownFormat => BackupError::Foreign,
        DecryptError::Io(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
            BackupError::Truncated
        }
        DecryptError::Io(cause) => BackupError::File(cause),
        other => BackupError::Damaged(other.to_string()),
    }
}

/// A table while it is read.
struct Reading {
    name: String,
    columns: Vec<String>,
    count: u64,
    hash: digest::Context,
    waiting: Vec<Vec<Value>>,
}

impl Reading {
    fn new(name: String, columns: Vec<String>) -> Self {
        Self {
            name,
            columns,
            count: 0,
            hash: digest::Context::new(&SHA256),
            waiting: Vec::new(),
        }
    }

    async fn hand_over(&mut self, visitor: &mut dyn Visitor) -> Result<(), BackupError> {
        let rows = std::mem::take(&mut self.waiting);
        if rows.is_empty() {
            return Ok(());
        }
        visitor.rows(&self.name, &self.columns, rows).await
    }

    fn counted(self) -> TableCount {
        TableCount {
            name: self.name,
            rows: self.count,
            sha256: hex(self.hash.finish().as_ref()),
        }
    }
}

struct Lines<R>(BufReader<R>);

impl<R: Read> Lines<R> {
    /// The next line with its end, or nothing at the proven end of the file.
    fn next(&mut self) -> Result<Option<Vec<u8>>, BackupError> {
        let mut text = Vec::new();
        let length = self
            .0
            .read_until(b'\n', &mut text)
            .map_err(BackupError::reading)?;
        Ok((length > 0).then_some(text))
    }
}
