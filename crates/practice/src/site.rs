//! Under which addresses a request sees the org, and from where it comes.
//!
//! Must not know what is asked.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Extensions, HeaderMap, Uri, header};

use crate::hosts::{Names, Place, Role};
use crate::options::PracticeOptions;
use crate::state::Practice;

/// The addresses of one request.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// Address that sign-in happens at, without a slash at the end; identity addresses begin so.
    pub(crate) login: String,
    /// Address of the data interface.
    pub(crate) instance: String,
    /// The host is the org's own and not the sign-in host that all orgs share.
    pub(crate) is_own: bool,
    /// Where the request comes from.
    pub(crate) address: Option<IpAddr>,
}

/// The names of an org with these options.
pub(crate) fn names(options: &PracticeOptions) -> Names<'_> {
    Names {
        own: &options.host,
        my_domain: &options.my_domain,
        sandbox: &options.sandbox,
    }
}

/// The host a request names: the header, or the authority of HTTP/2.
pub(crate) fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let named = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    named.or_else(|| uri.authority().map(Authority::as_str))
}

/// Where a request comes from; the first of `X-Forwarded-For` only where the options trust it.
pub(crate) fn address(
    options: &PracticeOptions,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Option<IpAddr> {
    if options.trust_forwarded_for
        && let Some(forwarded) = headers.get("x-forwarded-for")
    {
        let first = forwarded.to_str().ok()?.split(',').next()?;
        return first.trim().parse().ok();
    }
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.0.ip().to_canonical())
}

impl Site {
    /// The site of a request.
    pub(crate) fn of(
        practice: &Practice,
        headers: &HeaderMap,
        uri: &Uri,
        extensions: &Extensions,
    ) -> Self {
        let address = address(&practice.options, headers, extensions);
        let host = host(headers, uri);
        let moved = practice.oauth.instance().instance_url;
        match (names(&practice.options).place(host), host) {
            (
                Place::Named {
                    role, my_domain, ..
                },
                Some(host),
            ) => {
                let scheme = practice.scheme();
                let own = format!("{scheme}://{my_domain}");
                Self {
                    login: format!("{scheme}://{}", host.to_ascii_lowercase()),
                    instance: moved.unwrap_or(own),
                    is_own: role != Role::GeneralLogin,
                    address,
                }
            }
            _ => Self {
                login: practice.base_url.clone(),
                instance: practice.instance_url(),
                is_own: true,
                address,
            },
        }
    }
}

impl FromRequestParts<Arc<Practice>> for Site {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        practice: &Arc<Practice>,
    ) -> Result<Self, Infallible> {
        Ok(Self::of(
            practice,
            &parts.headers,
            &parts.uri,
            &parts.extensions,
        ))
    }
}
