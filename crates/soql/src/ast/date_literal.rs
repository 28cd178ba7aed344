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
