//! Reads the compact tables: `Name | type(length) | Label | flag | key=value …`, one field per line.
//! The format is described for people in `docs/practice-schema.md`.
//!
//! Must not know describe answers; it only fills [`Object`] and [`Field`].

use std::collections::{HashMap, HashSet};

use super::rules::{KINDS, Pending};
use super::{Child, Field, FieldType, Object, OnDelete, PicklistValue, SchemaError};
use crate::org::sharing::Level;

/// The fields that begin every table which does not say otherwise.
const HEAD: [&str; 3] = [
    "Id | id | Record ID | required | readonly | defaulted | fixed",
    "OwnerId | reference | Owner ID | required | defaulted | fixed | to=Group,User | rel=Owner",
    "IsDeleted | boolean | Deleted | required | readonly | defaulted | fixed",
];

/// The fields that end every table which does not have them.
const TAIL: [&str; 5] = [
    "CreatedDate | datetime | Created Date | required | readonly | defaulted | fixed",
    "CreatedById | reference | Created By ID | required | readonly | defaulted | fixed | to=User | rel=CreatedBy",
    "LastModifiedDate | datetime | Last Modified Date | required | readonly | defaulted | fixed",
    "LastModifiedById | reference | Last Modified By ID | required | readonly | defaulted | fixed | to=User | rel=LastModifiedBy",
    "SystemModstamp | datetime | System Modstamp | required | readonly | defaulted | fixed",
];

/// Fields without `__c` that an own object may have.
const OWN_STANDARD: [&str; 2] = ["Name", "RecordTypeId"];

/// Reads one text: any number of `object` and `extend` parts. `file` is named in errors; `own` is a file of the
/// owner, whose names must not look like the platform's.
pub(super) fn read(
    objects: &mut Vec<Object>,
    file: &str,
    text: &str,
    own: bool,
) -> Result<(), SchemaError> {
    let mut current: Option<usize> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = Pending {
            file: file.to_owned(),
            line: number + 1,
            parts: line
                .split(" | ")
                .map(|part| part.trim().to_owned())
                .collect(),
        };
        read_line(objects, &mut current, &place, own).map_err(|reason| SchemaError {
            file: file.to_owned(),
            line: number + 1,
            reason,
        })?;
    }
    Ok(())
}

fn read_line(
    objects: &mut Vec<Object>,
    current: &mut Option<usize>,
    place: &Pending,
    own: bool,
) -> Result<(), String> {
    let parts: Vec<&str> = place.parts.iter().map(String::as_str).collect();
    if let Some(name) = parts[0].strip_prefix("object ") {
        let mut made = header(objects, name.trim(), &parts, own)?;
        if own && !made.custom() {
            return Err("the name of an own object ends in `__c`".to_owned());
        }
        made.pending.push(Pending {
            parts: vec!["=object".to_owned()],
            ..place.clone()
        });
        *current = Some(made.index);
        objects.push(made);
        return Ok(());
    }
    if let Some(name) = parts[0].strip_prefix("extend ") {
        let known = objects
            .iter()
            .position(|object| object.name.eq_ignore_ascii_case(name.trim()));
        *current =
            Some(known.ok_or_else(|| format!("there is no object `{}` to extend", name.trim()))?);
        return Ok(());
    }
    let Some(object) = current.and_then(|index| objects.get_mut(index)) else {
        return Err("the first line must begin with `object` or `extend`".to_owned());
    };
    if let Some(word) = parts[0].strip_prefix("sharing ") {
        object.sharing = Level::parse(word.trim()).ok_or_else(|| {
            format!(
                "expected `private`, `read`, `edit` or `full`, not `{}`",
                word.trim()
            )
        })?;
        return Ok(());
    }
    let word = parts[0].split(' ').next().unwrap_or_default();
    if KINDS.contains(&word) {
        object.pending.push(place.clone());
        return Ok(());
    }
    let field = field(&parts)?;
    let twice = object
        .fields
        .iter()
        .any(|known| known.name.eq_ignore_ascii_case(&field.name));
    if twice {
        return Err(format!(
            "`{}` has a field `{}` already",
            object.name, field.name
        ));
    }
    if own && !field.custom() && !OWN_STANDARD.contains(&field.name.as_str()) {
        return Err("the name of an own field ends in `__c`".to_owned());
    }
    let targets = (!field.references.is_empty()).then(|| field.references.join(","));
    for (kind, formula) in [
        ("=target", &targets),
        ("=formula", &field.formula),
        ("=filter", &field.filter),
        ("=default", &field.default),
    ] {
        if let Some(formula) = formula {
            object.pending.push(Pending {
                parts: vec![format!("{kind} {}", field.name), formula.clone()],
                ..place.clone()
            });
        }
    }
    object.fields.push(field);
    Ok(())
}

/// Adds the fields that every object has, and the indexes over all fields.
pub(super) fn complete(object: &mut Object) -> Result<(), String> {
    if object.fields.first().is_none_or(|first| first.name != "Id") {
        for (position, line) in HEAD.iter().enumerate() {
            object.fields.insert(position, field_of(line)?);
        }
    }
    let before_activity = object
        .fields
        .iter()
        .position(|field| field.name == "CreatedDate");
    if before_activity.is_none() {
        for line in TAIL {
            object.fields.push(field_of(line)?);
        }
    }
    for (position, field) in object.fields.iter().enumerate() {
        object.by_name.insert(field.name.clone(), position);
        object
            .by_name
            .insert(field.name.to_ascii_lowercase(), position);
        if let Some(relationship) = &field.relationship {
            object
                .by_relationship
                .insert(relationship.to_ascii_lowercase(), position);
        }
    }
    object.name_field = object.fields.iter().position(|field| field.name_field);
    object.deleted_field = object.by_name.get("IsDeleted").copied();
    object.private_field = object.by_name.get("IsPrivate").copied();
    object.owner_field = object.by_name.get("OwnerId").copied();
    Ok(())
}

fn field_of(line: &str) -> Result<Field, String> {
    field(&line.split(" | ").map(str::trim).collect::<Vec<_>>())
}

fn header(objects: &[Object], name: &str, parts: &[&str], own: bool) -> Result<Object, String> {
    let [_, prefix, label, plural, flags @ ..] = parts else {
        return Err("expected `object Name | prefix | Label | Labels`".to_owned());
    };
    if objects
        .iter()
        .any(|known| known.name.eq_ignore_ascii_case(name))
    {
        return Err(format!(
            "there is an object `{name}` already; use `extend {name}` to add fields"
        ));
    }
    let prefix = <[u8; 3]>::try_from(prefix.as_bytes())
        .ok()
        .filter(|prefix| prefix.iter().all(u8::is_ascii_alphanumeric))
        .ok_or_else(|| {
            format!("`{prefix}` is no key prefix: three letters or digits, such as `a05`")
        })?;
    if let Some(other) = objects.iter().find(|known| known.prefix == prefix) {
        return Err(format!(
            "the key prefix {} belongs to {}",
            String::from_utf8_lossy(&prefix),
            other.name
        ));
    }
    let known = ["no-create", "no-update", "no-delete", "no-search"];
    if let Some(flag) = flags.iter().find(|flag| !known.contains(flag)) {
        return Err(format!("unknown flag `{flag}` of an object"));
    }
    let has = |flag: &str| flags.contains(&flag);
    Ok(Object {
        index: objects.len(),
        name: name.to_owned(),
        prefix,
        label: (*label).to_owned(),
        plural: (*plural).to_owned(),
        createable: !has("no-create"),
        updateable: !has("no-update"),
        deletable: !has("no-delete"),
        searchable: !has("no-search"),
        fields: Vec::new(),
        children: Vec::new(),
        by_name: HashMap::new(),
        by_relationship: HashMap::new(),
        name_field: None,
        deleted_field: None,
        owner_field: None,
        // An own object is as open as the platform makes a new one.
        sharing: if own { Level::Edit } else { Level::Full },
        private_field: None,
        rules: super::Rules::default(),
        pending: Vec::new(),
    })
}

fn field(parts: &[&str]) -> Result<Field, String> {
    let [name, kind, label, flags @ ..] = parts else {
        return Err("expected `Name | type | Label`".to_owned());
    };
    let (kind, numbers) = kind.split_once('(').map_or((*kind, ""), |(kind, rest)| {
        (kind, rest.trim_end_matches(')'))
    });
    let kind = FieldType::parse(kind).ok_or_else(|| format!("unknown type `{kind}`"))?;
    let numbers = numbers
        .split(',')
        .filter(|number| !number.is_empty())
        .map(|number| {
            number
                .parse::<u32>()
                .map_err(|error| format!("`{number}`: {error}"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let first = numbers.first().copied().unwrap_or(0);
    let mut field = Field {
        name: (*name).to_owned(),
        kind,
        label: (*label).to_owned(),
        length: if kind.is_text() {
            first
        } else if kind.is_id() {
            18
        } else {
            0
        },
        precision: if kind.is_number() && kind != FieldType::Int {
            first
        } else {
            0
        },
        scale: numbers.get(1).copied().unwrap_or(0),
        digits: if kind == FieldType::Int { first } else { 0 },
        nillable: true,
        createable: true,
        updateable: true,
        defaulted_on_create: false,
        name_field: false,
        id_lookup: kind == FieldType::Id,
        external_id: false,
        unique: false,
        auto_number: false,
        calculated: false,
        restricted: false,
        permissionable: true,
        formula: None,
        filter: None,
        default: None,
        help: None,
        compound: None,
        extra: None,
        references: Vec::new(),
        relationship: None,
        child_relationship: None,
        on_delete: OnDelete::Clear,
        picklist: Vec::new(),
        picklist_values: HashSet::new(),
    };
    for flag in flags.iter().filter(|flag| !flag.is_empty()) {
        apply(&mut field, flag)?;
    }
    Ok(field)
}

fn apply(field: &mut Field, flag: &str) -> Result<(), String> {
    if let Some((key, value)) = flag.split_once('=') {
        match key {
            "to" => field.references = value.split(',').map(str::to_owned).collect(),
            "rel" => field.relationship = Some(value.to_owned()),
            "kids" => field.child_relationship = Some(value.to_owned()),
            "of" => field.compound = Some(value.to_owned()),
            "extra" => field.extra = Some(value.to_owned()),
            "formula" => {
                field.formula = Some(value.to_owned());
                field.calculated = true;
                (field.createable, field.updateable) = (false, false);
            }
            "filter" => field.filter = Some(value.to_owned()),
            "default" => {
                field.default = Some(value.to_owned());
                field.defaulted_on_create = true;
            }
            "help" => field.help = Some(value.to_owned()),
            "on-delete" => {
                field.on_delete = match value {
                    "cascade" => OnDelete::Cascade,
                    "restrict" => OnDelete::Restrict,
                    other => return Err(format!("unknown on-delete rule `{other}`")),
                }
            }
            "values" => {
                field.picklist = value.split(';').map(picklist_value).collect();
                field.picklist_values = field
                    .picklist
                    .iter()
                    .map(|value| value.value.clone())
                    .collect();
            }
            other => return Err(format!("unknown key `{other}`")),
        }
        return Ok(());
    }
    match flag {
        "required" => field.nillable = false,
        "readonly" => (field.createable, field.updateable) = (false, false),
        "create-only" => field.updateable = false,
        "update-only" => field.createable = false,
        "defaulted" => field.defaulted_on_create = true,
        "name" => field.name_field = true,
        "idlookup" => field.id_lookup = true,
        "external-id" => field.external_id = true,
        "unique" => field.unique = true,
        "autonumber" => field.auto_number = true,
        "calculated" => field.calculated = true,
        "restricted" => field.restricted = true,
        "fixed" => field.permissionable = false,
        other => return Err(format!("unknown flag `{other}`")),
    }
    Ok(())
}

fn picklist_value(text: &str) -> PicklistValue {
    let (default, text) = text
        .strip_prefix('*')
        .map_or((false, text), |rest| (true, rest));
    let (value, label) = text.split_once('~').unwrap_or((text, text));
    PicklistValue {
        value: value.to_owned(),
        label: label.to_owned(),
        default,
    }
}

/// Fills the child relationships of every object from the reference fields that point at it.
pub(super) fn link(objects: &mut [Object]) {
    let mut found: Vec<(String, Child)> = Vec::new();
    for object in objects.iter() {
        for (position, field) in object.fields.iter().enumerate() {
            for target in &field.references {
                let relationship = field.child_relationship.clone();
                found.push((
                    target.clone(),
                    Child {
                        object: object.index,
                        field: position,
                        relationship,
                    },
                ));
            }
        }
    }
    for object in objects.iter_mut() {
        object.children = found
            .iter()
            .filter(|(target, _)| *target == object.name)
            .map(|(_, child)| child.clone())
            .collect();
    }
}
