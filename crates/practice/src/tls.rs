//! Certificates of the practice org: an authority of its own, and a leaf for the names of the org made at each start.
//!
//! The authority stays in its folder, so that whoever trusts it once still does after a restart. Must not know
//! HTTP.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::error::PracticeError;

/// Name of the certificate of the authority, which clients are told to trust.
pub(crate) const AUTHORITY_NAME: &str = "practice-ca.pem";
const AUTHORITY_KEY_NAME: &str = "practice-ca-key.pem";

/// What the server needs for HTTPS.
pub(crate) struct Certificates {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) authority_path: PathBuf,
}

/// Loads or makes the authority in a folder, and makes a leaf for these names and addresses.
pub(crate) fn prepare(
    folder: &Path,
    names: Vec<String>,
    now: DateTime<Utc>,
) -> Result<Certificates, PracticeError> {
    let unusable = |source| PracticeError::Folder {
        path: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(unusable)?;
    let authority_path = folder.join(AUTHORITY_NAME);
    let key_path = folder.join(AUTHORITY_KEY_NAME);
    let params = authority_params(now)?;
    let key = if authority_path.is_file() && key_path.is_file() {
        let text = fs::read_to_string(&key_path).map_err(unusable)?;
        KeyPair::from_pem(&text).map_err(refused)?
    } else {
        let key = KeyPair::generate().map_err(refused)?;
        let certificate = params.self_signed(&key).map_err(refused)?;
        write_private(&key_path, key.serialize_pem().as_bytes()).map_err(unusable)?;
        fs::write(&authority_path, certificate.pem()).map_err(unusable)?;
        key
    };
    // Signing looks at name, usages and key only, and these are the same at each start.
    let issuer = Issuer::new(params, key);
    let leaf_key = KeyPair::generate().map_err(refused)?;
    let leaf = leaf_params(names, now)?
        .signed_by(&leaf_key, &issuer)
        .map_err(refused)?;
    let config = server_config(leaf.der().clone(), leaf_key.serialize_der())?;
    Ok(Certificates {
        config,
        authority_path,
    })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "`map_err` hands the error over"
)]
fn refused(error: rcgen::Error) -> PracticeError {
    PracticeError::Tls(error.to_string())
}

fn authority_params(now: DateTime<Utc>) -> Result<CertificateParams, PracticeError> {
    let mut params = CertificateParams::new(Vec::new()).map_err(refused)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Gatelodge practice org authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, now, TimeDelta::days(3650));
    Ok(params)
}

fn leaf_params(names: Vec<String>, now: DateTime<Utc>) -> Result<CertificateParams, PracticeError> {
    let mut params = CertificateParams::new(names).map_err(refused)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Gatelodge practice org");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Some clients refuse leaves that live longer than 398 days.
    set_validity(&mut params, now, TimeDelta::days(390));
    Ok(params)
}

/// From yesterday, for clocks that are a little behind.
fn set_validity(params: &mut CertificateParams, now: DateTime<Utc>, life: TimeDelta) {
    let day = |moment: DateTime<Utc>| {
        let number = |value: u32| u8::try_from(value).unwrap_or(1);
        date_time_ymd(moment.year(), number(moment.month()), number(moment.day()))
    };
    params.not_before = day(now - TimeDelta::days(1));
    params.not_after = day(now + life);
}

fn server_config(
    leaf: CertificateDer<'static>,
    key: Vec<u8>,
) -> Result<Arc<ServerConfig>, PracticeError> {
    let refused = |error: rustls::Error| PracticeError::Tls(error.to_string());
    // Named here, because a process may have several providers compiled in.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)),
        )
        .map_err(refused)?;
    // No HTTP/2: several requests share one connection there, and a cut ordered for one would hit the others.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Writes a file that nobody else may read.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn localhost() -> Vec<String> {
        vec!["localhost".to_owned()]
    }

    #[test]
    fn the_authority_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let first = prepare(folder.path(), localhost(), now).unwrap();
        let authority = fs::read_to_string(&first.authority_path).unwrap();
        assert!(authority.starts_with("-----BEGIN CERTIFICATE-----"));
        let second = prepare(folder.path(), localhost(), now + TimeDelta::days(3)).unwrap();
        assert_eq!(
            fs::read_to_string(&second.authority_path).unwrap(),
            authority
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        prepare(folder.path(), localhost(), now).unwrap();
        let mode = fs::metadata(folder.path().join(AUTHORITY_KEY_NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
