//! The one HTTP client of the product, and its settings.
//!
//! Must not know: what is sent.

use super::{
    door::{AlwaysOpen, Door},
    origin::{Origin, same_origin},
    resolver::{Lookup, SystemLookup, VettingResolver},
};
use gatelodge_model::Error;
use reqwest::{Certificate, Client, redirect::Policy, retry, tls::Version};
use std::{collections::HashSet, sync::Arc, time::Duration};
use url::Url;

/// What the configuration file says about the way out.
#[derive(Debug, Clone)]
pub struct EgressSettings {
    /// Origins of practice orgs: the only ones that may be local, unencrypted or on another port.
    pub practice_origins: Vec<Url>,
    /// Certificates of authorities to trust besides the system's, in PEM.
    pub extra_ca: Vec<Vec<u8>>,
    /// The longest body that is read, counted after decompression.
    pub response_bytes: usize,
}

impl Default for EgressSettings {
    fn default() -> Self {
        Self {
            practice_origins: Vec::new(),
            extra_ca: Vec::new(),
            response_bytes: 32 * 1024 * 1024,
        }
    }
}

/// The settings do not make a working client.
#[derive(Debug, thiserror::Error)]
pub enum EgressSetupError {
    /// A certificate does not parse.
    #[error("certificate {0} of the extra certificate authorities is not valid PEM")]
    Certificate(usize),
    /// A practice origin is more than scheme, host and port.
    #[error("the practice origin '{0}' must be http or https with a host and nothing after it")]
    PracticeOrigin(String),
    /// The TLS library or the system's certificates cannot be used.
    #[error("the HTTP client cannot be built: {0}")]
    Client(String),
}

/// Holds the client and vets where it may go.
pub struct EgressGuard {
    pub(super) client: Client,
    practice_origins: Vec<Url>,
    pub(super) response_bytes: usize,
    pub(super) door: Arc<dyn Door>,
}

impl EgressGuard {
    /// Builds the client.
    ///
    /// # Errors
    /// [`EgressSetupError`], with the setting that is wrong.
    pub fn new(settings: EgressSettings, connect: Duration) -> Result<Self, EgressSetupError> {
        Self::with_lookup(settings, connect, Arc::new(SystemLookup))
    }

    pub(crate) fn with_lookup(
        settings: EgressSettings,
        connect: Duration,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, EgressSetupError> {
        let practice_hosts = practice_hosts(&settings.practice_origins)?;
        let extra_ca = certificates(&settings.extra_ca)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the egress guard, the place where the one client is built"
        )]
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .retry(retry::never())
            .referer(false)
            .user_agent(concat!("Gatelodge/", env!("CARGO_PKG_VERSION")))
            .tls_version_min(Version::TLS_1_2)
            .dns_resolver(VettingResolver::new(lookup, practice_hosts))
            .connect_timeout(connect)
            .tcp_nodelay(true)
            .tcp_keepalive(Duration::from_mins(1))
            // Shorter than vendors close idle connections, so that a write rarely meets a closing one.
            .pool_idle_timeout(Duration::from_secs(50));
        if !extra_ca.is_empty() {
            builder = builder.tls_certs_merge(extra_ca);
        }
        let client = builder
            .build()
            .map_err(|error| EgressSetupError::Client(format!("{error:?}")))?;
        Ok(Self {
            client,
            practice_origins: settings.practice_origins,
            response_bytes: settings.response_bytes,
            door: Arc::new(AlwaysOpen),
        })
    }

    /// Sets what is asked before anything leaves.
    pub(crate) fn behind(self, door: Arc<dyn Door>) -> Self {
        Self { door, ..self }
    }

    /// Vets a destination.
    ///
    /// # Errors
    /// `egress_denied`.
    pub(crate) fn vet(&self, url: &Url) -> Result<Origin, Error> {
        Origin::vet(url, &self.practice_origins)
    }

    /// Whether a destination is one of the practice origins.
    pub(crate) fn is_practice(&self, url: &Url) -> bool {
        self.practice_origins
            .iter()
            .any(|known| same_origin(known, url))
    }
}

/// One file may hold several certificates, and must hold one.
fn certificates(files: &[Vec<u8>]) -> Result<Vec<Certificate>, EgressSetupError> {
    let mut list = Vec::new();
    for (index, pem) in files.iter().enumerate() {
        match Certificate::from_pem_bundle(pem) {
            Ok(bundle) if !bundle.is_empty() => list.extend(bundle),
            _ => return Err(EgressSetupError::Certificate(index + 1)),
        }
    }
    Ok(list)
}

fn practice_hosts(origins: &[Url]) -> Result<HashSet<String>, EgressSetupError> {
    origins
        .iter()
        .map(|url| {
            let plain = matches!(url.scheme(), "http" | "https")
                && matches!(url.path(), "" | "/")
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none();
            match url.host_str().filter(|_| plain) {
                Some(host) => Ok(host.to_ascii_lowercase()),
                None => Err(EgressSetupError::PracticeOrigin(url.to_string())),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(settings: EgressSettings) -> Result<EgressGuard, EgressSetupError> {
        EgressGuard::new(settings, Duration::from_secs(1))
    }

    #[tokio::test]
    async fn wrong_settings_are_named() {
        // proves S10: a practice origin is an origin, and a certificate is a certificate
        for text in [
            "http://127.0.0.1:8844/path",
            "http://user@127.0.0.1:8844",
            "http://127.0.0.1:8844?x=y",
            "ftp://127.0.0.1",
        ] {
            let settings = EgressSettings {
                practice_origins: vec![Url::parse(text).unwrap()],
                ..EgressSettings::default()
            };
            let error = build(settings).err().unwrap();
            assert!(
                matches!(error, EgressSetupError::PracticeOrigin(_)),
                "{text}"
            );
        }
        for pem in [
            "",
            "no certificate",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        ] {
            let settings = EgressSettings {
                extra_ca: vec![pem.as_bytes().to_vec()],
                ..EgressSettings::default()
            };
            assert!(build(settings).is_err(), "{pem}");
        }
    }

    #[tokio::test]
    async fn an_extra_authority_is_taken() {
        let key = rcgen::KeyPair::generate().unwrap();
        let authority = rcgen::CertificateParams::new(Vec::<String>::new())
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let settings = EgressSettings {
            extra_ca: vec![authority.pem().into_bytes()],
            ..EgressSettings::default()
        };
        assert!(build(settings).is_ok());
    }
}
