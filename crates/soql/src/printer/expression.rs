//! Prints names, paths and function calls. Must not know where they stand.

use std::fmt::{Display, Formatter, Result};

use crate::ast::{DistanceUnit, Expression, FieldPath, Name};

impl Display for Name {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        formatter.write_str(&self.text)
    }
}

impl Display for FieldPath {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        for (index, segment) in self.segments.iter().enumerate() {
            if index > 0 {
                formatter.write_str(".")?;
            }
            segment.fmt(formatter)?;
        }
        Ok(())
    }
}

impl Display for Expression {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Field(path) => path.fmt(formatter),
            Self::Aggregate(call) => write!(formatter, "{}({})", call.function.name(), call.field),
            Self::Date(call) if call.convert_timezone => {
                write!(
                    formatter,
                    "{}(convertTimezone({}))",
                    call.function.name(),
                    call.field
                )
            }
            Self::Date(call) => write!(formatter, "{}({})", call.function.name(), call.field),
            Self::Grouping(call) => write!(formatter, "GROUPING({})", call.field),
            Self::ToLabel(call) => write!(formatter, "toLabel({})", call.field),
            Self::ConvertCurrency(call) => write!(formatter, "convertCurrency({})", call.field),
            Self::Format(call) => write!(formatter, "FORMAT({})", call.argument),
            Self::Distance(call) => {
                let unit = match call.unit {
                    DistanceUnit::Miles => "mi",
                    DistanceUnit::Kilometres => "km",
                };
                let point = &call.point;
                let (latitude, longitude) = (&point.latitude, &point.longitude);
                let field = &call.field;
                write!(
                    formatter,
                    "DISTANCE({field}, GEOLOCATION({latitude}, {longitude}), '{unit}')"
                )
            }
        }
    }
}
