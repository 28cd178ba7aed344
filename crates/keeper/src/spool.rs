//! New tokens that wait on disk for the database: one file for each, synced before anything else is done.
//!
//! What is written is the record as the database will get it, sealed with the data key of its organization and
//! bound to its place, so the file is worth nothing to a thief and cannot be moved to another connection. Must
//! not know: what is inside a record.

use gatelodge_model::{ConnectionId, OrganizationId, Timestamp};
use gatelodge_store::keeper::{NewRecord, RefreshIntent};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// How files of waiting tokens end.
const SUFFIX: &str = "token";

/// The result of a refresh on its way into the database.
#[derive(Debug, Clone)]
pub(crate) struct Fresh {
    pub(crate) organization: OrganizationId,
    pub(crate) connection: ConnectionId,
    pub(crate) intent: RefreshIntent,
    pub(crate) new: NewRecord,
}

/// What a file says before the sealed record. Nothing of it is secret.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u8,
    organization: Uuid,
    connection: Uuid,
    generation: i64,
    fence: i64,
    key_id: String,
    provider: String,
    at: Timestamp,
    next_refresh_at: Option<Timestamp>,
    /// Length of the record, so that a file that was cut off is known.
    record: usize,
}

const FORMAT: u8 = 1;

/// Writes a file and makes it durable.
pub(crate) fn write(folder: &Path, fresh: &Fresh) -> io::Result<PathBuf> {
    let head = Head {
        format: FORMAT,
        organization: fresh.organization.as_uuid(),
        connection: fresh.connection.as_uuid(),
        generation: fresh.intent.generation,
        fence: fresh.intent.fence,
        key_id: fresh.new.key_id.clone(),
        provider: fresh.new.provider.clone(),
        at: fresh.new.at,
        next_refresh_at: fresh.new.next_refresh_at,
        record: fresh.new.record.len(),
    };
    let mut bytes = serde_json::to_vec(&head)?;
    bytes.push(b'\n');
    bytes.extend_from_slice(&fresh.new.record);
    let name = format!("{}.{}.{SUFFIX}", fresh.connection, fresh.intent.fence);
    let path = folder.join(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    // The name must survive as well.
    File::open(folder)?.sync_all()?;
    Ok(path)
}

/// Reads everything that waits in a folder. A file that was cut off while it was written holds nothing: its
/// refresh was never told to be done.
pub(crate) fn read_all(folder: &Path) -> io::Result<Vec<(PathBuf, Fresh)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|suffix| suffix != SUFFIX) {
            continue;
        }
        match parse(&fs::read(&path)?) {
            Some(fresh) => found.push((path, fresh)),
            None => {
                tracing::warn!(file = %path.display(), "a file of waiting tokens is not whole");
            }
        }
    }
    Ok(found)
}

fn parse(bytes: &[u8]) -> Option<Fresh> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(&bytes[..end]).ok()?;
    let record = bytes[end + 1..].to_vec();
    if head.format != FORMAT || record.len() != head.record {
        return None;
    }
    Some(Fresh {
        organization: OrganizationId::from_uuid(head.organization),
        connection: ConnectionId::from_uuid(head.connection),
        intent: RefreshIntent {
            generation: head.generation,
            fence: head.fence,
        },
        new: NewRecord {
            record,
            key_id: head.key_id,
            provider: head.provider,
            at: head.at,
            next_refresh_at: head.next_refresh_at,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::{FixedClock, SeededRandom};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_waits_reads_back_and_a_cut_file_is_nothing() {
        // proves R2: a file cut at any byte is no token
        let folder = tempfile::tempdir().unwrap();
        let (clock, random) = (FixedClock::at(0), SeededRandom::new(1));
        let fresh = Fresh {
            organization: OrganizationId::generate(&clock, &random),
            connection: ConnectionId::generate(&clock, &random),
            intent: RefreshIntent {
                generation: 4,
                fence: 9,
            },
            new: NewRecord {
                record: vec![b'\n', 0, 255, b'{'],
                key_id: "k1".to_owned(),
                provider: "small".to_owned(),
                at: Timestamp::from_timestamp_millis(5).unwrap(),
                next_refresh_at: None,
            },
        };
        let path = write(folder.path(), &fresh).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let found = read_all(folder.path()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].1.intent, &found[0].1.new),
            (fresh.intent, &fresh.new)
        );
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            assert!(
                parse(&whole[..length]).is_none(),
                "cut after {length} bytes"
            );
        }
    }
}
