//! The owner's own records: CSV files, one per object, loaded as an administrator would load them.
//!
//! Every check of a create holds. Rows may refer to each other in any order; a row is created as soon as the rows
//! it refers to are there. Must not know where files come from.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use crate::org::dml::{Body, Draft};
use crate::org::id::Id;
use crate::org::schema::{Field, FieldType, Object};

/// Columns of an export that the org sets itself.
const SYSTEM: [&str; 6] = [
    "CreatedById",
    "CreatedDate",
    "IsDeleted",
    "LastModifiedById",
    "LastModifiedDate",
    "SystemModstamp",
];

/// One file.
#[derive(Clone, Debug)]
pub struct SeedFile {
    /// The name that errors show.
    pub name: String,
    /// API name of the object.
    pub object: String,
    /// The content.
    pub text: String,
}

/// A file that cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}, column {column}: {reason}")]
pub struct SeedError {
    /// The file.
    pub file: String,
    /// Line in the file, from 1.
    pub line: u64,
    /// Name of the column; `-` for the whole line.
    pub column: String,
    /// What is wrong.
    pub reason: String,
}

/// What a column fills.
enum Column {
    /// The row's own mark, which references of other rows name.
    Mark,
    Ignored,
    Field(usize),
    /// A reference, found by a field of the record it points at.
    Parent {
        reference: usize,
        field: String,
    },
}

struct Row<'a> {
    file: &'a SeedFile,
    object: &'a Object,
    line: u64,
    /// Column name and text, without empty ones.
    cells: Vec<(String, String)>,
}

/// Why a row cannot be created now.
enum Held {
    /// Something it refers to may still come.
    Waiting(SeedError),
    Wrong(SeedError),
}

/// Loads all rows of all files and gives their number.
///
/// # Errors
/// The first row that cannot be read or is refused, with its place.
pub(in crate::org) fn load(draft: &mut Draft<'_>, files: &[SeedFile]) -> Result<usize, SeedError> {
    let mut rows = Vec::new();
    for file in files {
        read(draft, file, &mut rows)?;
    }
    let mut marks: HashMap<String, Id> = HashMap::new();
    let total = rows.len();
    while !rows.is_empty() {
        let mut waiting = Vec::new();
        let mut first: Option<SeedError> = None;
        let before = rows.len();
        for row in rows {
            match create(draft, &row, &mut marks) {
                Ok(()) => {}
                Err(Held::Wrong(error)) => return Err(error),
                Err(Held::Waiting(error)) => {
                    first.get_or_insert(error);
                    waiting.push(row);
                }
            }
        }
        if let (Some(error), true) = (first, waiting.len() == before) {
            return Err(error);
        }
        rows = waiting;
    }
    Ok(total)
}

/// Reads the rows of one file.
fn read<'a>(
    draft: &Draft<'a>,
    file: &'a SeedFile,
    rows: &mut Vec<Row<'a>>,
) -> Result<(), SeedError> {
    let fail = |line: u64, column: &str, reason: String| SeedError {
        file: file.name.clone(),
        line,
        column: column.to_owned(),
        reason,
    };
    let object = draft.schema.object(&file.object).ok_or_else(|| {
        fail(
            1,
            "-",
            format!(
                "there is no object `{}`; a file is named after its object",
                file.object
            ),
        )
    })?;
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::Headers)
        .from_reader(text.as_bytes());
    let broken = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        fail(line, "-", error.to_string())
    };
    let headers = reader.headers().map_err(|error| broken(&error))?.clone();
    for header in &headers {
        column(object, header).map_err(|reason| fail(1, header, reason))?;
    }
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        let cells = headers
            .iter()
            .zip(&record)
            .filter(|(_, cell)| !cell.trim().is_empty())
            .map(|(header, cell)| (header.to_owned(), cell.trim().to_owned()))
            .collect();
        rows.push(Row {
            file,
            object,
            line: record.position().map_or(0, csv::Position::line),
            cells,
        });
    }
    Ok(())
}

fn column(object: &Object, header: &str) -> Result<Column, String> {
    if header.eq_ignore_ascii_case("Id") {
        return Ok(Column::Mark);
    }
    if SYSTEM.iter().any(|name| header.eq_ignore_ascii_case(name)) {
        return Ok(Column::Ignored);
    }
    if let Some((relationship, field)) = header.split_once('.') {
        let reference = object
            .relationship(relationship)
            .ok_or_else(|| format!("{} has no relationship `{relationship}`", object.name))?;
        return Ok(Column::Parent {
            reference,
            field: field.to_owned(),
        });
    }
    object
        .field_index(header)
        .map(Column::Field)
        .ok_or_else(|| format!("{} has no field `{header}`", object.name))
}

fn create(
    draft: &mut Draft<'_>,
    row: &Row<'_>,
    marks: &mut HashMap<String, Id>,
) -> Result<(), Held> {
    let place = |column: &str, reason: String| SeedError {
        file: row.file.name.clone(),
        line: row.line,
        column: column.to_owned(),
        reason,
    };
    let mut fields = Map::new();
    let mut own = None;
    for (header, text) in &row.cells {
        let wrong = |reason: String| Held::Wrong(place(header, reason));
        match column(row.object, header).map_err(wrong)? {
            Column::Ignored => {}
            Column::Mark => own = Some((header, mark(text))),
            Column::Field(index) => {
                let field = &row.object.fields[index];
                let value = if field.kind == FieldType::Reference {
                    let id = referred(draft, marks, text).ok_or_else(|| {
                        Held::Waiting(place(
                            header,
                            format!("there is no row and no record `{text}`"),
                        ))
                    })?;
                    id.to_string()
                } else {
                    text.clone()
                };
                fields.insert(field.name.clone(), Json::String(value));
            }
            Column::Parent { reference, field } => {
                let reference = &row.object.fields[reference];
                let id = parent(draft, reference, &field, text)
                    .map_err(|held| held.into_place(|reason| place(header, reason)))?;
                fields.insert(reference.name.clone(), Json::String(id.to_string()));
            }
        }
    }
    let id = draft
        .create(row.object, &Body::from(&fields))
        .map_err(|error| {
            let named = error
                .entry
                .fields
                .as_ref()
                .and_then(|fields| fields.first());
            let column = named.map_or("-", String::as_str);
            let reason = format!("{}: {}", error.entry.code, error.entry.message);
            Held::Wrong(place(column, reason))
        })?;
    if let Some((header, mark)) = own
        && marks.insert(mark.clone(), id).is_some()
    {
        return Err(Held::Wrong(place(
            header,
            format!("two rows have the id `{mark}`"),
        )));
    }
    Ok(())
}

/// Ids of 15 and 18 characters are the same mark.
fn mark(text: &str) -> String {
    Id::parse(text).map_or_else(|| text.to_owned(), |id| id.to_string())
}

/// A row by its mark, or a record by its id.
fn referred(draft: &Draft<'_>, marks: &HashMap<String, Id>, text: &str) -> Option<Id> {
    marks.get(&mark(text)).copied().or_else(|| {
        let id = Id::parse(text)?;
        draft
            .state()
            .any_record(draft.schema, id)
            .map(|(_, record)| record.id)
    })
}

enum Missing {
    /// It may still come.
    Yet(String),
    Never(String),
}

impl Missing {
    fn into_place(self, place: impl FnOnce(String) -> SeedError) -> Held {
        match self {
            Self::Yet(reason) => Held::Waiting(place(reason)),
            Self::Never(reason) => Held::Wrong(place(reason)),
        }
    }
}

/// The one live record that a reference may point at and that has this value.
fn parent(draft: &Draft<'_>, reference: &Field, field: &str, wanted: &str) -> Result<Id, Missing> {
    let mut found = Vec::new();
    let mut known = false;
    for target in &reference.references {
        let Some(object) = draft.schema.object(target) else {
            continue;
        };
        if let Some(index) = object.field_index(field) {
            known = true;
            found.extend(draft.state().find_by_value(object, index, wanted));
        }
    }
    let targets = || reference.references.join(" or ");
    match found.as_slice() {
        [id] => Ok(*id),
        [] if !known => Err(Missing::Never(format!(
            "{} has no field `{field}`",
            targets()
        ))),
        [] => Err(Missing::Yet(format!(
            "no {} has the {field} `{wanted}`",
            targets()
        ))),
        several => Err(Missing::Never(format!(
            "{} records have the {field} `{wanted}`",
            several.len()
        ))),
    }
}
