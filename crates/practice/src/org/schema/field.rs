//! One field: its type, its flags, and the column of the platform's table "aggregatable, filterable, groupable,
//! sortable" that follows from the type.
//!
//! Must not know records or users.

use std::collections::HashSet;

/// The field types of the describe answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    Id,
    Reference,
    String,
    Picklist,
    MultiPicklist,
    Combobox,
    Phone,
    Url,
    Email,
    Textarea,
    Boolean,
    Int,
    Double,
    Currency,
    Percent,
    Date,
    DateTime,
    Time,
    Address,
    Base64,
}

/// What becomes of a record when the record it points at is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    Clear,
    Cascade,
    Restrict,
}

#[derive(Clone, Debug)]
pub struct PicklistValue {
    pub value: String,
    pub label: String,
    pub default: bool,
}

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "the describe answer is a list of flags, named as the platform names them"
)]
pub struct Field {
    pub name: String,
    pub kind: FieldType,
    pub label: String,
    pub length: u32,
    pub precision: u32,
    pub scale: u32,
    pub digits: u32,
    pub nillable: bool,
    pub createable: bool,
    pub updateable: bool,
    pub defaulted_on_create: bool,
    pub name_field: bool,
    pub id_lookup: bool,
    pub external_id: bool,
    pub unique: bool,
    pub auto_number: bool,
    pub calculated: bool,
    pub restricted: bool,
    pub permissionable: bool,
    pub formula: Option<String>,
    /// Lookup filter: a formula over the record that has the reference.
    pub filter: Option<String>,
    /// Formula of the value that a create gives when the caller gives none.
    pub default: Option<String>,
    /// The text behind the question mark.
    pub help: Option<String>,
    pub compound: Option<String>,
    pub extra: Option<String>,
    pub references: Vec<String>,
    pub relationship: Option<String>,
    pub child_relationship: Option<String>,
    pub on_delete: OnDelete,
    pub picklist: Vec<PicklistValue>,
    /// Exact picklist values, for checks on write.
    pub picklist_values: HashSet<String>,
}

impl FieldType {
    /// Reads the name of the describe answer.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "reference" => Self::Reference,
            "string" => Self::String,
            "picklist" => Self::Picklist,
            "multipicklist" => Self::MultiPicklist,
            "combobox" => Self::Combobox,
            "phone" => Self::Phone,
            "url" => Self::Url,
            "email" => Self::Email,
            "textarea" => Self::Textarea,
            "boolean" => Self::Boolean,
            "int" => Self::Int,
            "double" => Self::Double,
            "currency" => Self::Currency,
            "percent" => Self::Percent,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "time" => Self::Time,
            "address" => Self::Address,
            "base64" => Self::Base64,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Reference => "reference",
            Self::String => "string",
            Self::Picklist => "picklist",
            Self::MultiPicklist => "multipicklist",
            Self::Combobox => "combobox",
            Self::Phone => "phone",
            Self::Url => "url",
            Self::Email => "email",
            Self::Textarea => "textarea",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Double => "double",
            Self::Currency => "currency",
            Self::Percent => "percent",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Time => "time",
            Self::Address => "address",
            Self::Base64 => "base64",
        }
    }

    pub fn soap(self) -> &'static str {
        match self {
            Self::Id | Self::Reference => "tns:ID",
            Self::Boolean => "xsd:boolean",
            Self::Int => "xsd:int",
            Self::Double | Self::Currency | Self::Percent => "xsd:double",
            Self::Date => "xsd:date",
            Self::DateTime => "xsd:dateTime",
            Self::Time => "xsd:time",
            Self::Address => "urn:address",
            Self::Base64 => "xsd:base64Binary",
            _ => "xsd:string",
        }
    }

    /// The word that error texts use for the type of a literal.
    pub fn literal_name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Double | Self::Currency | Self::Percent => "double",
            Self::Date => "date",
            Self::DateTime => "dateTime",
            Self::Time => "time",
            _ => "string",
        }
    }

    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::String
                | Self::Picklist
                | Self::MultiPicklist
                | Self::Combobox
                | Self::Phone
                | Self::Url
                | Self::Email
                | Self::Textarea
        )
    }

    pub fn is_id(self) -> bool {
        matches!(self, Self::Id | Self::Reference)
    }

    pub fn is_number(self) -> bool {
        matches!(
            self,
            Self::Int | Self::Double | Self::Currency | Self::Percent
        )
    }
}

impl Field {
    /// Long text areas can be neither filtered, grouped nor sorted.
    pub fn is_long_text(&self) -> bool {
        self.kind == FieldType::Textarea && self.length > 255
    }

    pub fn custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    pub fn polymorphic(&self) -> bool {
        self.references.len() > 1
    }

    pub fn aggregatable(&self) -> bool {
        !self.is_long_text()
            && !matches!(
                self.kind,
                FieldType::MultiPicklist
                    | FieldType::Boolean
                    | FieldType::Time
                    | FieldType::Address
                    | FieldType::Base64
            )
    }

    pub fn filterable(&self) -> bool {
        !self.is_long_text() && self.kind != FieldType::Base64
    }

    pub fn groupable(&self) -> bool {
        let computed = self.calculated || self.auto_number;
        !self.is_long_text()
            && !computed
            && !matches!(
                self.kind,
                FieldType::MultiPicklist
                    | FieldType::Combobox
                    | FieldType::Double
                    | FieldType::Currency
                    | FieldType::Percent
                    | FieldType::DateTime
                    | FieldType::Address
                    | FieldType::Base64
            )
    }

    pub fn sortable(&self) -> bool {
        !self.is_long_text()
            && !matches!(
                self.kind,
                FieldType::MultiPicklist | FieldType::Address | FieldType::Base64
            )
    }

    /// Must be given on create.
    pub fn required_on_create(&self) -> bool {
        !self.nillable && self.createable && !self.defaulted_on_create
    }

    /// The picklist value that a create gives when the caller gives none.
    pub fn default_picklist_value(&self) -> Option<&str> {
        let applies = self.defaulted_on_create || self.custom();
        self.picklist
            .iter()
            .find(|value| applies && value.default)
            .map(|value| value.value.as_str())
    }
}
