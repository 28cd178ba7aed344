//! TYPEOF and other ways through polymorphic references.

use super::*;

#[test]
fn typeof_selects_by_the_object_behind_the_reference() {
    // proves SFB-SOQL-8
    let fixture = fixture();
    let what = |text: &str| {
        let answer = fixture
            .admin(text)
            .unwrap_or_else(|error| panic!("{text}: {}", error.entry.message));
        answer["records"][0]["What"].clone()
    };
    let account = what(
        "SELECT Subject, TYPEOF What WHEN Opportunity THEN Amount WHEN Account THEN Name, Industry, Owner.Name ELSE Name END FROM Task",
    );
    assert_eq!(account["attributes"]["type"], "Account");
    assert_eq!(
        (&account["Name"], &account["Industry"]),
        (&json!("Acme"), &json!("Energy"))
    );
    assert_eq!(account["Owner"]["Name"], "Ada Whitcombe");
    let otherwise =
        what("SELECT TYPEOF What WHEN Opportunity THEN Amount ELSE Name, Type END FROM Task");
    let keys: Vec<&String> = otherwise.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["attributes", "Name", "Type"]);
    assert_eq!(otherwise["Type"], "Account");
    assert_eq!(
        what("SELECT TYPEOF What WHEN Opportunity THEN Amount END FROM Task"),
        Json::Null
    );
}

#[test]
fn the_name_object_has_a_profile_and_a_role() {
    // proves SFB-SOQL-39
    let fixture = fixture();
    let answer = fixture
        .admin("SELECT Owner.Name, Owner.Type, Owner.Profile.Name, Who.FirstName FROM Task WHERE Owner.Profile.Name LIKE 'System%'")
        .unwrap();
    let row = &answer["records"][0];
    assert_eq!(row["Owner"]["Profile"]["Name"], "System Administrator");
    assert_eq!(row["Owner"]["Profile"]["attributes"]["type"], "Profile");
    assert_eq!(row["Owner"]["Type"], "User");
    assert_eq!(row["Who"]["FirstName"], "Ann");
}

#[test]
fn what_typeof_refuses() {
    // proves SFB-SOQL-8
    let fixture = fixture();
    for (text, code, words) in [
        (
            "SELECT TYPEOF Account WHEN Account THEN Name END FROM Contact",
            "MALFORMED_QUERY",
            "TYPEOF needs a relationship to several objects; Account leads to one",
        ),
        (
            "SELECT TYPEOF What WHEN Lead THEN Name END FROM Task",
            "MALFORMED_QUERY",
            "What never leads to Lead",
        ),
        (
            "SELECT TYPEOF What WHEN Nothing THEN Name END FROM Task",
            "INVALID_TYPE",
            "sObject type 'Nothing' is not supported.",
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Foo END FROM Task",
            "INVALID_FIELD",
            "No such column 'Foo' on entity 'Account'.",
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Name ELSE Industry END FROM Task",
            "INVALID_FIELD",
            "No such column 'Industry' on entity 'Name'.",
        ),
        (
            "SELECT COUNT(Id), TYPEOF What WHEN Account THEN Name END FROM Task",
            "MALFORMED_QUERY",
            "only fields and aggregates are allowed in a grouped query",
        ),
    ] {
        let error = fixture.admin(text).expect_err(text);
        assert_eq!(error.entry.code, code, "{text}");
        assert!(
            error.entry.message.contains(words),
            "{text}: {}",
            error.entry.message
        );
    }
    let mut old = fixture.asker(&Access::administrator(&fixture.schema));
    old.version = 45;
    let error = fixture
        .ask_as(
            &old,
            "SELECT TYPEOF What WHEN Account THEN Name END FROM Task",
        )
        .expect_err("younger than the version");
    assert!(error.entry.message.ends_with("unexpected token: 'TYPEOF'"));
}
