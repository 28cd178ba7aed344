//! Reads the compact tables: `Name | type(length) | Label | flag | key=value …`, one field per line.
//!
//! Must not know describe answers; it only fills [`Object`] and [`Field`].

use std::collections::{HashMap, HashSet};

use super::{Child, Field, FieldType, Object, OnDelete, PicklistValue, SchemaError};

/// Reads one table.
pub(super) fn read(index: usize, text: &str) -> Result<Object, SchemaError> {
    let mut object: Option<Object> = None;
    for (number, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let result = match (&mut object, parts[0].strip_prefix("object ")) {
            (None, Some(name)) => header(index, name, &parts).map(|made| object = Some(made)),
            (Some(object), None) => field(&parts).map(|field| object.fields.push(field)),
            _ => Err("the first line, and only that, must begin with `object`".to_owned()),
        };
        result.map_err(|reason| SchemaError {
            object: object
                .as_ref()
                .map_or_else(|| "?".to_owned(), |object| object.name.clone()),
            line: number + 1,
            reason,
        })?;
    }
    let mut object = object.ok_or_else(|| SchemaError {
        object: "?".to_owned(),
        line: 1,
        reason: "the table is empty".to_owned(),
    })?;
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
    object.owner_field = object.by_name.get("OwnerId").copied();
    Ok(object)
}

fn header(index: usize, name: &str, parts: &[&str]) -> Result<Object, String> {
    let [_, prefix, label, plural, flags @ ..] = parts else {
        return Err("expected `object Name | prefix | Label | Labels`".to_owned());
    };
    let has = |flag: &str| flags.contains(&flag);
    Ok(Object {
        index,
        name: name.trim().to_owned(),
        prefix: <[u8; 3]>::try_from(prefix.as_bytes())
            .map_err(|_| "a prefix has three characters".to_owned())?,
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
            "formula" => field.formula = Some(value.to_owned()),
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
