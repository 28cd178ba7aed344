//! Functions over fields, scopes, and what depends on the asking user.

use super::*;

#[test]
fn labels_and_formats_stand_where_the_field_would_stand() {
    // proves SFB-SOQL-38
    let fixture = fixture();
    let answer = fixture
        .admin(
            "SELECT Name, FORMAT(Amount), FORMAT(CloseDate) shown, CloseDate, toLabel(Account.Industry), FORMAT(convertCurrency(ExpectedRevenue)) e \
             FROM Opportunity WHERE Name = 'One'",
        )
        .unwrap();
    let row = answer["records"][0].as_object().unwrap();
    let keys: Vec<&String> = row.keys().collect();
    assert_eq!(
        keys,
        [
            "attributes",
            "Name",
            "Amount",
            "shown",
            "CloseDate",
            "Account",
            "e"
        ]
    );
    assert_eq!(
        (&row["Amount"], &row["shown"], &row["CloseDate"]),
        (&json!("$10.00"), &json!("18/11/2026"), &json!("2026-11-18"))
    );
    assert_eq!(row["Account"]["Industry"], "Energy");
    let total = fixture
        .admin("SELECT FORMAT(SUM(Amount)), FORMAT(MIN(CloseDate)) earliest FROM Opportunity")
        .unwrap();
    assert_eq!(
        total["records"][0],
        json!({"attributes": {"type": "AggregateResult"}, "expr0": "$45.00", "earliest": "31/12/2025"})
    );
}

#[test]
fn a_label_can_be_looked_for() {
    // proves SFB-SOQL-38
    let fixture = fixture();
    for condition in [
        "toLabel(Status) = 'Not Started'",
        "toLabel(Status) LIKE 'not%'",
        "toLabel(Status) IN ('x', 'not started')",
    ] {
        let text = format!("SELECT Subject FROM Task WHERE {condition}");
        assert_eq!(fixture.first(&text), ["Call"], "{condition}");
    }
    assert_eq!(
        fixture.first("SELECT Name FROM Opportunity WHERE toLabel(Account.Industry) = 'nothing'"),
        Vec::<Json>::new()
    );
}

#[test]
fn dates_are_those_of_the_person_and_of_utc_in_functions() {
    // proves SFB-DATE-1, SFB-DATE-8
    let fixture = fixture();
    // It is 12:00 in UTC and London, 06:00 in Chicago.
    let hours = |asker: &Asker| {
        let text = "SELECT HOUR_IN_DAY(CreatedDate) utc, HOUR_IN_DAY(convertTimezone(CreatedDate)) own FROM Opportunity \
                    GROUP BY HOUR_IN_DAY(CreatedDate), HOUR_IN_DAY(convertTimezone(CreatedDate))";
        let row = fixture.ask_as(asker, text).unwrap()["records"][0].clone();
        (row["utc"].clone(), row["own"].clone())
    };
    let admin = fixture.asker(&Access::administrator(&fixture.schema));
    assert_eq!(hours(&admin), (json!(12), json!(12)));
    assert_eq!(hours(&fixture.maria()), (json!(12), json!(6)));
    // At 03:00 UTC it is still the day before in Chicago.
    let mut late = fixture.maria();
    late.now = Utc.with_ymd_and_hms(2026, 11, 19, 3, 0, 0).unwrap();
    let mut there = admin.clone();
    there.now = late.now;
    let created_today = "SELECT COUNT() FROM Opportunity WHERE CreatedDate = TODAY";
    let closes_today = "SELECT Name FROM Opportunity WHERE CloseDate = TODAY";
    assert_eq!(
        fixture.ask_as(&late, created_today).unwrap()["totalSize"],
        4
    );
    assert_eq!(
        fixture.ask_as(&there, created_today).unwrap()["totalSize"],
        0
    );
    assert_eq!(
        fixture.ask_as(&late, closes_today).unwrap()["records"][0]["Name"],
        "One"
    );
    // 18 November 2026 is a Wednesday; the week begins on Sunday in Chicago and on Monday in London.
    let week = "SELECT COUNT() FROM Opportunity WHERE CloseDate = LAST_WEEK";
    let mut sunday = fixture.maria();
    sunday.now = Utc.with_ymd_and_hms(2026, 11, 22, 18, 0, 0).unwrap();
    assert_eq!(fixture.ask_as(&sunday, week).unwrap()["totalSize"], 2);
    let mut monday = admin;
    monday.now = sunday.now;
    assert_eq!(fixture.ask_as(&monday, week).unwrap()["totalSize"], 0);
}

#[test]
fn scopes_choose_by_owner() {
    // proves SFB-SOQL-40
    let fixture = fixture();
    let count = |asker: &Asker, scope: &str| {
        let text = format!("SELECT COUNT() FROM Account USING SCOPE {scope}");
        fixture
            .ask_as(asker, &text)
            .map(|answer| answer["totalSize"].clone())
    };
    let admin = fixture.asker(&Access::administrator(&fixture.schema));
    for scope in [
        "everything",
        "mine",
        "Mine_And_My_Groups",
        "team",
        "scopingRule",
    ] {
        assert_eq!(count(&admin, scope).unwrap(), 4, "{scope}");
    }
    assert_eq!(count(&fixture.maria(), "mine").unwrap(), 0);
    assert_eq!(count(&fixture.maria(), "everything").unwrap(), 4);
    for scope in ["my_territory", "nonsense"] {
        let error = count(&admin, scope).expect_err(scope);
        assert_eq!(error.entry.code, "INVALID_QUERY_SCOPE", "{scope}");
    }
}

#[test]
fn distances_are_measured_over_the_globe() {
    // proves SFB-SOQL-41
    let fixture = fixture();
    let paris = "DISTANCE(BillingAddress, GEOLOCATION(48.8566, 2.3522), 'km')";
    for (text, words) in [
        (
            format!("SELECT Id FROM Account WHERE {paris} = 5"),
            "DISTANCE can only be compared with < and >",
        ),
        (
            "SELECT DISTANCE(Name, GEOLOCATION(1, 2), 'mi') FROM Account".to_owned(),
            "field Name is not a location",
        ),
        (
            "SELECT DISTANCE(BillingAddress, GEOLOCATION(91, 2), 'mi') FROM Account".to_owned(),
            "GEOLOCATION takes a latitude from -90 to 90 and a longitude from -180 to 180",
        ),
    ] {
        let error = fixture.admin(&text).expect_err(&text);
        assert!(
            error.entry.message.ends_with(words),
            "{text}: {}",
            error.entry.message
        );
    }
    // Without a place there is no distance.
    let text = format!("SELECT Name FROM Account WHERE {paris} < 20000 ORDER BY {paris}");
    assert_eq!(fixture.first(&text), Vec::<Json>::new());
    let mut fixture = fixture;
    let accounts = fixture.schema.object("Account").unwrap();
    let blue = fixture
        .state
        .find_by_value(accounts, accounts.name_field.unwrap(), "blue")[0];
    let mut record = fixture
        .state
        .record(accounts, blue)
        .unwrap()
        .as_ref()
        .clone();
    record.set(
        accounts,
        "BillingLatitude",
        crate::org::Value::Double(45.764),
    );
    record.set(
        accounts,
        "BillingLongitude",
        crate::org::Value::Double(4.8357),
    );
    Arc::make_mut(&mut fixture.state).put(accounts, record);
    assert_eq!(fixture.first(&text), ["blue"]);
    let far = format!("SELECT {paris} d FROM Account WHERE {paris} > 380");
    let found = fixture.first(&far)[0].as_f64().unwrap();
    assert!((380.0..400.0).contains(&found), "{found}");
}
