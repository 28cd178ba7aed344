//! Reading addresses, so that a wrong one is answered with what one looks like.
//!
//! Must not know: what the addresses are for.

use ipnet::IpNet;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};
use std::{
    fmt,
    marker::PhantomData,
    net::{AddrParseError, IpAddr, SocketAddr},
    str::FromStr,
};
use url::Url;

pub(super) fn socket<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    deserializer.deserialize_str(Text::expected(
        "an address and a port, such as \"127.0.0.1:8420\"",
    ))
}

pub(super) fn optional_socket<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    socket(deserializer).map(Some)
}

pub(super) fn urls<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Url>, D::Error> {
    let addresses = Vec::<Address>::deserialize(deserializer)?;
    Ok(addresses.into_iter().map(|Address(url)| url).collect())
}

/// Networks such as `10.0.0.0/8`; one address counts as a network of its own.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let networks = Vec::<Network>::deserialize(deserializer)?;
    Ok(networks.into_iter().map(|Network(net)| net).collect())
}

struct Network(IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(Text::expected(
                "a network or an address, such as \"10.0.0.0/8\"",
            ))
            .map(|EitherNetwork(net)| Self(net))
    }
}

struct EitherNetwork(IpNet);

impl FromStr for EitherNetwork {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))?;
        Ok(Self(network.trunc()))
    }
}

struct Address(Url);

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(Text::expected(
                "an address, such as \"https://gatelodge.example.com\"",
            ))
            .map(Self)
    }
}

/// Text that is read as something else.
struct Text<T> {
    expected: &'static str,
    as_value: PhantomData<T>,
}

impl<T> Text<T> {
    fn expected(expected: &'static str) -> Self {
        Self {
            expected,
            as_value: PhantomData,
        }
    }
}

impl<T: FromStr> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse()
            .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}
