//! The functions of formulas: their names, how many arguments they take, and what they answer.
//!
//! Must not know records; functions about the change itself are evaluated in `evaluate`.

use chrono::{Datelike, NaiveDate};

use crate::org::value::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    And,
    Or,
    Not,
    If,
    Case,
    IsBlank,
    BlankValue,
    IsChanged,
    IsNew,
    PriorValue,
    IsPickVal,
    Includes,
    Text,
    Number,
    Length,
    Contains,
    Begins,
    Upper,
    Lower,
    Trim,
    Left,
    Right,
    Round,
    Abs,
    Floor,
    Ceiling,
    Max,
    Min,
    Mod,
    Today,
    Now,
    Date,
    Year,
    Month,
    Day,
}

/// Name, function, least and most arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 36] = [
    ("AND", Function::And, 1, 50),
    ("OR", Function::Or, 1, 50),
    ("NOT", Function::Not, 1, 1),
    ("IF", Function::If, 3, 3),
    ("CASE", Function::Case, 4, 50),
    ("ISBLANK", Function::IsBlank, 1, 1),
    ("ISNULL", Function::IsBlank, 1, 1),
    ("BLANKVALUE", Function::BlankValue, 2, 2),
    ("ISCHANGED", Function::IsChanged, 1, 1),
    ("ISNEW", Function::IsNew, 0, 0),
    ("PRIORVALUE", Function::PriorValue, 1, 1),
    ("ISPICKVAL", Function::IsPickVal, 2, 2),
    ("INCLUDES", Function::Includes, 2, 2),
    ("TEXT", Function::Text, 1, 1),
    ("VALUE", Function::Number, 1, 1),
    ("LEN", Function::Length, 1, 1),
    ("CONTAINS", Function::Contains, 2, 2),
    ("BEGINS", Function::Begins, 2, 2),
    ("UPPER", Function::Upper, 1, 1),
    ("LOWER", Function::Lower, 1, 1),
    ("TRIM", Function::Trim, 1, 1),
    ("LEFT", Function::Left, 2, 2),
    ("RIGHT", Function::Right, 2, 2),
    ("ROUND", Function::Round, 2, 2),
    ("ABS", Function::Abs, 1, 1),
    ("FLOOR", Function::Floor, 1, 1),
    ("CEILING", Function::Ceiling, 1, 1),
    ("MAX", Function::Max, 1, 50),
    ("MIN", Function::Min, 1, 50),
    ("MOD", Function::Mod, 2, 2),
    ("TODAY", Function::Today, 0, 0),
    ("NOW", Function::Now, 0, 0),
    ("DATE", Function::Date, 3, 3),
    ("YEAR", Function::Year, 1, 1),
    ("MONTH", Function::Month, 1, 1),
    ("DAY", Function::Day, 1, 1),
];

impl Function {
    /// The function with this name, if it takes so many arguments.
    pub(super) fn find(name: &str, arguments: usize) -> Result<Self, String> {
        let (_, function, least, most) = FUNCTIONS
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(name))
            .ok_or_else(|| format!("there is no function `{name}`"))?;
        if (*least..=*most).contains(&arguments) {
            return Ok(*function);
        }
        Err(format!("{name} does not take {arguments} arguments"))
    }

    /// Whether the arguments must be fields of the record itself, because the old value counts.
    pub(super) fn is_about_change(self) -> bool {
        matches!(self, Self::IsChanged | Self::PriorValue)
    }

    /// The answer of a function that depends on its arguments only.
    pub(super) fn apply(self, arguments: &[Value]) -> Value {
        let at = |index: usize| arguments.get(index).cloned().unwrap_or_default();
        let number = |index: usize| at(index).as_number().unwrap_or(0.0);
        let words = |index: usize| text_of(&at(index));
        match self {
            Self::IsPickVal => Value::Bool(words(0) == words(1)),
            Self::Includes => Value::Bool(words(0).split(';').any(|part| part.trim() == words(1))),
            Self::Text => Value::text(words(0)),
            Self::Number => words(0).trim().parse().map_or(Value::Null, Value::Double),
            Self::Length => count(words(0).chars().count()),
            Self::Contains => Value::Bool(words(0).contains(&words(1))),
            Self::Begins => Value::Bool(words(0).starts_with(&words(1))),
            Self::Upper => Value::text(words(0).to_uppercase()),
            Self::Lower => Value::text(words(0).to_lowercase()),
            Self::Trim => Value::text(words(0).trim()),
            Self::Left => Value::text(words(0).chars().take(whole(number(1))).collect::<String>()),
            Self::Right => {
                let text = words(0);
                let skip = text.chars().count().saturating_sub(whole(number(1)));
                Value::text(text.chars().skip(skip).collect::<String>())
            }
            Self::Round => {
                let factor = 10_f64.powf(number(1));
                Value::Double((number(0) * factor).round() / factor)
            }
            Self::Abs => Value::Double(number(0).abs()),
            Self::Floor => Value::Double(number(0).floor()),
            Self::Ceiling => Value::Double(number(0).ceil()),
            Self::Max => extreme(arguments, f64::max),
            Self::Min => extreme(arguments, f64::min),
            Self::Mod => Value::Double(number(0).rem_euclid(number(1))),
            Self::Date => {
                let part = |index| u32::try_from(whole(number(index))).unwrap_or(0);
                let year = i32::try_from(whole(number(0))).unwrap_or(0);
                NaiveDate::from_ymd_opt(year, part(1), part(2)).map_or(Value::Null, Value::Date)
            }
            Self::Year => date_part(&at(0), |date| f64::from(date.year())),
            Self::Month => date_part(&at(0), |date| f64::from(date.month())),
            Self::Day => date_part(&at(0), |date| f64::from(date.day())),
            _ => Value::Null,
        }
    }
}

fn date_part(value: &Value, part: impl Fn(NaiveDate) -> f64) -> Value {
    value
        .as_date()
        .map_or(Value::Null, |date| Value::Double(part(date)))
}

fn extreme(arguments: &[Value], choose: impl Fn(f64, f64) -> f64) -> Value {
    let numbers = arguments.iter().filter_map(Value::as_number);
    numbers.reduce(choose).map_or(Value::Null, Value::Double)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is cut before"
)]
fn whole(number: f64) -> usize {
    number.clamp(0.0, 1e6) as usize
}

fn count(number: usize) -> Value {
    Value::Double(u32::try_from(number).unwrap_or(u32::MAX).into())
}

/// A value as text; nothing is the empty text.
pub(in crate::org) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Double(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        Value::Double(number) => number.to_string(),
        Value::Text(text) => text.as_ref().to_owned(),
        other => match other.to_json() {
            serde_json::Value::String(text) => text,
            json => json.to_string(),
        },
    }
}
