//! What the asking user has set: time zone, first day of the week, and how values are written in the user's locale.
//!
//! Must not know fields or queries. Sources of the forms: "Supported Date and Time Formats by Locale" and
//! "Supported Number, Name, and Address Formats by Locale", Salesforce Help.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::Asker;
use crate::org::schema::{FieldType, Schema};
use crate::org::state::State;
use crate::org::value::Value;

/// One user's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Person {
    pub(super) zone: Tz,
    locale: &'static Locale,
}

/// How one locale writes.
#[derive(Debug, PartialEq)]
struct Locale {
    key: &'static str,
    week_start: Weekday,
    group: &'static str,
    decimal: &'static str,
    /// An amount; `#` stands for the number. The org's currency is the dollar.
    amount: &'static str,
    date: &'static str,
    time: &'static str,
    date_time: &'static str,
}

const LOCALES: [Locale; 6] = [
    Locale {
        key: "en_US",
        week_start: Weekday::Sun,
        group: ",",
        decimal: ".",
        amount: "$#",
        date: "%-m/%-d/%Y",
        time: "%-I:%M %p",
        date_time: "%-m/%-d/%Y, %-I:%M %p",
    },
    Locale {
        key: "en_GB",
        week_start: Weekday::Mon,
        group: ",",
        decimal: ".",
        amount: "$#",
        date: "%d/%m/%Y",
        time: "%H:%M",
        date_time: "%d/%m/%Y, %H:%M",
    },
    Locale {
        key: "de_DE",
        week_start: Weekday::Mon,
        group: ".",
        decimal: ",",
        amount: "#\u{a0}$",
        date: "%d.%m.%Y",
        time: "%H:%M",
        date_time: "%d.%m.%Y, %H:%M",
    },
    Locale {
        key: "es_ES",
        week_start: Weekday::Mon,
        group: ".",
        decimal: ",",
        amount: "#\u{a0}$",
        date: "%-d/%-m/%Y",
        time: "%-H:%M",
        date_time: "%-d/%-m/%Y, %-H:%M",
    },
    Locale {
        key: "fr_FR",
        week_start: Weekday::Mon,
        group: "\u{202f}",
        decimal: ",",
        amount: "#\u{a0}$",
        date: "%d/%m/%Y",
        time: "%H:%M",
        date_time: "%d/%m/%Y %H:%M",
    },
    Locale {
        key: "nl_NL",
        week_start: Weekday::Mon,
        group: ".",
        decimal: ",",
        amount: "$\u{a0}#",
        date: "%d-%m-%Y",
        time: "%H:%M",
        date_time: "%d-%m-%Y %H:%M",
    },
];

impl Person {
    /// The settings in the asking user's record.
    pub(super) fn of(schema: &Schema, state: &State, asker: &Asker) -> Self {
        let users = schema.object("User");
        let found = users.and_then(|users| Some((users, state.record(users, asker.user)?)));
        let text = |field: &str| {
            found
                .and_then(|(users, record)| record.get(users, field).as_text())
                .unwrap_or_default()
        };
        let locale = text("LocaleSidKey");
        Self {
            zone: text("TimeZoneSidKey").parse().unwrap_or(Tz::UTC),
            locale: LOCALES
                .iter()
                .find(|known| known.key == locale)
                .unwrap_or(&LOCALES[0]),
        }
    }

    /// The first day of the user's week.
    pub(super) fn week_start(self) -> Weekday {
        self.locale.week_start
    }

    /// The day it is where the user is.
    pub(super) fn today(self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.zone).date_naive()
    }

    /// When a day begins where the user is. Where the clock is put forward at midnight, that is an hour later.
    pub(super) fn midnight(self, date: NaiveDate) -> DateTime<Utc> {
        let begins = |hour: u32| {
            let local = date.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?);
            self.zone.from_local_datetime(&local).earliest()
        };
        begins(0).or_else(|| begins(1)).map_or_else(
            || date.and_time(NaiveTime::MIN).and_utc(),
            |at| at.with_timezone(&Utc),
        )
    }

    /// A value as the user's pages show it; only numbers, dates and times look different from the plain value.
    pub(super) fn format(self, value: &Value, kind: FieldType, scale: u32) -> Value {
        let locale = self.locale;
        let text = match (value, kind) {
            (Value::Date(date), _) => date.format(locale.date).to_string(),
            (Value::DateTime(at), _) => at
                .with_timezone(&self.zone)
                .format(locale.date_time)
                .to_string(),
            (Value::Time(time), _) => time.format(locale.time).to_string(),
            (_, kind) if kind.is_number() => match value.as_number() {
                Some(number) => self.format_number(number, kind, scale),
                None => return value.clone(),
            },
            _ => return value.clone(),
        };
        Value::text(text)
    }

    fn format_number(self, number: f64, kind: FieldType, scale: u32) -> String {
        let digits = format!("{:.*}", scale as usize, number.abs());
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let mut grouped = String::with_capacity(digits.len() + 8);
        for (place, digit) in whole.char_indices() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                grouped.push_str(self.locale.group);
            }
            grouped.push(digit);
        }
        if !fraction.is_empty() {
            grouped.push_str(self.locale.decimal);
            grouped.push_str(fraction);
        }
        let shown = match kind {
            FieldType::Currency => self.locale.amount.replace('#', &grouped),
            FieldType::Percent => format!("{grouped}%"),
            _ => grouped,
        };
        if number < 0.0 {
            format!("-{shown}")
        } else {
            shown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(zone: &str, locale: &str) -> Person {
        Person {
            zone: zone.parse().unwrap(),
            locale: LOCALES.iter().find(|known| known.key == locale).unwrap(),
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn values_are_written_in_the_locale_of_the_person() {
        // proves SFB-SOQL-38
        let amount = Value::Double(-1_234_567.5);
        let when = Value::DateTime(at("2026-03-05T23:30:00Z"));
        for (zone, locale, shown_amount, shown_time) in [
            (
                "America/New_York",
                "en_US",
                "-$1,234,567.50",
                "3/5/2026, 6:30 PM",
            ),
            (
                "Europe/London",
                "en_GB",
                "-$1,234,567.50",
                "05/03/2026, 23:30",
            ),
            (
                "Europe/Berlin",
                "de_DE",
                "-1.234.567,50\u{a0}$",
                "06.03.2026, 00:30",
            ),
            (
                "Europe/Paris",
                "fr_FR",
                "-1\u{202f}234\u{202f}567,50\u{a0}$",
                "06/03/2026 00:30",
            ),
        ] {
            let person = person(zone, locale);
            assert_eq!(
                person.format(&amount, FieldType::Currency, 2),
                Value::text(shown_amount)
            );
            assert_eq!(
                person.format(&when, FieldType::DateTime, 0),
                Value::text(shown_time)
            );
        }
        let person = person("GMT", "en_US");
        let number = |number, kind, scale| person.format(&Value::Double(number), kind, scale);
        assert_eq!(number(999.0, FieldType::Double, 0), Value::text("999"));
        assert_eq!(number(12.5, FieldType::Percent, 1), Value::text("12.5%"));
        assert_eq!(
            person.format(&Value::text("Energy"), FieldType::Picklist, 0),
            Value::text("Energy")
        );
    }

    #[test]
    fn days_begin_at_midnight_of_the_person() {
        // proves SFB-DATE-1
        let day = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
        assert_eq!(
            person("Asia/Tokyo", "en_US").midnight(day),
            at("2026-06-30T15:00:00Z")
        );
        assert_eq!(
            person("America/Los_Angeles", "en_US").today(at("2026-07-02T06:59:00Z")),
            day
        );
        // In Havana the clock is put forward at midnight.
        let forward = NaiveDate::from_ymd_opt(2026, 3, 8).unwrap();
        assert_eq!(
            person("America/Havana", "en_US").midnight(forward),
            at("2026-03-08T05:00:00Z")
        );
    }
}
