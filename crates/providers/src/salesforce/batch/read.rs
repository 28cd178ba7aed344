//! The records of a batch as they are now, in as few calls as addresses allow.
//!
//! Must not know: what shall become of them.

use super::super::{
    describe::{Field, Object},
    ids::RecordId,
    pages,
    write::{
        Fields,
        live::{self, Live},
    },
};
use super::MOST;
use gatelodge_model::{Error, ErrorKind, RecordVersion, Result, WhoMustAct};
use gatelodge_provider::Caller;
use gatelodge_soql::escape_string;
use serde_json::Value;
use std::collections::HashMap;

/// Room for a statement in an address (16,384 bytes with everything else in it), percent-encoded.
const ROOM: usize = 12_000;

/// How many pages one list may have: wide rows come in pages of 200 or fewer.
const MOST_PAGES: usize = 50;

/// Records whose `key` has one of these values; a record that is not there or not visible is left out.
///
/// # Errors
/// Salesforce's refusal, or what kept the answer away.
pub(in super::super) async fn by_values(
    caller: &dyn Caller,
    object: &str,
    key: &Field,
    values: &[String],
    names: &[&str],
) -> Result<Vec<Fields>> {
    let mut records = Vec::with_capacity(values.len());
    for part in parts(values, names) {
        let listed: Vec<String> = part.iter().map(|value| literal(key, value)).collect();
        let (fields, limit) = selection(names);
        let soql = format!(
            "SELECT {fields} FROM {object} WHERE {} IN ({}){limit}",
            key.name,
            listed.join(", ")
        );
        let all = u32::try_from(MOST).unwrap_or(u32::MAX);
        let mut page = pages::query(caller, soql, Some(all)).await?;
        for _ in 0..MOST_PAGES {
            records.append(&mut page.records);
            let Some(cursor) = page.cursor.take() else {
                break;
            };
            page = pages::next(caller, &cursor, Some(all)).await?;
        }
    }
    Ok(records)
}

/// A value in a statement ("SOQL Reference, quoted string escape sequences").
fn literal(key: &Field, value: &str) -> String {
    match key.kind.as_str() {
        "double" | "int" | "currency" | "percent" => value.to_owned(),
        _ => format!("'{}'", escape_string(value)),
    }
}

/// Whether the names alone fill the address: then all fields are asked for, which Salesforce allows for up to
/// 200 records at once ("SOQL Reference, `FIELDS()`").
fn is_long(names: &[&str]) -> bool {
    names.iter().map(|name| name.len() + 6).sum::<usize>() > ROOM / 2
}

/// What is selected, and the limit that goes with it.
pub(in super::super) fn selection(names: &[&str]) -> (String, &'static str) {
    if is_long(names) {
        ("FIELDS(ALL)".to_owned(), " LIMIT 200")
    } else {
        (names.join(", "), "")
    }
}

/// Parts of the list that fit into an address.
fn parts<'values>(values: &'values [String], names: &[&str]) -> Vec<&'values [String]> {
    let fixed: usize = match names {
        long if is_long(long) => 0,
        names => names.iter().map(|name| name.len() + 6).sum(),
    };
    // Quotes, comma and blank take 12 bytes encoded; a byte of the value three at most.
    let size = |value: &String| {
        let plain = value.bytes().filter(u8::is_ascii_alphanumeric).count();
        12 + plain + 3 * (2 * (value.len() - plain))
    };
    let mut parts = Vec::new();
    let (mut start, mut used) = (0, fixed);
    for (place, value) in values.iter().enumerate() {
        if place > start && used + size(value) > ROOM {
            parts.push(&values[start..place]);
            (start, used) = (place, fixed);
        }
        used += size(value);
    }
    parts.push(&values[start..]);
    parts
}

/// What is asked of each record: the named fields and those that every preview needs.
pub(in super::super) fn names<'name>(
    object: &'name Object,
    wanted: impl Iterator<Item = &'name str>,
) -> Vec<&'name str> {
    let mut unique: Vec<&str> = vec!["Id"];
    let fixed = object
        .present(&[live::VERSION, live::MODIFIED, live::MODIFIER])
        .into_iter()
        .chain(object.name_field().map(|field| field.name.as_str()));
    for name in wanted.chain(fixed) {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

/// The records with these ids, in their order.
///
/// # Errors
/// `provider_not_found` naming the records that are not there; what kept the reads from succeeding.
pub(in super::super) async fn by_ids(
    caller: &dyn Caller,
    object: &Object,
    ids: &[RecordId],
    names: &[&str],
) -> Result<Vec<Live>> {
    let mut found = found_by_ids(caller, object, ids, names).await?;
    let mut missing = Vec::new();
    let mut records = Vec::with_capacity(ids.len());
    for (place, id) in ids.iter().enumerate() {
        match found.remove(id.as_str()) {
            Some(values) => records.push(Live {
                id: id.clone(),
                values,
            }),
            None => missing.push(format!("record {} ({id})", place + 1)),
        }
    }
    if missing.is_empty() {
        return Ok(records);
    }
    Err(Error::new(
        ErrorKind::ProviderNotFound,
        format!(
            "{} has no such records that the connected user can see: {}.",
            object.label,
            missing.join(", ")
        ),
    )
    .with_hint(
        WhoMustAct::Caller,
        "Check the ids and the object, and leave these records out. A deleted record can be restored with salesforce_undelete_record for 15 days.",
    ))
}

/// The records with these ids that are there, by id.
pub(in super::super) async fn found_by_ids(
    caller: &dyn Caller,
    object: &Object,
    ids: &[RecordId],
    names: &[&str],
) -> Result<HashMap<String, Fields>> {
    let values: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let records = by_values(caller, &object.name, &id_field(), &values, names).await?;
    Ok(records
        .into_iter()
        .filter_map(|record| Some((id_of(&record)?, record)))
        .collect())
}

/// The id of a record that was read.
pub(in super::super) fn id_of(record: &Fields) -> Option<String> {
    let id = record.get("Id").and_then(Value::as_str)?;
    Some(RecordId::parse("Id", id).ok()?.to_string())
}

fn id_field() -> Field {
    Field {
        name: "Id".to_owned(),
        kind: "id".to_owned(),
        ..Field::default()
    }
}

/// The versions that records have now, in the order of the known ones; a missing record is left out.
///
/// # Errors
/// What kept the reads from succeeding.
pub(in super::super) async fn versions(
    caller: &dyn Caller,
    known: &[RecordVersion],
) -> Result<Vec<RecordVersion>> {
    let Some(first) = known.first() else {
        return Ok(Vec::new());
    };
    let ids: Vec<String> = known.iter().map(|version| version.id.clone()).collect();
    let names = ["Id", live::VERSION];
    let records = by_values(caller, &first.object, &id_field(), &ids, &names).await?;
    let now: HashMap<String, String> = records
        .iter()
        .filter_map(|record| {
            let version = record.get(live::VERSION)?.as_str()?;
            Some((id_of(record)?, version.to_owned()))
        })
        .collect();
    Ok(known
        .iter()
        .filter_map(|version| {
            Some(RecordVersion {
                version: now.get(&version.id)?.clone(),
                ..version.clone()
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_parted_and_loses_nothing() {
        let values: Vec<String> = (0..200).map(|n| format!("{n:->200}")).collect();
        let parts = parts(&values, &["Id"]);
        assert!(parts.len() > 1);
        assert_eq!(parts.concat(), values);
        let ids: Vec<String> = (0..200).map(|n| format!("{n:0>18}")).collect();
        assert_eq!(super::parts(&ids, &["Id", "Name"]).len(), 1);
        let none: &[String] = &[];
        assert_eq!(super::parts(none, &["Id"]).len(), 1);
    }
}
