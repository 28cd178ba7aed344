//! The rules an administrator sets: how long tokens live, who may use an app, from where, and what ends a session.
//!
//! Plain values with their small questions; must not know tokens or requests.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::org::User;

/// How long a refresh token lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshPolicy {
    /// Until it is revoked.
    #[default]
    UntilRevoked,
    /// It is dead from the start; the first access token is all there is.
    Immediately,
    /// Until it was not used for this many days.
    UnusedForDays(u32),
    /// Until this many days after it was issued.
    DaysAfterIssue(u32),
}

impl RefreshPolicy {
    /// Whether a refresh token with this history is dead.
    pub(crate) fn is_over(
        self,
        issued_at: DateTime<Utc>,
        last_used: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> bool {
        let days = |count: u32| TimeDelta::days(i64::from(count));
        match self {
            Self::UntilRevoked => false,
            Self::Immediately => true,
            Self::UnusedForDays(count) => now - last_used >= days(count),
            Self::DaysAfterIssue(count) => now - issued_at >= days(count),
        }
    }
}

/// Who may use an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permitted {
    /// Everyone; each person approves the app for herself.
    #[default]
    Everyone,
    /// Only whom an administrator approved before; nobody is asked.
    AdminApproved {
        /// Names of profiles.
        #[serde(default)]
        profiles: Vec<String>,
        /// Usernames.
        #[serde(default)]
        users: Vec<String>,
    },
}

impl Permitted {
    /// Whether an administrator decides, so that the consent page is left out.
    pub(crate) fn by_admin(&self) -> bool {
        matches!(self, Self::AdminApproved { .. })
    }

    pub(crate) fn includes(&self, user: &User) -> bool {
        match self {
            Self::Everyone => true,
            Self::AdminApproved { profiles, users } => {
                profiles.contains(&user.profile)
                    || users
                        .iter()
                        .any(|name| name.eq_ignore_ascii_case(&user.username))
            }
        }
    }
}

/// Addresses from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IpRange {
    /// First address.
    pub first: IpAddr,
    /// Last address.
    pub last: IpAddr,
}

impl IpRange {
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        // Addresses of different families do not compare.
        let same_family = self.first.is_ipv4() == address.is_ipv4();
        same_family && self.first <= address && address <= self.last
    }
}

/// Whether an address may pass; without ranges every one may.
pub(crate) fn inside<'a>(
    mut ranges: impl Iterator<Item = &'a IpRange>,
    address: Option<IpAddr>,
) -> bool {
    let mut any = false;
    let found = ranges.any(|range| {
        any = true;
        address.is_some_and(|address| range.contains(address))
    });
    found || !any
}

/// What an event takes from a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ends {
    /// Nothing.
    Nothing,
    /// The access tokens; a refresh gives new ones.
    #[default]
    Sessions,
    /// The access tokens and the grants.
    Grants,
}

/// What keeps people from signing in, or apps from being let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInRule {
    /// Nothing.
    #[default]
    Open,
    /// It is outside of the hours in which the profile may sign in; a refresh is a sign-in too.
    OutsideLoginHours,
    /// A second factor is asked for, and is not given.
    SecondFactor,
    /// Users come through the company's own sign-in only.
    SingleSignOn,
    /// API Access Control: only apps that an administrator approved before are let in.
    ApiAccessControl,
}

impl SignInRule {
    /// The words of the redirect.
    pub(crate) fn refusal(self) -> Option<(&'static str, &'static str)> {
        let description = match self {
            Self::Open | Self::ApiAccessControl => return None,
            Self::OutsideLoginHours => RESTRICTED_TIME,
            Self::SecondFactor => "multi-factor authentication required",
            Self::SingleSignOn => "single sign-on required",
        };
        Some(("access_denied", description))
    }
}

/// What is said outside of the login hours.
pub(crate) const RESTRICTED_TIME: &str = "cannot log in during restricted time";

/// The rules of the whole org.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Minutes until a change to an app is known everywhere; a new app is unknown so long.
    pub propagation_minutes: u32,
    /// Life of an access token without use; absent means what the practice org was started with.
    pub session_timeout_minutes: Option<u32>,
    /// An access token works from the address that got it only.
    pub lock_sessions_to_ip: bool,
    /// Trusted addresses of the org, for apps that enforce ranges.
    pub login_ranges: Vec<IpRange>,
    /// What a change of the password ends.
    pub password_change_ends: Ends,
    /// What a logout ends.
    pub logout_ends: Ends,
    /// Sign-ins of one user within an hour; more are refused.
    pub logins_per_hour: u32,
    /// The org is open; a locked one gives no tokens.
    pub organization_active: bool,
    /// The general login host is refused; only the My Domain host works.
    pub refuse_general_login: bool,
    /// What keeps people from signing in.
    pub sign_in: SignInRule,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            propagation_minutes: 0,
            session_timeout_minutes: None,
            lock_sessions_to_ip: false,
            login_ranges: Vec::new(),
            password_change_ends: Ends::Sessions,
            logout_ends: Ends::Sessions,
            logins_per_hour: 3_600,
            organization_active: true,
            refuse_general_login: false,
            sign_in: SignInRule::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: &str, last: &str) -> IpRange {
        IpRange {
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
        }
    }

    #[test]
    fn ranges_hold_their_ends_and_one_family() {
        let ranges = [range("10.0.0.1", "10.0.0.9")];
        let inside = |text: &str| inside(ranges.iter(), text.parse().ok());
        assert!(inside("10.0.0.1") && inside("10.0.0.9"));
        assert!(!inside("10.0.0.10") && !inside("::1") && !inside("unknown"));
        assert!(super::inside([].iter(), None), "no range means any address");
    }

    #[test]
    fn refresh_policies_end_on_the_day() {
        let start = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let after = |days| start + TimeDelta::days(days);
        let unused = RefreshPolicy::UnusedForDays(30);
        assert!(!unused.is_over(start, after(20), after(49)));
        assert!(unused.is_over(start, after(20), after(50)));
        let fixed = RefreshPolicy::DaysAfterIssue(30);
        assert!(fixed.is_over(start, after(29), after(30)));
        assert!(!RefreshPolicy::UntilRevoked.is_over(start, start, after(9_999)));
        assert!(RefreshPolicy::Immediately.is_over(start, start, start));
    }

    #[test]
    fn policies_have_a_short_json_form() {
        let policy: RefreshPolicy = serde_json::from_str(r#"{"unused_for_days":30}"#).unwrap();
        assert_eq!(policy, RefreshPolicy::UnusedForDays(30));
        let permitted: Permitted =
            serde_json::from_str(r#"{"admin_approved":{"profiles":["Sales"]}}"#).unwrap();
        assert!(permitted.by_admin());
        let policy: Policy = serde_json::from_str(r#"{"propagation_minutes":10}"#).unwrap();
        assert_eq!(
            (policy.propagation_minutes, policy.logins_per_hour),
            (10, 3_600)
        );
    }
}
