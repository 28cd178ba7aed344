//! Checks the records of a batch before anything is proposed; a refusal names the record.
//!
//! Must not know: current values.

use super::super::{
    describe::{Field, Object},
    ids::RecordId,
    write::{
        Fields,
        fields::{self, Purpose, Setting},
    },
};
use super::MOST;
use gatelodge_model::{Error, Result};
use serde_json::Value;

/// How many wrong records are named in one refusal.
const MOST_NAMED: usize = 5;

/// Refuses an empty batch and one that Salesforce would refuse as too large.
///
/// # Errors
/// `invalid_argument` for `records`.
pub(in super::super) fn count(records: &[Fields]) -> Result<()> {
    match records.len() {
        0 => Err(Error::invalid("records", "`records` is empty.")),
        1..=MOST => Ok(()),
        count => Err(Error::invalid(
            "records",
            format!(
                "`records` has {count} records; Salesforce takes {MOST} at once. Propose them in several batches."
            ),
        )),
    }
}

/// Does something with each record; all refusals come as one.
///
/// # Errors
/// The first record's refusal, with the words of the next few.
pub(in super::super) fn each<'records, T>(
    records: &'records [Fields],
    mut one: impl FnMut(&'records Fields) -> Result<T>,
) -> Result<Vec<T>> {
    let mut good = Vec::with_capacity(records.len());
    let mut bad: Vec<(usize, Error)> = Vec::new();
    for (place, record) in records.iter().enumerate() {
        match one(record) {
            Ok(done) => good.push(done),
            Err(error) => bad.push((place, error)),
        }
    }
    if bad.is_empty() {
        Ok(good)
    } else {
        Err(joined(&bad))
    }
}

fn joined(bad: &[(usize, Error)]) -> Error {
    let mut lines: Vec<String> = bad
        .iter()
        .take(MOST_NAMED)
        .map(|(place, error)| format!("Record {}: {}", place + 1, error.message()))
        .collect();
    if bad.len() > MOST_NAMED {
        lines.push(format!(
            "{} more records are wrong.",
            bad.len() - MOST_NAMED
        ));
    }
    let Some((place, first)) = bad.first() else {
        return Error::internal("no record was refused");
    };
    let message = lines.join("\n");
    let error = match first.field() {
        Some(field) => {
            let name = field.strip_prefix("fields.").unwrap_or(field);
            let name = if name == "fields" { "" } else { name };
            let dot = if name.is_empty() { "" } else { "." };
            Error::invalid(format!("records[{place}]{dot}{name}"), message)
        }
        None => Error::new(first.kind(), message),
    };
    let error = error.with_choices(first.choices().to_vec());
    match first.hint() {
        Some(hint) => error.with_hint(hint.who_must_act, hint.text.clone()),
        None => error,
    }
}

/// Checks the fields of every record.
///
/// # Errors
/// As [`fields::check`], with the record's number.
pub(in super::super) fn check<'object>(
    object: &'object Object,
    records: &[Fields],
    purpose: Purpose,
) -> Result<Vec<Vec<Setting<'object>>>> {
    each(records, |record| fields::check(object, record, purpose))
}

/// Takes the id off each record.
///
/// # Errors
/// `invalid_argument` where a record has no id, a wrong one, or that of another record.
pub(in super::super) fn take_ids(records: &[Fields]) -> Result<(Vec<RecordId>, Vec<Fields>)> {
    let parted = each(records, |record| {
        let (value, rest) = take(record, "Id");
        let Some(Value::String(text)) = value else {
            return Err(Error::invalid(
                "Id",
                "`Id` is missing: each record needs its id of 15 or 18 characters.",
            ));
        };
        Ok((RecordId::parse("Id", &text)?, rest))
    })?;
    let (ids, rest): (Vec<_>, Vec<_>) = parted.into_iter().unzip();
    let texts: Vec<&str> = ids.iter().map(RecordId::as_str).collect();
    unique("Id", &texts)?;
    Ok((ids, rest))
}

/// Takes the external id off each record.
///
/// # Errors
/// `invalid_argument` where a record has none, or that of another record.
pub(in super::super) fn take_keys(
    key: &Field,
    records: &[Fields],
) -> Result<(Vec<String>, Vec<Fields>)> {
    let parted = each(records, |record| {
        let (value, rest) = take(record, &key.name);
        let text = match value {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        if text.is_empty() {
            return Err(Error::invalid(
                &key.name,
                format!(
                    "`{}` is missing: each record needs its external id.",
                    key.name
                ),
            ));
        }
        super::super::values::check(key, &Value::String(text.clone()))
            .map_err(|reason| Error::invalid(&key.name, format!("'{}': {reason}.", key.name)))?;
        Ok((text, rest))
    })?;
    let (keys, rest): (Vec<_>, Vec<_>) = parted.into_iter().unzip();
    let lower: Vec<String> = keys.iter().map(|key: &String| key.to_lowercase()).collect();
    unique(
        &key.name,
        &lower.iter().map(String::as_str).collect::<Vec<_>>(),
    )?;
    Ok((keys, rest))
}

/// A member by its name in any case, and the others.
fn take(record: &Fields, name: &str) -> (Option<Value>, Fields) {
    let mut taken = None;
    let mut rest = Fields::new();
    for (key, value) in record {
        if taken.is_none() && key.eq_ignore_ascii_case(name) {
            taken = Some(value.clone());
        } else {
            rest.insert(key.clone(), value.clone());
        }
    }
    (taken, rest)
}

/// Salesforce refuses a batch that names a record twice; which of the two would count is not to be guessed.
fn unique(name: &str, values: &[&str]) -> Result<()> {
    let mut first: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    for (place, value) in values.iter().enumerate() {
        if let Some(earlier) = first.insert(value, place) {
            return Err(Error::invalid(
                format!("records[{place}].{name}"),
                format!(
                    "Record {} has the same `{name}` as record {}: {value}.",
                    place + 1,
                    earlier + 1
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::CONTACT;
    use serde_json::json;

    fn records(value: &Value) -> Vec<Fields> {
        serde_json::from_value(value.clone()).unwrap()
    }

    #[test]
    fn every_wrong_record_is_named() {
        // proves SF-11
        let object: Object = serde_json::from_str(CONTACT).unwrap();
        let given = records(&json!([
            {"LastName": "Good"}, {"FirstName": "x"}, {"LastName": "L", "Emial": "x"}
        ]));
        let error = check(&object, &given, Purpose::Create).unwrap_err();
        assert_eq!(error.field(), Some("records[1]"));
        assert!(error.message().starts_with("Record 2: A new Contact needs"));
        assert!(error.message().contains("\nRecord 3: "), "{error}");
        let given = records(&json!([{"LastName": "L", "Emial": "x"}]));
        let error = check(&object, &given, Purpose::Create).unwrap_err();
        assert_eq!(error.field(), Some("records[0].Emial"));
        assert!(error.choices().contains(&"Email".to_owned()));
    }

    #[test]
    fn ids_are_there_once_each() {
        let id = "001dM00003jU9Gx";
        let (ids, rest) = take_ids(&records(&json!([{"id": id, "Phone": "1"}]))).unwrap();
        assert_eq!(ids[0].as_str(), "001dM00003jU9GxQAK");
        assert_eq!(Value::Object(rest[0].clone()), json!({"Phone": "1"}));
        for (bad, field) in [
            (json!([{"Phone": "1"}]), "records[0].Id"),
            (json!([{"Id": id}, {"Id": "x"}]), "records[1].Id"),
            (
                json!([{"Id": id}, {"Id": "001dM00003jU9GxQAK"}]),
                "records[1].Id",
            ),
        ] {
            let error = take_ids(&records(&bad)).unwrap_err();
            assert_eq!(error.field(), Some(field), "{bad}");
        }
    }

    #[test]
    fn a_batch_has_one_to_two_hundred_records() {
        assert!(count(&[]).is_err());
        assert!(count(&vec![Fields::new(); MOST]).is_ok());
        let error = count(&vec![Fields::new(); MOST + 1]).unwrap_err();
        assert!(error.message().contains("201 records"), "{error}");
    }
}
