//! Names, field paths and function calls ("SOQL and SOSL Reference, Field Expression Syntax;
//! Aggregate Functions; Date Functions; Location-Based SOQL Queries"). Must not know where in
//! a query an expression is allowed.

use crate::Span;

/// An identifier as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The text as written.
    pub text: String,
    /// Its place.
    pub span: Span,
}

impl Name {
    /// Whether this is the given name; the language ignores case.
    pub fn is(&self, other: &str) -> bool {
        self.text.eq_ignore_ascii_case(other)
    }
}

/// `Field` or `Parent.Grandparent.Field`, possibly starting at an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// The names between the dots; never empty when the parser made it.
    pub segments: Vec<Name>,
    /// From the first name to the last.
    pub span: Span,
}

impl FieldPath {
    /// The field itself, the last name of the path.
    pub fn field(&self) -> Option<&Name> {
        self.segments.last()
    }

    /// The names before the field: an alias or the relationships walked.
    pub fn parents(&self) -> &[Name] {
        self.segments
            .split_last()
            .map_or(&[], |(_, parents)| parents)
    }

    /// The only name of a path without dots.
    pub fn single(&self) -> Option<&Name> {
        match self.segments.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// A field path or a function call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A field of the object or of a parent.
    Field(FieldPath),
    /// `COUNT(f)`, `SUM(f)` and the other aggregates.
    Aggregate(AggregateCall),
    /// `CALENDAR_YEAR(f)` and the other date functions.
    Date(DateCall),
    /// `GROUPING(f)`: whether the row is a subtotal over `f`.
    Grouping(FieldCall),
    /// `toLabel(f)`: the label of a picklist value in the user's language.
    ToLabel(FieldCall),
    /// `convertCurrency(f)`: the amount in the user's currency.
    ConvertCurrency(FieldCall),
    /// `FORMAT(…)`: the value in the user's locale.
    Format(FormatCall),
    /// `DISTANCE(f, GEOLOCATION(…), unit)`.
    Distance(Distance),
}

impl Expression {
    /// Where the expression stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Field(path) => path.span,
            Self::Aggregate(call) => call.span,
            Self::Date(call) => call.span,
            Self::Grouping(call) | Self::ToLabel(call) | Self::ConvertCurrency(call) => call.span,
            Self::Format(call) => call.span,
            Self::Distance(call) => call.span,
        }
    }

    /// The field at the heart of the expression; every expression has exactly one.
    pub fn path(&self) -> &FieldPath {
        match self {
            Self::Field(path) => path,
            Self::Aggregate(call) => &call.field,
            Self::Date(call) => &call.field,
            Self::Grouping(call) | Self::ToLabel(call) | Self::ConvertCurrency(call) => &call.field,
            Self::Format(call) => call.argument.path(),
            Self::Distance(call) => &call.field,
        }
    }

    /// Whether the expression is an aggregate, or formats one.
    pub fn is_aggregate(&self) -> bool {
        match self {
            Self::Aggregate(_) | Self::Grouping(_) => true,
            Self::Format(call) => call.argument.is_aggregate(),
            _ => false,
        }
    }
}

/// An aggregate over a field. `COUNT()` without a field is
/// [`SelectItem::CountAll`](super::SelectItem::CountAll).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AggregateCall {
    /// Which aggregate.
    pub function: Aggregate,
    /// The field aggregated.
    pub field: FieldPath,
    /// The whole call.
    pub span: Span,
}

/// The aggregate functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named like its function")]
pub enum Aggregate {
    Count,
    CountDistinct,
    Sum,
    Average,
    Minimum,
    Maximum,
}

/// A date function over a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateCall {
    /// Which part of the date.
    pub function: DateFunction,
    /// `convertTimezone(f)` was written: compute in the user's time zone instead of UTC.
    pub convert_timezone: bool,
    /// The date or datetime field.
    pub field: FieldPath,
    /// The whole call.
    pub span: Span,
}

/// The date functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named like its function")]
pub enum DateFunction {
    CalendarMonth,
    CalendarQuarter,
    CalendarYear,
    DayInMonth,
    DayInWeek,
    DayInYear,
    DayOnly,
    FiscalMonth,
    FiscalQuarter,
    FiscalYear,
    HourInDay,
    WeekInMonth,
    WeekInYear,
}

/// A function whose only argument is a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldCall {
    /// The field.
    pub field: FieldPath,
    /// The whole call.
    pub span: Span,
}

/// `FORMAT(field | convertCurrency(field) | aggregate)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatCall {
    /// What is formatted: a field, a currency conversion or an aggregate.
    pub argument: Box<Expression>,
    /// The whole call.
    pub span: Span,
}

/// `DISTANCE(field, GEOLOCATION(latitude, longitude), 'mi' | 'km')`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distance {
    /// The location field.
    pub field: FieldPath,
    /// The point measured to.
    pub point: Geolocation,
    /// The unit of the result.
    pub unit: DistanceUnit,
    /// The whole call.
    pub span: Span,
}

/// `GEOLOCATION(latitude, longitude)`; the numbers stay text, so no digit is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Geolocation {
    /// Degrees north.
    pub latitude: String,
    /// Degrees east.
    pub longitude: String,
}

/// The unit of a distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DistanceUnit {
    /// `'mi'`.
    Miles,
    /// `'km'`.
    Kilometres,
}

const AGGREGATES: [(Aggregate, &str); 6] = [
    (Aggregate::Count, "COUNT"),
    (Aggregate::CountDistinct, "COUNT_DISTINCT"),
    (Aggregate::Sum, "SUM"),
    (Aggregate::Average, "AVG"),
    (Aggregate::Minimum, "MIN"),
    (Aggregate::Maximum, "MAX"),
];

const DATE_FUNCTIONS: [(DateFunction, &str); 13] = [
    (DateFunction::CalendarMonth, "CALENDAR_MONTH"),
    (DateFunction::CalendarQuarter, "CALENDAR_QUARTER"),
    (DateFunction::CalendarYear, "CALENDAR_YEAR"),
    (DateFunction::DayInMonth, "DAY_IN_MONTH"),
    (DateFunction::DayInWeek, "DAY_IN_WEEK"),
    (DateFunction::DayInYear, "DAY_IN_YEAR"),
    (DateFunction::DayOnly, "DAY_ONLY"),
    (DateFunction::FiscalMonth, "FISCAL_MONTH"),
    (DateFunction::FiscalQuarter, "FISCAL_QUARTER"),
    (DateFunction::FiscalYear, "FISCAL_YEAR"),
    (DateFunction::HourInDay, "HOUR_IN_DAY"),
    (DateFunction::WeekInMonth, "WEEK_IN_MONTH"),
    (DateFunction::WeekInYear, "WEEK_IN_YEAR"),
];

fn named<T: Copy>(table: &[(T, &str)], name: &str) -> Option<T> {
    table
        .iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(name))
        .map(|(value, _)| *value)
}

fn name_of<T: PartialEq>(table: &[(T, &'static str)], value: &T) -> &'static str {
    table
        .iter()
        .find(|(known, _)| known == value)
        .map_or("", |(_, name)| *name)
}

impl Aggregate {
    /// The aggregate of this name, in any letter case.
    pub fn from_name(name: &str) -> Option<Self> {
        named(&AGGREGATES, name)
    }

    /// The function's name.
    pub fn name(self) -> &'static str {
        name_of(&AGGREGATES, &self)
    }
}

impl DateFunction {
    /// The date function of this name, in any letter case.
    pub fn from_name(name: &str) -> Option<Self> {
        named(&DATE_FUNCTIONS, name)
    }

    /// The function's name.
    pub fn name(self) -> &'static str {
        name_of(&DATE_FUNCTIONS, &self)
    }
}
