//! What statements and arguments touch, against scripted describe answers.
//!
//! Must not know: rules.

use super::*;
use crate::salesforce::testing::{Scripted, response};
use gatelodge_model::policy::Touched;
use serde_json::json;

fn fields(touches: &Touches, object: &str) -> String {
    let found = touches
        .objects
        .iter()
        .find(|one| one.object.eq_ignore_ascii_case(object));
    match found.map(|Touched { fields, .. }| fields) {
        None => "-".to_owned(),
        Some(Fields::All) => "*".to_owned(),
        Some(Fields::Named(names)) => names.join(" "),
    }
}

async fn touched(soql: &str) -> Touches {
    let org = Scripted::org();
    let looking = Looking {
        caller: Some(&org),
        depth: Depth::Objects,
    };
    query(looking, soql, None).await.unwrap()
}

#[tokio::test]
async fn a_statement_touches_what_it_names_anywhere() {
    // proves SEC-11: also in WHERE, ORDER BY, GROUP BY, HAVING, subqueries and along relationships
    for (soql, object, expected) in [
        (
            "SELECT Id FROM Contact WHERE Email != null",
            "Contact",
            "Id Email",
        ),
        (
            "SELECT Id FROM Contact ORDER BY Email",
            "Contact",
            "Id Email",
        ),
        (
            "SELECT COUNT(Id) FROM Contact GROUP BY Email HAVING MAX(Phone) > '1'",
            "Contact",
            "Id Phone Email",
        ),
        (
            "SELECT toLabel(Email) e FROM Contact c WHERE c.Phone LIKE '1%'",
            "Contact",
            "Email Phone",
        ),
        ("SELECT FIELDS(ALL) FROM Contact LIMIT 1", "Contact", "*"),
        ("SELECT Account.Name FROM Contact", "Account", "Name"),
        ("SELECT Account.Name FROM Contact", "Contact", "AccountId"),
        (
            "SELECT Id FROM Contact WHERE Account.Phone = '1'",
            "Account",
            "Phone",
        ),
        (
            "SELECT Id, (SELECT Email FROM Contacts) FROM Account",
            "Contact",
            "AccountId Email",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Email = 'x')",
            "Contact",
            "AccountId Email",
        ),
        ("SELECT NewValue FROM ContactHistory", "Contact", "*"),
    ] {
        let touches = touched(soql).await;
        let mut found: Vec<String> = fields(&touches, object)
            .split(' ')
            .map(str::to_owned)
            .collect();
        let mut expected: Vec<String> = expected.split(' ').map(str::to_owned).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{soql}");
        assert!(!touches.unknown, "{soql}");
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_unknown_and_numbers_are_upper_bounds() {
    // proves SEC-11
    let unknown = touched("SELECT Nowhere__r.Name FROM Contact").await;
    assert!(unknown.unknown);
    assert!(
        touched("SELECT Id, (SELECT Id FROM Nothings) FROM Account")
            .await
            .unknown
    );
    for (soql, records) in [
        ("SELECT Id FROM Contact", None),
        ("SELECT Id FROM Contact LIMIT 20", Some(20)),
        ("SELECT COUNT() FROM Contact", Some(0)),
        (
            "SELECT Id, (SELECT Id FROM Contacts) FROM Account LIMIT 1",
            None,
        ),
    ] {
        assert_eq!(touched(soql).await.records, records, "{soql}");
    }
    let blind = Looking {
        caller: None,
        depth: Depth::Fields,
    };
    let simulated = query(blind, "SELECT Account.Name FROM Contact", Some(5))
        .await
        .unwrap();
    assert!(simulated.unknown);
    assert_eq!(simulated.records, Some(5));
    assert!(words(blind, &[], 50).await.unwrap().unknown);
    let everywhere = search(blind, "FIND {x} RETURNING Contact(Id)")
        .await
        .unwrap();
    assert_eq!(fields(&everywhere, "Contact"), "*");
    let names = search(blind, "FIND {x} IN NAME FIELDS RETURNING Contact(Id)")
        .await
        .unwrap();
    assert_eq!(fields(&names, "Contact"), "Id");
    let wrong = query(blind, "SELECT FROM", None).await.unwrap_err();
    assert_eq!(wrong.field(), Some("soql"));
}

#[tokio::test]
async fn a_label_is_no_way_around_a_name() {
    let org = Scripted::org();
    let looking = Looking {
        caller: Some(&org),
        depth: Depth::Objects,
    };
    for given in ["Invoices", "invoice", "Invoice__c"] {
        let touches = records(looking, given, None, Some(1)).await.unwrap();
        assert_eq!(fields(&touches, "Invoice__c"), "*", "{given}");
    }
}

#[tokio::test]
async fn parts_of_a_compound_field_are_one_value() {
    let described = json!({"name": "Account", "fields": [
        {"name": "BillingAddress"},
        {"name": "BillingStreet", "compoundFieldName": "BillingAddress"},
    ]});
    let org = Scripted::org().on("sobjects/Account/describe", response(200, &described));
    let looking = Looking {
        caller: Some(&org),
        depth: Depth::Fields,
    };
    let whole = query(looking, "SELECT BillingAddress FROM Account", None)
        .await
        .unwrap();
    assert!(
        fields(&whole, "Account").contains("BillingStreet"),
        "{whole:?}"
    );
    let part = query(looking, "SELECT BillingStreet FROM Account", None)
        .await
        .unwrap();
    assert!(
        fields(&part, "Account").contains("BillingAddress"),
        "{part:?}"
    );
}
