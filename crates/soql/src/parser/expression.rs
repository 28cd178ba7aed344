//! Field paths and function calls ("SOQL and SOSL Reference, Aggregate Functions; Date
//! Functions; `toLabel()`; `convertCurrency()`; `FORMAT()`; Location-Based SOQL Queries"). A word is
//! a function only with a parenthesis after it. The grammar takes any function of a field, and any
//! function of that; the ones that exist are a closed set. Must not know where an expression
//! stands.

use super::{Parsed, Parser};
use crate::Span;
use crate::ast::{
    Aggregate, AggregateCall, DateCall, DateFunction, Distance, DistanceUnit, Expression,
    FieldCall, FieldPath, FormatCall, Geolocation,
};
use crate::lexer::{Escapes, Keyword, Symbol, TokenKind, decode};

/// A call as the grammar knows it.
struct Call<'text> {
    name: &'text str,
    /// The parenthesis after the name: where the vendor's error for an unknown function stands.
    open: Span,
    /// The function between, its parenthesis and its place.
    inner: Option<(&'text str, Span, Span)>,
    field: FieldPath,
    span: Span,
}

impl<'text> Parser<'text> {
    /// A field, function call or distance.
    pub(crate) fn expression(&mut self) -> Parsed<Expression> {
        if self.at_distance() {
            return self.distance().map(Expression::Distance);
        }
        self.field()
    }

    /// A field or function call.
    pub(crate) fn field(&mut self) -> Parsed<Expression> {
        if !self.symbol_after(1, Symbol::Open) {
            return self.path().map(Expression::Field);
        }
        let call = self.call()?;
        let open = call.open;
        match known(call) {
            Ok(expression) => Ok(expression),
            Err(field) => {
                self.refuse_token(open);
                Ok(Expression::Field(field))
            }
        }
    }

    fn call(&mut self) -> Parsed<Call<'text>> {
        if !self.at_name() {
            return Err(self.unexpected());
        }
        let start = self.step();
        let open = self.expect_symbol(Symbol::Open)?;
        let inner = if self.at_name() && self.symbol_after(1, Symbol::Open) {
            let name = self.step();
            Some((name, self.step()))
        } else {
            None
        };
        let field = self.path()?;
        let inner = match inner {
            Some((name, open)) => {
                let close = self.expect_symbol(Symbol::Close)?;
                Some((self.text_of(name), open, name.to(close)))
            }
            None => None,
        };
        self.expect_symbol(Symbol::Close)?;
        Ok(Call {
            name: self.text_of(start),
            open,
            inner,
            field,
            span: self.span_from(start.start),
        })
    }

    /// Whether `DISTANCE(field, …` stands here; `DISTANCE(field)` is a call like any other.
    pub(super) fn at_distance(&self) -> bool {
        self.at(Keyword::Distance)
            && self.symbol_after(1, Symbol::Open)
            && self.symbol_after(3, Symbol::Comma)
    }

    pub(super) fn distance(&mut self) -> Parsed<Distance> {
        let start = self.step().start;
        self.expect_symbol(Symbol::Open)?;
        let field = self.path()?;
        self.expect_symbol(Symbol::Comma)?;
        self.expect(Keyword::Geolocation)?;
        self.expect_symbol(Symbol::Open)?;
        let latitude = self.number()?;
        self.expect_symbol(Symbol::Comma)?;
        let longitude = self.number()?;
        self.expect_symbol(Symbol::Close)?;
        self.expect_symbol(Symbol::Comma)?;
        let unit = self.distance_unit()?;
        self.expect_symbol(Symbol::Close)?;
        Ok(Distance {
            field,
            point: Geolocation {
                latitude,
                longitude,
            },
            unit,
            span: self.span_from(start),
        })
    }

    /// The grammar takes any string here, even one with unknown escapes.
    fn distance_unit(&mut self) -> Parsed<DistanceUnit> {
        let TokenKind::String(_) = self.kind() else {
            return Err(self.unexpected());
        };
        let span = self.step();
        let raw = self.text_of(Span::new(span.start + 1, span.end - 1));
        let unit = decode(raw, Escapes::Plain).unwrap_or_default();
        if unit.eq_ignore_ascii_case("km") {
            return Ok(DistanceUnit::Kilometres);
        }
        if !unit.eq_ignore_ascii_case("mi") {
            self.refuse_token(span);
        }
        Ok(DistanceUnit::Miles)
    }
}

/// The meaning of a call, or its field when there is no such function.
fn known(call: Call<'_>) -> Result<Expression, FieldPath> {
    let Call {
        name,
        inner,
        field,
        span,
        ..
    } = call;
    if let Some(function) = DateFunction::from_name(name) {
        let convert_timezone = match inner {
            None => false,
            Some((inner, ..)) if inner.eq_ignore_ascii_case("convertTimezone") => true,
            Some(_) => return Err(field),
        };
        return Ok(Expression::Date(DateCall {
            function,
            convert_timezone,
            field,
            span,
        }));
    }
    if name.eq_ignore_ascii_case("FORMAT") {
        let argument = match inner {
            None => Expression::Field(field),
            Some((inner, _, span)) => {
                let is_aggregate = Aggregate::from_name(inner).is_some();
                if !is_aggregate && !inner.eq_ignore_ascii_case("convertCurrency") {
                    return Err(field);
                }
                field_function(inner, field, span)?
            }
        };
        return Ok(Expression::Format(FormatCall {
            argument: Box::new(argument),
            span,
        }));
    }
    match inner {
        Some(_) => Err(field),
        None => field_function(name, field, span),
    }
}

/// The functions whose only argument is a field.
fn field_function(name: &str, field: FieldPath, span: Span) -> Result<Expression, FieldPath> {
    if let Some(function) = Aggregate::from_name(name) {
        return Ok(Expression::Aggregate(AggregateCall {
            function,
            field,
            span,
        }));
    }
    let call = if name.eq_ignore_ascii_case("GROUPING") {
        Expression::Grouping
    } else if name.eq_ignore_ascii_case("toLabel") {
        Expression::ToLabel
    } else if name.eq_ignore_ascii_case("convertCurrency") {
        Expression::ConvertCurrency
    } else {
        return Err(field);
    };
    Ok(call(FieldCall { field, span }))
}
