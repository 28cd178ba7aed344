//! Formulas over a record of the built-in tables.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::org::id::Id;

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-02T10:00:00Z")
        .unwrap()
        .with_timezone(&Utc)
}

fn evaluate(text: &str) -> Result<Value, FormulaError> {
    let schema = Schema::built_in().unwrap();
    let mut state = State::new(&schema);
    let accounts = schema.object("Account").unwrap();
    let deals = schema.object("Opportunity").unwrap();
    let mut account = Record::empty(accounts, Id::generate(*b"001", 1));
    account.set(accounts, "Name", Value::text("Acme"));
    let mut old = Record::empty(deals, Id::generate(*b"006", 1));
    old.set(deals, "AccountId", Value::Id(account.id));
    old.set(deals, "StageName", Value::text("Prospecting"));
    old.set(deals, "Amount", Value::Double(200.0));
    old.set(deals, "Probability", Value::Double(50.0));
    old.set(deals, "CloseDate", Value::Date(now().date_naive()));
    let mut record = old.clone();
    record.set(deals, "StageName", Value::text("Closed Won"));
    state.put(accounts, account);
    let formula = Formula::compile(&schema.objects, deals.index, text)?;
    Ok(formula.value(Subject {
        schema: &schema,
        state: &state,
        record: &record,
        old: Some(&old),
        now: now(),
    }))
}

#[test]
fn formulas_have_the_values_of_the_platform() {
    for (text, value) in [
        ("Amount * Probability", Value::Double(100.0)),
        ("1 + 2 * 3 - 4 / 2", Value::Double(5.0)),
        ("-(1 + 2)", Value::Double(-3.0)),
        ("ExpectedRevenue + 1", Value::Double(1.0)),
        ("Amount / 0", Value::Null),
        (
            "Account.Name & \" \" & TEXT(Amount)",
            Value::text("Acme 200"),
        ),
        (
            "ISPICKVAL(StageName, 'Closed Won') && ISCHANGED(StageName)",
            Value::Bool(true),
        ),
        ("PRIORVALUE(StageName)", Value::text("Prospecting")),
        ("ISNEW()", Value::Bool(false)),
        ("CloseDate + 30 > TODAY()", Value::Bool(true)),
        ("CloseDate - TODAY()", Value::Double(0.0)),
        ("NextStep < 'a'", Value::Bool(true)),
        (
            "IF(ISBLANK(NextStep), 'none', NextStep)",
            Value::text("none"),
        ),
        (
            "CASE(StageName, 'Prospecting', 1, 'Closed Won', 2, 3)",
            Value::Double(2.0),
        ),
        ("OR(Amount > 500, NOT(Amount <> 200))", Value::Bool(true)),
        ("LastActivityDate < TODAY()", Value::Bool(false)),
        ("YEAR(CloseDate)", Value::Double(2026.0)),
        (
            "LEFT('abcdef', 2) + RIGHT('abcdef', 2)",
            Value::text("abef"),
        ),
        ("ROUND(2.345, 1)", Value::Double(2.3)),
        ("DATE(2026, 2, 30)", Value::Null),
    ] {
        assert_eq!(evaluate(text), Ok(value), "{text}");
    }
}

#[test]
fn a_formula_that_cannot_be_read_is_told_with_its_column() {
    for (text, column, reason) in [
        ("Nope = 1", 1, "Opportunity has no field `Nope`"),
        ("Amount > ", 10, "expected a value, a field or a function"),
        ("Amount > 1)", 11, "unexpected text behind the formula"),
        ("FOO(1)", 1, "there is no function `FOO`"),
        ("IF(TRUE, 1)", 1, "IF does not take 2 arguments"),
        ("Amount # 1", 8, "unexpected `#`"),
        ("'open", 1, "the text has no closing quote"),
        (
            "ISCHANGED(Account.Name)",
            1,
            "ISCHANGED takes a field of the record itself",
        ),
        (
            "Account.Name.X",
            1,
            "Account has no relationship `Name` to one object",
        ),
    ] {
        let error = evaluate(text).unwrap_err();
        assert_eq!(
            (error.column, error.reason.as_str()),
            (column, reason),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[A-Z(),'\"0-9.+*/=<>!& |-]{0,80}") {
        // Only the absence of a panic counts; most of these texts are no formulas.
        drop(evaluate(&text));
    }

    #[test]
    fn deep_nesting_is_refused(depth in 50_usize..2_000) {
        let text = format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
        prop_assert!(evaluate(&text).is_err());
    }
}
