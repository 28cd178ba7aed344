//! Reading addresses, so that a wrong one is answered with what one looks like.
//!
//! Must not know: what the addresses are for.

use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};
use std::{fmt, marker::PhantomData, net::SocketAddr, str::FromStr};
use url::Url;

pub(super) fn socket<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    deserializer.deserialize_str(Text::expected(
        "an address and a port, such as \"127.0.0.1:8420\"",
    ))
}

pub(super) fn urls<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Url>, D::Error> {
    let addresses = Vec::<Address>::deserialize(deserializer)?;
    Ok(addresses.into_iter().map(|Address(url)| url).collect())
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
