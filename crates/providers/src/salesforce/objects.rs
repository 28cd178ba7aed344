//! Finds the object that a caller means: API name in any case, label, plural, or a custom name without its
//! ending.
//!
//! Must not know: what is done with the object.

use super::{
    describe::{self, Global, Listed, Object},
    names,
};
use gatelodge_model::{Error, ErrorKind, Result};
use gatelodge_provider::Caller;

/// Describes the object that is meant.
///
/// # Errors
/// `invalid_argument` with the near names where there is none, or with the choices where several fit.
pub(super) async fn describe(caller: &dyn Caller, field: &str, given: &str) -> Result<Object> {
    let given = given.trim();
    if names::is_api_name(given) {
        match describe::object(caller, given).await {
            Err(error) if is_unknown(&error) => {}
            answer => return answer,
        }
    }
    let name = find(caller, field, given).await?;
    describe::object(caller, &name).await
}

/// Whether Salesforce says that there is no such object (or record).
pub(super) fn is_unknown(error: &Error) -> bool {
    error.kind() == ErrorKind::ProviderNotFound
        || error
            .provider()
            .is_some_and(|detail| detail.code == "INVALID_TYPE")
}

/// Refuses what the connected user cannot do with any record of an object.
///
/// # Errors
/// `invalid_argument` for `object`.
pub(super) fn may(object: &Object, allowed: bool, verb: &str) -> Result<()> {
    if allowed {
        return Ok(());
    }
    Err(Error::invalid(
        "object",
        format!(
            "The connected user cannot {verb} records of {} ({}).",
            object.label, object.name
        ),
    ))
}

/// The API name of the object that is meant, by the list of all objects.
pub(super) async fn find(caller: &dyn Caller, field: &str, given: &str) -> Result<String> {
    let global = describe::global(caller).await?;
    choose(&global, field, given)
}

fn listed(global: &Global) -> impl Iterator<Item = &Listed> {
    let entries = global.sobjects.iter();
    entries.filter(|entry| !entry.deprecated_and_hidden)
}

/// The objects whose names or labels come near to what was given.
pub(super) fn nearest(global: &Global, given: &str) -> Vec<String> {
    let known = listed(global).flat_map(|entry| [entry.name.as_str(), entry.label.as_str()]);
    names::near(given, known)
        .into_iter()
        .map(|near| {
            // A label that is near stands for its object.
            listed(global)
                .find(|entry| entry.label == near && entry.name != near)
                .map_or(near, |entry| entry.name.clone())
        })
        .collect()
}

fn choose(global: &Global, field: &str, given: &str) -> Result<String> {
    let shown: String = given.chars().take(80).collect();
    let wanted = names::plain(given);
    let listed = || listed(global);
    if let Some(exact) = listed().find(|entry| entry.name.eq_ignore_ascii_case(given)) {
        return Ok(exact.name.clone());
    }
    let mut fitting: Vec<&str> = listed()
        .filter(|entry| {
            !wanted.is_empty()
                && [&entry.name, &entry.label, &entry.label_plural]
                    .into_iter()
                    .any(|name| names::plain(name) == wanted)
        })
        .map(|entry| entry.name.as_str())
        .collect();
    fitting.dedup();
    match fitting.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => {
            let near = nearest(global, given);
            let error = Error::invalid(
                field,
                format!(
                    "The connected user sees no object '{shown}' in this org.{}",
                    names::did_you_mean(&near)
                ),
            );
            Err(error.with_choices(near))
        }
        several => {
            let choices: Vec<String> = several.iter().map(|name| (*name).to_owned()).collect();
            let error = Error::invalid(
                field,
                format!(
                    "Several objects are called '{shown}': {}. Give the API name.",
                    choices.join(", ")
                ),
            );
            Err(error.with_choices(choices))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{GLOBAL, Scripted, refusal};
    use gatelodge_model::ErrorKind;

    fn chosen(given: &str) -> Result<String> {
        choose(&serde_json::from_str(GLOBAL).unwrap(), "object", given)
    }

    #[test]
    fn common_words_find_their_object() {
        // proves SF-12
        for (given, name) in [
            ("account", "Account"),
            ("ACCOUNTS", "Account"),
            ("contacts", "Contact"),
            ("opportunities", "Opportunity"),
            ("case", "Case"),
            ("tasks", "Task"),
            ("event", "Event"),
            ("orders", "Order"),
            ("invoice", "Invoice__c"),
            ("Invoices", "Invoice__c"),
            ("invoice__c", "Invoice__c"),
            ("account history", "AccountHistory"),
        ] {
            assert_eq!(chosen(given).unwrap(), name, "{given}");
        }
    }

    #[test]
    fn an_unknown_word_gives_the_near_ones() {
        // proves SF-12
        let error = chosen("Acount").unwrap_err();
        assert_eq!(error.field(), Some("object"));
        assert!(error.choices().contains(&"Account".to_owned()));
        assert!(error.message().contains("Did you mean Account"));
        assert!(chosen("Old Thing").is_err());
        assert!(chosen("").is_err());
        assert!(chosen("../../x").unwrap_err().choices().is_empty());
    }

    #[tokio::test]
    async fn a_name_costs_one_call_and_a_word_three() {
        let org = Scripted::org();
        assert_eq!(
            describe(&org, "object", "Account").await.unwrap().name,
            "Account"
        );
        assert_eq!(org.requests().len(), 1);
        assert_eq!(
            describe(&org, "object", "invoices").await.unwrap().name,
            "Invoice__c"
        );
        assert_eq!(org.requests().len(), 4);
    }

    #[tokio::test]
    async fn another_refusal_is_passed_on() {
        let org = Scripted::org().on(
            "sobjects/Account/describe",
            refusal(403, "API_DISABLED_FOR_ORG", "no", &[]),
        );
        let error = describe(&org, "object", "Account").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderForbidden);
    }
}
