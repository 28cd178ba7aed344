//! The one HTTP client of the product, and its settings.
//!
//! Must not know: what is sent.

use super::{
    class::DestinationClass,
    door::{AlwaysOpen, Door},
    exchange::{SendFailure, unresolved},
    origin::{Openings, Origin, denied, same_origin},
    ranges::AddressRange,
    resolver::{Lookup, SystemLookup, VettingResolver},
};
use gatelodge_model::Error;
use reqwest::{Certificate, Client, Proxy, redirect::Policy, retry, tls::Version};
use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use url::Url;

/// What the configuration file says about the way out.
#[derive(Debug, Clone)]
pub struct EgressSettings {
    /// Origins of practice orgs: the only ones of providers that may be local, unencrypted or on another
    /// port.
    pub practice_origins: Vec<Url>,
    /// Origins that webhooks may go to although they are local, for trying.
    pub practice_receivers: Vec<Url>,
    /// The only hosts that webhooks may go to; empty: every public one.
    pub webhook_hosts: Vec<String>,
    /// Certificates of authorities to trust besides the system's, in PEM.
    pub extra_ca: Vec<Vec<u8>>,
    /// Ranges of addresses that count as public.
    pub private_ranges: Vec<AddressRange>,
    /// A proxy to ask for connections (HTTP CONNECT).
    pub proxy: Option<Url>,
    /// The longest body that is read of a provider, counted after decompression.
    pub response_bytes: usize,
    /// The longest body of a provider that is handed on while it arrives, counted after decompression.
    pub download_bytes: usize,
}

impl Default for EgressSettings {
    fn default() -> Self {
        Self {
            practice_origins: Vec::new(),
            practice_receivers: Vec::new(),
            webhook_hosts: Vec::new(),
            extra_ca: Vec::new(),
            private_ranges: Vec::new(),
            proxy: None,
            response_bytes: 32 * 1024 * 1024,
            download_bytes: 1024 * 1024 * 1024,
        }
    }
}

/// The settings do not make a working client.
#[derive(Debug, thiserror::Error)]
pub enum EgressSetupError {
    /// A certificate does not parse.
    #[error("certificate {0} of the extra certificate authorities is not valid PEM")]
    Certificate(usize),
    /// A local origin is more than scheme, host and port.
    #[error("the local origin '{0}' must be http or https with a host and nothing after it")]
    LocalOrigin(String),
    /// The proxy is more than scheme, host and port.
    #[error("the proxy must be http or https with a host and nothing after it")]
    Proxy,
    /// The TLS library or the system's certificates cannot be used.
    #[error("the HTTP client cannot be built: {0}")]
    Client(String),
}

/// Holds the clients and vets where they may go.
pub struct EgressGuard {
    /// For everything that the operator or a provider's catalogue entry names.
    trusted: Lane,
    /// For what an administrator of an organization names.
    named: Lane,
    settings: EgressSettings,
    pub(super) response_bytes: usize,
    pub(super) door: Arc<dyn Door>,
}

/// A client, and what is open to it. Connections are not shared between lanes.
pub(super) struct Lane {
    pub(super) client: Client,
    pub(super) resolver: VettingResolver,
    pub(super) local: Vec<Url>,
}

impl EgressGuard {
    /// Builds the clients.
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
        let lane = |local: &[Url], ranges: &[AddressRange]| {
            let vetting = VettingResolver::new(Arc::clone(&lookup), local_hosts(local)?, ranges);
            lane(&settings, connect, local.to_vec(), vetting)
        };
        Ok(Self {
            trusted: lane(&settings.practice_origins, &settings.private_ranges)?,
            named: lane(&settings.practice_receivers, &[])?,
            response_bytes: settings.response_bytes,
            settings,
            door: Arc::new(AlwaysOpen),
        })
    }

    /// Sets what is asked before anything leaves.
    pub(crate) fn behind(self, door: Arc<dyn Door>) -> Self {
        Self { door, ..self }
    }

    /// Vets a destination for a class.
    ///
    /// # Errors
    /// `egress_denied`.
    pub(crate) fn vet(&self, class: DestinationClass, url: &Url) -> Result<Origin, Error> {
        let webhook = class == DestinationClass::Webhook;
        let local = &self.lane(class).local;
        let origin = Origin::vet(
            url,
            class,
            Openings {
                local,
                ranges: &self.settings.private_ranges,
                proxy: self.settings.proxy.as_ref(),
            },
        )?;
        let hosts = &self.settings.webhook_hosts;
        if webhook && !hosts.is_empty() && !local.iter().any(|known| same_origin(known, url)) {
            let host = url.host_str().unwrap_or_default();
            if !hosts.iter().any(|known| known.eq_ignore_ascii_case(host)) {
                return Err(denied(
                    "webhooks of this installation go to hosts of its configuration only",
                ));
            }
        }
        Ok(origin)
    }

    /// Whether a destination is one of the practice origins.
    pub(crate) fn is_practice(&self, url: &Url) -> bool {
        self.settings
            .practice_origins
            .iter()
            .any(|known| same_origin(known, url))
    }

    pub(super) fn lane(&self, class: DestinationClass) -> &Lane {
        if class == DestinationClass::Webhook {
            &self.named
        } else {
            &self.trusted
        }
    }

    /// Whether a destination is reached through the proxy: local ones are not.
    pub(super) fn is_proxied(&self, origin: &Origin) -> bool {
        self.settings.proxy.is_some()
            && !self
                .lane(origin.class())
                .local
                .iter()
                .any(|known| same_origin(known, origin.base()))
    }

    /// The vetted addresses of the configured mail server. An address that is written as such, and this
    /// machine, are the operator's own word; what a name leads to is vetted.
    pub(crate) async fn mail_server(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, SendFailure> {
        self.door.pass().await?;
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        if host == "localhost" {
            return Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))]);
        }
        let lane = self.lane(DestinationClass::Mail);
        let addresses = lane.resolver.vetted(host).await.map_err(unresolved)?;
        Ok(addresses
            .into_iter()
            .map(|address| SocketAddr::new(address, port))
            .collect())
    }

    /// What the clients were built from.
    pub(crate) fn settings(&self) -> &EgressSettings {
        &self.settings
    }
}

fn lane(
    settings: &EgressSettings,
    connect: Duration,
    local: Vec<Url>,
    vetting: VettingResolver,
) -> Result<Lane, EgressSetupError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the egress guard, the place where the one client is built"
    )]
    let mut builder = Client::builder()
        // Variables of the environment say nothing here; a proxy comes from the configuration file (S6).
        .no_proxy()
        .redirect(Policy::none())
        .retry(retry::never())
        .referer(false)
        .user_agent(concat!("Gatelodge/", env!("CARGO_PKG_VERSION")))
        .tls_version_min(Version::TLS_1_2)
        .connect_timeout(connect)
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_mins(1))
        // Shorter than vendors close idle connections, so that a write rarely meets a closing one.
        .pool_idle_timeout(Duration::from_secs(50));
    let mut connecting = vetting.clone();
    if let Some(address) = &settings.proxy {
        let host = proxy_host(address)?;
        connecting = connecting.and_local(host);
        builder = builder.proxy(through(address, local.clone()));
    }
    builder = builder.dns_resolver(connecting);
    let extra_ca = certificates(&settings.extra_ca)?;
    if !extra_ca.is_empty() {
        builder = builder.tls_certs_merge(extra_ca);
    }
    let client = builder
        .build()
        .map_err(|error| EgressSetupError::Client(format!("{error:?}")))?;
    Ok(Lane {
        client,
        resolver: vetting,
        local,
    })
}

/// The proxy for all but the local origins.
fn through(address: &Url, local: Vec<Url>) -> Proxy {
    let address = address.clone();
    Proxy::custom(move |url| {
        let direct = local.iter().any(|known| same_origin(known, url));
        (!direct).then(|| address.clone())
    })
}

fn proxy_host(address: &Url) -> Result<String, EgressSetupError> {
    match local_hosts(std::slice::from_ref(address)) {
        Ok(hosts) => hosts.into_iter().next().ok_or(EgressSetupError::Proxy),
        Err(_) => Err(EgressSetupError::Proxy),
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

fn local_hosts(origins: &[Url]) -> Result<HashSet<String>, EgressSetupError> {
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
                None => Err(EgressSetupError::LocalOrigin(url.to_string())),
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
            assert!(matches!(error, EgressSetupError::LocalOrigin(_)), "{text}");
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
