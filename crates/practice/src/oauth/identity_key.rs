//! The key that signs identity tokens, made when the first one is asked for.
//!
//! With a data folder it stays the same over a restart. Must not know what is signed.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::oauth::der;
use crate::oauth::secrets::Digest;
use crate::tls::write_private;

/// Name of the key inside the data folder.
const KEY_NAME: &str = "practice-identity-key.der";

/// The key cannot be made, kept or used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("cannot make or use the identity key")]
    Refused,
    #[error("cannot keep the identity key: {0}")]
    File(#[from] std::io::Error),
}

/// A signing key that is there when it is needed.
pub(crate) struct IdentityKey {
    path: Option<PathBuf>,
    pair: OnceLock<KeyPair>,
}

impl IdentityKey {
    /// A key that is kept in this folder, or nowhere.
    pub(crate) fn in_folder(folder: Option<&Path>) -> Self {
        Self {
            path: folder.map(|folder| folder.join(KEY_NAME)),
            pair: OnceLock::new(),
        }
    }

    fn pair(&self) -> Result<&KeyPair, KeyError> {
        if let Some(pair) = self.pair.get() {
            return Ok(pair);
        }
        let pair = self.load_or_make()?;
        Ok(self.pair.get_or_init(|| pair))
    }

    fn load_or_make(&self) -> Result<KeyPair, KeyError> {
        if let Some(path) = self.path.as_ref().filter(|path| path.is_file()) {
            return KeyPair::from_pkcs8(&std::fs::read(path)?).map_err(|_| KeyError::Refused);
        }
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Refused)?;
        if let Some(path) = &self.path {
            let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Refused)?;
            write_private(path, der.as_ref())?;
        }
        Ok(pair)
    }

    /// A compact signed token (RFC 7515) with these claims.
    ///
    /// # Errors
    /// The key cannot be made or kept.
    #[expect(
        clippy::disallowed_methods,
        reason = "the interface asks for a generator, but this kind of signature has nothing random"
    )]
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        let pair = self.pair()?;
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": key_id(pair)});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )
        .map_err(|_| KeyError::Refused)?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public half as a set of keys (RFC 7517).
    ///
    /// # Errors
    /// The key cannot be made or kept.
    pub(crate) fn public_set(&self) -> Result<Value, KeyError> {
        let pair = self.pair()?;
        let public = pair.public_key().as_ref();
        let (modulus, exponent) = der::rsa_numbers(public).ok_or(KeyError::Refused)?;
        Ok(json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": key_id(pair),
            "n": URL_SAFE_NO_PAD.encode(modulus),
            "e": URL_SAFE_NO_PAD.encode(exponent),
        }]}))
    }
}

/// A short name of the key that changes with it.
fn key_id(pair: &KeyPair) -> String {
    let public = hex::encode(pair.public_key().as_ref());
    Digest::of(&public).fingerprint()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stays_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = IdentityKey::in_folder(Some(folder.path()))
            .public_set()
            .unwrap();
        let second = IdentityKey::in_folder(Some(folder.path()))
            .public_set()
            .unwrap();
        assert_eq!(first, second);
        assert_eq!(first["keys"][0]["e"], "AQAB");
    }
}
