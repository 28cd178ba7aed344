//! How calls to the keeper travel: a head in JSON and, beside it, the raw bytes that JSON would blow up.
//!
//! [`pack`] and [`unpack`] are the only ways in and out. Two helpers for fields work inside them and nowhere
//! else: [`secret`] writes a [`Secret`](gatelodge_model::Secret), [`bytes`] puts bytes beside the head. A value
//! that holds a secret therefore cannot be serialised into a log line or a page by mistake: it fails. Must not
//! know: what carries a packet.

pub mod bytes;
mod download;
pub mod secret;
mod table;

pub use download::{DOWNLOAD, DownloadHead, Streamed, dispatch_download};
pub use table::{METHODS, Method, dispatch};

use crate::{KeeperFailure, KeeperResult};
use ::bytes::{Bytes, BytesMut};
use gatelodge_model::Error;
use gatelodge_provider::ProviderResponse;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::cell::RefCell;

/// A packed value.
#[derive(Clone, Default)]
pub struct Packet {
    /// JSON. Never logged: it may hold secrets.
    pub head: Bytes,
    /// The raw bytes, in the order in which the head counts them; one after the other they are what
    /// [`unpack`] takes them from.
    pub beside: Vec<Bytes>,
}

impl Packet {
    /// A packet as it arrived: the bytes in one piece.
    pub fn arrived(head: Bytes, beside: Bytes) -> Self {
        Self {
            head,
            beside: vec![beside],
        }
    }

    /// How many raw bytes it carries.
    pub fn bytes_beside(&self) -> usize {
        self.beside.iter().map(Bytes::len).sum()
    }
}

/// What the helpers for fields work with while a value is packed or unpacked.
enum Scope {
    Packing(Vec<Bytes>),
    Unpacking(Bytes),
}

thread_local! {
    /// Serde hands nothing through to a field's helper, and packing never waits: the thread is the scope.
    static SCOPE: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// Ends the scope however packing ends.
struct InScope;

impl InScope {
    fn enter(scope: Scope) -> Self {
        SCOPE.set(Some(scope));
        Self
    }
}

impl Drop for InScope {
    fn drop(&mut self) {
        SCOPE.set(None);
    }
}

/// Packs a value.
///
/// # Errors
/// `internal` when its type has no JSON form.
pub fn pack<T: Serialize>(value: &T) -> Result<Packet, Error> {
    let _scope = InScope::enter(Scope::Packing(Vec::new()));
    let head = serde_json::to_vec(value).map_err(|cause| broken(&cause))?;
    let beside = match SCOPE.take() {
        Some(Scope::Packing(beside)) => beside,
        _ => Vec::new(),
    };
    Ok(Packet {
        head: head.into(),
        beside,
    })
}

/// Unpacks a value.
///
/// # Errors
/// `internal` when the packet holds something else.
pub fn unpack<T: DeserializeOwned>(packet: Packet) -> Result<T, Error> {
    let Packet { head, mut beside } = packet;
    let beside = match (beside.pop(), beside.is_empty()) {
        (None, _) => Bytes::new(),
        (Some(only), true) => only,
        (Some(last), false) => joined(&beside, &last),
    };
    let _scope = InScope::enter(Scope::Unpacking(beside));
    let value = serde_json::from_slice(&head).map_err(|cause| broken(&cause))?;
    match SCOPE.take() {
        Some(Scope::Unpacking(rest)) if rest.is_empty() => Ok(value),
        _ => Err(broken("bytes are left over")),
    }
}

fn joined(first: &[Bytes], last: &Bytes) -> Bytes {
    let mut all = BytesMut::new();
    for piece in first {
        all.extend_from_slice(piece);
    }
    all.extend_from_slice(last);
    all.freeze()
}

/// Serde's own words may quote a value; its category and place do not.
fn broken(cause: impl Into<Broken>) -> Error {
    Error::internal("a message between hub and keeper cannot be read or written")
        .with_context("reason", cause.into().0)
}

struct Broken(String);

impl From<&serde_json::Error> for Broken {
    fn from(error: &serde_json::Error) -> Self {
        Self(format!(
            "{:?} at column {}",
            error.classify(),
            error.column()
        ))
    }
}

impl From<&str> for Broken {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Packs what a call gave: a value, or its failure.
pub fn pack_result<T: Serialize>(result: KeeperResult<T>) -> Result<Packet, Packet> {
    let failure = match result {
        Ok(value) => match pack(&value) {
            Ok(packet) => return Ok(packet),
            Err(error) => KeeperFailure::from(error),
        },
        Err(failure) => failure,
    };
    // A failure is text and words; should it not pack, the other side says that it cannot read the answer.
    Err(pack(&failure).unwrap_or_default())
}

/// A provider's answer on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    #[serde(with = "bytes")]
    body: Bytes,
}

impl From<ProviderResponse> for Answer {
    fn from(response: ProviderResponse) -> Self {
        let ProviderResponse {
            status,
            headers,
            body,
        } = response;
        Self {
            status,
            headers,
            body,
        }
    }
}

impl From<Answer> for ProviderResponse {
    fn from(answer: Answer) -> Self {
        let Answer {
            status,
            headers,
            body,
        } = answer;
        Self {
            status,
            headers,
            body,
        }
    }
}

/// Bytes on their way, where a call gives nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw(#[serde(with = "bytes")] Bytes);

impl From<Vec<u8>> for Raw {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<Raw> for Vec<u8> {
    fn from(raw: Raw) -> Self {
        raw.0.into()
    }
}

#[cfg(test)]
mod tests;
