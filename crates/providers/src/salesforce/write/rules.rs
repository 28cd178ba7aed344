//! Assignment rules: Salesforce hands new and changed leads and cases to other owners by itself, unless it
//! is told not to ("Assignment Rule Header"; the default without the header is to run them).
//!
//! Must not know: the rules.

use gatelodge_model::FrozenRequest;

/// Objects that have such rules; for accounts they are those of territories.
const OBJECTS: [&str; 3] = ["Account", "Case", "Lead"];

/// Says in the request whether rules run, and in words for the preview.
pub(in super::super) fn apply(
    request: &mut FrozenRequest,
    object: &str,
    run: bool,
) -> Option<String> {
    let value = if run { "TRUE" } else { "FALSE" };
    request
        .headers
        .push(("Sforce-Auto-Assign".to_owned(), value.to_owned()));
    OBJECTS.contains(&object).then(|| {
        if run {
            "Assignment rules will run.".to_owned()
        } else {
            "Assignment rules will not run.".to_owned()
        }
    })
}
