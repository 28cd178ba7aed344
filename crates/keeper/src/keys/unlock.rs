//! Giving the keeper its key: from a passphrase, or by reading the configured sources again.
//!
//! Wrong tries are few and slow, and change nothing. Must not know: who types.

use super::{KEY_CHECK, PASSPHRASE};
use crate::keeper::Inner;
use gatelodge_keeper_client::{KeeperResult, SealState, Unlock};
use gatelodge_model::{Error, ErrorKind, Secret, Timestamp, WhoMustAct};
use gatelodge_vault::{Kek, PassphraseParameters, Vault, check_new_passphrase, key_of_check_value};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Wrong tries that cost nothing but their second of work.
const FREE_TRIES: u32 = 3;

/// The longest pause between tries, in seconds.
const LONGEST_PAUSE: i64 = 300;

/// Tries to unlock, one at a time.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<Failures>);

#[derive(Default)]
struct Failures {
    count: u32,
    quiet_until: Option<Timestamp>,
}

impl Inner {
    pub(crate) async fn key_state(&self) -> KeeperResult<SealState> {
        let vault = self.sealing.vault();
        let settings = self.store.store().settings();
        let check = settings.get(KEY_CHECK).await.map_err(Error::from)?;
        let passphrase = settings.get(PASSPHRASE).await.map_err(Error::from)?;
        let wanted = check.as_deref().and_then(key_of_check_value);
        Ok(SealState {
            sealed: vault.is_sealed(),
            kek: vault.kek_id().or(wanted).map(|id| id.to_string()),
            by_passphrase: passphrase.is_some() || vault.sources().is_empty(),
            first: check.is_none(),
        })
    }

    /// Whether the keeper has its key; every use of it asks first.
    pub(crate) fn unsealed(&self) -> Result<(), Error> {
        if self.sealing.vault().is_sealed() {
            return Err(Error::sealed());
        }
        Ok(())
    }

    pub(crate) async fn unlock(&self, unlock: Unlock) -> KeeperResult<SealState> {
        // Held while a key is derived: that takes much memory.
        let mut failures = self.attempts.0.lock().await;
        if self.unsealed().is_ok() {
            return self.key_state().await;
        }
        let now = self.clock.now();
        let waits = failures
            .quiet_until
            .filter(|until| now < *until && (*until - now).num_seconds() <= LONGEST_PAUSE);
        if let Some(until) = waits {
            let seconds = (until - now).num_seconds() + 1;
            return Err(Error::new(
                ErrorKind::RateLimited,
                format!("Too many wrong tries. Try again in {seconds} seconds."),
            )
            .into());
        }
        match self.try_to_unlock(unlock).await {
            Ok(()) => {
                *failures = Failures::default();
                tracing::info!("unlocked");
                self.key_work.notify_one();
                drop(failures);
                self.key_state().await
            }
            Err(error) => {
                if error.kind() == ErrorKind::Forbidden {
                    failures.count += 1;
                    let beyond = failures.count.saturating_sub(FREE_TRIES);
                    let pause = (1_i64 << beyond.min(9)).min(LONGEST_PAUSE);
                    failures.quiet_until =
                        (beyond > 0).then(|| now + chrono::TimeDelta::seconds(pause));
                    tracing::warn!(tries = failures.count, "a wrong key was offered");
                }
                Err(error.into())
            }
        }
    }

    async fn try_to_unlock(&self, unlock: Unlock) -> Result<(), Error> {
        let settings = self.store.store().settings();
        let check = settings.get(KEY_CHECK).await?;
        let kek = match unlock {
            Unlock::Passphrase(words) => self.derive(words, check.is_none()).await?,
            Unlock::ReadAgain => self.read_again()?,
        };
        // Tried on a vault of its own, so that a wrong key never seals anything.
        let trial = Vault::new(kek.clone(), Arc::clone(&self.random));
        let value = trial.check_value().ok_or_else(Error::sealed)?;
        let stored = settings.get_or_set(KEY_CHECK, &value).await?;
        trial.verify_check_value(&stored).map_err(|cause| {
            Error::new(
                ErrorKind::Forbidden,
                "This is not the key that this database was sealed with. Nothing was changed.",
            )
            .with_context("cause", cause)
            .with_hint(WhoMustAct::Operator, "Try again with the right one.")
        })?;
        self.sealing.vault().add(kek);
        Ok(())
    }

    fn read_again(&self) -> Result<Kek, Error> {
        let sources = self.sealing.vault().sources();
        let mut last = None;
        for source in sources {
            match source.kek() {
                Ok(kek) => return Ok(kek),
                Err(error) => last = last.or(Some(error)),
            }
        }
        Err(match last {
            Some(error) => error.into(),
            None => Error::new(
                ErrorKind::Misconfigured,
                "This installation is unlocked with a passphrase.",
            ),
        })
    }

    async fn derive(&self, words: Secret, first: bool) -> Result<Kek, Error> {
        let settings = self.store.store().settings();
        let stored = settings.get(PASSPHRASE).await?;
        let text = match stored {
            Some(text) => text,
            None if first => {
                check_new_passphrase(&words)?;
                let fresh = self
                    .timeouts
                    .passphrase_cost
                    .parameters(self.random.as_ref());
                settings.get_or_set(PASSPHRASE, &fresh.to_string()).await?
            }
            None => {
                return Err(Error::new(
                    ErrorKind::Misconfigured,
                    "This database was sealed with a key file and has no passphrase.",
                )
                .with_hint(
                    WhoMustAct::Operator,
                    "Put the key back to where keys.file says, then unlock without a passphrase.",
                ));
            }
        };
        let parameters = PassphraseParameters::parse(&text).ok_or_else(|| {
            Error::new(
                ErrorKind::Integrity,
                format!("The stored record settings/{PASSPHRASE} cannot be read."),
            )
        })?;
        tokio::task::spawn_blocking(move || parameters.kek(&words))
            .await
            .map_err(Error::internal)?
            .map_err(Error::from)
    }
}
