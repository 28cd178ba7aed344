//! When a credential is refreshed without being asked for.
//!
//! Every moment carries some chance, so that what was granted together does not end together. Must not know: how
//! a refresh is done.

use crate::credential::Credential;
use chrono::TimeDelta;
use gatelodge_model::{Random, Timestamp};
use gatelodge_provider::RefreshProfile;

/// After a failure: the first pause and the longest, in seconds.
const FIRST_PAUSE: i64 = 5;
const LONGEST_PAUSE: i64 = 900;

/// The next refresh of a credential that was just renewed; none where a 401 or a person starts it.
pub(crate) fn after_success(
    credential: &Credential,
    profile: &RefreshProfile,
    random: &dyn Random,
) -> Option<Timestamp> {
    credential.refresh_token.as_ref()?;
    let ageing = credential.expires_at.map(|end| {
        // A fifth of the life is left then, or a little more (CRED-3).
        let life = end - credential.issued_at;
        credential.issued_at + life * 7 / 10 + part(life / 10, random)
    });
    let idle = profile.keep_alive_days.map(|days| {
        let pause = TimeDelta::days(i64::from(days));
        credential.issued_at + pause * 9 / 10 + part(pause / 10, random)
    });
    ageing.into_iter().chain(idle).min()
}

/// When to look at a token whose end was told after it was granted.
pub(crate) fn after_introspection(
    issued_at: Timestamp,
    end: Timestamp,
    random: &dyn Random,
) -> Timestamp {
    let life = (end - issued_at).max(TimeDelta::zero());
    issued_at + life * 7 / 10 + part(life / 10, random)
}

/// The next try after so many failures.
pub(crate) fn after_failure(failures: u32, now: Timestamp, random: &dyn Random) -> Timestamp {
    let pause = (FIRST_PAUSE << failures.saturating_sub(1).min(8)).min(LONGEST_PAUSE);
    let pause = TimeDelta::seconds(pause);
    now + pause / 2 + part(pause / 2, random)
}

/// Something between nothing and the whole.
fn part(whole: TimeDelta, random: &dyn Random) -> TimeDelta {
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    let share = i64::from(u32::from_le_bytes(bytes) >> 1);
    let millis = i128::from(whole.num_milliseconds()) * i128::from(share) / i128::from(i32::MAX);
    TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::tests::sample;
    use gatelodge_model::clock::testing::SeededRandom;
    use proptest::prelude::*;

    fn millis(at: Timestamp) -> i64 {
        at.timestamp_millis()
    }

    proptest! {
        #[test]
        fn a_declared_life_is_renewed_in_its_last_third(seed: u64, life in 1_000_i64..400_000_000_000) {
            // proves CRED-3, R5
            let random = SeededRandom::new(seed);
            let profile = RefreshProfile::default();
            let next = after_success(&sample(Some(life)), &profile, &random).unwrap();
            prop_assert!(millis(next) >= life * 7 / 10 - 1 && millis(next) <= life * 8 / 10 + 1);
        }

        #[test]
        fn failures_are_tried_again_ever_later(seed: u64, failures: u32) {
            // proves R6
            let random = SeededRandom::new(seed);
            let now = Timestamp::from_timestamp_millis(0).unwrap();
            let next = millis(after_failure(failures, now, &random));
            prop_assert!((2_500..=LONGEST_PAUSE * 1000).contains(&next));
        }
    }

    #[test]
    fn an_idle_grant_is_touched_where_the_profile_says_so() {
        // proves R6, CRED-3
        let random = SeededRandom::new(3);
        let never = RefreshProfile::default();
        assert_eq!(after_success(&sample(None), &never, &random), None);
        let weekly = RefreshProfile {
            idle_days: Some(30),
            keep_alive_days: Some(7),
            ..RefreshProfile::default()
        };
        let next = after_success(&sample(None), &weekly, &random).unwrap();
        let day = 24 * 60 * 60 * 1000;
        assert!((6 * day..=7 * day).contains(&millis(next)));
        let soon = after_success(&sample(Some(1000)), &weekly, &random).unwrap();
        assert!(millis(soon) <= 800);
        let mut without = sample(Some(1000));
        without.refresh_token = None;
        assert_eq!(after_success(&without, &weekly, &random), None);
    }
}
