//! Typed identifiers: a prefix that says what it is, and a time-ordered UUID (version 7, RFC 9562 §5.7).
//!
//! Must not know: what the things are beyond their names.

use crate::clock::{Clock, Random};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A string that is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{given}' is not a {kind} identifier (expected {prefix}_ and 32 hexadecimal digits)")]
pub struct InvalidId {
    /// What was given, cut at 80 characters.
    pub given: String,
    /// The kind that was expected.
    pub kind: &'static str,
    /// Its prefix.
    pub prefix: &'static str,
}

/// Makes a UUID of version 7 from the injected clock and randomness.
pub fn new_uuid(clock: &dyn Clock, random: &dyn Random) -> Uuid {
    let mut bytes = [0_u8; 10];
    random.fill(&mut bytes);
    let millis = u64::try_from(clock.now().timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

/// An id that everybody derives alike from a digest (RFC 9562 §5.8).
pub fn uuid_of(digest: &crate::Digest) -> Uuid {
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(digest.as_bytes()) {
        *byte = *from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn parse(text: &str, prefix: &'static str, kind: &'static str) -> Result<Uuid, InvalidId> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|rest| {
            rest.len() == 32
                && rest
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
        .and_then(|rest| Uuid::try_parse(rest).ok())
        .ok_or_else(|| InvalidId {
            given: text.chars().take(80).collect(),
            kind,
            prefix,
        })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The prefix of the text form.
            pub const PREFIX: &'static str = $prefix;

            /// Makes a new identifier.
            pub fn generate(clock: &dyn Clock, random: &dyn Random) -> Self {
                Self(new_uuid(clock, random))
            }

            /// Wraps a stored UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID to store.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse(text, $prefix, $kind).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": concat!("^", $prefix, "_[0-9a-f]{32}$") })
            }
        }
    };
}

id!(/// An organization: the tenant.
    OrganizationId, "org", "organization");
id!(/// A person who signs in.
    UserId, "usr", "user");
id!(/// A non-human caller.
    AgentId, "agt", "agent");
id!(/// A browser session.
    SessionId, "ses", "session");
id!(/// A link that works once.
    OneTimeLinkId, "lnk", "one-time link");
id!(/// Our registration at a provider.
    OAuthAppId, "app", "OAuth app");
id!(/// One attempt to connect.
    AuthorizationFlowId, "flw", "authorization flow");
id!(/// A link between a person and an account at a provider.
    ConnectionId, "con", "connection");
id!(/// A frozen tool call that waits for a decision.
    ProposalId, "prp", "proposal");
id!(/// An address that an administrator wants messages sent to.
    WebhookId, "whk", "webhook");
id!(/// Something that a person was told.
    NoticeId, "ntc", "notice");
id!(/// An invitation to join an organization.
    InvitationId, "inv", "invitation");
id!(/// A named set of people of an organization.
    GroupId, "grp", "group");
id!(/// A rule that an administrator set for tool calls.
    PolicyRuleId, "rul", "policy rule");
id!(/// Something that the keeper sealed and will open for those entitled to it.
    SealedId, "sld", "sealed record");
id!(/// An entry of the audit log.
    AuditEventId, "aud", "audit event");
id!(/// One request at one of our doors; also joins the log lines of a tool call.
    RequestId, "req", "request");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::testing::{FixedClock, SeededRandom};

    #[test]
    fn text_form_round_trips_and_sorts_by_time() {
        let clock = FixedClock::at(1_700_000_000_000);
        let random = SeededRandom::new(1);
        let first = ProposalId::generate(&clock, &random);
        clock.advance_millis(5);
        let second = ProposalId::generate(&clock, &random);
        assert!(first < second);
        assert_eq!(first.to_string().parse::<ProposalId>(), Ok(first));
        assert!(first.to_string().starts_with("prp_"));
    }

    #[test]
    fn another_kind_or_garbage_is_refused() {
        let id = UserId::generate(&FixedClock::at(0), &SeededRandom::new(2));
        assert!(id.to_string().parse::<AgentId>().is_err());
        for text in [
            "",
            "usr_",
            "usr_zz",
            "usr_0123456789ABCDEF0123456789ABCDEF",
            "usr",
        ] {
            assert!(text.parse::<UserId>().is_err(), "{text}");
        }
    }
}
