//! Field paths and function calls ("SOQL and SOSL Reference, Aggregate Functions; Date
//! Functions; `toLabel()`; `convertCurrency()`; `FORMAT()`; Location-Based SOQL Queries"). A word is
//! a function only with a parenthesis after it; the set of functions is closed. Must not know
//! where an expression stands.

use super::{Parsed, Parser};
use crate::ast::{
    Aggregate, AggregateCall, DateCall, DateFunction, Distance, DistanceUnit, Expression,
    FieldCall, FieldPath, FormatCall, Geolocation,
};
use crate::lexer::TokenKind;

impl Parser<'_> {
    pub(crate) fn expression(&mut self) -> Parsed<Expression> {
        let Some(word) = self.word_after(0).filter(|_| self.symbol_after(1, "(")) else {
            return self.path().map(Expression::Field);
        };
        let start = self.step().start;
        let upper = word.to_ascii_uppercase();
        if let Some(function) = Aggregate::from_name(&upper) {
            let field = self.field_argument()?;
            let span = self.span_from(start);
            return Ok(Expression::Aggregate(AggregateCall {
                function,
                field,
                span,
            }));
        }
        if let Some(function) = DateFunction::from_name(&upper) {
            return self.date_call(function, start).map(Expression::Date);
        }
        let call: fn(FieldCall) -> Expression = match upper.as_str() {
            "GROUPING" => Expression::Grouping,
            "TOLABEL" => Expression::ToLabel,
            "CONVERTCURRENCY" => Expression::ConvertCurrency,
            "FORMAT" => return self.format_call(start).map(Expression::Format),
            "DISTANCE" => return self.distance(start).map(Expression::Distance),
            _ => return Err(self.unexpected()),
        };
        let field = self.field_argument()?;
        Ok(call(FieldCall {
            field,
            span: self.span_from(start),
        }))
    }

    fn field_argument(&mut self) -> Parsed<FieldPath> {
        self.expect("(")?;
        let field = self.path()?;
        self.expect(")")?;
        Ok(field)
    }

    fn date_call(&mut self, function: DateFunction, start: usize) -> Parsed<DateCall> {
        self.expect("(")?;
        let convert_timezone = self.at_words(&["convertTimezone"]) && self.symbol_after(1, "(");
        let field = if convert_timezone {
            self.step();
            self.field_argument()?
        } else {
            self.path()?
        };
        self.expect(")")?;
        Ok(DateCall {
            function,
            convert_timezone,
            field,
            span: self.span_from(start),
        })
    }

    fn format_call(&mut self, start: usize) -> Parsed<FormatCall> {
        self.expect("(")?;
        let inner = self.word_after(0).filter(|_| self.symbol_after(1, "("));
        let allowed = inner.is_none_or(|word| {
            Aggregate::from_name(word).is_some() || word.eq_ignore_ascii_case("convertCurrency")
        });
        if !allowed {
            return Err(self.unexpected());
        }
        let argument = Box::new(self.expression()?);
        self.expect(")")?;
        Ok(FormatCall {
            argument,
            span: self.span_from(start),
        })
    }

    fn distance(&mut self, start: usize) -> Parsed<Distance> {
        self.expect("(")?;
        let field = self.path()?;
        self.expect(",")?;
        self.expect_words(&["GEOLOCATION"])?;
        self.expect("(")?;
        let latitude = self.degrees()?;
        self.expect(",")?;
        let longitude = self.degrees()?;
        self.expect(")")?;
        self.expect(",")?;
        let unit = match &self.token().kind {
            TokenKind::String { decoded, .. } if decoded.eq_ignore_ascii_case("mi") => {
                DistanceUnit::Miles
            }
            TokenKind::String { decoded, .. } if decoded.eq_ignore_ascii_case("km") => {
                DistanceUnit::Kilometres
            }
            _ => return Err(self.unexpected()),
        };
        self.step();
        self.expect(")")?;
        let point = Geolocation {
            latitude,
            longitude,
        };
        Ok(Distance {
            field,
            point,
            unit,
            span: self.span_from(start),
        })
    }

    fn degrees(&mut self) -> Parsed<String> {
        if self.token().kind != TokenKind::Number {
            return Err(self.unexpected());
        }
        let span = self.step();
        Ok(self.text_of(span).to_owned())
    }
}
