//! Prints literals. Must not know which field they are for.

use std::fmt::{Display, Formatter, Result};

use crate::ast::{Date, DateTime, Literal, Time, Value};
use crate::escape_string;

impl Display for Literal {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        self.value.fmt(formatter)
    }
}

impl Display for Value {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::String(text) => write!(formatter, "'{}'", escape_string(text)),
            Self::Number(number) => formatter.write_str(number),
            Self::Boolean(true) => formatter.write_str("TRUE"),
            Self::Boolean(false) => formatter.write_str("FALSE"),
            Self::Null => formatter.write_str("NULL"),
            Self::Date(date) => date.fmt(formatter),
            Self::DateTime(moment) => moment.fmt(formatter),
            Self::Time(time) => write!(formatter, "{time}Z"),
            Self::DateLiteral(literal) => literal.fmt(formatter),
            Self::Currency(amount) => write!(formatter, "{}{}", amount.code, amount.amount),
        }
    }
}

impl Display for Date {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        write!(
            formatter,
            "{:04}-{:02}-{:02}",
            self.year, self.month, self.day
        )
    }
}

/// Without a zone; with milliseconds when there is a fraction, more digits only when needed.
impl Display for Time {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        write!(
            formatter,
            "{:02}:{:02}:{:02}",
            self.hour, self.minute, self.second
        )?;
        if self.nanosecond == 0 {
            Ok(())
        } else if self.nanosecond.is_multiple_of(1_000_000) {
            write!(formatter, ".{:03}", self.nanosecond / 1_000_000)
        } else {
            write!(formatter, ".{:09}", self.nanosecond)
        }
    }
}

impl Display for DateTime {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        write!(formatter, "{}T{}", self.date, self.time)?;
        if self.offset_minutes == 0 {
            return formatter.write_str("Z");
        }
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.unsigned_abs();
        write!(formatter, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}
