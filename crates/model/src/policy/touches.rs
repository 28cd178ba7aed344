//! What a call touches at its provider, as rules look at it.
//!
//! Must not know: how that is found out; providers' tools say it.

use crate::preview::{FieldChange, FieldChangeKind, Preview, RecordChange};

/// How closely somebody must look at what a call touches, so that rules can decide: looking may cost requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Depth {
    /// No rule asks.
    #[default]
    Nothing,
    /// Rules ask how many records.
    Records,
    /// Rules ask which objects.
    Objects,
    /// Rules ask which fields.
    Fields,
}

/// The fields of an object that a call touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fields {
    /// These, by the provider's names.
    Named(Vec<String>),
    /// All of them, or nobody can tell which.
    All,
}

/// An object that a call touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// The provider's name of it.
    pub object: String,
    /// Its fields.
    pub fields: Fields,
}

/// What a call touches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touches {
    /// Objects with their fields, each once.
    pub objects: Vec<Touched>,
    /// Whether it may touch objects and fields that nobody can name beforehand.
    pub unknown: bool,
    /// How many records at most; none where nobody can tell.
    pub records: Option<u64>,
}

impl Touches {
    /// A call that touches no record.
    pub const fn nothing() -> Self {
        Self {
            objects: Vec::new(),
            unknown: false,
            records: Some(0),
        }
    }

    /// A call of which nobody can tell what it touches.
    pub const fn anything() -> Self {
        Self {
            objects: Vec::new(),
            unknown: true,
            records: None,
        }
    }

    /// Records of one object.
    pub fn object(object: impl Into<String>, fields: Fields, records: Option<u64>) -> Self {
        let mut touches = Self {
            records,
            ..Self::default()
        };
        touches.add(object, fields);
        touches
    }

    /// Adds fields of an object.
    pub fn add(&mut self, object: impl Into<String>, fields: Fields) {
        let object = object.into();
        let known = self
            .objects
            .iter_mut()
            .find(|known| known.object.eq_ignore_ascii_case(&object));
        match (known, fields) {
            (None, fields) => self.objects.push(Touched { object, fields }),
            (Some(known), Fields::All) => known.fields = Fields::All,
            (Some(known), Fields::Named(more)) => {
                if let Fields::Named(names) = &mut known.fields {
                    for name in more {
                        if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                            names.push(name);
                        }
                    }
                }
            }
        }
    }

    /// What a frozen write touches. What only goes away or comes back with its record is no field that is written.
    pub fn of_preview(preview: &Preview) -> Self {
        match preview {
            Preview::FieldDiff(diff) => Self::object(
                &diff.object,
                Fields::Named(written(diff.change, &diff.fields).collect()),
                Some(1),
            ),
            Preview::Batch(batch) => {
                let mut touches = Self::object(
                    &batch.object,
                    Fields::Named(Vec::new()),
                    Some(batch.records.len() as u64),
                );
                for record in &batch.records {
                    let fields = written(record.change, &record.fields).collect();
                    touches.add(&batch.object, Fields::Named(fields));
                }
                touches
            }
        }
    }
}

fn written(change: RecordChange, fields: &[FieldChange]) -> impl Iterator<Item = String> {
    let writes = matches!(change, RecordChange::Create | RecordChange::Update);
    fields
        .iter()
        .filter(move |field| writes && field.change != FieldChangeKind::Removed)
        .map(|field| field.api_name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_there_once_with_all_its_fields() {
        let mut touches = Touches::object("Account", Fields::Named(vec!["Name".into()]), Some(1));
        touches.add(
            "account",
            Fields::Named(vec!["NAME".into(), "Phone".into()]),
        );
        assert_eq!(
            touches.objects,
            [Touched {
                object: "Account".into(),
                fields: Fields::Named(vec!["Name".into(), "Phone".into()])
            }]
        );
        touches.add("ACCOUNT", Fields::All);
        touches.add("Account", Fields::Named(vec!["Name".into()]));
        assert_eq!(touches.objects[0].fields, Fields::All);
    }
}
