//! Field paths: from names to positions, and from positions to the value for one record.
//!
//! Must not know conditions or output.

use std::borrow::Cow;
use std::sync::Arc;

use gatelodge_soql::ast::{FieldPath, Name};

use super::World;
use super::compile::Compiler;
use crate::org::error::ApiError;
use crate::org::schema::{FieldType, Object, Schema};
use crate::org::state::Record;
use crate::org::value::Value;

/// Most steps from child to parent.
const MOST_LEVELS: usize = 5;

/// Fields of the pseudo object `Name`, through which polymorphic references are seen.
const NAME_FIELDS: [(&str, FieldType); 14] = [
    ("Id", FieldType::Id),
    ("Name", FieldType::String),
    ("FirstName", FieldType::String),
    ("LastName", FieldType::String),
    ("Alias", FieldType::String),
    ("Email", FieldType::Email),
    ("Phone", FieldType::Phone),
    ("Title", FieldType::String),
    ("Username", FieldType::String),
    ("IsActive", FieldType::Boolean),
    ("ProfileId", FieldType::Reference),
    ("RecordTypeId", FieldType::Reference),
    ("UserRoleId", FieldType::Reference),
    ("Type", FieldType::String),
];

/// Relationships of the pseudo object `Name`, and where they lead.
const NAME_RELATIONSHIPS: [(&str, &str); 3] = [
    ("Profile", "Profile"),
    ("RecordType", "RecordType"),
    ("UserRole", "UserRole"),
];

/// A field reached over parents.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    /// References on the way, each of the record reached so far.
    pub(super) steps: Vec<Step>,
    pub(super) leaf: Leaf,
    pub(super) kind: FieldType,
    /// Canonical name of the field.
    pub(super) name: String,
}

/// One step from child to parent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Over a field of a known object.
    Field(usize),
    /// Over a field found by object at run time, behind a polymorphic reference.
    ByObject(Vec<Option<usize>>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Leaf {
    /// A field of a known object.
    Field { object: usize, field: usize },
    /// A field found by object at run time, behind a polymorphic reference.
    ByObject(Vec<Option<usize>>),
    /// The name of the object.
    Type,
    /// When the asking user last looked at the record, or at something that showed it.
    Viewed { referenced: bool },
}

/// Where a path stands between two names.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    At(&'a Object),
    Polymorphic,
}

impl Step {
    /// The object it leads to, when that is one.
    pub(super) fn target<'a>(&self, schema: &'a Schema, object: &Object) -> Option<&'a Object> {
        let Self::Field(field) = self else {
            return None;
        };
        match object.fields[*field].references.as_slice() {
            [only] => schema.object(only),
            _ => None,
        }
    }

    /// The parent of a record.
    pub(super) fn parent<'a>(
        &self,
        world: World<'a>,
        record: &Record,
    ) -> Option<(&'a Object, &'a Arc<Record>)> {
        let field = match self {
            Self::Field(field) => *field,
            Self::ByObject(table) => {
                let object = world.schema.object_by_prefix(record.id.prefix())?;
                table[object.index]?
            }
        };
        record.values[field].as_id().and_then(|id| world.any(id))
    }
}

impl Column {
    /// The value for a record; null when a parent is missing.
    pub(super) fn value<'a>(&self, world: World<'a>, record: &'a Record) -> Cow<'a, Value> {
        let mut current = record;
        for step in &self.steps {
            let Some((_, parent)) = step.parent(world, current) else {
                return Cow::Owned(Value::Null);
            };
            current = parent;
        }
        match &self.leaf {
            Leaf::Field { field, .. } => Cow::Borrowed(&current.values[*field]),
            Leaf::ByObject(table) => {
                let object = world.schema.object_by_prefix(current.id.prefix());
                let field = object.and_then(|object| table[object.index]);
                field.map_or(Cow::Owned(Value::Null), |field| {
                    Cow::Borrowed(&current.values[field])
                })
            }
            Leaf::Type => Cow::Owned(type_of(world, current)),
            Leaf::Viewed { referenced } => {
                let viewed = world.state.viewed(world.user, current.id);
                let at = if *referenced {
                    viewed.referenced
                } else {
                    viewed.viewed
                };
                Cow::Owned(at.map_or(Value::Null, Value::DateTime))
            }
        }
    }
}

/// The value of the field `Type` behind a polymorphic reference.
pub(super) fn type_of(world: World<'_>, record: &Record) -> Value {
    match world.schema.object_by_prefix(record.id.prefix()) {
        Some(object) if object.name == "Group" => record.get(object, "Type").clone(),
        Some(object) => Value::text(&object.name),
        None => Value::Null,
    }
}

/// A field of an object. Two are different for every user, so no record holds them.
pub(super) fn own_leaf(object: &Object, field: usize) -> Leaf {
    match object.fields[field].name.as_str() {
        "LastViewedDate" => Leaf::Viewed { referenced: false },
        "LastReferencedDate" => Leaf::Viewed { referenced: true },
        _ => Leaf::Field {
            object: object.index,
            field,
        },
    }
}

impl<'a> Compiler<'a> {
    /// Resolves a path that starts at `object`.
    pub(super) fn column(&self, object: &'a Object, path: &FieldPath) -> Result<Column, ApiError> {
        let segments = self.without_alias(object, &path.segments);
        let Some((field, parents)) = segments.split_last() else {
            return Err(ApiError::malformed_query("a field is missing"));
        };
        if parents.len() > MOST_LEVELS {
            let text = "SOQL statements cannot query more than 5 levels of parent relationships";
            return Err(self.at(path.span, ApiError::malformed_query(text)));
        }
        let mut place = Place::At(object);
        let mut steps = Vec::with_capacity(parents.len());
        for name in parents {
            let (step, next) = self.step(place, name, path)?;
            steps.push(step);
            place = next;
        }
        self.leaf(place, field, path)
            .map(|(leaf, kind, name)| Column {
                steps,
                leaf,
                kind,
                name,
            })
    }

    /// The object whose field a path ends with.
    pub(super) fn owner(
        &self,
        object: &'a Object,
        path: &FieldPath,
    ) -> Result<&'a Object, ApiError> {
        let segments = self.without_alias(object, &path.segments);
        let mut place = Place::At(object);
        for name in segments
            .split_last()
            .map_or(&[][..], |(_, parents)| parents)
        {
            place = self.step(place, name, path)?.1;
        }
        match place {
            Place::At(object) => Ok(object),
            Place::Polymorphic => {
                let text = "The field is behind a relationship to several objects";
                Err(self.malformed(path.span, text))
            }
        }
    }

    /// Goes one relationship up.
    pub(super) fn step(
        &self,
        place: Place<'a>,
        name: &Name,
        path: &FieldPath,
    ) -> Result<(Step, Place<'a>), ApiError> {
        let unknown = || self.at(path.span, ApiError::no_such_path(&name.text));
        let Place::At(object) = place else {
            return self.name_step(name).ok_or_else(unknown);
        };
        let field = object
            .relationship(&name.text)
            .filter(|field| self.asker.access.readable(object, *field))
            .ok_or_else(unknown)?;
        let references = &object.fields[field].references;
        match references.as_slice() {
            [target] => {
                let target = self.schema.object(target).ok_or_else(unknown)?;
                if !self.asker.access.object(target).read {
                    return Err(unknown());
                }
                Ok((Step::Field(field), Place::At(target)))
            }
            _ => Ok((Step::Field(field), Place::Polymorphic)),
        }
    }

    /// Goes up from the pseudo object `Name`, over one of the few relationships it has.
    fn name_step(&self, name: &Name) -> Option<(Step, Place<'a>)> {
        let (_, target) = NAME_RELATIONSHIPS
            .iter()
            .find(|(known, _)| name.is(known))?;
        let target = self
            .schema
            .object(target)
            .filter(|target| self.asker.access.object(target).read)?;
        let access = &self.asker.access;
        let table = self
            .schema
            .objects
            .iter()
            .map(|object| {
                object
                    .relationship(&name.text)
                    .filter(|field| access.readable(object, *field))
            })
            .collect();
        Some((Step::ByObject(table), Place::At(target)))
    }

    /// The field at the end of a path.
    pub(super) fn leaf(
        &self,
        place: Place<'a>,
        name: &Name,
        path: &FieldPath,
    ) -> Result<(Leaf, FieldType, String), ApiError> {
        match place {
            Place::At(object) => {
                let field = self.asker.access.field(object, &name.text).ok_or_else(|| {
                    self.at(
                        path.span,
                        ApiError::no_such_column(&name.text, &object.name),
                    )
                })?;
                let known = &object.fields[field];
                Ok((own_leaf(object, field), known.kind, known.name.clone()))
            }
            Place::Polymorphic => {
                let (known, kind) = NAME_FIELDS
                    .iter()
                    .find(|(known, _)| name.is(known))
                    .ok_or_else(|| {
                        self.at(path.span, ApiError::no_such_column(&name.text, "Name"))
                    })?;
                if *known == "Type" {
                    return Ok((Leaf::Type, *kind, (*known).to_owned()));
                }
                let access = &self.asker.access;
                let table = self
                    .schema
                    .objects
                    .iter()
                    .map(|object| match *known {
                        // A case has a number and a task a subject: both stand in as the name.
                        "Name" => object
                            .name_field
                            .filter(|field| access.readable(object, *field)),
                        _ => access.field(object, known),
                    })
                    .collect();
                Ok((Leaf::ByObject(table), *kind, (*known).to_owned()))
            }
        }
    }

    /// The names behind an alias or the object's own name, with aliases of the old join form written out.
    pub(super) fn without_alias(&self, object: &Object, segments: &[Name]) -> Vec<Name> {
        let (Some(first), true) = (segments.first(), segments.len() > 1) else {
            return segments.to_vec();
        };
        for (alias, prefix) in &self.aliases {
            if first.is(alias) {
                return prefix.iter().chain(&segments[1..]).cloned().collect();
            }
        }
        if first.is(&object.name) && object.relationship(&first.text).is_none() {
            return segments[1..].to_vec();
        }
        segments.to_vec()
    }
}
