//! Our describe answers beside what a real org answered: every property of every field that both have.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::rest_support::ADMIN;
use crate::support::org;

const RECORDED: &str = include_str!("recorded_fields.txt");

/// Flags that the recording names when they are true.
const FLAGS: [&str; 32] = [
    "aggregatable",
    "filterable",
    "groupable",
    "sortable",
    "nillable",
    "createable",
    "updateable",
    "defaultedOnCreate",
    "idLookup",
    "nameField",
    "autoNumber",
    "calculated",
    "restrictedPicklist",
    "permissionable",
    "polymorphicForeignKey",
    "namePointing",
    "cascadeDelete",
    "restrictedDelete",
    "caseSensitive",
    "unique",
    "externalId",
    "dependentPicklist",
    "encrypted",
    "htmlFormatted",
    "queryByDistance",
    "displayLocationInDecimal",
    "searchPrefilterable",
    "highScaleNumber",
    "writeRequiresMasterRead",
    "formulaTreatNullNumberAsZero",
    "aiPredictionField",
    "deprecatedAndHidden",
];

/// Properties that are otherwise here on purpose.
const OTHERWISE: [(&str, &str); 14] = [
    // Real orgs keep them in one byte per character; nothing else here does.
    ("Case.Comments", "4000/4000"),
    ("Case.Comments", "4000/12000"),
    ("Opportunity.Fiscal", "6/6"),
    ("Opportunity.Fiscal", "6/18"),
    // A long text that a real org sorts; here the type decides.
    ("Case.Comments", "sortable"),
    ("Case.Comments", "aggregatable"),
    // Computed while it is read in a real org, kept here.
    ("Opportunity.HasOpenActivity", "filterable"),
    ("Opportunity.HasOpenActivity", "sortable"),
    ("Opportunity.HasOverdueTask", "filterable"),
    ("Opportunity.HasOverdueTask", "sortable"),
    ("Event.ActivityDate", "aggregatable"),
    // There are no calendars here, so the owner of an event is always a user.
    ("Event.OwnerId", "polymorphicForeignKey"),
    ("Event.OwnerId", "namePointing"),
    // Searches are narrowed by it here; the recording does not say why not.
    ("Opportunity.ContactId", "searchPrefilterable"),
];

/// The line of the recording for one of our fields.
fn line(object: &str, field: &Value) -> String {
    let text = |key: &str| field[key].as_str().unwrap_or("-").to_owned();
    let number = |key: &str| field[key].as_u64().unwrap();
    let mut parts = vec![
        format!("{object}.{}", text("name")),
        text("type"),
        text("soapType"),
        format!("{}/{}", number("length"), number("byteLength")),
        format!(
            "{}/{}/{}",
            number("precision"),
            number("scale"),
            number("digits")
        ),
        text("compoundFieldName"),
        text("extraTypeInfo"),
        text("relationshipName"),
    ];
    let set = FLAGS.iter().filter(|flag| field[**flag] == true);
    parts.extend(set.map(|flag| (*flag).to_owned()));
    parts.join(" ")
}

// proves SFB-DESC-2, SFB-DESC-3, SFB-DESC-4, SFB-DESC-10
#[tokio::test]
async fn fields_are_described_as_a_real_org_describes_them() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let mut ours = Vec::new();
    for object in ["Account", "Case", "Contact", "Event", "Lead", "Opportunity"] {
        let path = format!("/sobjects/{object}/describe");
        let describe = admin.get(&path).await.expect(200).body;
        for field in describe["fields"].as_array().unwrap() {
            ours.push(line(object, field));
        }
    }
    let mut differences = Vec::new();
    let mut compared = 0;
    for recorded in RECORDED.lines().filter(|line| !line.starts_with('#')) {
        let name = recorded.split(' ').next().unwrap();
        let found = ours
            .iter()
            .find(|line| line.split(' ').next() == Some(name));
        let found = found.unwrap_or_else(|| panic!("{name} is missing"));
        let (theirs, here): (BTreeSet<&str>, BTreeSet<&str>) =
            (recorded.split(' ').collect(), found.split(' ').collect());
        let odd = theirs
            .symmetric_difference(&here)
            .filter(|part| !OTHERWISE.contains(&(name, **part)));
        let odd: Vec<&&str> = odd.collect();
        if !odd.is_empty() {
            differences.push(format!("{name}: {odd:?}"));
        }
        compared += 1;
    }
    assert!(compared > 240, "{compared}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

// proves SFB-DESC-11
#[tokio::test]
async fn record_types_are_listed_with_the_master_at_the_end() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let names = async |object: &str| -> Vec<(String, bool, bool)> {
        let path = format!("/sobjects/{object}/describe");
        let describe = admin.get(&path).await.expect(200).body;
        let infos = describe["recordTypeInfos"].as_array().unwrap().clone();
        infos
            .iter()
            .map(|info| {
                let flag = |key: &str| info[key].as_bool().unwrap();
                let name = info["developerName"].as_str().unwrap().to_owned();
                (name, flag("defaultRecordTypeMapping"), flag("master"))
            })
            .collect()
    };
    let master = |default| ("Master".to_owned(), default, true);
    assert_eq!(names("Account").await, [master(true)]);
    assert_eq!(
        names("Case").await,
        [
            ("Support_Request".to_owned(), true, false),
            ("Warranty_Claim".to_owned(), false, false),
            master(false),
        ]
    );
}
