//! Numbers, dates, times and datetimes ("SOQL and SOSL Reference, Date Formats and Date
//! Literals in WHERE"): where such a literal ends, and what its digits say. Must not know a
//! field's type, nor the range an org stores.

use super::{Lexer, TokenKind};
use crate::ast::{Date, DateTime, Time};

impl Lexer<'_> {
    /// Reads a number, date, time or datetime; the next character is a digit or a dot before one.
    pub(super) fn number(&mut self) -> TokenKind {
        let bytes = &self.text.as_bytes()[self.at..];
        let (kind, length) = moment(bytes).unwrap_or_else(|| {
            let whole = run(bytes, 0);
            let fraction = match bytes.get(whole) {
                Some(b'.') => run(bytes, whole + 1),
                _ => 0,
            };
            if fraction > 0 {
                (TokenKind::Decimal, whole + 1 + fraction)
            } else {
                (TokenKind::Integer, whole)
            }
        });
        self.at += length;
        kind
    }
}

/// The date, datetime or time that the text starts with, and its length.
fn moment(bytes: &[u8]) -> Option<(TokenKind, usize)> {
    if shape(bytes, b"0000-00-00") {
        let clock = match bytes.get(10) {
            Some(b'T' | b't') => clock_length(&bytes[11..]),
            _ => None,
        };
        return Some(clock.map_or((TokenKind::Date, 10), |length| {
            (TokenKind::DateTime, 11 + length)
        }));
    }
    clock_length(bytes).map(|length| (TokenKind::Time, length))
}

/// The length of `HH:MM:SS[.fraction]` with `Z`, `+HH:MM` or `+HHMM`.
fn clock_length(bytes: &[u8]) -> Option<usize> {
    if !shape(bytes, b"00:00:00") {
        return None;
    }
    let mut length = 8;
    if bytes.get(8) == Some(&b'.') {
        let fraction = run(bytes, 9);
        if fraction == 0 {
            return None;
        }
        length = 9 + fraction;
    }
    let zone = &bytes[length..];
    match zone.first()? {
        b'Z' | b'z' => Some(length + 1),
        b'+' | b'-' if shape(&zone[1..], b"00:00") => Some(length + 6),
        b'+' | b'-' if shape(&zone[1..], b"0000") => Some(length + 5),
        _ => None,
    }
}

/// Whether the text starts like the pattern, in which `0` stands for any digit.
fn shape(bytes: &[u8], pattern: &[u8]) -> bool {
    bytes.len() >= pattern.len()
        && pattern
            .iter()
            .zip(bytes)
            .all(|(wanted, found)| match wanted {
                b'0' => found.is_ascii_digit(),
                other => other == found,
            })
}

fn run(bytes: &[u8], from: usize) -> usize {
    let digits = bytes[from..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    digits.count()
}

/// The date of a token, when the calendar has it.
pub(crate) fn date(text: &str) -> Option<Date> {
    let date = Date {
        year: text.get(..4)?.parse().ok()?,
        month: text.get(5..7)?.parse().ok()?,
        day: text.get(8..10)?.parse().ok()?,
    };
    Some(date).filter(|date| date.exists())
}

/// The point in time of a token, when calendar and clock have it.
pub(crate) fn date_time(text: &str) -> Option<DateTime> {
    let (time, offset_minutes) = clock(text.get(11..)?)?;
    Some(DateTime {
        date: date(text)?,
        time,
        offset_minutes,
    })
}

/// The time of a token, when the clock has it; a time of day has no zone but `Z`.
pub(crate) fn time(text: &str) -> Option<Time> {
    clock(text)
        .filter(|(_, offset)| *offset == 0)
        .map(|(time, _)| time)
}

fn clock(text: &str) -> Option<(Time, i16)> {
    let time = Time {
        hour: text.get(..2)?.parse().ok()?,
        minute: text.get(3..5)?.parse().ok()?,
        second: text.get(6..8)?.parse().ok()?,
        nanosecond: nanosecond(text)?,
    };
    let offset = match text.find(['+', '-']) {
        Some(sign) => zone(&text[sign..])?,
        None => 0,
    };
    let exists = time.hour < 24 && time.minute < 60 && time.second < 60;
    exists.then_some((time, offset))
}

fn nanosecond(text: &str) -> Option<u32> {
    let Some(fraction) = text.get(8..)?.strip_prefix('.') else {
        return Some(0);
    };
    let digits = run(fraction.as_bytes(), 0).min(9);
    format!("{:0<9}", &fraction[..digits]).parse().ok()
}

/// Minutes of `+HH:MM` or `+HHMM`.
fn zone(text: &str) -> Option<i16> {
    let digits = text[1..].replace(':', "");
    let hours: i16 = digits.get(..2)?.parse().ok()?;
    let minutes: i16 = digits.get(2..)?.parse().ok()?;
    let offset = hours * 60 + minutes;
    let offset = if text.starts_with('-') {
        -offset
    } else {
        offset
    };
    (hours < 24 && minutes < 60).then_some(offset)
}

impl Date {
    /// Whether the calendar has this date.
    pub fn exists(self) -> bool {
        let leap = self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return false,
        };
        (1..=days).contains(&self.day)
    }
}
