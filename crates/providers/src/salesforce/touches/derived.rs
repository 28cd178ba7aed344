//! Objects that hold the values of another one: its history, its feed, its change events ("Object Reference,
//! Associated Objects"). Who reads them reads the other's fields.
//!
//! Must not know: describe answers.

use gatelodge_model::policy::Fields;

/// The object whose values an object holds, and which of its fields.
pub(super) fn of(object: &str) -> Option<(String, Fields)> {
    let custom = |stem: &str| format!("{stem}__c");
    for (ending, fields) in [
        ("__history", Fields::All),
        ("__feed", Fields::All),
        ("__changeevent", Fields::All),
        ("__share", Fields::Named(Vec::new())),
        ("__tag", Fields::Named(Vec::new())),
    ] {
        if let Some(stem) = without(object, ending) {
            return Some((custom(stem), fields));
        }
    }
    for (ending, fields) in [
        ("fieldhistory", Fields::All),
        ("history", Fields::All),
        ("feed", Fields::All),
        ("changeevent", Fields::All),
        ("share", Fields::Named(Vec::new())),
        ("tag", Fields::Named(Vec::new())),
    ] {
        if let Some(stem) = without(object, ending) {
            return Some((stem.to_owned(), fields));
        }
    }
    None
}

fn without<'name>(object: &'name str, ending: &str) -> Option<&'name str> {
    let cut = object.len().checked_sub(ending.len())?;
    let (stem, end) = object.split_at_checked(cut)?;
    (!stem.is_empty() && end.eq_ignore_ascii_case(ending)).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histories_and_feeds_lead_to_their_object() {
        for (object, base) in [
            ("ContactHistory", Some("Contact")),
            ("OpportunityFieldHistory", Some("Opportunity")),
            ("Invoice__History", Some("Invoice__c")),
            ("accountfeed", Some("account")),
            ("Invoice__ChangeEvent", Some("Invoice__c")),
            ("AccountShare", Some("Account")),
            ("Contact", None),
            ("History", None),
        ] {
            let found = of(object).map(|(base, _)| base);
            assert_eq!(found.as_deref(), base, "{object}");
        }
    }
}
