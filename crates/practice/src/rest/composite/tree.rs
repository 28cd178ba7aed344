//! `POST /composite/tree/X`: records with their children, all of them or none.
//!
//! Must not know how a row is checked.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{list, row_error};
use crate::org::dml::{Body, Draft};
use crate::org::{ApiError, Id, Object};
use crate::rest::answer::Answer;
use crate::rest::call::Call;

/// Most records in the whole tree.
const MOST: usize = 200;
const MOST_LEVELS: usize = 5;
const MOST_TYPES: usize = 5;

/// A record with the ones below it.
struct Node<'a> {
    object: &'a Object,
    reference: String,
    fields: Map<String, Value>,
    children: Vec<(usize, Node<'a>)>,
}

/// What is counted while the tree is read.
#[derive(Default)]
struct Size {
    records: usize,
    types: HashSet<usize>,
    references: HashSet<String>,
}

/// `POST /composite/tree/X`.
pub(super) fn run(call: &Call<'_>, object: &str) -> Result<Answer, ApiError> {
    let object = call.object(object)?;
    let (body, raw) = call.json_body()?;
    let mut size = Size::default();
    let mut roots = Vec::new();
    for record in list(&body, "records")? {
        match read(call, object, record, 1, &mut size) {
            Ok(root) => roots.push(root),
            Err((reference, error)) => return Ok(refused(&[(reference, error)])),
        }
    }
    let ((saved, failed), durable) = call.write(|draft| {
        let mark = draft.mark();
        let (mut saved, mut failed) = (Vec::new(), Vec::new());
        for root in &roots {
            save(draft, root, None, raw, &mut saved, &mut failed);
        }
        if !failed.is_empty() {
            draft.back_to(mark);
        }
        Ok((saved, failed))
    })?;
    if !failed.is_empty() {
        return Ok(refused(&failed));
    }
    let results: Vec<Value> = saved
        .iter()
        .map(|(reference, id)| json!({ "referenceId": reference, "id": id }))
        .collect();
    for (_, id) in &saved {
        call.touch(*id);
    }
    let answer = Answer::json(201, &json!({ "hasErrors": false, "results": results }));
    Ok(answer.durable(durable))
}

fn refused(failed: &[(String, ApiError)]) -> Answer {
    let results: Vec<Value> = failed
        .iter()
        .map(|(reference, error)| json!({ "referenceId": reference, "errors": [row_error(error)] }))
        .collect();
    Answer::json(400, &json!({ "hasErrors": true, "results": results }))
}

/// Reads one record and what is below it. An error comes with the name of its record.
fn read<'a>(
    call: &Call<'a>,
    object: &'a Object,
    record: &Value,
    level: usize,
    size: &mut Size,
) -> Result<Node<'a>, (String, ApiError)> {
    let reference = record
        .pointer("/attributes/referenceId")
        .and_then(Value::as_str);
    let reference = reference.unwrap_or_default().to_owned();
    let wrong = |message: String| {
        let error = ApiError::row("INVALID_INPUT", message, &[]);
        (reference.clone(), error)
    };
    let Some(given) = record.as_object() else {
        return Err(wrong("A record must be a JSON object.".to_owned()));
    };
    if reference.is_empty() {
        return Err(wrong(
            "Include a reference ID for each record in the request.".to_owned(),
        ));
    }
    if !size.references.insert(reference.clone()) {
        return Err(wrong(
            "Duplicate ReferenceId provided in the request.".to_owned(),
        ));
    }
    let kind = record.pointer("/attributes/type").and_then(Value::as_str);
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case(&object.name)) {
        return Err(wrong(format!(
            "The record must be of type {}.",
            object.name
        )));
    }
    size.records += 1;
    size.types.insert(object.index);
    let exceeded = |what: &str, most: usize| {
        wrong(format!("The number of {what} exceeds the limit of {most}."))
    };
    if size.records > MOST {
        return Err(exceeded("records in the request", MOST));
    }
    if size.types.len() > MOST_TYPES {
        return Err(exceeded("sObject types in the request", MOST_TYPES));
    }
    if level > MOST_LEVELS {
        return Err(exceeded("levels in the request", MOST_LEVELS));
    }
    let mut node = Node {
        object,
        reference: reference.clone(),
        fields: Map::new(),
        children: Vec::new(),
    };
    for (name, value) in given {
        let records = value.get("records").and_then(Value::as_array);
        let Some((child, records)) = object.child(name).zip(records) else {
            node.fields.insert(name.clone(), value.clone());
            continue;
        };
        let below = &call.practice.org.schema().objects[child.object];
        if !call.access.object(below).read {
            node.fields.insert(name.clone(), value.clone());
            continue;
        }
        for record in records {
            let below = read(call, below, record, level + 1, size)?;
            node.children.push((child.field, below));
        }
    }
    Ok(node)
}

/// Creates a record and those below it. Below a record that was refused nothing is tried.
fn save(
    draft: &mut Draft<'_>,
    node: &Node<'_>,
    parent: Option<(usize, Id)>,
    raw: &str,
    saved: &mut Vec<(String, Id)>,
    failed: &mut Vec<(String, ApiError)>,
) {
    let mut fields = node.fields.clone();
    if let Some((field, id)) = parent {
        fields.insert(node.object.fields[field].name.clone(), json!(id));
    }
    let body = Body {
        fields: &fields,
        raw,
    };
    match draft.attempt(|draft| draft.create(node.object, &body)) {
        Ok(id) => {
            saved.push((node.reference.clone(), id));
            for (field, child) in &node.children {
                save(draft, child, Some((*field, id)), raw, saved, failed);
            }
        }
        Err(error) => failed.push((node.reference.clone(), error)),
    }
}
