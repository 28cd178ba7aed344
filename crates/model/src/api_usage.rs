//! How much of its calls a provider has counted for an account's organization, as it told itself.
//!
//! Must not know: how a provider tells it.

use crate::{clock::Timestamp, id::OrganizationId};
use chrono::TimeDelta;

/// A count of calls, as a provider tells it with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiCount {
    /// How many calls were counted.
    pub used: u64,
    /// How many are allowed.
    pub allowed: u64,
}

/// The count that was seen last, for everybody who uses the same organization at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiUsage {
    /// Tenant.
    pub organization: OrganizationId,
    /// Slug of the provider.
    pub provider: String,
    /// The provider's id of the organization.
    pub account: String,
    /// The count.
    pub count: ApiCount,
    /// When it was seen.
    pub seen_at: Timestamp,
}

/// For how long a count is believed. After that one call may go out and brings a fresh one: nobody is refused for
/// longer because of an old number.
pub const BELIEVED: TimeDelta = TimeDelta::minutes(10);

impl ApiCount {
    /// How many calls agents may use where their share is so many per cent.
    pub const fn share(self, per_cent: u8) -> u64 {
        // Dividing first would lose the share of small limits; the limit of a provider is far below 2⁵⁶.
        self.allowed.saturating_mul(per_cent as u64) / 100
    }
}

impl ApiUsage {
    /// Whether agents have used their share, as far as is known at this moment.
    pub fn is_share_used(&self, per_cent: u8, now: Timestamp) -> bool {
        now - self.seen_at < BELIEVED && self.count.used >= self.count.share(per_cent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_share_is_used_up_until_the_number_is_old() {
        let now = Timestamp::default();
        let usage = |used, allowed| ApiUsage {
            organization: OrganizationId::from_uuid(Uuid::nil()),
            provider: "salesforce".to_owned(),
            account: "00D".to_owned(),
            count: ApiCount { used, allowed },
            seen_at: now,
        };
        for (used, allowed, share, is_used) in [
            (79, 100, 80, false),
            (80, 100, 80, true),
            (15_000, 15_000, 100, true),
            (0, 100, 0, true),
            (u64::MAX, u64::MAX, 50, true),
        ] {
            assert_eq!(usage(used, allowed).is_share_used(share, now), is_used);
        }
        assert!(!usage(100, 100).is_share_used(80, now + BELIEVED));
    }
}
