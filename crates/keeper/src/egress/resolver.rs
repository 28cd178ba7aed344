//! Name resolution that gives only vetted addresses, so that the connection goes to what was checked and a
//! name that changes its answer between check and use gains nothing (S3).
//!
//! Names of local origins and of the proxy pass unvetted: the configuration file says that they are meant
//! to be local. Must not know: URLs; addresses written as such never reach a resolver and are vetted elsewhere.

use super::{address::is_public, ranges::AddressRange};
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    collections::HashSet,
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// Where addresses come from; a test brings its own.
pub(crate) trait Lookup: Send + Sync + 'static {
    /// All addresses of a name.
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
pub(crate) struct SystemLookup;

impl Lookup for SystemLookup {
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// No address of a name may be used.
#[derive(Debug, thiserror::Error)]
#[error("no address of this name belongs to the public internet")]
pub(crate) struct NoPublicAddress;

/// Vets what a lookup gives.
#[derive(Clone)]
pub(crate) struct VettingResolver {
    lookup: Arc<dyn Lookup>,
    local_hosts: Arc<HashSet<String>>,
    ranges: Arc<[AddressRange]>,
}

impl VettingResolver {
    pub(crate) fn new(
        lookup: Arc<dyn Lookup>,
        local_hosts: HashSet<String>,
        ranges: &[AddressRange],
    ) -> Self {
        Self {
            lookup,
            local_hosts: Arc::new(local_hosts),
            ranges: ranges.into(),
        }
    }

    /// As this one, and one more name passes unvetted.
    pub(crate) fn and_local(&self, host: String) -> Self {
        let mut hosts = HashSet::clone(&self.local_hosts);
        hosts.insert(host);
        Self {
            local_hosts: Arc::new(hosts),
            ..self.clone()
        }
    }

    /// The addresses of a name that may be connected to: at least one.
    pub(crate) async fn vetted(
        &self,
        name: &str,
    ) -> Result<Vec<IpAddr>, Box<dyn Error + Send + Sync>> {
        let name = name.to_ascii_lowercase();
        let local = self.local_hosts.contains(&name);
        let mut addresses = self.lookup.addresses(name).await?;
        if !local {
            addresses.retain(|address| {
                is_public(*address) || self.ranges.iter().any(|range| range.holds(*address))
            });
        }
        if addresses.is_empty() {
            return Err(NoPublicAddress.into());
        }
        Ok(addresses)
    }
}

impl Resolve for VettingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.vetted(name.as_str()).await?;
            let vetted: Addrs = Box::new(
                addresses
                    .into_iter()
                    .map(|address| SocketAddr::new(address, 0)),
            );
            Ok(vetted)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scripted(Vec<IpAddr>);

    impl Lookup for Scripted {
        fn addresses(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
            let answer = self.0.clone();
            Box::pin(async move { Ok(answer) })
        }
    }

    async fn resolve(name: &str, answers: &[&str]) -> Result<Vec<String>, String> {
        let addresses = answers.iter().map(|text| text.parse().unwrap()).collect();
        let practice = HashSet::from(["practice.test".to_owned()]);
        VettingResolver::new(Arc::new(Scripted(addresses)), practice, &[])
            .resolve(name.parse().unwrap())
            .await
            .map(|list| list.map(|address| address.ip().to_string()).collect())
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn only_vetted_addresses_come_out() {
        // proves S3: a private address, alone or among others, is never connected to
        assert_eq!(
            resolve("acme.example", &["13.110.14.8", "10.0.0.1", "::1"]).await,
            Ok(vec!["13.110.14.8".to_owned()])
        );
        for answers in [
            &["127.0.0.1"][..],
            &["169.254.169.254", "::ffff:10.0.0.1"],
            &["fd00::1", "64:ff9b::a00:1"],
            &[],
        ] {
            assert!(
                resolve("acme.example", answers).await.is_err(),
                "{answers:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_configured_practice_name_may_be_local() {
        // proves S10
        assert_eq!(
            resolve("practice.test", &["127.0.0.1"]).await,
            Ok(vec!["127.0.0.1".to_owned()])
        );
    }
}
