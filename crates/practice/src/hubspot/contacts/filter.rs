//! One condition of a search: a property, an operator, one value or several.

use std::cmp::Ordering;

use chrono::DateTime;
use serde::Deserialize;

use super::{Contact, is_property};
use crate::hubspot::problem::Problem;

/// What is compared how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Operator {
    Eq,
    Neq,
    Lt,
    Lte,
    Gt,
    Gte,
    Between,
    In,
    NotIn,
    HasProperty,
    NotHasProperty,
    ContainsToken,
    NotContainsToken,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Filter {
    property_name: String,
    operator: Operator,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    high_value: Option<String>,
    #[serde(default)]
    values: Option<Vec<String>>,
}

impl Filter {
    /// Whether the condition makes sense.
    pub(super) fn check(&self) -> Result<(), Problem> {
        if !is_property(&self.property_name) {
            let message = format!("There is no property {} of CONTACT", self.property_name);
            return Err(Problem::wrong_field("propertyName", message));
        }
        let missing = match self.operator {
            Operator::HasProperty | Operator::NotHasProperty => None,
            Operator::In | Operator::NotIn => self.values.is_none().then_some("values"),
            Operator::Between if self.high_value.is_none() => Some("highValue"),
            _ => self.value.is_none().then_some("value"),
        };
        match missing {
            None => Ok(()),
            Some(field) => {
                let message = format!("operator {:?} needs {field}", self.operator);
                Err(Problem::wrong_field(field, message))
            }
        }
    }

    /// Whether a contact fulfils it.
    pub(super) fn fits(&self, contact: &Contact) -> bool {
        let found = contact.property(&self.property_name);
        let value = self.value.as_deref().unwrap_or_default();
        let high = self.high_value.as_deref().unwrap_or_default();
        let ordered = |wanted: &str, fits: fn(Ordering) -> bool| {
            found.is_some_and(|found| fits(compare(found, wanted)))
        };
        let listed = || {
            let values = self.values.iter().flatten();
            found.is_some_and(|found| values.into_iter().any(|value| same(found, value)))
        };
        match self.operator {
            Operator::Eq => found.is_some_and(|found| same(found, value)),
            Operator::Neq => found.is_some_and(|found| !same(found, value)),
            Operator::Lt => ordered(value, Ordering::is_lt),
            Operator::Lte => ordered(value, Ordering::is_le),
            Operator::Gt => ordered(value, Ordering::is_gt),
            Operator::Gte => ordered(value, Ordering::is_ge),
            Operator::Between => ordered(value, Ordering::is_ge) && ordered(high, Ordering::is_le),
            Operator::In => listed(),
            Operator::NotIn => found.is_some() && !listed(),
            Operator::HasProperty => found.is_some(),
            Operator::NotHasProperty => found.is_none(),
            Operator::ContainsToken => found.is_some_and(|found| has_token(found, value)),
            Operator::NotContainsToken => !found.is_some_and(|found| has_token(found, value)),
        }
    }
}

fn same(found: &str, wanted: &str) -> bool {
    compare(found, wanted).is_eq()
}

/// Compares moments and numbers by their size, everything else as text without regard to case.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    match (size(left), size(right)) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        _ => left.to_lowercase().cmp(&right.to_lowercase()),
    }
}

/// A number, or the milliseconds of a moment.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of this age fit into the 53 bits of a number"
)]
fn size(text: &str) -> Option<f64> {
    let number = || text.parse().ok();
    let moment = DateTime::parse_from_rfc3339(text).ok();
    moment
        .map(|moment| moment.timestamp_millis() as f64)
        .or_else(number)
}

/// Whether one of the words begins as wanted; `*` at either end stands for anything.
fn has_token(found: &str, wanted: &str) -> bool {
    let (found, wanted) = (found.to_lowercase(), wanted.to_lowercase());
    let (open_start, open_end) = (wanted.starts_with('*'), wanted.ends_with('*'));
    let core = wanted.trim_matches('*');
    let mut words = found.split(|letter: char| !letter.is_alphanumeric());
    let whole = found == core;
    whole
        || words.any(|word| match (open_start, open_end) {
            (true, true) => word.contains(core),
            (true, false) => word.ends_with(core),
            (false, true) => word.starts_with(core),
            (false, false) => word == core,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use serde_json::{Value, json};

    fn fits(filter: Value) -> bool {
        let mut contact = Contact::new(
            7,
            "anna.abbott@customers.example",
            DateTime::<Utc>::UNIX_EPOCH,
        );
        contact.set("firstname", "Anna");
        contact.set("numemployees", "90");
        let filter: Filter = serde_json::from_value(filter).unwrap();
        filter.check().unwrap();
        filter.fits(&contact)
    }

    #[test]
    fn operators_compare_by_kind() {
        for (property, operator, value, expected) in [
            ("firstname", "EQ", "anna", true),
            ("firstname", "NEQ", "anna", false),
            ("phone", "NEQ", "1", false),
            ("numemployees", "LT", "100", true),
            ("numemployees", "GTE", "90", true),
            ("numemployees", "GT", "90.0", false),
            ("lastmodifieddate", "LTE", "0", true),
            ("lastmodifieddate", "GT", "1970-01-01T00:00:00Z", false),
            ("email", "CONTAINS_TOKEN", "abbott", true),
            ("email", "CONTAINS_TOKEN", "abb*", true),
            ("email", "CONTAINS_TOKEN", "abb", false),
            ("email", "NOT_CONTAINS_TOKEN", "carter", true),
        ] {
            let filter = json!({ "propertyName": property, "operator": operator, "value": value });
            assert_eq!(fits(filter), expected, "{property} {operator} {value}");
        }
        let within = json!({ "propertyName": "numemployees", "operator": "BETWEEN", "value": "9", "highValue": "91" });
        assert!(fits(within));
        assert!(fits(
            json!({ "propertyName": "firstname", "operator": "IN", "values": ["x", "Anna"] })
        ));
        assert!(!fits(
            json!({ "propertyName": "phone", "operator": "NOT_IN", "values": ["x"] })
        ));
        assert!(fits(
            json!({ "propertyName": "phone", "operator": "NOT_HAS_PROPERTY" })
        ));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for filter in [
            json!({ "propertyName": "nothing", "operator": "EQ", "value": "x" }),
            json!({ "propertyName": "email", "operator": "EQ" }),
            json!({ "propertyName": "email", "operator": "IN", "value": "x" }),
            json!({ "propertyName": "email", "operator": "BETWEEN", "value": "x" }),
        ] {
            let filter: Filter = serde_json::from_value(filter).unwrap();
            assert!(filter.check().is_err(), "{filter:?}");
        }
    }
}
