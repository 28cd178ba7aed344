//! What finds records by value instead of by reading them all: references, and texts that name a record.
//!
//! Persistent like the records, so that a snapshot costs nothing. Holds deleted records too; whoever asks leaves
//! them out. Must not know conditions or users.

use std::sync::Arc;

use imbl::OrdSet;

use super::id::Id;
use super::schema::{Field, Object};
use super::value::Value;

/// The indexes of one object.
#[derive(Clone, Debug, Default)]
pub struct Indexes {
    references: Vec<(usize, OrdSet<(Id, Id)>)>,
    texts: Vec<TextIndex>,
}

/// Ids by the lower-case text or the number of a field.
#[derive(Clone, Debug)]
struct TextIndex {
    field: usize,
    numeric: bool,
    entries: OrdSet<(Arc<str>, Id)>,
}

impl Indexes {
    /// Empty indexes over the fields of an object that deserve one.
    pub(super) fn of(object: &Object) -> Self {
        let fields = || object.fields.iter().enumerate().skip(1);
        Self {
            references: fields()
                .filter(|(_, field)| field.kind.is_id())
                .map(|(index, _)| (index, OrdSet::new()))
                .collect(),
            texts: fields()
                .filter(|(_, field)| is_named_by(field))
                .map(|(index, field)| TextIndex {
                    field: index,
                    numeric: field.kind.is_number(),
                    entries: OrdSet::new(),
                })
                .collect(),
        }
    }

    /// Ids of the records whose reference field holds `target`, in order; `None` without an index.
    pub fn references(&self, field: usize, target: Id) -> Option<impl Iterator<Item = Id>> {
        let (_, entries) = self.references.iter().find(|(known, _)| *known == field)?;
        Some(
            entries
                .range((target, Id::LOWEST)..)
                .take_while(move |(at, _)| *at == target)
                .map(|(_, id)| *id),
        )
    }

    /// Ids of the records with this text in a field, without regard to letter case, in order; `None` without an
    /// index.
    pub fn texts(&self, field: usize, wanted: &str) -> Option<impl Iterator<Item = Id>> {
        let index = self.texts.iter().find(|index| index.field == field)?;
        let key: Arc<str> = match (index.numeric, wanted.trim().parse::<f64>()) {
            (true, Ok(number)) => number_key(number),
            _ => text_key(wanted),
        };
        Some(
            index
                .entries
                .range((Arc::clone(&key), Id::LOWEST)..)
                .take_while(move |(at, _)| *at == key)
                .map(|(_, id)| *id),
        )
    }

    /// Whether equality on a field is answered without reading all records.
    pub fn covers(&self, field: usize) -> bool {
        field == 0
            || self.references.iter().any(|(known, _)| *known == field)
            || self.texts.iter().any(|index| index.field == field)
    }

    /// Puts the entries of the new values in place of those of the old ones.
    pub(super) fn replace(&mut self, id: Id, old: Option<&[Value]>, new: &[Value]) {
        for (field, entries) in &mut self.references {
            let before = old.and_then(|old| old[*field].as_id());
            let after = new[*field].as_id();
            if before == after {
                continue;
            }
            if let Some(before) = before {
                entries.remove(&(before, id));
            }
            if let Some(after) = after {
                entries.insert((after, id));
            }
        }
        for index in &mut self.texts {
            let before = old.and_then(|old| key(&old[index.field]));
            let after = key(&new[index.field]);
            if before == after {
                continue;
            }
            if let Some(before) = before {
                index.entries.remove(&(before, id));
            }
            if let Some(after) = after {
                index.entries.insert((after, id));
            }
        }
    }
}

/// The platform indexes names, external ids and what an upsert or a lookup may name a record by.
fn is_named_by(field: &Field) -> bool {
    (field.kind.is_text() || field.kind.is_number())
        && !field.is_long_text()
        && (field.unique || field.external_id || field.id_lookup || field.name_field)
}

fn key(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::Text(text) => Some(text_key(text)),
        value => value.as_number().map(number_key),
    }
}

/// Letter by letter, as values are compared; lower-casing a whole text treats some letters by their place.
fn text_key(text: &str) -> Arc<str> {
    if text.is_ascii() {
        return text.to_ascii_lowercase().into();
    }
    let lower: String = text.chars().flat_map(char::to_lowercase).collect();
    lower.into()
}

fn number_key(number: f64) -> Arc<str> {
    format!("{number:?}").into()
}
