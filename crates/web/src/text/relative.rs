//! Moments in words ("3 minutes ago", "in 2 hours"), with the exact time on hover.
//!
//! Must not know: the clock; both moments are passed in.

use super::numbers::counted;
use askama::{Template, filters::HtmlSafe};
use gatelodge_model::Timestamp;

/// A moment as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    source = r#"<time datetime="{{ machine }}" title="{{ exact }}">{{ words }}</time>"#,
    ext = "html"
)]
pub(crate) struct Moment {
    /// RFC 3339, for programs.
    pub(crate) machine: String,
    /// Date and time in UTC, for people.
    pub(crate) exact: String,
    /// Relative to now.
    pub(crate) words: String,
}

impl HtmlSafe for Moment {}

/// Words for `then`, seen from `now`.
pub(crate) fn moment(then: Timestamp, now: Timestamp) -> Moment {
    Moment {
        machine: then.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        exact: then.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        words: relative(then, now),
    }
}

fn relative(then: Timestamp, now: Timestamp) -> String {
    let seconds = (then - now).num_seconds();
    let distance = match seconds.unsigned_abs() {
        0..=9 => return "just now".to_owned(),
        span @ 10..=59 => in_units(span, 1, "second", "seconds"),
        span @ 60..=3_599 => in_units(span, 60, "minute", "minutes"),
        span @ 3_600..=86_399 => in_units(span, 3_600, "hour", "hours"),
        span @ 86_400..=2_591_999 => in_units(span, 86_400, "day", "days"),
        // Months and years are not a fixed length; the date says it better.
        _ => return format!("on {}", then.format("%Y-%m-%d")),
    };
    if seconds > 0 {
        format!("in {distance}")
    } else {
        format!("{distance} ago")
    }
}

fn in_units(span: u64, unit: u64, one: &str, many: &str) -> String {
    counted(
        usize::try_from(span / unit).unwrap_or(usize::MAX),
        one,
        many,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(offset: i64) -> String {
        let now = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
        let then = Timestamp::from_timestamp(1_800_000_000 + offset, 0).unwrap();
        moment(then, now).words
    }

    #[test]
    fn distances_have_a_direction_and_a_unit() {
        assert_eq!(words(0), "just now");
        assert_eq!(words(-5), "just now");
        assert_eq!(words(-10), "10 seconds ago");
        assert_eq!(words(-60), "1 minute ago");
        assert_eq!(words(-3_599), "59 minutes ago");
        assert_eq!(words(3_600), "in 1 hour");
        assert_eq!(words(-86_400 * 3), "3 days ago");
        assert_eq!(words(86_400 * 29), "in 29 days");
        assert_eq!(words(-86_400 * 400), "on 2025-12-11");
    }

    #[test]
    fn the_exact_time_is_there_too() {
        let html = moment(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH).to_string();
        assert_eq!(
            html,
            r#"<time datetime="1970-01-01T00:00:00Z" title="1970-01-01 00:00:00 UTC">just now</time>"#
        );
    }
}
