//! Hashing and checking passwords: Argon2id with 64 MiB and three passes (RFC 9106 §4, second choice).
//!
//! Must not know: people.

use crate::Hub;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use gatelodge_model::{Error, Result, Secret};
use std::sync::Arc;

const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// Shortest password that is taken (NIST SP 800-63B-4 §3.1.1.2 asks for 15 where it is the only factor; we
/// throttle and take 12).
const MIN_CHARACTERS: usize = 12;
const MAX_BYTES: usize = 1024;

/// Whether a new password may be used.
pub(crate) fn check_length(password: &Secret) -> Result<()> {
    let characters = password.expose().chars().count();
    if characters < MIN_CHARACTERS || password.expose().len() > MAX_BYTES {
        return Err(Error::invalid(
            "password",
            format!(
                "A password has at least {MIN_CHARACTERS} characters and at most {MAX_BYTES} bytes; this one has {characters} characters."
            ),
        ));
    }
    Ok(())
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

impl Hub {
    /// Hashes a new password.
    pub(crate) async fn hash_password(&self, password: Secret) -> Result<String> {
        let mut salt = [0_u8; 16];
        self.random.fill(&mut salt);
        self.on_hashing_thread(move || {
            let hash = hasher()?
                .hash_password_with_salt(password.expose().as_bytes(), &salt)
                .map_err(Error::internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Checks a password. Without a hash the same work is done and the answer is no.
    pub(crate) async fn verify_password(
        &self,
        hash: Option<String>,
        password: Secret,
    ) -> Result<bool> {
        self.on_hashing_thread(move || {
            let hasher = hasher()?;
            if let Some(hash) = hash {
                let parsed = PasswordHash::new(&hash).map_err(Error::internal)?;
                return Ok(hasher
                    .verify_password(password.expose().as_bytes(), &parsed)
                    .is_ok());
            }
            hasher
                .hash_password_with_salt(password.expose().as_bytes(), &[0; 16])
                .map_err(Error::internal)?;
            Ok(false)
        })
        .await
    }

    async fn on_hashing_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = Arc::clone(&self.password_hashing)
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(Error::internal)?
    }
}
