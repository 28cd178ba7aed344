//! Relative dates as periods, and the date functions. Periods are those of the asking user's time zone and week;
//! the fiscal year is the calendar year.
//!
//! Must not know fields.

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use gatelodge_soql::ast::{DateFunction, DateLiteral, Period, Reach};

use super::person::Person;
use crate::org::value::Value;

/// First day and the day behind the last of the period that a literal means; `None` beyond the calendar.
pub(super) fn range(
    literal: DateLiteral,
    person: Person,
    now: DateTime<Utc>,
) -> Option<(NaiveDate, NaiveDate)> {
    let current = start_of(literal.period, person.today(now), person.week_start())?;
    let step = |count: i64| shift(literal.period, current, count);
    Some(match literal.reach {
        Reach::Last => (step(-1)?, current),
        Reach::This => (current, step(1)?),
        Reach::Next => (step(1)?, step(2)?),
        // Days are the exception: today belongs to the last n days.
        Reach::LastN(count) if literal.period == Period::Day => {
            (step(-i64::from(count))?, step(1)?)
        }
        Reach::LastN(count) => (step(-i64::from(count))?, current),
        Reach::NextN(count) => (step(1)?, step(i64::from(count) + 1)?),
        Reach::Ago(count) => (step(-i64::from(count))?, step(1 - i64::from(count))?),
    })
}

fn start_of(period: Period, day: NaiveDate, week_start: Weekday) -> Option<NaiveDate> {
    match period {
        Period::Day => Some(day),
        Period::Week => {
            let days = day.weekday().days_since(week_start);
            day.checked_sub_signed(Duration::days(days.into()))
        }
        Period::Month => day.with_day(1),
        Period::Quarter | Period::FiscalQuarter => {
            NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1)
        }
        Period::Year | Period::FiscalYear => NaiveDate::from_ymd_opt(day.year(), 1, 1),
    }
}

fn shift(period: Period, start: NaiveDate, count: i64) -> Option<NaiveDate> {
    let months = match period {
        Period::Day => return start.checked_add_signed(Duration::try_days(count)?),
        Period::Week => {
            return start.checked_add_signed(Duration::try_days(count.checked_mul(7)?)?);
        }
        Period::Month => 1,
        Period::Quarter | Period::FiscalQuarter => 3,
        Period::Year | Period::FiscalYear => 12,
    };
    let distance = Months::new(u32::try_from(count.unsigned_abs().checked_mul(months)?).ok()?);
    if count < 0 {
        start.checked_sub_months(distance)
    } else {
        start.checked_add_months(distance)
    }
}

/// The value of a date function, in a time zone; null stays null.
pub(super) fn apply(function: DateFunction, zone: Tz, value: &Value) -> Value {
    let local = match value {
        Value::DateTime(at) => Some(at.with_timezone(&zone)),
        _ => None,
    };
    let day = local.map_or_else(|| value.as_date(), |at| Some(at.date_naive()));
    let Some(date) = day else {
        return Value::Null;
    };
    let number = match function {
        DateFunction::CalendarMonth | DateFunction::FiscalMonth => date.month(),
        DateFunction::CalendarQuarter | DateFunction::FiscalQuarter => date.month0() / 3 + 1,
        DateFunction::CalendarYear | DateFunction::FiscalYear => {
            return Value::Int(date.year().into());
        }
        DateFunction::DayInMonth => date.day(),
        DateFunction::DayInWeek => date.weekday().number_from_sunday(),
        DateFunction::DayInYear => date.ordinal(),
        DateFunction::DayOnly => return Value::Date(date),
        DateFunction::HourInDay => match local {
            Some(at) => at.hour(),
            None => return Value::Null,
        },
        DateFunction::WeekInMonth => date.day0() / 7 + 1,
        DateFunction::WeekInYear => date.ordinal0() / 7 + 1,
    };
    Value::Int(number.into())
}
