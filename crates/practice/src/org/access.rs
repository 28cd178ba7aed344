//! What a profile may do: rights per object and per field.
//!
//! Must not know HTTP or records. Whether a user may see one particular record is another question (sharing);
//! today every record is public inside the org.

use std::sync::Arc;

use super::schema::{Object, Schema};

/// Name of the profile whose users may do everything.
pub const ADMINISTRATOR: &str = "System Administrator";
/// Name of the profile of the sales representatives.
pub const SALES: &str = "Sales Representative";
/// As [`SALES`], but without the sight of company figures.
pub const SALES_JUNIOR: &str = "Sales Representative (Junior)";
/// Name of the profile of the service agents.
pub const SERVICE: &str = "Service Agent";
/// Name of the profile that can only read.
pub const READ_ONLY: &str = "Read Only";
/// Name of the profile without the permission "API Enabled".
pub const NO_API: &str = "Marketing User (no API)";

/// Objects that only administrators change.
const SETUP: [&str; 14] = [
    "AssignmentRule",
    "Group",
    "GroupMember",
    "Organization",
    "PermissionSet",
    "PermissionSetAssignment",
    "Pricebook2",
    "PricebookEntry",
    "Product2",
    "Profile",
    "QueueSobject",
    "RecordType",
    "User",
    "UserRole",
];

/// Rights of one object.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four independent rights")]
pub struct ObjectAccess {
    pub create: bool,
    pub read: bool,
    pub edit: bool,
    pub delete: bool,
    fields: Vec<FieldAccess>,
}

/// Rights of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldAccess {
    Hidden,
    Read,
    Edit,
}

/// Rights of one profile.
#[derive(Clone, Debug)]
pub struct Access {
    pub profile: String,
    /// The permission "API Enabled".
    pub api_enabled: bool,
    /// The permissions "View All Data" and "Modify All Data".
    pub modify_all: bool,
    objects: Vec<ObjectAccess>,
}

impl Access {
    /// Rights of the profile with this name; an unknown profile may only read.
    pub fn for_profile(schema: &Schema, profile: &str) -> Arc<Self> {
        let objects = schema
            .objects
            .iter()
            .map(|object| object_access(profile, object))
            .collect();
        Arc::new(Self {
            profile: profile.to_owned(),
            api_enabled: profile != NO_API,
            modify_all: profile == ADMINISTRATOR,
            objects,
        })
    }

    /// Everything that the schema allows at all.
    pub fn administrator(schema: &Schema) -> Arc<Self> {
        Self::for_profile(schema, ADMINISTRATOR)
    }

    pub fn object(&self, object: &Object) -> &ObjectAccess {
        &self.objects[object.index]
    }

    /// May the field be seen at all? One that may not looks exactly like one that does not exist.
    pub fn readable(&self, object: &Object, field: usize) -> bool {
        let rights = self.object(object);
        rights.read && rights.fields[field] != FieldAccess::Hidden
    }

    pub fn editable(&self, object: &Object, field: usize) -> bool {
        self.object(object).fields[field] == FieldAccess::Edit
    }

    /// Position of a field by name, if this profile may see it.
    pub fn field(&self, object: &Object, name: &str) -> Option<usize> {
        object
            .field_index(name)
            .filter(|field| self.readable(object, *field))
    }
}

/// Whether users of a profile may read an object at all.
pub(super) fn reads(profile: &str, object: &str) -> bool {
    !(profile == SERVICE && object == "Invoice__c")
}

fn object_access(profile: &str, object: &Object) -> ObjectAccess {
    let name = object.name.as_str();
    let setup = SETUP.contains(&name);
    let (create, edit, delete) = match profile {
        ADMINISTRATOR => (true, true, true),
        SALES | SALES_JUNIOR => (
            !setup,
            !setup,
            !setup && !matches!(name, "Account" | "Invoice__c" | "Case"),
        ),
        SERVICE => {
            let works_with = matches!(name, "Case" | "Task" | "Event" | "Contact");
            (works_with, works_with, matches!(name, "Task" | "Event"))
        }
        _ => (false, false, false),
    };
    let read = reads(profile, name);
    let fields = object
        .fields
        .iter()
        .map(|field| field_access(profile, name, &field.name, edit || create))
        .collect();
    ObjectAccess {
        create: create && object.createable,
        read,
        edit: edit && object.updateable,
        delete: delete && object.deletable,
        fields,
    }
}

fn field_access(profile: &str, object: &str, field: &str, edit: bool) -> FieldAccess {
    let hidden = match profile {
        SALES_JUNIOR => matches!(
            (object, field),
            ("Account", "AnnualRevenue" | "Ownership") | ("Invoice__c", "Notes__c" | "Disputed__c")
        ),
        SERVICE => matches!(
            (object, field),
            ("Opportunity", "Amount" | "ExpectedRevenue")
        ),
        READ_ONLY => matches!((object, field), ("Contact", "Birthdate" | "HomePhone")),
        _ => false,
    };
    let read_only = match profile {
        SALES | SALES_JUNIOR => matches!(
            (object, field),
            ("Account", "AccountNumber")
                | ("Invoice__c", "Amount__c" | "Tax_Percent__c" | "Status__c")
        ),
        _ => false,
    };
    match (hidden, edit && !read_only) {
        (true, _) => FieldAccess::Hidden,
        (false, true) => FieldAccess::Edit,
        (false, false) => FieldAccess::Read,
    }
}
