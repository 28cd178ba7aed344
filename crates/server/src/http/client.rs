//! Who asks, behind trusted proxies: the rightmost address of the chain that is no proxy of ours, and the host and
//! scheme that the person used.
//!
//! From anybody else these headers are taken away, so that nothing behind here can believe them. A chain is read
//! from its end, because everything before the first stranger is that stranger's own text (RFC 7239 §8.1).
//! Must not know: routes.

use crate::config::{ProxyHeader, Server};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{self, FORWARDED, HOST},
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use gatelodge_web::ClientAddress;
use ipnet::IpNet;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use url::Url;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Everything that says something about a client besides its socket.
const SAYINGS: [HeaderName; 6] = [
    FORWARDED,
    FOR,
    PROTO,
    FORWARDED_HOST,
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-real-ip"),
];

/// Which proxies are believed, and how they say it.
#[derive(Debug, Clone)]
pub struct Proxies {
    networks: Arc<[IpNet]>,
    header: ProxyHeader,
    public_urls: Arc<[Url]>,
}

/// What a chain of proxies says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    client: Option<IpAddr>,
    scheme: Option<String>,
    host: Option<String>,
}

impl Proxies {
    /// As configured.
    pub fn of(server: &Server) -> Self {
        Self {
            networks: server.trusted_proxies.clone().into(),
            header: server.proxy_header,
            public_urls: server.public_urls.clone().into(),
        }
    }

    /// Nobody is believed.
    pub fn none() -> Self {
        Self::of(&Server::default())
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }

    fn hear(&self, headers: &HeaderMap) -> Said {
        match self.header {
            ProxyHeader::XForwardedFor => {
                let chain = parts(headers, &FOR);
                Said {
                    client: self.client(chain.iter().map(|one| address(one))),
                    scheme: last(headers, &PROTO),
                    host: last(headers, &FORWARDED_HOST),
                }
            }
            ProxyHeader::Forwarded => {
                let chain = parts(headers, &FORWARDED);
                let nearest = chain.last().cloned().unwrap_or_default();
                Said {
                    client: self.client(
                        chain
                            .iter()
                            .map(|one| pair(one, "for").and_then(|text| address(&text))),
                    ),
                    scheme: pair(&nearest, "proto"),
                    host: pair(&nearest, "host"),
                }
            }
        }
    }

    /// The rightmost that is no proxy. What cannot be read ends the search: beyond it nothing is certain.
    fn client(&self, chain: impl DoubleEndedIterator<Item = Option<IpAddr>>) -> Option<IpAddr> {
        let mut nearest = None;
        for address in chain.rev() {
            nearest = Some(address?);
            if nearest.is_some_and(|address| !self.trusts(address)) {
                break;
            }
        }
        nearest
    }

    /// Whether the address under `host` is an https one.
    fn is_secure(&self, host: Option<&HeaderValue>) -> bool {
        let host = host
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        self.public_urls.iter().any(|url| {
            url.scheme() == "https"
                && super::host::authority(url).is_some_and(|own| own.eq_ignore_ascii_case(host))
        })
    }
}

/// Elements of a list header, over all its lines, in order.
fn parts(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| {
            value
                .to_str()
                .unwrap_or("unreadable")
                .split(',')
                .map(|part| part.trim().to_owned())
                .collect::<Vec<_>>()
        })
        .collect()
}

fn last(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    parts(headers, name).pop()
}

/// The value of a pair in an element of `Forwarded`.
fn pair(element: &str, wanted: &str) -> Option<String> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case(wanted)
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// An address with or without port and brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map_or(text, |(inside, _)| inside);
    bare.parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|one| one.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

pub(super) async fn identify(
    State(proxies): State<Proxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip().to_canonical());
    let believed = peer.is_some_and(|peer| proxies.trusts(peer));
    let said = if believed {
        proxies.hear(request.headers())
    } else {
        Said::default()
    };
    for name in SAYINGS {
        request.headers_mut().remove(name);
    }
    name_host(&mut request, said.host.as_deref());
    if let Some(client) = said.client.or(peer) {
        request.extensions_mut().insert(ClientAddress(client));
    }
    if said.scheme.as_deref() == Some("http") && proxies.is_secure(request.headers().get(HOST)) {
        return to_https(&request);
    }
    next.run(request).await
}

/// Writes the host where everything behind reads it. HTTP/2 has it in the address instead (RFC 9113 §8.3.1).
fn name_host(request: &mut Request, forwarded: Option<&str>) {
    let in_address = request.uri().authority().map(|one| one.as_str().to_owned());
    let missing = !request.headers().contains_key(HOST);
    let named = forwarded
        .map(str::to_owned)
        .or_else(|| in_address.filter(|_| missing));
    if let Some(value) = named.and_then(|host| HeaderValue::from_str(&host).ok()) {
        request.headers_mut().insert(HOST, value);
    }
}

/// A person is sent to the https address; what carries data in clear is refused, so that somebody notices.
fn to_https(request: &Request) -> Response {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |one| one.as_str());
    match host {
        Some(host) if matches!(*request.method(), Method::GET | Method::HEAD) => (
            StatusCode::PERMANENT_REDIRECT,
            [(header::LOCATION, format!("https://{host}{path}"))],
        )
            .into_response(),
        _ => (
            StatusCode::FORBIDDEN,
            "This address is served over https only. What was sent in clear may have been read on its way.\n",
        )
            .into_response(),
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
