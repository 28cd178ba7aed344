//! Numbers, dates, times and datetimes ("SOQL and SOSL Reference, Date Formats and Date
//! Literals in WHERE"). Must not know a field's type, nor the range an org stores.

use super::{Lexer, TokenKind};
use crate::ast::{Date, DateTime, Time};
use crate::{ParseError, Span};

impl Lexer<'_> {
    /// Reads a number, date, time or datetime; the next character is a digit, sign or dot.
    pub(super) fn number(&mut self) -> Result<TokenKind, ParseError> {
        let start = self.at;
        let kind = self.date_or_time()?.unwrap_or_else(|| {
            self.at = start + number_length(&self.text[start..]);
            TokenKind::Number
        });
        // `1e5`, `5L`, `5.` and `2026-01-01x` are no literals, nor two tokens.
        match self.rest().bytes().next() {
            Some(next) if next.is_ascii_alphanumeric() || matches!(next, b'_' | b'.') => {
                Err(self.no_viable(self.at))
            }
            _ => Ok(kind),
        }
    }

    fn date_or_time(&mut self) -> Result<Option<TokenKind>, ParseError> {
        let start = self.at;
        let rest = self.rest();
        if let Some([year, month, day]) = date_shape(rest) {
            self.at += 10;
            let date = u8::try_from(month)
                .ok()
                .zip(u8::try_from(day).ok())
                .map(|(month, day)| Date { year, month, day })
                .filter(|date| date.exists());
            let has_time = matches!(self.rest().bytes().next(), Some(b'T' | b't'));
            if !has_time {
                return match date {
                    Some(date) => Ok(Some(TokenKind::Date(date))),
                    None => Err(self.invalid_date(start)),
                };
            }
            self.at += 1;
            let Some((time, offset_minutes)) = self.time_and_zone() else {
                return Err(self.no_viable(self.at));
            };
            let parts = date.zip(time);
            let Some((date, time)) = parts else {
                return Err(self.invalid_date(start));
            };
            return Ok(Some(TokenKind::DateTime(DateTime {
                date,
                time,
                offset_minutes,
            })));
        }
        if digits(rest, 0, 2).is_some() && rest.as_bytes().get(2) == Some(&b':') {
            return match self.time_and_zone() {
                Some((Some(time), 0)) => Ok(Some(TokenKind::Time(time))),
                Some(_) => Err(self.invalid_date(start)),
                None => Err(self.no_viable(self.at)),
            };
        }
        Ok(None)
    }

    /// `HH:MM:SS[.fraction]` and `Z`, `+HH:MM` or `+HHMM`. The outer nothing means another
    /// shape, the inner one a time that does not exist.
    fn time_and_zone(&mut self) -> Option<(Option<Time>, i16)> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let (hour, minute, second) = (
            digits(rest, 0, 2)?,
            digits(rest, 3, 2)?,
            digits(rest, 6, 2)?,
        );
        if bytes[2] != b':' || bytes[5] != b':' {
            return None;
        }
        let mut length = 8;
        let mut nanosecond = 0;
        if bytes.get(8) == Some(&b'.') {
            let fraction = rest[9..].bytes().take_while(u8::is_ascii_digit).count();
            if fraction == 0 {
                return None;
            }
            let kept = format!("{:0<9}", &rest[9..9 + fraction.min(9)]);
            nanosecond = kept.parse().ok()?;
            length = 9 + fraction;
        }
        let zone = &rest[length..];
        let (offset, zone_length) = match zone.bytes().next()? {
            b'Z' | b'z' => (Some(0), 1),
            sign @ (b'+' | b'-') => {
                let colon = usize::from(zone.as_bytes().get(3) == Some(&b':'));
                let (hours, minutes) = (digits(zone, 1, 2)?, digits(zone, 3 + colon, 2)?);
                let offset = i16::try_from(hours * 60 + minutes).ok()?;
                let offset = if sign == b'-' { -offset } else { offset };
                (
                    Some(offset).filter(|_| hours < 24 && minutes < 60),
                    5 + colon,
                )
            }
            _ => return None,
        };
        self.at += length + zone_length;
        let time = offset.and_then(|_| time(hour, minute, second, nanosecond));
        Some((time, offset.unwrap_or_default()))
    }

    fn invalid_date(&self, start: usize) -> ParseError {
        let span = Span::new(start, self.at);
        let message = format!("invalid date: {}", &self.text[start..self.at]);
        ParseError::syntax(self.code, self.text, span, message)
    }
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

fn time(hour: u16, minute: u16, second: u16, nanosecond: u32) -> Option<Time> {
    let [hour, minute, second] =
        [hour, minute, second].map(|part| u8::try_from(part).unwrap_or(u8::MAX));
    (hour < 24 && minute < 60 && second < 60).then_some(Time {
        hour,
        minute,
        second,
        nanosecond,
    })
}

/// Year, month and day when the text starts like `2026-01-31`.
fn date_shape(text: &str) -> Option<[u16; 3]> {
    let bytes = text.as_bytes();
    let parts = [
        digits(text, 0, 4)?,
        digits(text, 5, 2)?,
        digits(text, 8, 2)?,
    ];
    (bytes[4] == b'-' && bytes[7] == b'-').then_some(parts)
}

fn digits(text: &str, from: usize, count: usize) -> Option<u16> {
    let digits = text.get(from..from + count)?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// `[+-]digits[.digits]` or `[+-].digits`; a dot without digits after it is left.
fn number_length(text: &str) -> usize {
    let run = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let sign = usize::from(text.starts_with(['+', '-']));
    let whole = sign + run(sign);
    if text[whole..].starts_with('.') {
        let fraction = run(whole + 1);
        if fraction > 0 {
            return whole + 1 + fraction;
        }
    }
    whole
}
