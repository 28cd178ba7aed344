//! A destination that was vetted as text: scheme, host and port, nothing else.
//!
//! The only way to make an [`Origin`] is [`Origin::vet`], and only an origin can be sent to. Must not
//! know: which provider a host belongs to; that is judged by the provider before.

use super::{address::is_public, class::DestinationClass, ranges::AddressRange};
use gatelodge_model::{Error, ErrorKind, WhoMustAct};
use std::net::IpAddr;
use url::{Host, Url};

/// Names that never mean a host of the public internet (RFC 6761), and never a host to be reached at all.
const NEVER_SUFFIXES: [&str; 5] = ["localhost", "in-addr.arpa", "ip6.arpa", "onion", "invalid"];

/// Names of private networks (RFC 6762, RFC 8375, ICANN `.internal`): only where the file opens ranges.
const PRIVATE_SUFFIXES: [&str; 4] = ["local", "internal", "intranet", "home.arpa"];

/// A vetted destination, good for one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    base: Url,
    class: DestinationClass,
}

/// What the configuration file opens for a class besides the public internet.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Openings<'a> {
    /// Origins that may be local, unencrypted or on another port.
    pub(crate) local: &'a [Url],
    /// Ranges of addresses that count as public.
    pub(crate) ranges: &'a [AddressRange],
    /// The proxy: asked, never itself a destination.
    pub(crate) proxy: Option<&'a Url>,
}

impl Origin {
    /// Takes a destination, if it is https on a port of its class at a name or address of the public
    /// internet, or exactly one of the origins that the configuration file names.
    ///
    /// # Errors
    /// `egress_denied` with the reason.
    pub(crate) fn vet(
        url: &Url,
        class: DestinationClass,
        openings: Openings<'_>,
    ) -> Result<Self, Error> {
        bare(url)?;
        let vetted = Self {
            base: url.clone(),
            class,
        };
        if openings.local.iter().any(|known| same_origin(known, url)) {
            return Ok(vetted);
        }
        // Addresses of a local host are not vetted, so it is reached as configured or not at all.
        if openings
            .local
            .iter()
            .any(|known| known.host() == url.host())
        {
            return Err(denied("the host is configured with another scheme or port"));
        }
        if openings
            .proxy
            .is_some_and(|proxy| proxy.host() == url.host())
        {
            return Err(denied("the host is the proxy"));
        }
        if url.scheme() != "https" {
            return Err(denied("only https is allowed"));
        }
        let rules = class.rules();
        if !url
            .port_or_known_default()
            .is_some_and(|port| rules.ports.contains(&port))
        {
            return Err(denied("the port is not allowed"));
        }
        let ranges = if rules.private_ranges {
            openings.ranges
        } else {
            &[]
        };
        match url.host() {
            Some(Host::Domain(name)) => domain(name, !ranges.is_empty())?,
            Some(Host::Ipv4(address)) => literal(IpAddr::V4(address), ranges)?,
            Some(Host::Ipv6(address)) => literal(IpAddr::V6(address), ranges)?,
            None => return Err(denied("there is no host")),
        }
        Ok(vetted)
    }

    /// Reads and vets text, without repairing anything in it: what the URL parser would silently change
    /// (tabs, backslashes, a missing slash, another spelling of a number) is refused.
    ///
    /// # Errors
    /// `egress_denied` with the reason.
    #[cfg(test)]
    pub(crate) fn parse(text: &str, local: &[Url]) -> Result<Self, Error> {
        let url = Url::parse(text).map_err(|_| denied("this is not a URL"))?;
        let openings = Openings {
            local,
            ..Openings::default()
        };
        Self::vet(&url, DestinationClass::Provider, openings)
    }

    /// The base: scheme, host and port, path `/`.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// What it is good for.
    pub(crate) const fn class(&self) -> DestinationClass {
        self.class
    }
}

/// Host, and the port where it is not the usual one: what proposals and pages call the host.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Same scheme, host and port.
pub(crate) fn same_origin(left: &Url, right: &Url) -> bool {
    left.scheme() == right.scheme()
        && left.host() == right.host()
        && left.port_or_known_default() == right.port_or_known_default()
}

fn bare(url: &Url) -> Result<(), Error> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(denied("a user name or password stands before the host"));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(denied("only scheme and host are allowed here"));
    }
    Ok(())
}

fn literal(address: IpAddr, ranges: &[AddressRange]) -> Result<(), Error> {
    if is_public(address) || ranges.iter().any(|range| range.holds(address)) {
        Ok(())
    } else {
        Err(denied("the address does not belong to the public internet"))
    }
}

fn domain(name: &str, private: bool) -> Result<(), Error> {
    if name.ends_with('.') || !name.contains('.') {
        return Err(denied("the host is not a full name"));
    }
    let ends_with = |suffix: &str| {
        name.strip_suffix(suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if NEVER_SUFFIXES.into_iter().any(ends_with)
        || (!private && PRIVATE_SUFFIXES.into_iter().any(ends_with))
    {
        return Err(denied("the host is a local name"));
    }
    // No provider has a host outside ASCII, and look-alikes hide there.
    let plain = name.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with("xn--")
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    if plain {
        Ok(())
    } else {
        Err(denied("the host holds characters that no provider uses"))
    }
}

/// The refusal of the guard.
pub(crate) fn denied(reason: &str) -> Error {
    metrics::counter!("gatelodge_egress_denied_total").increment(1);
    Error::new(
        ErrorKind::EgressDenied,
        format!("The egress guard refused the destination: {reason}."),
    )
    .with_hint(
        WhoMustAct::Operator,
        "Only hosts of the provider are reached. A practice org is allowed by the configuration file alone.",
    )
}
