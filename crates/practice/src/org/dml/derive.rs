//! Fields that follow from others: full names, stage figures, closed flags, totals.
//!
//! Must not know who writes; it runs after every write and for the seed.

use chrono::{DateTime, Datelike, Duration, Utc};

use crate::org::formula::Subject;
use crate::org::schema::{Field, FieldType, Object, Schema};
use crate::org::state::{Record, State};
use crate::org::value::Value;

/// Probability, forecast category (API value) and its label by stage.
const STAGES: [(&str, f64, &str, &str); 10] = [
    ("Prospecting", 10.0, "Pipeline", "Pipeline"),
    ("Qualification", 10.0, "Pipeline", "Pipeline"),
    ("Needs Analysis", 20.0, "Pipeline", "Pipeline"),
    ("Value Proposition", 50.0, "Pipeline", "Pipeline"),
    ("Id. Decision Makers", 60.0, "Pipeline", "Pipeline"),
    ("Perception Analysis", 70.0, "BestCase", "Best Case"),
    ("Proposal/Price Quote", 75.0, "BestCase", "Best Case"),
    ("Negotiation/Review", 90.0, "Forecast", "Commit"),
    ("Closed Won", 100.0, "Closed", "Closed"),
    ("Closed Lost", 0.0, "Omitted", "Omitted"),
];

/// Fills the derived fields of a record that is about to be saved.
pub fn derive(
    schema: &Schema,
    state: &State,
    object: &Object,
    record: &mut Record,
    old: Option<&Record>,
    now: DateTime<Utc>,
) {
    match object.name.as_str() {
        "Contact" | "Lead" | "User" => full_name(object, record),
        "Opportunity" => opportunity(object, record, old, now),
        "Case" => case(schema, state, object, record, now),
        "Task" => task(object, record, now),
        "Event" => event(object, record),
        "Order" => order(object, record),
        "ContentVersion" | "Attachment" | "Document" => {
            super::files::derive_file(object, record, &Value::DateTime(now));
        }
        "PricebookEntry" => price_book_entry(schema, state, object, record),
        "OpportunityLineItem" => line_item(schema, state, object, record),
        _ => {}
    }
    if matches!(object.name.as_str(), "Task" | "Event") {
        let account = account_of_activity(schema, state, object, record);
        record.set(object, "AccountId", account);
    }
    for (field, formula) in &object.rules.formulas {
        let value = formula.value(Subject {
            schema,
            state,
            record,
            old,
            now,
        });
        record.values[*field] = fitted(&object.fields[*field], value);
    }
}

/// The value of a formula as its field holds it; what does not fit becomes nothing.
pub(super) fn fitted(field: &Field, value: Value) -> Value {
    let number = value.as_number();
    match (field.kind, value) {
        (FieldType::Boolean, value) => Value::Bool(value.as_bool()),
        (_, Value::Null) => Value::Null,
        (FieldType::Int, _) => number.map_or(Value::Null, |number| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the range is cut to nine digits before"
            )]
            Value::Int(number.clamp(-999_999_999.0, 999_999_999.0).round() as i64)
        }),
        (kind, _) if kind.is_number() => number.map_or(Value::Null, |number| {
            let percent = if kind == FieldType::Percent {
                100.0
            } else {
                1.0
            };
            let factor = 10_f64.powi(i32::try_from(field.scale).unwrap_or(0));
            Value::Double((number * percent * factor).round() / factor)
        }),
        (FieldType::Date, value) => value.as_date().map_or(Value::Null, Value::Date),
        (FieldType::DateTime, Value::Date(date)) => {
            Value::DateTime(date.and_time(chrono::NaiveTime::MIN).and_utc())
        }
        (FieldType::DateTime, value @ Value::DateTime(_)) => value,
        (kind, Value::Id(id)) if kind.is_id() => Value::Id(id),
        (kind, value) if kind.is_id() => value
            .as_text()
            .and_then(crate::org::id::Id::parse)
            .map_or(Value::Null, Value::Id),
        (kind, value) if kind.is_text() => {
            let text = crate::org::formula::text_of(&value);
            let most = if field.length == 0 {
                usize::MAX
            } else {
                field.length as usize
            };
            let text: String = text.chars().take(most).collect();
            if text.is_empty() {
                Value::Null
            } else {
                Value::text(text)
            }
        }
        _ => Value::Null,
    }
}

fn full_name(object: &Object, record: &mut Record) {
    let first = record
        .get(object, "FirstName")
        .as_text()
        .unwrap_or_default();
    let last = record.get(object, "LastName").as_text().unwrap_or_default();
    let name = format!("{first} {last}");
    record.set(object, "Name", Value::text(name.trim()));
}

fn opportunity(object: &Object, record: &mut Record, old: Option<&Record>, now: DateTime<Utc>) {
    let stage = record.get(object, "StageName").clone();
    let changed = old.is_none_or(|old| *old.get(object, "StageName") != stage);
    let known = STAGES
        .iter()
        .find(|(name, ..)| Some(*name) == stage.as_text());
    if let Some((name, probability, category, label)) = known {
        let chosen = old
            .map(|old| old.get(object, "Probability").clone())
            .unwrap_or_default();
        let untouched = record.get(object, "Probability").is_null()
            || *record.get(object, "Probability") == chosen;
        if changed && untouched {
            record.set(object, "Probability", Value::Double(*probability));
        }
        if changed {
            record.set(object, "ForecastCategory", Value::text(category));
            record.set(object, "ForecastCategoryName", Value::text(label));
        }
        record.set(object, "IsClosed", Value::Bool(name.starts_with("Closed")));
        record.set(object, "IsWon", Value::Bool(*name == "Closed Won"));
    } else if record.get(object, "ForecastCategory").is_null() {
        record.set(object, "ForecastCategory", Value::text("Pipeline"));
        record.set(object, "ForecastCategoryName", Value::text("Pipeline"));
    }
    if changed && old.is_some() {
        record.set(object, "LastStageChangeDate", Value::DateTime(now));
    }
    let amount = record.get(object, "Amount").as_number();
    let probability = record.get(object, "Probability").as_number().unwrap_or(0.0);
    let expected = amount.map_or(Value::Null, |amount| {
        Value::Double((amount * probability).round() / 100.0)
    });
    record.set(object, "ExpectedRevenue", expected);
    if let Some(close) = record.get(object, "CloseDate").as_date() {
        let quarter = close.month0() / 3 + 1;
        record.set(object, "FiscalQuarter", Value::Int(quarter.into()));
        record.set(object, "FiscalYear", Value::Int(close.year().into()));
        record.set(
            object,
            "Fiscal",
            Value::text(format!("{} {quarter}", close.year())),
        );
    }
}

fn case(schema: &Schema, state: &State, object: &Object, record: &mut Record, now: DateTime<Utc>) {
    let closed = record.get(object, "Status").as_text() == Some("Closed");
    record.set(object, "IsClosed", Value::Bool(closed));
    let closed_at = match (closed, record.get(object, "ClosedDate")) {
        (true, Value::Null) => Value::DateTime(now),
        (true, at) => at.clone(),
        (false, _) => Value::Null,
    };
    record.set(object, "ClosedDate", closed_at);
    let contact = record
        .get(object, "ContactId")
        .as_id()
        .and_then(|id| state.any_record(schema, id));
    for (field, source) in [
        ("ContactPhone", "Phone"),
        ("ContactMobile", "MobilePhone"),
        ("ContactEmail", "Email"),
        ("ContactFax", "Fax"),
    ] {
        let value = contact.map_or(Value::Null, |(contacts, contact)| {
            contact.get(contacts, source).clone()
        });
        record.set(object, field, value);
    }
    if let (true, Some((contacts, contact))) = (record.get(object, "AccountId").is_null(), contact)
    {
        record.set(
            object,
            "AccountId",
            contact.get(contacts, "AccountId").clone(),
        );
    }
}

fn task(object: &Object, record: &mut Record, now: DateTime<Utc>) {
    let closed = record.get(object, "Status").as_text() == Some("Completed");
    record.set(object, "IsClosed", Value::Bool(closed));
    let completed = match (closed, record.get(object, "CompletedDateTime")) {
        (true, Value::Null) => Value::DateTime(now),
        (true, at) => at.clone(),
        (false, _) => Value::Null,
    };
    record.set(object, "CompletedDateTime", completed);
    let high = record.get(object, "Priority").as_text() == Some("High");
    record.set(object, "IsHighPriority", Value::Bool(high));
}

fn event(object: &Object, record: &mut Record) {
    let start = match (
        record.get(object, "StartDateTime"),
        record.get(object, "ActivityDateTime"),
    ) {
        (Value::DateTime(at), _) | (Value::Null, Value::DateTime(at)) => *at,
        _ => return,
    };
    let minutes = match (
        record.get(object, "EndDateTime"),
        record.get(object, "DurationInMinutes"),
    ) {
        (_, Value::Int(minutes)) if record.get(object, "EndDateTime").is_null() => *minutes,
        (Value::DateTime(end), _) => (*end - start).num_minutes(),
        _ => 60,
    };
    let end = start + Duration::minutes(minutes);
    record.set(object, "StartDateTime", Value::DateTime(start));
    record.set(object, "ActivityDateTime", Value::DateTime(start));
    record.set(object, "ActivityDate", Value::Date(start.date_naive()));
    record.set(object, "DurationInMinutes", Value::Int(minutes));
    record.set(object, "EndDateTime", Value::DateTime(end));
    record.set(object, "EndDate", Value::Date(end.date_naive()));
    record.set(object, "EventSubtype", Value::text("Event"));
}

fn order(object: &Object, record: &mut Record) {
    let status = record.get(object, "Status").clone();
    record.set(object, "StatusCode", status);
    if record.get(object, "TotalAmount").is_null() {
        record.set(object, "TotalAmount", Value::Double(0.0));
    }
}

/// Name and code of an entry are those of its product.
fn price_book_entry(schema: &Schema, state: &State, object: &Object, record: &mut Record) {
    for (field, source) in [("Name", "Name"), ("ProductCode", "ProductCode")] {
        let value = parent_value(schema, state, object, record, "Product2Id", source);
        record.set(object, field, value);
    }
}

/// Product, prices and name of a line: what is not given follows from the price book entry.
fn line_item(schema: &Schema, state: &State, object: &Object, record: &mut Record) {
    let from_entry =
        |field: &str| parent_value(schema, state, object, record, "PricebookEntryId", field);
    let (product, list, code, name) = (
        from_entry("Product2Id"),
        from_entry("UnitPrice"),
        from_entry("ProductCode"),
        from_entry("Name"),
    );
    let deal = parent_value(schema, state, object, record, "OpportunityId", "Name");
    if !product.is_null() {
        record.set(object, "Product2Id", product);
    }
    record.set(object, "ProductCode", code);
    let full = [deal.as_text(), name.as_text()];
    let full: Vec<&str> = full.into_iter().flatten().collect();
    record.set(object, "Name", Value::text(full.join(" ")));
    let quantity = record.get(object, "Quantity").as_number();
    let total = record.get(object, "TotalPrice").as_number();
    let price = match (record.get(object, "UnitPrice").as_number(), total, quantity) {
        (Some(price), ..) => Some(price),
        (None, Some(total), Some(quantity)) if quantity != 0.0 => Some(total / quantity),
        _ => list.as_number(),
    };
    record.set(object, "ListPrice", list);
    if let (Some(price), Some(quantity)) = (price, quantity) {
        let discount = record.get(object, "Discount").as_number().unwrap_or(0.0);
        let total = (price * quantity * (100.0 - discount)).round() / 100.0;
        record.set(object, "UnitPrice", Value::Double(price));
        record.set(object, "TotalPrice", Value::Double(total));
    }
}

/// A field of the record that a reference points at.
fn parent_value(
    schema: &Schema,
    state: &State,
    object: &Object,
    record: &Record,
    reference: &str,
    field: &str,
) -> Value {
    record
        .get(object, reference)
        .as_id()
        .and_then(|id| state.any_record(schema, id))
        .map_or(Value::Null, |(target, found)| {
            found.get(target, field).clone()
        })
}

/// The account behind what an activity is about, or behind whom it is with.
fn account_of_activity(schema: &Schema, state: &State, object: &Object, record: &Record) -> Value {
    for field in ["WhatId", "WhoId"] {
        let Some(id) = record.get(object, field).as_id() else {
            continue;
        };
        let Some((target, found)) = state.any_record(schema, id) else {
            continue;
        };
        if target.name == "Account" {
            return Value::Id(id);
        }
        for reference in ["AccountId", "Account__c"] {
            if let Value::Id(account) = found.get(target, reference) {
                return Value::Id(*account);
            }
        }
    }
    Value::Null
}
