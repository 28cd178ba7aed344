//! A destination that was vetted as text: scheme, host and port, nothing else.
//!
//! The only way to make an [`Origin`] is [`Origin::vet`], and only an origin can be sent to. Must not
//! know: which provider a host belongs to; that is judged by the provider before.

use super::address::is_public;
use gatelodge_model::{Error, ErrorKind, WhoMustAct};
use std::net::IpAddr;
use url::{Host, Url};

/// Names that never mean a host of the public internet (RFC 6761, RFC 6762, RFC 8375, ICANN `.internal`).
const LOCAL_SUFFIXES: [&str; 9] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "onion",
    "invalid",
];

/// A vetted destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin(Url);

impl Origin {
    /// Takes a destination, if it is https on port 443 at a name or address of the public internet, or
    /// exactly one of the origins that the configuration file names.
    ///
    /// # Errors
    /// `egress_denied` with the reason.
    pub(crate) fn vet(url: &Url, practice: &[Url]) -> Result<Self, Error> {
        bare(url)?;
        if practice.iter().any(|known| same_origin(known, url)) {
            return Ok(Self(url.clone()));
        }
        // Addresses of a practice host are not vetted, so it is reached as configured or not at all.
        if practice.iter().any(|known| known.host() == url.host()) {
            return Err(denied(
                "the host is a practice org with another scheme or port",
            ));
        }
        if url.scheme() != "https" {
            return Err(denied("only https is allowed"));
        }
        if url.port_or_known_default() != Some(443) {
            return Err(denied("only port 443 is allowed"));
        }
        match url.host() {
            Some(Host::Domain(name)) => domain(name)?,
            Some(Host::Ipv4(address)) => literal(IpAddr::V4(address))?,
            Some(Host::Ipv6(address)) => literal(IpAddr::V6(address))?,
            None => return Err(denied("there is no host")),
        }
        Ok(Self(url.clone()))
    }

    /// Reads and vets text, without repairing anything in it: what the URL parser would silently change
    /// (tabs, backslashes, a missing slash, another spelling of a number) is refused.
    ///
    /// # Errors
    /// `egress_denied` with the reason.
    #[cfg(test)]
    pub(crate) fn parse(text: &str, practice: &[Url]) -> Result<Self, Error> {
        let url = Url::parse(text).map_err(|_| denied("this is not a URL"))?;
        Self::vet(&url, practice)
    }

    /// The base: scheme, host and port, path `/`.
    pub(crate) fn base(&self) -> &Url {
        &self.0
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

fn literal(address: IpAddr) -> Result<(), Error> {
    if is_public(address) {
        Ok(())
    } else {
        Err(denied("the address does not belong to the public internet"))
    }
}

fn domain(name: &str) -> Result<(), Error> {
    if name.ends_with('.') || !name.contains('.') {
        return Err(denied("the host is not a full name"));
    }
    let local = |suffix: &str| {
        name.strip_suffix(suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if LOCAL_SUFFIXES.into_iter().any(local) {
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
    Error::new(
        ErrorKind::EgressDenied,
        format!("The egress guard refused the destination: {reason}."),
    )
    .with_hint(
        WhoMustAct::Operator,
        "Only hosts of the provider are reached. A practice org is allowed by the configuration file alone.",
    )
}
