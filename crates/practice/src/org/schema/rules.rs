//! What an admin adds to an object beside its fields: validation rules, duplicate rules, locks, automation, record
//! types, lookup filters, formula fields and defaults. Reads their lines and resolves their names.
//!
//! Must not know records; when a rule applies is decided in `dml`.

use std::collections::HashSet;

use super::{Object, SchemaError};
use crate::org::formula::Formula;
use crate::org::id::Id;

/// All rules of one object.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub validations: Vec<Validation>,
    pub duplicates: Vec<DuplicateRule>,
    /// Records for which one of these holds cannot be changed by anyone but an administrator.
    pub locks: Vec<Formula>,
    pub automations: Vec<Automation>,
    pub record_types: Vec<RecordType>,
    /// Lookup filters by field: the formula must hold when the reference is set.
    pub filters: Vec<(usize, Formula)>,
    /// Formula fields.
    pub formulas: Vec<(usize, Formula)>,
    /// Values of fields that a create does not give.
    pub defaults: Vec<(usize, Formula)>,
}

/// A record for which the formula holds is refused with the admin's own words.
#[derive(Clone, Debug)]
pub struct Validation {
    pub name: String,
    /// The field that the message belongs to; none for the whole record.
    pub field: Option<usize>,
    pub formula: Formula,
    pub message: String,
}

/// A new record is refused where a live one has the same values in all these fields.
#[derive(Clone, Debug)]
pub struct DuplicateRule {
    pub name: String,
    pub fields: Vec<usize>,
    /// The caller may save all the same, by header.
    pub allow_save: bool,
    pub message: String,
}

/// Code or a flow of the org that fails for the records for which its formula holds.
#[derive(Clone, Debug)]
pub struct Automation {
    pub name: String,
    pub flow: bool,
    pub formula: Formula,
}

/// One record type.
#[derive(Clone, Debug)]
pub struct RecordType {
    pub id: Id,
    pub developer_name: String,
    pub name: String,
    /// What a new record gets when it names none.
    pub default: bool,
    /// The values of a picklist that records of this type take, by field; fields that are not named take all.
    pub picklists: Vec<(usize, HashSet<String>)>,
}

/// A line that is understood once all fields are known.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) parts: Vec<String>,
}

/// Words that begin a line which is no field.
pub(super) const KINDS: [&str; 6] = [
    "rule",
    "duplicates",
    "lock",
    "trigger",
    "flow",
    "recordtype",
];

/// Understands all pending lines of all objects.
pub(super) fn compile(objects: &mut [Object]) -> Result<(), SchemaError> {
    let mut number = 0;
    for index in 0..objects.len() {
        let mut rules = Rules::default();
        for pending in std::mem::take(&mut objects[index].pending) {
            read(objects, index, &pending.parts, &mut rules, &mut number).map_err(|reason| {
                SchemaError {
                    file: pending.file.clone(),
                    line: pending.line,
                    reason,
                }
            })?;
        }
        objects[index].rules = rules;
    }
    Ok(())
}

fn read(
    objects: &[Object],
    index: usize,
    parts: &[String],
    rules: &mut Rules,
    types: &mut u64,
) -> Result<(), String> {
    let object = &objects[index];
    let (kind, name) = parts[0].split_once(' ').unwrap_or((&parts[0], ""));
    let name = name.trim().to_owned();
    let part = |position: usize, what: &str| {
        parts
            .get(position)
            .map(String::as_str)
            .ok_or_else(|| format!("a line that begins with `{kind}` needs {what}"))
    };
    let formula =
        |text: &str| Formula::compile(objects, index, text).map_err(|error| error.to_string());
    let field = |name: &str| {
        object
            .field_index(name)
            .ok_or_else(|| format!("{} has no field `{name}`", object.name))
    };
    match kind {
        "rule" => rules.validations.push(Validation {
            name,
            field: match part(1, "a field or `-`")? {
                "-" => None,
                text => Some(field(text)?),
            },
            formula: formula(part(2, "a formula")?)?,
            message: part(3, "a message")?.to_owned(),
        }),
        "duplicates" => rules.duplicates.push(DuplicateRule {
            name,
            fields: part(1, "fields")?
                .split(',')
                .map(|text| field(text.trim()))
                .collect::<Result<_, _>>()?,
            allow_save: match part(2, "`allow` or `block`")? {
                "allow" => true,
                "block" => false,
                other => return Err(format!("expected `allow` or `block`, not `{other}`")),
            },
            message: part(3, "a message")?.to_owned(),
        }),
        "lock" => rules.locks.push(formula(part(1, "a formula")?)?),
        "trigger" | "flow" => rules.automations.push(Automation {
            name,
            flow: kind == "flow",
            formula: formula(part(1, "a formula")?)?,
        }),
        "recordtype" => {
            *types += 1;
            rules
                .record_types
                .push(record_type(object, name, parts, *types)?);
        }
        "=object" => {
            if object.name_field.is_none() {
                return Err(format!(
                    "`{}` needs a field with the flag `name`",
                    object.name
                ));
            }
        }
        "=target" => {
            for target in part(1, "objects")?.split(',') {
                if !objects.iter().any(|known| known.name == target) {
                    return Err(format!(
                        "{}.{name} refers to `{target}`, which is no object",
                        object.name
                    ));
                }
            }
        }
        "=formula" => rules
            .formulas
            .push((field(&name)?, formula(part(1, "a formula")?)?)),
        "=filter" => rules
            .filters
            .push((field(&name)?, formula(part(1, "a formula")?)?)),
        "=default" => rules
            .defaults
            .push((field(&name)?, formula(part(1, "a formula")?)?)),
        other => return Err(format!("unknown line `{other}`")),
    }
    Ok(())
}

fn record_type(
    object: &Object,
    developer_name: String,
    parts: &[String],
    number: u64,
) -> Result<RecordType, String> {
    let [_, name, flags @ ..] = parts else {
        return Err("a line that begins with `recordtype` needs a name".to_owned());
    };
    let field = |name: &str| {
        object
            .field_index(name)
            .ok_or_else(|| format!("{} has no field `{name}`", object.name))
    };
    field("RecordTypeId")?;
    let mut made = RecordType {
        id: Id::generate(*b"012", number),
        developer_name,
        name: name.clone(),
        default: false,
        picklists: Vec::new(),
    };
    for flag in flags {
        match flag.split_once('=') {
            None if flag == "default" => made.default = true,
            Some((name, values)) => {
                let values = values.split(';').map(str::to_owned).collect();
                made.picklists.push((field(name)?, values));
            }
            None => {
                return Err(format!(
                    "expected `default` or `Field=values`, not `{flag}`"
                ));
            }
        }
    }
    Ok(made)
}
