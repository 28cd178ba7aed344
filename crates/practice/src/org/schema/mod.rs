//! Which objects and fields the org has: read once from the compact tables in `objects/`.
//!
//! Must not know records, users or HTTP. What a user may see of it is decided in `access`.

mod describe;
mod field;
mod rules;
mod table;

pub use describe::{Urls, describe_global, describe_object, summary};
pub use field::{Field, FieldType, OnDelete, PicklistValue};
pub use rules::{Automation, DuplicateRule, RecordType, Rules, Validation};

use std::collections::HashMap;

use super::sharing::Level;

/// The built-in tables, in the order of describe global.
const TABLES: [(&str, &str); 31] = [
    ("account.txt", include_str!("objects/account.txt")),
    (
        "assignment_rule.txt",
        include_str!("objects/assignment_rule.txt"),
    ),
    ("attachment.txt", include_str!("objects/attachment.txt")),
    ("big_table.txt", include_str!("objects/big_table.txt")),
    ("case.txt", include_str!("objects/case.txt")),
    ("contact.txt", include_str!("objects/contact.txt")),
    (
        "content_document.txt",
        include_str!("objects/content_document.txt"),
    ),
    (
        "content_document_link.txt",
        include_str!("objects/content_document_link.txt"),
    ),
    (
        "content_version.txt",
        include_str!("objects/content_version.txt"),
    ),
    ("document.txt", include_str!("objects/document.txt")),
    ("event.txt", include_str!("objects/event.txt")),
    ("group.txt", include_str!("objects/group.txt")),
    ("group_member.txt", include_str!("objects/group_member.txt")),
    ("invoice.txt", include_str!("objects/invoice.txt")),
    ("lead.txt", include_str!("objects/lead.txt")),
    ("opportunity.txt", include_str!("objects/opportunity.txt")),
    (
        "opportunity_line_item.txt",
        include_str!("objects/opportunity_line_item.txt"),
    ),
    ("order.txt", include_str!("objects/order.txt")),
    ("organization.txt", include_str!("objects/organization.txt")),
    (
        "permission_set.txt",
        include_str!("objects/permission_set.txt"),
    ),
    (
        "permission_set_assignment.txt",
        include_str!("objects/permission_set_assignment.txt"),
    ),
    ("price_book.txt", include_str!("objects/price_book.txt")),
    (
        "price_book_entry.txt",
        include_str!("objects/price_book_entry.txt"),
    ),
    ("product.txt", include_str!("objects/product.txt")),
    ("profile.txt", include_str!("objects/profile.txt")),
    (
        "queue_sobject.txt",
        include_str!("objects/queue_sobject.txt"),
    ),
    ("record_type.txt", include_str!("objects/record_type.txt")),
    ("task.txt", include_str!("objects/task.txt")),
    ("upsert_table.txt", include_str!("objects/upsert_table.txt")),
    ("user.txt", include_str!("objects/user.txt")),
    ("user_role.txt", include_str!("objects/user_role.txt")),
];

/// All objects of the org.
#[derive(Debug)]
pub struct Schema {
    pub objects: Vec<Object>,
    by_name: HashMap<String, usize>,
    by_prefix: HashMap<[u8; 3], usize>,
}

/// One object with its fields, in describe order.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent abilities of the object"
)]
pub struct Object {
    /// Position in [`Schema::objects`] and of its table in the state.
    pub index: usize,
    pub name: String,
    pub prefix: [u8; 3],
    pub label: String,
    pub plural: String,
    pub createable: bool,
    pub updateable: bool,
    pub deletable: bool,
    pub searchable: bool,
    pub fields: Vec<Field>,
    pub children: Vec<Child>,
    by_name: HashMap<String, usize>,
    by_relationship: HashMap<String, usize>,
    pub name_field: Option<usize>,
    pub deleted_field: Option<usize>,
    pub owner_field: Option<usize>,
    /// What everyone may do with the records.
    pub sharing: Level,
    /// The check box that hides a record from everyone but its owner and those above.
    pub private_field: Option<usize>,
    /// What an admin added beside the fields.
    pub rules: Rules,
    /// Lines about rules that wait until all fields are known.
    pending: Vec<rules::Pending>,
}

/// A child relationship: fields of other objects that point at this one.
#[derive(Clone, Debug)]
pub struct Child {
    pub object: usize,
    pub field: usize,
    /// Name for subqueries and relationship paths; without one it only shows up in describe.
    pub relationship: Option<String>,
}

/// A table that does not follow the format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {reason}")]
pub struct SchemaError {
    /// The file, by the name it was given with.
    pub file: String,
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl Schema {
    /// Reads the built-in tables.
    ///
    /// # Errors
    /// When a table does not follow the format, which a unit test excludes for the built-in ones.
    pub fn built_in() -> Result<Self, SchemaError> {
        Self::with_files(&[])
    }

    /// Reads the built-in tables and then the owner's: pairs of file name and text.
    ///
    /// # Errors
    /// When a table does not follow the format.
    pub fn with_files(files: &[(String, String)]) -> Result<Self, SchemaError> {
        let mut objects = Vec::new();
        for (file, text) in TABLES {
            table::read(&mut objects, file, text, false)?;
        }
        for (file, text) in files {
            table::read(&mut objects, file, text, true)?;
        }
        let last = files.last().map_or(TABLES[0].0, |(file, _)| file);
        let whole = |reason| SchemaError {
            file: last.to_owned(),
            line: 0,
            reason,
        };
        for object in &mut objects {
            table::complete(object).map_err(whole)?;
        }
        table::link(&mut objects);
        rules::compile(&mut objects)?;
        let by_name = objects
            .iter()
            .map(|object| (object.name.to_ascii_lowercase(), object.index))
            .collect();
        let by_prefix = objects
            .iter()
            .map(|object| (object.prefix, object.index))
            .collect();
        Ok(Self {
            objects,
            by_name,
            by_prefix,
        })
    }

    /// The object with this API name, in any letter case.
    pub fn object(&self, name: &str) -> Option<&Object> {
        self.by_name
            .get(&name.to_ascii_lowercase())
            .map(|index| &self.objects[*index])
    }

    /// The object whose ids begin with this prefix.
    pub fn object_by_prefix(&self, prefix: [u8; 3]) -> Option<&Object> {
        self.by_prefix
            .get(&prefix)
            .map(|index| &self.objects[*index])
    }
}

impl Object {
    pub fn custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// Position of the field with this API name, in any letter case.
    pub fn field_index(&self, name: &str) -> Option<usize> {
        match self.by_name.get(name) {
            Some(index) => Some(*index),
            None => self.by_name.get(&name.to_ascii_lowercase()).copied(),
        }
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.field_index(name).map(|index| &self.fields[index])
    }

    /// The reference field behind a parent relationship name.
    pub fn relationship(&self, name: &str) -> Option<usize> {
        self.by_relationship
            .get(&name.to_ascii_lowercase())
            .copied()
    }

    /// The child relationship with this name.
    pub fn child(&self, name: &str) -> Option<&Child> {
        self.children.iter().find(|child| {
            child
                .relationship
                .as_deref()
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves SFB-DESC-9
    #[test]
    fn built_in_tables_are_well_formed() {
        let schema = Schema::built_in().unwrap();
        assert_eq!(schema.objects.len(), TABLES.len());
        for object in &schema.objects {
            assert_eq!(object.fields[0].name, "Id", "{}", object.name);
            assert!(object.name_field.is_some(), "{}", object.name);
            for system in [
                "CreatedDate",
                "CreatedById",
                "LastModifiedDate",
                "LastModifiedById",
                "SystemModstamp",
            ] {
                assert!(object.field(system).is_some(), "{}.{system}", object.name);
            }
            for field in &object.fields {
                for target in &field.references {
                    assert!(
                        schema.object(target).is_some(),
                        "{}.{} -> {target}",
                        object.name,
                        field.name
                    );
                }
            }
        }
    }

    #[test]
    fn names_are_found_in_any_letter_case() {
        let schema = Schema::built_in().unwrap();
        let invoice = schema.object("INVOICE__C").unwrap();
        assert!(invoice.field("invoice_number__C").unwrap().unique);
        assert_eq!(
            invoice.relationship("account__R"),
            invoice.field_index("Account__c")
        );
        let account = schema.object("account").unwrap();
        for name in [
            "Contacts",
            "Opportunities",
            "Cases",
            "Tasks",
            "Events",
            "Orders",
            "Invoices__r",
            "ChildAccounts",
        ] {
            assert!(account.child(name).is_some(), "{name}");
        }
    }
}
