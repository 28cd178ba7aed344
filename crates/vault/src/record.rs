//! The seal of one record: `version | key id | nonce | ciphertext`, AES-256-GCM (NIST SP 800-38D) with a
//! key of the record's own, derived by HKDF-SHA256 (RFC 5869) from its place.
//!
//! The place (organization, table, row, column, generation) is also authenticated, so that a record opens
//! nowhere else and no longer once its generation is over. A key per record keeps random nonces far from
//! their limit. Must not know: what is inside.

use crate::{
    error::VaultError,
    key::{ID_LENGTH, KEY_LENGTH, KeyId},
};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};
use gatelodge_model::{OrganizationId, Random};
use zeroize::Zeroizing;

/// The format that is written.
const VERSION: u8 = 1;

const TAG_LENGTH: usize = 16;
const HEADER_LENGTH: usize = 1 + ID_LENGTH + NONCE_LEN;

/// Where a record belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Tenant.
    pub organization: OrganizationId,
    /// Table.
    pub table: &'static str,
    /// The row's identity within organization and table, as text.
    pub row: String,
    /// Column.
    pub column: &'static str,
    /// Which state of the row; grows when the record is replaced, so that an old one does not open.
    pub generation: i64,
}

impl Context {
    /// A place: the row by whatever tells it from others.
    pub fn new(
        organization: OrganizationId,
        table: &'static str,
        row: &dyn std::fmt::Display,
        column: &'static str,
        generation: i64,
    ) -> Self {
        Self {
            organization,
            table,
            row: row.to_string(),
            column,
            generation,
        }
    }

    /// One text for one place: every part with its length before it.
    fn encode(&self, purpose: &str, key_id: KeyId) -> Vec<u8> {
        let organization = self.organization.as_uuid();
        let generation = self.generation.to_be_bytes();
        let parts: [&[u8]; 7] = [
            purpose.as_bytes(),
            &key_id.0,
            organization.as_bytes(),
            self.table.as_bytes(),
            self.row.as_bytes(),
            self.column.as_bytes(),
            &generation,
        ];
        let mut encoded = vec![VERSION];
        for part in parts {
            encoded.extend_from_slice(&(part.len() as u64).to_be_bytes());
            encoded.extend_from_slice(part);
        }
        encoded
    }
}

/// The key that a record was sealed with, as far as its first bytes can be trusted.
pub fn key_id_of(record: &[u8]) -> Option<KeyId> {
    let id = record.get(1..=ID_LENGTH)?;
    id.try_into().ok().map(KeyId)
}

pub(crate) fn seal(
    key: &[u8; KEY_LENGTH],
    key_id: KeyId,
    context: &Context,
    plaintext: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce);
    let mut record = Vec::with_capacity(HEADER_LENGTH + plaintext.len() + TAG_LENGTH);
    record.push(VERSION);
    record.extend_from_slice(&key_id.0);
    record.extend_from_slice(&nonce);
    record.extend_from_slice(plaintext);
    let tag = record_key(key, key_id, context)
        .and_then(|key| {
            key.seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.encode("authenticate", key_id)),
                &mut record[HEADER_LENGTH..],
            )
            .ok()
        })
        .ok_or(VaultError::Seal)?;
    record.extend_from_slice(tag.as_ref());
    Ok(record)
}

pub(crate) fn open(
    key: &[u8; KEY_LENGTH],
    key_id: KeyId,
    context: &Context,
    record: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (header, sealed) = record
        .split_at_checked(HEADER_LENGTH)
        .ok_or(VaultError::Integrity)?;
    if header[0] != VERSION || header[1..=ID_LENGTH] != key_id.0 {
        return Err(VaultError::Integrity);
    }
    let nonce = Nonce::try_assume_unique_for_key(&header[1 + ID_LENGTH..])
        .map_err(|_| VaultError::Integrity)?;
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let length = record_key(key, key_id, context)
        .and_then(|key| {
            let aad = Aad::from(context.encode("authenticate", key_id));
            key.open_in_place(nonce, aad, &mut buffer)
                .ok()
                .map(|plaintext| plaintext.len())
        })
        .ok_or(VaultError::Integrity)?;
    buffer.truncate(length);
    Ok(buffer)
}

fn record_key(key: &[u8; KEY_LENGTH], key_id: KeyId, context: &Context) -> Option<LessSafeKey> {
    let info = context.encode("derive", key_id);
    let root = Salt::new(HKDF_SHA256, b"gatelodge.record.v1").extract(key);
    let derived = root
        .expand(&[&info], &AES_256_GCM)
        .ok()
        .map(UnboundKey::from);
    derived.map(LessSafeKey::new)
}
