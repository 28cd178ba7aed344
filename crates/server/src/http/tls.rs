//! The listener's certificate: read at the start and again on SIGHUP; a broken renewal changes nothing.
//!
//! Must not know: who renews it.

use crate::config::Tls;
use anyhow::{Context as _, bail};
use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// HTTP/2 first, then HTTP/1.1 (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Reads certificate and key: TLS 1.2 and 1.3, as rustls has them by default.
///
/// # Errors
/// When a file cannot be read, holds nothing of its kind, or the two do not belong together.
pub fn read(files: &Tls) -> anyhow::Result<Arc<ServerConfig>> {
    let (cert, key) = (files.cert_file.display(), files.key_file.display());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.cert_file)
        .and_then(Iterator::collect)
        .with_context(|| format!("{cert} cannot be read as certificates in PEM form"))?;
    if chain.is_empty() {
        bail!("{cert} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
    }
    // The cause of a broken key could quote it; the file's name is enough.
    let Ok(private) = PrivateKeyDer::from_pem_file(&files.key_file) else {
        bail!("{key} cannot be read as a private key in PEM form");
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .with_context(|| format!("{cert} and {key} do not belong together"))?;
    config.alpn_protocols = PROTOCOLS.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

/// Reads both again whenever the process is told to (SIGHUP). Runs until it is dropped.
///
/// Without TLS there is nothing to read, and the signal still must not end the process, as it would by default.
pub(super) async fn renew(serving: Option<(Tls, RustlsConfig)>) {
    let Ok(mut told) = signal(SignalKind::hangup()) else {
        tracing::warn!("SIGHUP cannot be heard; a renewed certificate needs a restart");
        return;
    };
    while told.recv().await.is_some() {
        let Some((files, serving)) = &serving else {
            tracing::info!("there is no certificate to read again");
            continue;
        };
        match read(files) {
            Ok(config) => {
                serving.reload_from_config(config);
                tracing::info!("the certificate was read again");
            }
            Err(cause) => {
                tracing::error!(
                    cause = format!("{cause:#}"),
                    "the certificate stays as it was"
                );
            }
        }
    }
}
