//! Record ids: the 15-character form that is stored, the 18-character form that is sent, and the repair of ids
//! whose letter case was lost on the way.
//!
//! Must not know which objects exist; a prefix is three characters to it.
//! Source of the rule: "ID Field Type", Salesforce Object Reference.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const CHECK: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Instance and reserved part of every id that this org makes, between the prefix and the sequence.
const POD: &[u8; 6] = b"gL0000";

/// A record id. Compares by its case-sensitive 15 characters; always printed with 18.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 15]);

impl Id {
    /// Before every id there is.
    pub(super) const LOWEST: Self = Self([0; 15]);

    /// Reads 15 characters as they are, or 18 in any letter case (the last three characters restore it).
    /// `None` when it is neither, or when the check characters do not belong to the rest.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !bytes.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        match bytes.len() {
            15 => <[u8; 15]>::try_from(bytes).ok().map(Self),
            18 => Self::repair(bytes),
            _ => None,
        }
    }

    /// The id number `sequence` of the objects with this prefix.
    pub fn generate(prefix: [u8; 3], sequence: u64) -> Self {
        let mut out = [b'0'; 15];
        out[..3].copy_from_slice(&prefix);
        out[3..9].copy_from_slice(POD);
        let mut rest = sequence;
        for place in out[9..].iter_mut().rev() {
            *place = DIGITS[usize::try_from(rest % 62).unwrap_or(0)];
            rest /= 62;
        }
        Self(out)
    }

    /// The sequence number inside an id that [`Id::generate`] made; `None` for ids from elsewhere.
    pub fn sequence(&self) -> Option<u64> {
        if &self.0[3..9] != POD {
            return None;
        }
        self.0[9..].iter().try_fold(0_u64, |sum, byte| {
            let digit = DIGITS.iter().position(|digit| digit == byte)?;
            Some(sum * 62 + u64::try_from(digit).ok()?)
        })
    }

    /// The three characters that name the object.
    pub fn prefix(&self) -> [u8; 3] {
        [self.0[0], self.0[1], self.0[2]]
    }

    /// The 18 characters as bytes, for writing without an allocation.
    pub fn bytes(&self) -> [u8; 18] {
        let mut out = [0; 18];
        out[..15].copy_from_slice(&self.0);
        out[15..].copy_from_slice(&self.check());
        out
    }

    /// The 15-character form, as session ids and `Organization` keys use it.
    pub fn short(&self) -> String {
        self.0.iter().map(|byte| char::from(*byte)).collect()
    }

    fn check(&self) -> [u8; 3] {
        let mut out = [0; 3];
        for (chunk, place) in self.0.chunks(5).zip(out.iter_mut()) {
            let bits = chunk
                .iter()
                .enumerate()
                .filter(|(_, byte)| byte.is_ascii_uppercase())
                .fold(0_usize, |bits, (position, _)| bits | (1 << position));
            *place = CHECK[bits];
        }
        out
    }

    fn repair(bytes: &[u8]) -> Option<Self> {
        let mut out = [0; 15];
        for (index, place) in out.iter_mut().enumerate() {
            let check = bytes[15 + index / 5].to_ascii_uppercase();
            let bits = CHECK.iter().position(|candidate| *candidate == check)?;
            let upper = bits & (1 << (index % 5)) != 0;
            *place = match (bytes[index].is_ascii_alphabetic(), upper) {
                (true, true) => bytes[index].to_ascii_uppercase(),
                (true, false) => bytes[index].to_ascii_lowercase(),
                (false, false) => bytes[index],
                (false, true) => return None,
            };
        }
        Some(Self(out))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.bytes() {
            fmt::Write::write_char(f, char::from(byte))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a record id")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Five ids of real orgs with their real check characters.
    const REAL: [(&str, &str); 5] = [
        ("001dM00003jU9Gx", "QAK"),
        ("005dM00000awSFJ", "QA2"),
        ("00DdM00000vfgTu", "UAI"),
        ("001dM00003kRs59", "QAC"),
        ("001dM00003kS5tZ", "QAS"),
    ];

    // proves SFB-ID-1, SFB-ID-2
    #[test]
    fn real_ids_get_their_real_check_characters() {
        for (short, check) in REAL {
            assert_eq!(
                Id::parse(short).unwrap().to_string(),
                format!("{short}{check}")
            );
        }
    }

    // proves SFB-ID-3
    #[test]
    fn letter_case_is_repaired_from_the_check_characters() {
        for (short, check) in REAL {
            let long = format!("{short}{check}");
            for broken in [long.to_lowercase(), long.to_uppercase()] {
                assert_eq!(Id::parse(&broken).unwrap().short(), short);
            }
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "abc",
            "001dM00003jU9G",
            "001dM00003jU9GxQ",
            "001dM00003jU9G!",
            "001dM00003jU9GxQA9",
            "Ünïcödé-ids!!",
        ] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_id_survives_the_long_form_and_lost_case(short in "[0-9A-Za-z]{15}") {
            let id = Id::parse(&short).unwrap();
            prop_assert_eq!(id.short(), short);
            prop_assert_eq!(Id::parse(&id.to_string()), Some(id));
            prop_assert_eq!(Id::parse(&id.to_string().to_lowercase()), Some(id));
        }

        #[test]
        fn generated_ids_are_ordered_and_give_their_sequence_back(a in 0_u64..50_000_000_000, b in 0_u64..50_000_000_000) {
            let (x, y) = (Id::generate(*b"001", a), Id::generate(*b"001", b));
            prop_assert_eq!(x.sequence(), Some(a));
            prop_assert_eq!(a.cmp(&b), x.cmp(&y));
        }
    }
}
