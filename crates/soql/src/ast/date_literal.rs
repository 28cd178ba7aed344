//! Relative dates ("SOQL and SOSL Reference, Date Formats and Date Literals in WHERE").
//!
//! The vendor's forty-odd words are two facts: a period and how far it reaches. An evaluator
//! computes a range from them; this file must not know the user's time zone, locale or fiscal
//! year, which the range depends on.

/// `TODAY`, `LAST_QUARTER`, `LAST_N_DAYS:7`, `N_FISCAL_YEARS_AGO:2` …
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateLiteral {
    /// The unit counted.
    pub period: Period,
    /// Which one, or how many.
    pub reach: Reach,
}

/// The unit of a relative date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Period {
    Day,
    Week,
    Month,
    Quarter,
    Year,
    FiscalQuarter,
    FiscalYear,
}

/// Which period, seen from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The one before: `YESTERDAY`, `LAST_WEEK`.
    Last,
    /// The current one: `TODAY`, `THIS_WEEK`.
    This,
    /// The one after: `TOMORROW`, `NEXT_WEEK`.
    Next,
    /// `LAST_N_DAYS:n`: for days from midnight n days ago up to now; for every other period
    /// the n full periods before the current one. `LAST_90_DAYS` is read as `LAST_N_DAYS:90`.
    LastN(u32),
    /// `NEXT_N_DAYS:n`: the n full periods after the current one.
    NextN(u32),
    /// `N_DAYS_AGO:n`: that single period.
    Ago(u32),
}

/// What a word means when it stands where a value is expected.
#[derive(Clone, Copy)]
pub(crate) enum DateWord {
    /// The word says everything.
    Whole(DateLiteral),
    /// A colon and a number must follow.
    Counted(Period, CountedReach),
}

/// Makes a reach of the number after the colon.
pub(crate) type CountedReach = fn(u32) -> Reach;

const PERIODS: [(Period, &str); 7] = [
    (Period::Day, "DAY"),
    (Period::Week, "WEEK"),
    (Period::Month, "MONTH"),
    (Period::Quarter, "QUARTER"),
    (Period::Year, "YEAR"),
    (Period::FiscalQuarter, "FISCAL_QUARTER"),
    (Period::FiscalYear, "FISCAL_YEAR"),
];

impl DateWord {
    /// The meaning of a word in any letter case, or nothing when it is no relative date.
    pub(crate) fn read(word: &str) -> Option<Self> {
        let word = word.to_ascii_uppercase();
        let whole = |period, reach| Some(Self::Whole(DateLiteral { period, reach }));
        match word.as_str() {
            "YESTERDAY" => return whole(Period::Day, Reach::Last),
            "TODAY" => return whole(Period::Day, Reach::This),
            "TOMORROW" => return whole(Period::Day, Reach::Next),
            "LAST_90_DAYS" => return whole(Period::Day, Reach::LastN(90)),
            "NEXT_90_DAYS" => return whole(Period::Day, Reach::NextN(90)),
            _ => {}
        }
        let counted: [(&str, &str, CountedReach); 3] = [
            ("LAST_N_", "S", Reach::LastN),
            ("NEXT_N_", "S", Reach::NextN),
            ("N_", "S_AGO", Reach::Ago),
        ];
        for (prefix, suffix, reach) in counted {
            let unit = word
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_suffix(suffix));
            if let Some(period) = unit.and_then(period) {
                return Some(Self::Counted(period, reach));
            }
        }
        for (prefix, reach) in [
            ("LAST_", Reach::Last),
            ("THIS_", Reach::This),
            ("NEXT_", Reach::Next),
        ] {
            // The single days have words of their own.
            let period = word.strip_prefix(prefix).and_then(period);
            if let Some(period) = period.filter(|period| *period != Period::Day) {
                return whole(period, reach);
            }
        }
        None
    }
}

fn period(word: &str) -> Option<Period> {
    PERIODS
        .iter()
        .find(|(_, name)| *name == word)
        .map(|(period, _)| *period)
}

impl std::fmt::Display for DateLiteral {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = PERIODS.iter().find(|(period, _)| *period == self.period);
        let unit = unit.map_or("DAY", |(_, name)| *name);
        match (self.reach, self.period) {
            (Reach::Last, Period::Day) => formatter.write_str("YESTERDAY"),
            (Reach::This, Period::Day) => formatter.write_str("TODAY"),
            (Reach::Next, Period::Day) => formatter.write_str("TOMORROW"),
            (Reach::Last, _) => write!(formatter, "LAST_{unit}"),
            (Reach::This, _) => write!(formatter, "THIS_{unit}"),
            (Reach::Next, _) => write!(formatter, "NEXT_{unit}"),
            (Reach::LastN(count), _) => write!(formatter, "LAST_N_{unit}S:{count}"),
            (Reach::NextN(count), _) => write!(formatter, "NEXT_N_{unit}S:{count}"),
            (Reach::Ago(count), _) => write!(formatter, "N_{unit}S_AGO:{count}"),
        }
    }
}
