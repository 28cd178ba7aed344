//! A contact and its properties, all of which are text.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

/// Properties that a contact can have.
const PROPERTIES: [&str; 16] = [
    "address",
    "city",
    "company",
    "country",
    "createdate",
    "email",
    "firstname",
    "hs_object_id",
    "jobtitle",
    "lastmodifieddate",
    "lastname",
    "lifecyclestage",
    "mobilephone",
    "numemployees",
    "phone",
    "website",
];

/// Properties that come when none is asked for.
const USUAL: [&str; 3] = ["email", "firstname", "lastname"];

/// Properties that always come.
const ALWAYS: [&str; 3] = ["createdate", "hs_object_id", "lastmodifieddate"];

/// Whether contacts have such a property.
pub(in crate::hubspot) fn is_property(name: &str) -> bool {
    PROPERTIES.contains(&name)
}

/// A contact.
#[derive(Clone, Debug)]
pub(in crate::hubspot) struct Contact {
    pub(in crate::hubspot) id: u64,
    properties: BTreeMap<String, String>,
    created: DateTime<Utc>,
    pub(in crate::hubspot) updated: DateTime<Utc>,
    pub(in crate::hubspot) archived: bool,
}

impl Contact {
    pub(in crate::hubspot) fn new(id: u64, email: &str, now: DateTime<Utc>) -> Self {
        let properties = BTreeMap::from([
            ("email".to_owned(), email.to_owned()),
            ("hs_object_id".to_owned(), id.to_string()),
            ("createdate".to_owned(), moment(now)),
            ("lastmodifieddate".to_owned(), moment(now)),
        ]);
        Self {
            id,
            properties,
            created: now,
            updated: now,
            archived: false,
        }
    }

    pub(in crate::hubspot) fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str)
    }

    pub(in crate::hubspot) fn properties(&self) -> &BTreeMap<String, String> {
        &self.properties
    }

    pub(in crate::hubspot) fn set(&mut self, name: &str, value: &str) {
        self.properties.insert(name.to_owned(), value.to_owned());
    }

    /// Notes a change.
    pub(in crate::hubspot) fn touch(&mut self, now: DateTime<Utc>) {
        self.updated = now;
        self.set("lastmodifieddate", &moment(now));
    }

    /// As an answer shows it, with these properties; unknown ones are passed over in silence.
    pub(super) fn show(&self, wanted: &[String]) -> Value {
        let mut properties = Map::new();
        let usual: &[&str] = if wanted.is_empty() { &USUAL } else { &[] };
        let asked = wanted.iter().map(String::as_str);
        let names = ALWAYS.iter().chain(usual).copied().chain(asked);
        for name in names.filter(|name| is_property(name)) {
            let value = self.property(name).map_or(Value::Null, Value::from);
            properties.insert(name.to_owned(), value);
        }
        let mut shown = json!({
            "id": self.id.to_string(),
            "properties": properties,
            "createdAt": moment(self.created),
            "updatedAt": moment(self.updated),
            "archived": self.archived,
        });
        if self.archived {
            shown["archivedAt"] = moment(self.updated).into();
        }
        shown
    }
}

/// A moment as HubSpot writes it.
pub(in crate::hubspot) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
