//! Address ranges that the configuration file opens although they are not the public internet (S10).
//!
//! Must not know: names and ports.

use std::{fmt, net::IpAddr, str::FromStr};

/// A range of addresses, such as `10.20.0.0/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressRange {
    first: IpAddr,
    length: u32,
}

/// A text is no range of addresses that may be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRange {
    /// It has another form.
    #[error("'{0}' is no range of addresses, such as 10.20.0.0/16")]
    Form(String),
    /// Bits stand behind the prefix: somebody meant something else.
    #[error("'{0}' has bits set behind its prefix; the range begins at {1}")]
    Bits(String, IpAddr),
    /// Nobody needs it and much harm is in it.
    #[error(
        "'{0}' cannot be opened: it holds link-local, unspecified or multicast addresses, where metadata services of clouds listen"
    )]
    Never(String),
}

/// Never opened: metadata services of clouds, "this host", multicast, and ways to write IPv4 in IPv6.
const NEVER: [&str; 9] = [
    "0.0.0.0/8",
    "169.254.0.0/16",
    "168.63.129.16/32",
    "224.0.0.0/3",
    "::/8",
    "64:ff9b::/16",
    "2002::/16",
    "fe80::/10",
    "ff00::/8",
];

/// The metadata service of one cloud has a unique local address.
const METADATA_V6: IpAddr = IpAddr::V6(std::net::Ipv6Addr::new(
    0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254,
));

impl AddressRange {
    /// Whether an address is in it. Written as IPv4 in IPv6 it is not: those spellings stay closed.
    pub fn holds(&self, address: IpAddr) -> bool {
        if address == METADATA_V6 {
            return false;
        }
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                (first.to_bits() ^ address.to_bits()).leading_zeros() >= self.length
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                (first.to_bits() ^ address.to_bits()).leading_zeros() >= self.length
            }
            _ => false,
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        let wider = Self {
            first: self.first,
            length: self.length.min(other.length),
        };
        wider.holds(other.first)
    }

    fn read(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let first: IpAddr = address.parse().ok()?;
        let length: u32 = length.parse().ok()?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        (length <= most).then_some(Self { first, length })
    }

    fn start(&self) -> IpAddr {
        match self.first {
            IpAddr::V4(first) => {
                let mask = u32::MAX.checked_shl(32 - self.length).unwrap_or(0);
                IpAddr::V4((first.to_bits() & mask).into())
            }
            IpAddr::V6(first) => {
                let mask = u128::MAX.checked_shl(128 - self.length).unwrap_or(0);
                IpAddr::V6((first.to_bits() & mask).into())
            }
        }
    }
}

impl FromStr for AddressRange {
    type Err = InvalidRange;

    fn from_str(text: &str) -> Result<Self, InvalidRange> {
        let range = Self::read(text).ok_or_else(|| InvalidRange::Form(text.to_owned()))?;
        if range.start() != range.first {
            return Err(InvalidRange::Bits(text.to_owned(), range.start()));
        }
        let never = NEVER
            .iter()
            .filter_map(|text| Self::read(text))
            .any(|never| never.overlaps(&range));
        if never {
            return Err(InvalidRange::Never(text.to_owned()));
        }
        Ok(range)
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_addresses_and_no_others() {
        // proves S10
        let range: AddressRange = "10.20.0.0/16".parse().unwrap();
        assert!(range.holds("10.20.255.1".parse().unwrap()));
        for outside in ["10.21.0.1", "::ffff:10.20.0.1", "64:ff9b::10.20.0.1", "::1"] {
            assert!(!range.holds(outside.parse().unwrap()), "{outside}");
        }
        let local: AddressRange = "fd00::/8".parse().unwrap();
        assert!(local.holds("fd12::1".parse().unwrap()));
        assert!(!local.holds("fd00:ec2::254".parse().unwrap()));
        assert_eq!(range.to_string(), "10.20.0.0/16");
    }

    #[test]
    fn what_nobody_needs_cannot_be_opened() {
        // proves S10
        for text in [
            "0.0.0.0/0",
            "169.254.169.254/32",
            "169.0.0.0/8",
            "224.0.0.0/4",
            "::/0",
            "::1/128",
            "::ffff:0:0/96",
            "fe80::/64",
            "64:ff9b::/96",
        ] {
            assert!(
                matches!(
                    text.parse::<AddressRange>(),
                    Err(InvalidRange::Never(_) | InvalidRange::Bits(..))
                ),
                "{text}"
            );
        }
        for text in ["10.0.0.0", "10.0.0.0/33", "010.0.0.0/8", "10/8", "", "x/8"] {
            assert!(
                matches!(text.parse::<AddressRange>(), Err(InvalidRange::Form(_))),
                "{text}"
            );
        }
        assert!(matches!(
            "10.20.1.0/16".parse::<AddressRange>(),
            Err(InvalidRange::Bits(..))
        ));
    }
}
