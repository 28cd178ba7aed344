//! Checks the fields of a proposal against the object, before anything is proposed.
//!
//! Must not know: current values. Salesforce has the last word when the approved write is sent.

use super::super::{
    describe::{Field, Object},
    names, values,
};
use super::Fields;
use gatelodge_model::{Error, ErrorKind, Result, WhoMustAct, numbers};
use serde_json::Value;

/// What the fields are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Purpose {
    Create,
    Update,
}

/// A field with the value that it shall have.
#[derive(Debug, Clone)]
pub(in super::super) struct Setting<'object> {
    pub(in super::super) field: &'object Field,
    pub(in super::super) value: Value,
}

/// Checks all fields: they exist, may be written, and their values can be meant.
///
/// # Errors
/// `invalid_argument` for `fields.<name>`; `provider_forbidden` where the person may not write the field.
pub(in super::super) fn check<'object>(
    object: &'object Object,
    given: &Fields,
    purpose: Purpose,
) -> Result<Vec<Setting<'object>>> {
    if given.is_empty() {
        return Err(Error::invalid(
            "fields",
            "`fields` is empty; give at least one field with its value.",
        ));
    }
    if let Some(pointer) = numbers::first_inexact(&Value::Object(given.clone())) {
        let name = pointer.trim_start_matches('/');
        return Err(Error::invalid(
            format!("fields.{name}"),
            format!(
                "The number in '{name}' has more digits than numbers keep. Give it as a text, in quotes."
            ),
        ));
    }
    let mut settings: Vec<Setting<'object>> = Vec::with_capacity(given.len());
    for (name, value) in given {
        let field = find(object, name)?;
        let argument = format!("fields.{name}");
        if settings
            .iter()
            .any(|setting| setting.field.name == field.name)
        {
            return Err(Error::invalid(
                argument,
                format!("The field '{}' is given twice.", field.name),
            ));
        }
        may_write(object, field, purpose)?;
        values::check(field, value).map_err(|reason| {
            Error::invalid(
                argument,
                format!("'{}' ({}): {reason}.", field.name, field.label),
            )
        })?;
        settings.push(Setting {
            field,
            value: value.clone(),
        });
    }
    if purpose == Purpose::Create {
        required(object, &settings)?;
    }
    Ok(settings)
}

fn find<'object>(object: &'object Object, name: &str) -> Result<&'object Field> {
    if let Some(field) = object.field(name) {
        return Ok(field);
    }
    let argument = format!("fields.{name}");
    let lookup = object.fields.iter().find(|field| {
        field
            .relationship_name
            .as_deref()
            .is_some_and(|relationship| relationship.eq_ignore_ascii_case(name))
    });
    if let Some(field) = lookup {
        return Err(Error::invalid(
            argument,
            format!(
                "'{name}' is the relationship of the field '{}'; give that field with the id of the other record.",
                field.name
            ),
        ));
    }
    let by_label = object
        .fields
        .iter()
        .find(|field| field.label.eq_ignore_ascii_case(name))
        .map(|field| vec![field.name.clone()]);
    let near = by_label.unwrap_or_else(|| {
        names::near(name, object.fields.iter().map(|field| field.name.as_str()))
    });
    Err(Error::invalid(
        argument,
        format!(
            "{} ({}) has no field '{name}' that the connected user can see.{}",
            object.label,
            object.name,
            names::did_you_mean(&near)
        ),
    )
    .with_choices(near)
    .with_hint(
        WhoMustAct::Caller,
        "Compare with salesforce_describe_object. A field that field-level security hides looks the same as one that does not exist.",
    ))
}

fn may_write(object: &Object, field: &Field, purpose: Purpose) -> Result<()> {
    let (allowed, verb) = match purpose {
        Purpose::Create => (field.createable, "set on a new"),
        Purpose::Update => (field.updateable, "changed on a"),
    };
    if allowed {
        return Ok(());
    }
    let message = format!(
        "The field '{}' ({}) cannot be {verb} {}",
        field.name, field.label, object.label
    );
    let never = field.calculated || field.auto_number || field.kind == "id";
    if never {
        return Err(Error::invalid(
            format!("fields.{}", field.name),
            format!("{message}: Salesforce fills it by itself."),
        ));
    }
    Err(Error::new(
        ErrorKind::ProviderForbidden,
        format!("{message} by the connected user."),
    )
    .with_hint(
        WhoMustAct::ProviderAdmin,
        format!(
            "Leave out '{}'. If it is not a field of the system, a Salesforce administrator grants Edit Access under Setup > Object Manager > {} > Fields & Relationships > Set Field-Level Security.",
            field.name, object.label
        ),
    )
    .with_context("field", &field.name))
}

fn required(object: &Object, settings: &[Setting<'_>]) -> Result<()> {
    let is_given = |name: &str| settings.iter().any(|setting| setting.field.name == name);
    let missing: Vec<String> = object
        .fields
        .iter()
        .filter(|field| field.is_required())
        .filter(|field| !is_given(&field.name))
        // A person account gets its name from its parts.
        .filter(|field| !(field.name_field && is_given("LastName")))
        .map(|field| format!("{} ({})", field.name, field.label))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(
        "fields",
        format!(
            "A new {} needs more required fields: {}.",
            object.label,
            missing.join(", ")
        ),
    ))
}

/// The settings as the body of a request, in the order given.
pub(in super::super) fn body(settings: &[Setting<'_>]) -> Value {
    Value::Object(
        settings
            .iter()
            .map(|setting| (setting.field.name.clone(), setting.value.clone()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{ACCOUNT, CONTACT, INVOICE};
    use serde_json::json;

    fn judged(object: &str, given: Value, purpose: Purpose) -> Result<Value> {
        let object: Object = serde_json::from_str(object).unwrap();
        let Value::Object(given) = given else {
            panic!("an object")
        };
        check(&object, &given, purpose).map(|settings| body(&settings))
    }

    #[test]
    fn wrong_fields_are_named_before_anything_is_proposed() {
        // proves SF-11, APR-2
        use Purpose::{Create, Update};
        for (object, given, purpose, field, words) in [
            (ACCOUNT, json!({}), Update, "fields", "empty"),
            (
                ACCOUNT,
                json!({"Industri": "x"}),
                Update,
                "fields.Industri",
                "Did you mean Industry",
            ),
            (
                ACCOUNT,
                json!({"Account Name": "x"}),
                Update,
                "fields.Account Name",
                "Did you mean Name",
            ),
            (
                ACCOUNT,
                json!({"Owner": "x"}),
                Update,
                "fields.Owner",
                "'OwnerId'",
            ),
            (
                ACCOUNT,
                json!({"Name": "a", "name": "b"}),
                Update,
                "fields.name",
                "twice",
            ),
            (
                ACCOUNT,
                json!({"Id": "001dM00003jU9Gx"}),
                Update,
                "fields.Id",
                "by itself",
            ),
            (
                ACCOUNT,
                json!({"AnnualRevenue": "much"}),
                Update,
                "fields.AnnualRevenue",
                "a number",
            ),
            (
                ACCOUNT,
                json!({"AnnualRevenue": 9_007_199_254_740_993_u64}),
                Update,
                "fields.AnnualRevenue",
                "as a text",
            ),
            (
                ACCOUNT,
                json!({"Phone": "1"}),
                Create,
                "fields",
                "Name (Account Name)",
            ),
            (CONTACT, json!({"Name": "Ada"}), Create, "Name", ""),
            (
                INVOICE,
                json!({"Total__c": 5}),
                Update,
                "fields.Total__c",
                "by itself",
            ),
            (
                INVOICE,
                json!({"Status__c": "Gone", "Account__c": "001dM00003jU9Gx"}),
                Create,
                "fields.Status__c",
                "'Gone'",
            ),
        ] {
            let error = judged(object, given.clone(), purpose).unwrap_err();
            match error.kind() {
                ErrorKind::InvalidArgument => assert_eq!(error.field(), Some(field), "{given}"),
                _ => assert!(error.message().contains(field), "{given}: {error}"),
            }
            assert!(error.message().contains(words), "{given}: {error}");
        }
    }

    #[test]
    fn a_field_without_permission_names_who_grants_it() {
        let error = judged(
            ACCOUNT,
            json!({"CreatedById": "005dM00000awSFJ"}),
            Purpose::Update,
        );
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderForbidden);
        assert!(error.message().contains("CreatedById"));
        assert_eq!(
            error.hint().unwrap().who_must_act,
            WhoMustAct::ProviderAdmin
        );
    }

    #[test]
    fn names_get_their_case_and_values_stay() {
        let body = judged(
            ACCOUNT,
            json!({"PHONE": " 1 ", "annualrevenue": 5.50}),
            Purpose::Update,
        );
        assert_eq!(
            body.unwrap().to_string(),
            r#"{"Phone":" 1 ","AnnualRevenue":5.5}"#
        );
    }
}
