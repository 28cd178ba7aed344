//! Where the operator's keys come from, as the configuration says: a file, a systemd credential, the
//! environment, or a passphrase that is given later.
//!
//! Must not know: what keys open.

use crate::config::{Config, KeySource, MissingKey};
use anyhow::Context as _;
use gatelodge_keeper::key_file_in_use;
use gatelodge_model::{Random, Secret};
use gatelodge_store::Store;
use gatelodge_vault::{KeyError, KeyFile, KeyProvider, KeyText, Vault, key_of_check_value};
use std::{path::Path, sync::Arc};

/// The environment variable that holds the key where there is no key file.
const KEY_VARIABLE: &str = "GATELODGE_KEY";

/// The name of the systemd credential.
const CREDENTIAL: &str = "gatelodge.key";

/// A source that is configured and not there.
struct Absent(fn() -> KeyError);

impl KeyProvider for Absent {
    fn kek(&self) -> Result<gatelodge_vault::Kek, KeyError> {
        Err((self.0)())
    }
}

/// The keys of a configuration: those that are there, and where to look for others later. Sealed where the
/// configuration wants that.
///
/// # Errors
/// What is wrong with a key, and what to do.
pub(super) fn open_vault(config: &Config, random: &Arc<dyn Random>) -> anyhow::Result<Vault> {
    if config.keys.source == KeySource::Passphrase {
        return Ok(Vault::sealed(Arc::clone(random)));
    }
    let first = key_provider(config);
    let mut sources = vec![Arc::clone(&first)];
    for file in &config.keys.previous_files {
        let path = config.folder.join(file);
        sources.push(Arc::new(KeyFile::new(path, Some(config.data_dir()))));
    }
    let vault = match first.kek() {
        Ok(kek) => Vault::new(kek, Arc::clone(random)),
        Err(error) if may_start_sealed(config, &error) => {
            tracing::warn!(%error, "started sealed; `gatelodge unlock` opens it");
            return Ok(Vault::sealed(Arc::clone(random)).with_sources(sources));
        }
        Err(error) => return Err(error).context("the key cannot be used"),
    };
    for previous in &sources[1..] {
        let kek = previous
            .kek()
            .context("a key of keys.previous_files cannot be used")?;
        vault.add(kek);
    }
    Ok(vault.with_sources(sources))
}

fn may_start_sealed(config: &Config, error: &KeyError) -> bool {
    config.keys.missing == MissingKey::StartSealed
        && matches!(
            error,
            KeyError::Missing { .. }
                | KeyError::NotInEnvironment { .. }
                | KeyError::NoCredentialsDirectory { .. }
        )
}

/// Where this configuration's key comes from.
pub(crate) fn key_provider(config: &Config) -> Arc<dyn KeyProvider> {
    match config.keys.source {
        KeySource::Systemd => match from_environment("CREDENTIALS_DIRECTORY") {
            Some(folder) => Arc::new(KeyFile::systemd_credential(
                Path::new(folder.expose()),
                CREDENTIAL,
            )),
            None => Arc::new(Absent(|| KeyError::NoCredentialsDirectory {
                name: CREDENTIAL,
            })),
        },
        KeySource::Environment | KeySource::File => match from_environment(KEY_VARIABLE) {
            Some(key) => Arc::new(KeyText::new(
                key,
                format!("the environment variable {KEY_VARIABLE}"),
            )),
            None if config.keys.source == KeySource::Environment => {
                Arc::new(Absent(|| KeyError::NotInEnvironment { name: KEY_VARIABLE }))
            }
            None => Arc::new(KeyFile::new(config.key_file(), Some(config.data_dir()))),
        },
        KeySource::Passphrase => Arc::new(Absent(|| KeyError::Sealed)),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the key's documented places besides the key file"
)]
fn from_environment(name: &str) -> Option<Secret> {
    std::env::var(name)
        .ok()
        .filter(|text| !text.is_empty())
        .map(Secret::new)
}

/// Refuses keys that are not those of this database. A key that was taken into use while the hub ran, and that
/// the configuration does not name yet, is read from where it was then.
///
/// # Errors
/// Which key is wanted.
pub(super) async fn check_key(vault: &Vault, store: &Store, stored: &str) -> anyhow::Result<()> {
    if vault.is_sealed() {
        return Ok(());
    }
    let checked = vault.verify_check_value(stored);
    let Err(KeyError::WrongKey { expected, .. }) = &checked else {
        return checked.context("the key cannot be used");
    };
    let expected = key_of_check_value(stored).unwrap_or(*expected);
    let Some(file) = key_file_in_use(store, expected).await else {
        return checked.context("the key cannot be used");
    };
    if !vault.take_from(&KeyFile::new(&file, None), expected) {
        return checked.with_context(|| {
            format!("the key cannot be used: the one in use by now was read from {file}")
        });
    }
    tracing::warn!(
        file,
        "the configuration names an earlier key; set keys.file to this file, and keys.previous_files to the earlier one until it is retired"
    );
    vault
        .verify_check_value(stored)
        .context("the key cannot be used")
}
