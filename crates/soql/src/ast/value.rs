//! Literals ("SOQL and SOSL Reference, Date Formats and Date Literals in WHERE; Reserved
//! Characters in SOQL"). Decoded, but not converted: a number stays text so that no digit is
//! lost. Must not know which field a literal is compared with.

use super::DateLiteral;
use crate::Span;

/// A literal and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The decoded literal.
    pub value: Value,
    /// Its place, quotes included.
    pub span: Span,
}

/// A decoded literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A quoted string, escapes resolved.
    String(String),
    /// A number as written: `5`, `-5.0`, `+.5`.
    Number(String),
    /// `TRUE` or `FALSE`.
    Boolean(bool),
    /// `NULL`.
    Null,
    /// `2026-01-31`.
    Date(Date),
    /// `2026-01-31T10:00:00Z`.
    DateTime(DateTime),
    /// `10:00:00.000Z`.
    Time(Time),
    /// `TODAY`, `LAST_N_DAYS:7` and the like.
    DateLiteral(DateLiteral),
    /// `USD5000`.
    Currency(Currency),
}

/// A calendar date; the parser gives only dates that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Date {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

/// A time of day. Digits after the ninth of a fraction are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Time {
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub nanosecond: u32,
}

/// A point in time, as written in its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// The local date.
    pub date: Date,
    /// The local time.
    pub time: Time,
    /// Minutes that the zone is ahead of UTC; `Z` is 0.
    pub offset_minutes: i16,
}

/// An amount with its currency, for orgs with several currencies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency {
    /// The ISO 4217 code in capitals.
    pub code: String,
    /// The amount as written, without a sign.
    pub amount: String,
}
