//! The test of a Salesforce connection: list, describe, query, search, read, rights, and a change that is never sent.
//!
//! Must not know: how tools are run. Objects are tried in the order in which most companies have them.

use gatelodge_provider::trial::{Learned, Shown, Trial, TrialPlan, TrialStep};
use serde_json::{Value, json};

const LIST: TrialStep = TrialStep {
    slug: "list",
    title: "List objects",
    tool: "salesforce_list_objects",
};
const DESCRIBE: TrialStep = TrialStep {
    slug: "describe",
    title: "Describe an object",
    tool: "salesforce_describe_object",
};
const QUERY: TrialStep = TrialStep {
    slug: "query",
    title: "Query records",
    tool: "salesforce_query",
};
const SEARCH: TrialStep = TrialStep {
    slug: "search",
    title: "Search records",
    tool: "salesforce_search",
};
const READ: TrialStep = TrialStep {
    slug: "read",
    title: "Read a record",
    tool: "salesforce_get_record",
};
const RIGHTS: TrialStep = TrialStep {
    slug: "rights",
    title: "See how much this user may",
    tool: "salesforce_query",
};
const WRITE: TrialStep = TrialStep {
    slug: "write",
    title: "Preview a change, which is never sent",
    tool: "salesforce_update_record",
};
const STEPS: &[TrialStep] = &[LIST, DESCRIBE, QUERY, SEARCH, READ, RIGHTS, WRITE];

/// Objects with a text as their name that most orgs fill.
const USUAL: [&str; 4] = ["Account", "Contact", "Opportunity", "Lead"];
const OBJECT_RIGHTS: &str = "A Salesforce administrator gives the user object permissions: Setup > Users > Permission Sets (or Profiles) > Object Settings.";
const FIELD_RIGHTS: &str = "A Salesforce administrator looks at field-level security: Setup > Object Manager > the object > Fields & Relationships > the field > Set Field-Level Security.";
const RECORDS: &str = "Test with a user who owns records or shares them: Setup > Sharing Settings, roles and sharing rules decide who sees which.";
const LESS: &str = "Test with a user like your users as well: somebody without \"View All Data\" and \"Modify All Data\" runs into sharing, hidden fields and missing rights that this user never meets.";

/// The trial.
pub(super) struct SalesforceTrial;

impl Trial for SalesforceTrial {
    fn steps(&self) -> &'static [TrialStep] {
        STEPS
    }

    fn plan(&self, step: &TrialStep, learned: &Learned) -> TrialPlan {
        let known = |name: &str| learned.get(name).map(String::as_str);
        match (*step, known("object")) {
            (LIST, _) => once(json!({ "queryable": true, "limit": 2000 })),
            (RIGHTS, _) => TrialPlan::Try(rights(known("user"))),
            (_, None) => TrialPlan::Skip {
                why: "No object was found to try it with.",
                to_do: OBJECT_RIGHTS,
            },
            (DESCRIBE, Some(object)) => once(json!({ "object": object })),
            (QUERY, Some(object)) => {
                let order = "ORDER BY LastModifiedDate DESC LIMIT 5";
                let columns =
                    known("name_field").map_or_else(String::new, |name| format!(", {name}"));
                once(json!({ "soql": format!("SELECT Id{columns} FROM {object} {order}") }))
            }
            (SEARCH, Some(object)) => {
                // Without a record to look for, anything that finds nothing shows that searching works.
                let term = known("word").unwrap_or("Gatelodge");
                once(json!({ "term": term, "objects": [object], "limit": 5 }))
            }
            (READ, Some(object)) => match known("record") {
                Some(id) => once(json!({ "object": object, "id": id })),
                None => NO_RECORD,
            },
            (WRITE, Some(object)) => match (known("record"), known("field")) {
                (None, _) => NO_RECORD,
                (Some(_), None) => TrialPlan::Skip {
                    why: "This user may change no text field of the object, so agents can prepare no change of it either.",
                    to_do: FIELD_RIGHTS,
                },
                (Some(id), Some(field)) => once(json!({
                    "object": object,
                    "id": id,
                    "fields": { field: "Gatelodge test, never sent" },
                })),
            },
            (_, Some(_)) => TrialPlan::Skip {
                why: "This step is not known.",
                to_do: "Begin the test again.",
            },
        }
    }

    fn read(&self, step: &TrialStep, answer: &Value, learned: &mut Learned) -> Shown {
        match *step {
            LIST => listed(answer, learned),
            DESCRIBE => described(answer, learned),
            QUERY => queried(answer, learned),
            SEARCH => searched(answer, learned),
            RIGHTS => judged(answer),
            READ => {
                let fields = answer["record"].as_object().map_or(0, serde_json::Map::len);
                // `attributes` is not a field.
                Shown::works(format!(
                    "Read a record with {} fields.",
                    fields.saturating_sub(1)
                ))
            }
            _ => Shown::works(
                "Prepared a change and the preview of it. Nothing was sent, and no proposal was made.",
            ),
        }
    }

    fn looks(&self, kind: &str, item: Option<&str>) -> Vec<(&'static str, Value)> {
        let kind_itself = (DESCRIBE.tool, json!({ "object": kind }));
        let record = item.map(|id| {
            (
                READ.tool,
                json!({ "object": kind, "id": id, "fields": ["Id"] }),
            )
        });
        std::iter::once(kind_itself).chain(record).collect()
    }

    fn supports(&self, tool: &str, answer: &Value) -> Shown {
        let label = answer["label"].as_str().unwrap_or_default();
        let can = |word: &str| {
            let words = answer["supports"].as_array();
            words.is_some_and(|words| words.iter().any(|known| known == word))
        };
        match needed(tool).iter().find(|word| !can(word)) {
            None => Shown::works(format!("{label} supports it, and this user may do it.")),
            Some(word) => Shown::attention(
                format!("{label} does not offer \"{word}\" to this user."),
                OBJECT_RIGHTS,
            ),
        }
    }

    fn remedy(&self, step: &TrialStep) -> &'static str {
        match *step {
            READ | QUERY | SEARCH => RECORDS,
            WRITE => FIELD_RIGHTS,
            _ => OBJECT_RIGHTS,
        }
    }
}

/// What an object must offer for a tool, in the words of `salesforce_describe_object`.
fn needed(tool: &str) -> &'static [&'static str] {
    match tool.strip_prefix("salesforce_").unwrap_or(tool) {
        "query" | "count_records" | "related_records" | "export" => &["query"],
        "search" => &["search"],
        "create_record" | "create_records" => &["create"],
        "update_record" | "update_records" => &["update"],
        "upsert_record" | "upsert_records" => &["create", "update"],
        "delete_record" | "delete_records" | "undelete_record" => &["delete"],
        _ => &[],
    }
}

const NO_RECORD: TrialPlan = TrialPlan::Skip {
    why: "This user sees no record of the object to try it with.",
    to_do: RECORDS,
};

fn once(arguments: Value) -> TrialPlan {
    TrialPlan::Try(vec![arguments])
}

/// What the user may in all, whatever gave it: the platform's own view of the running user. Where an org does not show
/// that, the rights of the profile.
fn rights(user: Option<&str>) -> Vec<Value> {
    let all =
        "SELECT PermissionsViewAllData, PermissionsModifyAllData FROM UserPermissionAccess LIMIT 1";
    let profile = user.map(|user| {
        let literal = user.replace(['\\', '\''], "");
        format!("SELECT Profile.PermissionsViewAllData, Profile.PermissionsModifyAllData FROM User WHERE Id = '{literal}'")
    });
    let statements = [Some(all.to_owned()), profile];
    statements
        .into_iter()
        .flatten()
        .map(|soql| json!({ "soql": soql }))
        .collect()
}

fn listed(answer: &Value, learned: &mut Learned) -> Shown {
    let objects = answer["objects"].as_array().map_or(&[][..], Vec::as_slice);
    let named = |name: &str| objects.iter().any(|object| object["name"] == name);
    let chosen = USUAL.into_iter().find(|name| named(name)).or_else(|| {
        let mut own = objects.iter().filter(|object| object["custom"] == true);
        own.find_map(|object| object["name"].as_str())
    });
    let Some(chosen) = chosen else {
        return Shown::attention(
            "This user sees none of accounts, contacts, opportunities, leads and own objects.",
            OBJECT_RIGHTS,
        );
    };
    learned.insert("object".to_owned(), chosen.to_owned());
    Shown::works(format!(
        "Sees {} objects that can be queried. The next steps use {chosen}.",
        answer["total"]
    ))
}

fn described(answer: &Value, learned: &mut Learned) -> Shown {
    let fields = answer["fields"].as_array().map_or(&[][..], Vec::as_slice);
    let name = |field: &Value| field["name"].as_str().map(str::to_owned);
    if let Some(field) = fields
        .iter()
        .find(|field| field["name_field"] == true)
        .and_then(name)
    {
        learned.insert("name_field".to_owned(), field);
    }
    let writable = fields.iter().find(|field| {
        let text = matches!(field["type"].as_str(), Some("textarea" | "string"));
        let open = ["read_only", "create_only", "name_field", "external_id"];
        text && open.iter().all(|flag| field[*flag] != true)
            && field["length"].as_u64().is_some_and(|length| length >= 40)
    });
    if let Some(field) = writable.and_then(name) {
        learned.insert("field".to_owned(), field);
    }
    let supports: Vec<&str> = answer["supports"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let words = format!(
        "{} has {} fields that this user sees. This user can: {}.",
        answer["label"].as_str().unwrap_or_default(),
        fields.len(),
        supports.join(", ")
    );
    if supports.contains(&"query") {
        Shown::works(words)
    } else {
        Shown::attention(words, OBJECT_RIGHTS)
    }
}

fn queried(answer: &Value, learned: &mut Learned) -> Shown {
    let records = answer["records"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(first) = records.first() else {
        return Shown::attention("The query works and finds no record.", RECORDS);
    };
    if let Some(id) = first["Id"].as_str() {
        learned.insert("record".to_owned(), id.to_owned());
    }
    let named = learned
        .get("name_field")
        .and_then(|field| first[field.as_str()].as_str());
    let word = named.and_then(|text| {
        text.split(|c: char| !c.is_alphanumeric())
            .find(|word| word.chars().count() >= 3)
    });
    if let Some(word) = word {
        learned.insert("word".to_owned(), word.to_owned());
    }
    Shown::works(format!("Found {} records.", records.len()))
}

fn searched(answer: &Value, learned: &Learned) -> Shown {
    let found = answer["records"].as_array().map_or(0, Vec::len);
    match (found, learned.contains_key("word")) {
        (0, true) => Shown::attention(
            "The search works and did not find a record that the query found.",
            "Records changed a moment ago appear after seconds or minutes. Wait, then test again.",
        ),
        (found, _) => Shown::works(format!("The search works and found {found} records.")),
    }
}

fn judged(answer: &Value) -> Shown {
    let row = &answer["records"][0];
    let may = |right: &str| row[right] == true || row["Profile"][right] == true;
    match (
        may("PermissionsModifyAllData"),
        may("PermissionsViewAllData"),
    ) {
        (true, _) => Shown::attention("This user may view and modify all data.", LESS),
        (false, true) => Shown::attention("This user may view all data.", LESS),
        (false, false) => Shown::works("This user has ordinary rights, as your users have."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(step: TrialStep, learned: &Learned) -> Value {
        match SalesforceTrial.plan(&step, learned) {
            TrialPlan::Try(arguments) => arguments.into_iter().next().unwrap(),
            TrialPlan::Skip { why, .. } => json!(why),
        }
    }

    #[test]
    fn each_step_uses_what_the_ones_before_found() {
        let mut learned = Learned::new();
        assert!(
            plan(DESCRIBE, &learned).is_string(),
            "nothing to describe yet"
        );
        let objects = json!({"total": 2, "objects": [{"name": "Invoice__c", "custom": true}, {"name": "Contact"}]});
        SalesforceTrial.read(&LIST, &objects, &mut learned);
        assert_eq!(plan(DESCRIBE, &learned), json!({"object": "Contact"}));
        let fields = json!({"label": "Contact", "supports": ["query", "update"], "fields": [
            {"name": "Name", "type": "string", "length": 121, "name_field": true, "read_only": true},
            {"name": "Code__c", "type": "string", "length": 10},
            {"name": "Description", "type": "textarea", "length": 32000}]});
        SalesforceTrial.read(&DESCRIBE, &fields, &mut learned);
        assert_eq!(
            plan(QUERY, &learned)["soql"],
            "SELECT Id, Name FROM Contact ORDER BY LastModifiedDate DESC LIMIT 5"
        );
        assert!(plan(READ, &learned).is_string(), "no record yet");
        let found = json!({"records": [{"Id": "003dM00003jU9GxQAK", "Name": "Al Nordkai"}]});
        SalesforceTrial.read(&QUERY, &found, &mut learned);
        assert_eq!(plan(SEARCH, &learned)["term"], "Nordkai");
        assert_eq!(plan(READ, &learned)["id"], "003dM00003jU9GxQAK");
        let change = plan(WRITE, &learned);
        assert_eq!(
            change["fields"]["Description"],
            "Gatelodge test, never sent"
        );
    }

    #[test]
    fn whoever_may_see_everything_is_told_to_test_with_somebody_else() {
        for (row, expected) in [
            (
                json!({"PermissionsModifyAllData": true, "PermissionsViewAllData": true}),
                "modify all",
            ),
            (
                json!({"PermissionsModifyAllData": false, "PermissionsViewAllData": true}),
                "view all",
            ),
            (
                json!({"Profile": {"PermissionsModifyAllData": true}}),
                "modify all",
            ),
            (
                json!({"Profile": {"PermissionsModifyAllData": false, "PermissionsViewAllData": false}}),
                "ordinary",
            ),
        ] {
            let shown = judged(&json!({ "records": [row] }));
            assert!(shown.words.contains(expected), "{shown:?}");
            assert_eq!(shown.to_do.is_some(), expected != "ordinary");
        }
        let statements = rights(Some("005' OR Id != '"));
        assert!(!statements[1]["soql"].as_str().unwrap().contains("005'"));
    }

    #[test]
    fn a_tool_needs_what_its_object_must_offer() {
        let readable = json!({"label": "Invoice", "supports": ["query", "search"]});
        for (tool, well) in [
            ("salesforce_query", true),
            ("salesforce_get_record", true),
            ("salesforce_update_record", false),
            ("salesforce_delete_records", false),
        ] {
            let shown = SalesforceTrial.supports(tool, &readable);
            assert_eq!(shown.to_do.is_none(), well, "{tool}: {shown:?}");
        }
        let looks = SalesforceTrial.looks("Account", Some("001dM00003jU9GxQAK"));
        assert_eq!(looks.len(), 2);
    }

    #[test]
    fn nothing_to_try_with_says_who_helps() {
        let mut learned = Learned::new();
        let none = SalesforceTrial.read(&LIST, &json!({"objects": [], "total": 0}), &mut learned);
        assert_eq!(none.verdict, gatelodge_provider::TrialVerdict::Attention);
        assert!(learned.is_empty());
        learned.insert("object".to_owned(), "Account".to_owned());
        let empty = SalesforceTrial.read(&QUERY, &json!({"records": []}), &mut learned);
        assert_eq!(empty.to_do, Some(RECORDS));
    }
}
