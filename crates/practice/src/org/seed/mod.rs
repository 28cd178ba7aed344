//! The records every practice org starts with: the customer base of a maker of cooling equipment, about 1,500
//! records that read like a real mid-size company. The same ids and values every time.
//!
//! Must not know the clock: all dates hang on one fixed day.

mod catalogue;
mod companies;
mod dice;
mod files;
mod people;
mod sales;
mod service;
mod structure;
mod words;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::dml::derive;
use super::id::Id;
use super::schema::{FieldType, Schema};
use super::state::{Record, State};
use super::value::Value;
use dice::Dice;

pub(super) use files::load;
pub use files::{SeedError, SeedFile};
pub(super) use people::{administrator_id, organization_id};

/// The seeded state.
pub(super) fn seed(schema: &Schema) -> State {
    let mut seeder = Seeder {
        schema,
        state: State::new(schema),
        dice: Dice::new(20_261_102),
    };
    let people = people::people(&mut seeder);
    let companies = companies::companies(&mut seeder, &people);
    let deals = sales::sales(&mut seeder, &people, &companies);
    service::service(&mut seeder, &people, &companies, &deals);
    structure::structure(&mut seeder, &people);
    catalogue::catalogue(&mut seeder, &people);
    seeder.state
}

/// The day everything is dated from.
fn base_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 2).unwrap_or_default()
}

/// A day before (negative) or after the base day.
fn day(offset: i64) -> NaiveDate {
    base_day() + Duration::days(offset)
}

struct Seeder<'a> {
    schema: &'a Schema,
    state: State,
    dice: Dice,
}

impl Seeder<'_> {
    /// When the org was set up.
    #[expect(clippy::unused_self, reason = "one way to ask for a moment")]
    fn start(&self) -> DateTime<Utc> {
        day(-1460).and_time(chrono::NaiveTime::MIN).and_utc() + Duration::hours(8)
    }

    /// A time of a working day.
    fn moment(&mut self, offset: i64) -> DateTime<Utc> {
        let seconds = self.dice.between(7 * 3600, 17 * 3600);
        day(offset).and_time(chrono::NaiveTime::MIN).and_utc() + Duration::seconds(seconds)
    }

    /// Adds a record, created and last modified at one time by one user.
    fn add(&mut self, object: &str, at: DateTime<Utc>, by: Id, fields: &[(&str, Value)]) -> Id {
        let Some(object) = self.schema.object(object) else {
            return by;
        };
        let mut record = Record::empty(object, self.state.next_id(object));
        for (index, field) in object.fields.iter().enumerate() {
            if let Some(value) = field.default_picklist_value() {
                record.values[index] = Value::text(value);
            }
            if field.auto_number {
                record.values[index] =
                    Value::text(format!("{:08}", self.state.next_number(object)));
            }
        }
        if let Some(kind) = object.rules.record_types.iter().find(|kind| kind.default) {
            record.set(object, "RecordTypeId", Value::Id(kind.id));
        }
        if let Some(owner) = object.owner_field {
            record.values[owner] = Value::Id(by);
        }
        for stamp in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
            record.set(object, stamp, Value::DateTime(at));
        }
        for who in ["CreatedById", "LastModifiedById"] {
            record.set(object, who, Value::Id(by));
        }
        for (name, value) in fields {
            let numeric = object
                .field(name)
                .is_some_and(|field| field.kind.is_number() && field.kind != FieldType::Int);
            let value = match (numeric, value.as_number()) {
                (true, Some(number)) => Value::Double(number),
                _ => value.clone(),
            };
            record.set(object, name, value);
        }
        derive(self.schema, &self.state, object, &mut record, None, at);
        let id = record.id;
        self.state.put(object, record);
        id
    }
}

/// Text as a value.
fn t(text: impl AsRef<str>) -> Value {
    Value::text(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::org::wire;

    #[test]
    fn the_seed_is_the_same_every_time_and_has_the_size_of_a_real_company() {
        let schema = Schema::built_in().unwrap();
        let (first, second) = (seed(&schema), seed(&schema));
        let mut total = 0;
        for object in &schema.objects {
            let texts = |state: &State| -> Vec<String> {
                state
                    .live(object)
                    .map(|record| format!("{:?}", record.values))
                    .collect()
            };
            assert_eq!(texts(&first), texts(&second), "{}", object.name);
            // The table that clients page through is no part of the company.
            if object.name != "BigTable__c" {
                total += first.table(object).live_count();
            }
        }
        assert!((1_400..1_700).contains(&total), "{total} records");
    }

    #[test]
    fn every_seeded_value_would_be_accepted_from_a_caller() {
        let schema = Schema::built_in().unwrap();
        let state = seed(&schema);
        for object in &schema.objects {
            for record in state.live(object) {
                for (field, value) in object.fields.iter().zip(record.values.iter()) {
                    let read = wire::given(field, &value.to_json(), || (0, 0));
                    assert_eq!(read.as_ref(), Ok(value), "{}.{}", object.name, field.name);
                    assert!(
                        field.nillable || !value.is_null(),
                        "{}.{} is empty",
                        object.name,
                        field.name
                    );
                    let known = field.picklist_values.is_empty()
                        || field.kind == FieldType::Combobox
                        || field.kind == FieldType::MultiPicklist
                        || value
                            .as_text()
                            .is_none_or(|text| field.picklist_values.contains(text));
                    assert!(known, "{}.{}: {value:?}", object.name, field.name);
                    if let Some(target) = value.as_id() {
                        assert!(
                            state.any_record(&schema, target).is_some(),
                            "{}.{}",
                            object.name,
                            field.name
                        );
                    }
                }
            }
        }
    }
}
