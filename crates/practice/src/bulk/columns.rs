//! The header of an upload: which field each column fills, and one row of cells as the body of a write.
//!
//! Must not know how a row is written. Source: "Bulk API 2.0 Developer Guide, Prepare CSV Files".

use serde_json::{Map, Value as Json};

use crate::org::access::Access;
use crate::org::schema::{Field, FieldType, Schema};
use crate::org::{ApiError, Object, fits};

/// The cell that sets a field to null.
pub(super) const CLEAR: &str = "#N/A";

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    /// The id of the row.
    Id,
    /// A field of the object.
    Field(usize),
    /// A parent, found by one of its fields: `Owner.Email`.
    Parent { relationship: String, field: String },
}

/// All columns, in the order of the file.
#[derive(Clone, Debug)]
pub(super) struct Columns<'a> {
    object: &'a Object,
    columns: Vec<Column>,
}

impl<'a> Columns<'a> {
    /// Reads a header. The error is the name that is no field.
    pub(super) fn read(
        schema: &Schema,
        access: &Access,
        object: &'a Object,
        header: &[String],
    ) -> Result<Self, String> {
        let columns = header
            .iter()
            .map(|name| column(schema, access, object, name).ok_or_else(|| name.clone()))
            .collect::<Result<_, _>>()?;
        Ok(Self { object, columns })
    }

    /// Is there a column of ids?
    pub(super) fn has_id(&self) -> bool {
        self.columns.contains(&Column::Id)
    }

    /// The cell that holds the row's id; empty when there is none.
    pub(super) fn id<'r>(&self, row: &'r csv::StringRecord) -> &'r str {
        self.cell(row, |column| *column == Column::Id)
    }

    /// The cell of a field; empty when there is none.
    pub(super) fn value<'r>(&self, row: &'r csv::StringRecord, field: usize) -> &'r str {
        self.cell(row, |column| *column == Column::Field(field))
    }

    fn cell<'r>(&self, row: &'r csv::StringRecord, wanted: impl Fn(&Column) -> bool) -> &'r str {
        let place = self.columns.iter().position(wanted);
        place.and_then(|place| row.get(place)).unwrap_or_default()
    }

    /// The fields that a row gives, without its id and the field by which it is found.
    ///
    /// # Errors
    /// A cell that the field's type cannot be read from.
    pub(super) fn body(
        &self,
        row: &csv::StringRecord,
        key: Option<usize>,
    ) -> Result<Map<String, Json>, ApiError> {
        let mut body = Map::new();
        for (place, (column, cell)) in self.columns.iter().zip(row.iter()).enumerate() {
            if cell.is_empty() {
                continue;
            }
            match column {
                Column::Id => {}
                Column::Field(field) if Some(*field) == key => {}
                Column::Field(field) => {
                    let field = &self.object.fields[*field];
                    body.insert(field.name.clone(), value(field, place, cell)?);
                }
                Column::Parent { relationship, .. } if cell == CLEAR => {
                    let field = self.object.relationship(relationship);
                    if let Some(field) = field {
                        body.insert(self.object.fields[field].name.clone(), Json::Null);
                    }
                }
                Column::Parent {
                    relationship,
                    field,
                } => {
                    let key = Map::from_iter([(field.clone(), Json::from(cell))]);
                    body.insert(relationship.clone(), Json::Object(key));
                }
            }
        }
        Ok(body)
    }
}

fn column(schema: &Schema, access: &Access, object: &Object, name: &str) -> Option<Column> {
    if name.eq_ignore_ascii_case("Id") {
        return Some(Column::Id);
    }
    let Some((relationship, field)) = name.split_once('.') else {
        return access.field(object, name).map(Column::Field);
    };
    // `User:Owner.Email` names one of several parents.
    let (parent, relationship) = match relationship.split_once(':') {
        Some((parent, relationship)) => (Some(parent), relationship),
        None => (None, relationship),
    };
    let reference = object
        .relationship(relationship)
        .filter(|reference| access.readable(object, *reference))?;
    let reference = &object.fields[reference];
    let is_key = |name: &String| {
        let parent = schema.object(name)?;
        let index = access.field(parent, field)?;
        let known = &parent.fields[index];
        (known.id_lookup || known.external_id).then(|| known.name.clone())
    };
    let field = reference
        .references
        .iter()
        .filter(|name| parent.is_none_or(|parent| name.eq_ignore_ascii_case(parent)))
        .find_map(is_key)?;
    let relationship = reference.relationship.clone()?;
    Some(Column::Parent {
        relationship,
        field,
    })
}

fn value(field: &Field, place: usize, cell: &str) -> Result<Json, ApiError> {
    if cell == CLEAR {
        return Ok(Json::Null);
    }
    let kind = match field.kind {
        FieldType::Boolean => {
            return match cell.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(true.into()),
                "false" | "0" => Ok(false.into()),
                _ => Err(unreadable(place, cell, "boolean")),
            };
        }
        FieldType::Int => "int",
        FieldType::Double | FieldType::Currency | FieldType::Percent => "double",
        FieldType::Date => "date",
        FieldType::DateTime => "dateTime",
        FieldType::Time => "time",
        _ => return Ok(cell.into()),
    };
    if fits(field.kind, cell.trim()) {
        Ok(cell.into())
    } else {
        Err(unreadable(place, cell, kind))
    }
}

fn unreadable(place: usize, cell: &str, kind: &str) -> ApiError {
    let message = format!(
        "Failed to deserialize field at col {place}. Due to, '{cell}' is not a valid value for the type xsd:{kind}"
    );
    ApiError::row("INVALID_FIELD", message, &[])
}
