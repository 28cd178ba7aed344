//! How a provider treats refresh tokens: what a refresh does to the token that was used, and how long an unused
//! grant lives (security 4.3).
//!
//! Must not know: how a refresh is done.

use serde::Deserialize;

/// What happens to a refresh token that was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// It stays as it is.
    Static,
    /// A new one comes back, the old one goes on working.
    Rolling,
    /// A new one comes back, the old one works for `grace_seconds` more.
    Grace,
    /// A new one comes back; the old one is dead, and its second use may end the grant.
    #[default]
    Strict,
}

impl Rotation {
    /// Whether an answer that got lost can mean that the grant is lost.
    pub const fn can_lose(self) -> bool {
        matches!(self, Self::Grace | Self::Strict)
    }
}

/// The section `[refresh]` of a `provider.toml`. What is not said is assumed to be the worst.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefreshProfile {
    /// What happens to a used refresh token.
    pub rotation: Rotation,
    /// How long the old one works on, with `rotation = "grace"`.
    pub grace_seconds: Option<u32>,
    /// After how many days without use the provider ends a grant.
    pub idle_days: Option<u32>,
    /// Refresh an unused grant this often to keep it alive; shorter than `idle_days`.
    pub keep_alive_days: Option<u32>,
    /// How many refreshes one keeper begins in a second by itself.
    pub per_second: Option<u32>,
}

impl RefreshProfile {
    /// What keeps the section from making sense.
    pub fn fault(&self) -> Option<&'static str> {
        if (self.rotation == Rotation::Grace) != self.grace_seconds.is_some() {
            return Some("`grace_seconds` belongs to rotation = \"grace\", and to nothing else");
        }
        if self.per_second == Some(0) || self.keep_alive_days == Some(0) {
            return Some("`per_second` and `keep_alive_days` are at least 1");
        }
        match (self.keep_alive_days, self.idle_days) {
            (Some(keep), Some(idle)) if keep >= idle => {
                Some("`keep_alive_days` must be shorter than `idle_days`")
            }
            (Some(_), None) => Some("`keep_alive_days` needs `idle_days`"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<&'static str> {
        toml::from_str::<RefreshProfile>(text).unwrap().fault()
    }

    #[test]
    fn a_profile_that_makes_no_sense_is_refused() {
        for good in [
            "",
            "rotation = \"static\"",
            "rotation = \"grace\"\ngrace_seconds = 600",
            "idle_days = 30\nkeep_alive_days = 7\nper_second = 5",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            "rotation = \"grace\"",
            "grace_seconds = 5",
            "keep_alive_days = 7",
            "idle_days = 7\nkeep_alive_days = 7",
            "per_second = 0",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
        assert_eq!(RefreshProfile::default().rotation, Rotation::Strict);
    }
}
