//! For fields of bytes: `#[serde(with = "wire::bytes")]` puts them beside the head, which holds their number.
//!
//! Must not know: what the bytes are.

use super::{SCOPE, Scope};
use bytes::Bytes;
use serde::{Deserialize as _, Deserializer, Serializer, de, ser};

/// What can lie beside the head.
pub trait Carried: Sized {
    /// A copy, or a second handle.
    fn carry(&self) -> Bytes;
    /// The way back.
    fn arrive(bytes: Bytes) -> Self;
}

impl Carried for Bytes {
    fn carry(&self) -> Bytes {
        self.clone()
    }
    fn arrive(bytes: Bytes) -> Self {
        bytes
    }
}

impl Carried for Vec<u8> {
    fn carry(&self) -> Bytes {
        Bytes::copy_from_slice(self)
    }
    fn arrive(bytes: Bytes) -> Self {
        bytes.into()
    }
}

/// Writes the number and lays the bytes beside.
///
/// # Errors
/// When the value is not being packed.
pub fn serialize<S: Serializer, T: Carried>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let bytes = value.carry();
    let length = bytes.len() as u64;
    SCOPE.with_borrow_mut(|scope| match scope {
        Some(Scope::Packing(beside)) => {
            beside.push(bytes);
            Ok(())
        }
        _ => Err(ser::Error::custom("bytes travel in a packet only")),
    })?;
    serializer.serialize_u64(length)
}

/// Reads the number and takes as many bytes.
///
/// # Errors
/// When the packet holds fewer.
pub fn deserialize<'de, D: Deserializer<'de>, T: Carried>(deserializer: D) -> Result<T, D::Error> {
    let length = usize::deserialize(deserializer)?;
    SCOPE.with_borrow_mut(|scope| match scope {
        Some(Scope::Unpacking(rest)) if rest.len() >= length => {
            Ok(T::arrive(rest.split_to(length)))
        }
        _ => Err(de::Error::custom("the packet holds fewer bytes")),
    })
}
