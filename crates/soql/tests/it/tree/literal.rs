//! Makes arbitrary literals of every kind.

use gatelodge_soql::ast::{
    Currency, Date, DateLiteral, DateTime, Literal, Period, Reach, Time, Value,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::NOWHERE;

pub(super) fn number() -> impl Strategy<Value = String> {
    "[+-]?([0-9]{1,6}|[0-9]{0,3}\\.[0-9]{1,4})"
}

fn date() -> impl Strategy<Value = Date> {
    (0..10_000_u16, 1..=12_u8, 1..=31_u8)
        .prop_map(|(year, month, day)| Date { year, month, day })
        .prop_filter("no such day", |date| date.exists())
}

fn time() -> impl Strategy<Value = Time> {
    let nanosecond = prop_oneof![
        Just(0),
        (0..1000_u32).prop_map(|n| n * 1_000_000),
        0..1_000_000_000_u32
    ];
    (0..24_u8, 0..60_u8, 0..60_u8, nanosecond).prop_map(|(hour, minute, second, nanosecond)| Time {
        hour,
        minute,
        second,
        nanosecond,
    })
}

fn date_literal() -> impl Strategy<Value = DateLiteral> {
    let period = select(vec![
        Period::Day,
        Period::Week,
        Period::Month,
        Period::Quarter,
        Period::Year,
        Period::FiscalQuarter,
        Period::FiscalYear,
    ]);
    let reach = prop_oneof![
        select(vec![Reach::Last, Reach::This, Reach::Next]),
        any::<u32>().prop_map(Reach::LastN),
        any::<u32>().prop_map(Reach::NextN),
        any::<u32>().prop_map(Reach::Ago),
    ];
    (period, reach).prop_map(|(period, reach)| DateLiteral { period, reach })
}

pub(super) fn literal() -> impl Strategy<Value = Literal> {
    let moment =
        (date(), time(), -1439..=1439_i16).prop_map(|(date, time, offset_minutes)| DateTime {
            date,
            time,
            offset_minutes,
        });
    let currency = ("[A-Z]{3}", "[0-9]{1,6}(\\.[0-9]{1,2})?")
        .prop_map(|(code, amount)| Currency { code, amount });
    prop_oneof![
        any::<String>().prop_map(Value::String),
        number().prop_map(Value::Number),
        any::<bool>().prop_map(Value::Boolean),
        Just(Value::Null),
        date().prop_map(Value::Date),
        moment.prop_map(Value::DateTime),
        time().prop_map(Value::Time),
        date_literal().prop_map(Value::DateLiteral),
        currency.prop_map(Value::Currency),
    ]
    .prop_map(|value| Literal {
        value,
        span: NOWHERE,
    })
}

pub(super) fn string_literal() -> impl Strategy<Value = Literal> {
    any::<String>().prop_map(|text| Literal {
        value: Value::String(text),
        span: NOWHERE,
    })
}
