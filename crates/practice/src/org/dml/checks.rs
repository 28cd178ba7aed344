//! Checks of a whole record: locks, hierarchies, lookup filters, automation, validation rules, record types, prices.
//!
//! Must not know how values are read from a body or how a record is kept.

use super::Draft;
use crate::org::error::ApiError;
use crate::org::formula::Subject;
use crate::org::id::Id;
use crate::org::schema::{Automation, FieldType, Object};
use crate::org::state::Record;
use crate::org::value::Value;

/// Most steps that are followed in a hierarchy.
const MOST_STEPS: usize = 200;

impl Draft<'_> {
    fn subject<'a>(&'a self, record: &'a Record, old: Option<&'a Record>) -> Subject<'a> {
        Subject {
            schema: self.schema,
            state: self.state(),
            record,
            old,
            now: self.context.now,
        }
    }

    /// A record that cannot be changed in the state it is in.
    pub(super) fn check_open(&self, object: &Object, old: &Record) -> Result<(), ApiError> {
        if object.name == "Lead" && old.get(object, "IsConverted").as_bool() {
            return Err(ApiError::row(
                "CANNOT_UPDATE_CONVERTED_LEAD",
                "cannot reference converted lead",
                &[],
            ));
        }
        let locked = || {
            let subject = self.subject(old, Some(old));
            object.rules.locks.iter().any(|lock| lock.holds(subject))
        };
        if !self.context.access.modify_all && locked() {
            let message = "This record is locked. If you need to edit it, contact your admin.";
            return Err(ApiError::row("ENTITY_IS_LOCKED", message, &[]));
        }
        Ok(())
    }

    /// Everything that needs the record with all its derived fields.
    pub(super) fn check_record(
        &self,
        object: &Object,
        record: &Record,
        old: Option<&Record>,
    ) -> Result<(), ApiError> {
        let subject = self.subject(record, old);
        self.check_hierarchy(object, record, old)?;
        Self::check_record_type(object, record, old)?;
        self.check_prices(object, record, old)?;
        for (field, filter) in &object.rules.filters {
            let changed = old.is_none_or(|old| old.values[*field] != record.values[*field]);
            if changed && !record.values[*field].is_null() && !filter.holds(subject) {
                let message = "Value does not exist or does not match filter criteria.";
                let name = object.fields[*field].name.as_str();
                return Err(ApiError::row(
                    "FIELD_FILTER_VALIDATION_EXCEPTION",
                    message,
                    &[name],
                ));
            }
        }
        let failing = |automation: &&Automation| automation.formula.holds(subject);
        if let Some(automation) = object.rules.automations.iter().find(failing) {
            return Err(failed(automation, old.is_none()));
        }
        for rule in &object.rules.validations {
            if rule.formula.holds(subject) {
                let field = rule.field.map(|field| object.fields[field].name.as_str());
                return Err(ApiError::row(
                    "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                    rule.message.as_str(),
                    field.as_slice(),
                ));
            }
        }
        Ok(())
    }

    /// A record must not be above itself.
    fn check_hierarchy(
        &self,
        object: &Object,
        record: &Record,
        old: Option<&Record>,
    ) -> Result<(), ApiError> {
        for (index, field) in object.fields.iter().enumerate() {
            let own = field.references.len() == 1 && field.references[0] == object.name;
            let changed = old.is_none_or(|old| old.values[index] != record.values[index]);
            if field.kind != FieldType::Reference || !own || !field.updateable || !changed {
                continue;
            }
            let mut above = record.values[index].as_id();
            for _ in 0..MOST_STEPS {
                let Some(id) = above else { break };
                if id == record.id {
                    return Err(ApiError::row(
                        "CIRCULAR_DEPENDENCY",
                        "attempt to violate hierarchy constraints",
                        &[&field.name],
                    ));
                }
                above = self
                    .state()
                    .record(object, id)
                    .and_then(|found| found.values[index].as_id());
            }
        }
        Ok(())
    }

    /// The record type must be one of the object, and the picklist values must be open to it.
    fn check_record_type(
        object: &Object,
        record: &Record,
        old: Option<&Record>,
    ) -> Result<(), ApiError> {
        let Some(id) = record.get(object, "RecordTypeId").as_id() else {
            return Ok(());
        };
        let Some(kind) = object
            .rules
            .record_types
            .iter()
            .find(|known| known.id == id)
        else {
            let message = format!("Record Type ID: this ID value isn't valid for the user: {id}");
            return Err(ApiError::row(
                "INVALID_CROSS_REFERENCE_KEY",
                message,
                &["RecordTypeId"],
            ));
        };
        for (index, values) in &kind.picklists {
            let field = &object.fields[*index];
            let changed = old.is_none_or(|old| old.values[*index] != record.values[*index]);
            if let (true, true, Some(text)) =
                (field.restricted, changed, record.values[*index].as_text())
                && !values.contains(text)
            {
                return Err(ApiError::bad_picklist_value(
                    &field.label,
                    &field.name,
                    text,
                ));
            }
        }
        Ok(())
    }

    /// A line of an opportunity takes an active entry of the opportunity's own price book.
    fn check_prices(
        &self,
        object: &Object,
        record: &Record,
        old: Option<&Record>,
    ) -> Result<(), ApiError> {
        if object.name != "OpportunityLineItem" || old.is_some() {
            return Ok(());
        }
        let refuse = |reason: &str| {
            let message = format!("field integrity exception: PricebookEntryId ({reason})");
            let fields = ["PricebookEntryId"];
            Err(ApiError::row("FIELD_INTEGRITY_EXCEPTION", message, &fields))
        };
        let found = |field: &str| {
            let id: Option<Id> = record.get(object, field).as_id();
            id.and_then(|id| self.state().any_record(self.schema, id))
        };
        let Some((entries, entry)) = found("PricebookEntryId") else {
            return refuse("pricebook entry has not been specified");
        };
        if !entry.get(entries, "IsActive").as_bool() {
            return refuse("pricebook entry is inactive");
        }
        if let Some((deals, deal)) = found("OpportunityId") {
            let (own, given) = (
                deal.get(deals, "Pricebook2Id"),
                entry.get(entries, "Pricebook2Id"),
            );
            if !own.is_null() && own != given {
                return refuse(
                    "pricebook entry is in a different pricebook than the one assigned to the opportunity",
                );
            }
        }
        Ok(())
    }

    /// The new owner must be able to read the object.
    pub(super) fn check_new_owner(
        &self,
        object: &Object,
        owner: &Record,
        users: &Object,
    ) -> Result<(), ApiError> {
        let profile = crate::org::user::profile_name(self.schema, self.state(), users, owner);
        if crate::org::access::reads(&profile, &object.name) {
            return Ok(());
        }
        let message = "The new owner must have read permission";
        Err(ApiError::row(
            "TRANSFER_REQUIRES_READ",
            message,
            &["OwnerId"],
        ))
    }

    /// The org's room for records.
    pub(super) fn check_room(&self) -> Result<(), ApiError> {
        let Some(most) = self.context.most_records else {
            return Ok(());
        };
        let count = |object: &Object| self.state().table(object).live_count();
        if self.schema.objects.iter().map(count).sum::<usize>() < most {
            return Ok(());
        }
        Err(ApiError::row(
            "STORAGE_LIMIT_EXCEEDED",
            "storage limit exceeded",
            &[],
        ))
    }

    /// What a create leaves out and the org knows: the record type, and defaults by formula.
    pub(super) fn fill_defaults(
        &self,
        object: &Object,
        given: &[(usize, Value)],
        record: &mut Record,
    ) {
        let asked = |field: usize| given.iter().any(|(known, _)| *known == field);
        if let Some(kind) = object.rules.record_types.iter().find(|kind| kind.default)
            && let Some(field) = object.field_index("RecordTypeId")
            && !asked(field)
        {
            record.values[field] = Value::Id(kind.id);
        }
        for (field, formula) in &object.rules.defaults {
            if !asked(*field) {
                let value = formula.value(self.subject(record, None));
                record.values[*field] = super::derive::fitted(&object.fields[*field], value);
            }
        }
    }
}

/// The words of the platform for code or a flow that failed.
fn failed(automation: &Automation, creating: bool) -> ApiError {
    let name = &automation.name;
    if automation.flow {
        let message = format!(
            "We can't save this record because the “{name}” process failed. Give your Salesforce admin these details."
        );
        return ApiError::row("CANNOT_EXECUTE_FLOW_TRIGGER", message, &[]);
    }
    let event = if creating {
        "BeforeInsert"
    } else {
        "BeforeUpdate"
    };
    let message = format!(
        "{name}: execution of {event}\n\ncaused by: System.NullPointerException: Attempt to de-reference a null \
         object\n\nTrigger.{name}: line 3, column 1"
    );
    ApiError::row("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, &[])
}
