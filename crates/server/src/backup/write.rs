//! Writes a backup while others go on working.
//!
//! Must not know: where the file is.

use super::{
    error::BackupError,
    format::{Head, KIND, Line, Manifest, TableCount, TokenState, VERSION},
};
use age::{Encryptor, x25519};
use aws_lc_rs::digest::{self, SHA256};
use gatelodge_model::{ConnectionId, OrganizationId, Timestamp};
use gatelodge_store::{
    Store, StoreError,
    backup::{Cell, Table},
};
use serde::Serialize;
use std::io::{BufWriter, Write};
use uuid::Uuid;

/// Where credentials are.
const CREDENTIALS: &str = "credentials";

/// Writes everything to `out`, encrypted to the recipients; gives what was written.
///
/// # Errors
/// [`BackupError`].
pub async fn write(
    store: &Store,
    at: Timestamp,
    recipients: &[String],
    out: impl Write,
) -> Result<Manifest, BackupError> {
    let recipients = recipients
        .iter()
        .map(|text| {
            text.trim()
                .parse::<x25519::Recipient>()
                .map_err(|_| BackupError::Recipient(text.clone()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let encryptor = Encryptor::with_recipients(
        recipients
            .iter()
            .map(|recipient| recipient as &dyn age::Recipient),
    )
    .map_err(|_| BackupError::NoRecipient)?;
    let snapshot = store.snapshot().await?;
    let instance = store
        .settings()
        .instance()
        .await?
        .map_or(Uuid::nil(), |instance| instance.id);
    let head = Head {
        kind: KIND.to_owned(),
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        at,
        instance,
        steps: snapshot.steps().to_vec(),
    };
    let sealed = encryptor.wrap_output(out).map_err(BackupError::File)?;
    let mut lines = BufWriter::with_capacity(64 * 1024, sealed);
    line(&mut lines, &head)?;
    let mut manifest = Manifest {
        backup: head,
        tables: Vec::new(),
        generations: Vec::new(),
    };
    for table in snapshot.tables() {
        let columns = table.columns.iter().map(|column| column.name.clone());
        line(
            &mut lines,
            &Line::Table {
                name: table.name.clone(),
                columns: columns.collect(),
            },
        )?;
        let mut hash = digest::Context::new(&SHA256);
        let mut rows = 0;
        snapshot
            .rows(table, |row| {
                if is_of_this_installation_only(table, &row) {
                    return Ok(());
                }
                if table.name == CREDENTIALS {
                    manifest.generations.extend(generation(table, &row));
                }
                let cells = row.iter().map(Cell::to_json).collect();
                let text = line(&mut lines, &Line::Row(cells))?;
                hash.update(&text);
                rows += 1;
                Ok::<_, BackupError>(())
            })
            .await?;
        manifest.tables.push(TableCount {
            name: table.name.clone(),
            rows,
            sha256: hex(hash.finish().as_ref()),
        });
    }
    line(&mut lines, &Line::Manifest(manifest.clone()))?;
    let sealed = lines
        .into_inner()
        .map_err(|cause| BackupError::File(cause.into_error()))?;
    sealed
        .finish()
        .and_then(|mut out| out.flush())
        .map_err(BackupError::File)?;
    Ok(manifest)
}

/// How often each stored credential was replaced.
///
/// # Errors
/// [`BackupError::Store`].
pub async fn generations(store: &Store) -> Result<Vec<TokenState>, BackupError> {
    let snapshot = store.snapshot().await?;
    let mut found = Vec::new();
    for table in snapshot.tables() {
        if table.name == CREDENTIALS {
            snapshot
                .rows(table, |row| {
                    found.extend(generation(table, &row));
                    Ok::<_, BackupError>(())
                })
                .await?;
        }
    }
    Ok(found)
}

/// The identity and the keeper's leave to send stay behind: a copy must not be taken for the original (R16).
fn is_of_this_installation_only(table: &Table, row: &[Cell]) -> bool {
    let says = |column: &str, word: &str| {
        table
            .columns
            .iter()
            .zip(row)
            .any(|(known, cell)| known.name == column && *cell == Cell::Text(word.to_owned()))
    };
    (table.name == "settings" && says("name", "instance.identity"))
        || (table.name == "sealed_records" && says("kind", "activation"))
}

fn generation(table: &Table, row: &[Cell]) -> Option<TokenState> {
    let cell = |name: &str| {
        let at = table
            .columns
            .iter()
            .position(|column| column.name == name)?;
        row.get(at)
    };
    match (
        cell("organization_id")?,
        cell("connection_id")?,
        cell("generation")?,
        cell("updated_at")?,
    ) {
        (
            Cell::Uuid(organization),
            Cell::Uuid(connection),
            Cell::Integer(generation),
            Cell::Time(at),
        ) => Some(TokenState {
            organization: OrganizationId::from_uuid(*organization),
            connection: ConnectionId::from_uuid(*connection),
            generation: *generation,
            at: *at,
        }),
        _ => None,
    }
}

fn line(out: &mut impl Write, value: &impl Serialize) -> Result<Vec<u8>, BackupError> {
    let mut text = serde_json::to_vec(value).map_err(|cause| StoreError::Internal {
        reason: cause.to_string(),
    })?;
    text.push(b'\n');
    out.write_all(&text).map_err(BackupError::File)?;
    Ok(text)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
