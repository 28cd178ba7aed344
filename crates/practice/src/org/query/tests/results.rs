//! What the rows look like.

use super::*;

// proves SFB-OBJ-16, SFB-QRY-6, SFB-QRY-19
#[test]
fn rows_keep_the_order_of_the_select_list() {
    let fixture = fixture();
    let answer = fixture
        .admin("SELECT LastName, Account.Name, Id, Account.Parent.Name, Account.BillingAddress, AccountId FROM Contact WHERE LastName = 'Birk'")
        .unwrap();
    let row = answer["records"][0].as_object().unwrap();
    let keys: Vec<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["attributes", "LastName", "Account", "Id", "AccountId"]
    );
    assert_eq!(row["Account"]["Name"], "blue");
    assert_eq!(row["Account"]["Parent"]["attributes"]["type"], "Account");
    assert_eq!(row["Account"]["BillingAddress"]["city"], "Lyon");
    assert_eq!(row["Account"]["BillingAddress"]["street"], Json::Null);
    let url = format!("/b/sobjects/Contact/{}", row["Id"].as_str().unwrap());
    assert_eq!(row["attributes"], json!({"type": "Contact", "url": url}));
    assert_eq!(
        fixture.first("SELECT Account.Name FROM Contact WHERE LastName = 'Cole'"),
        [Json::Null]
    );
}

// proves SFB-QRY-6, SFB-SOQL-9
#[test]
fn children_come_as_a_nested_result_or_null() {
    let fixture = fixture();
    let text = "SELECT Name, (SELECT Name FROM Opportunities WHERE Amount > 5 ORDER BY Amount DESC), \
                (SELECT LastName FROM Contacts LIMIT 1) FROM Account WHERE Name IN ('Acme', 'blue') ORDER BY Name";
    let answer = fixture.admin(text).unwrap();
    assert_eq!(answer["totalSize"], 2);
    let acme = &answer["records"][0];
    assert_eq!(acme["Opportunities"]["totalSize"], 2);
    assert_eq!(acme["Opportunities"]["records"][0]["Name"], "Two");
    assert_eq!(acme["Contacts"]["records"][0]["LastName"], "Ash");
    assert_eq!(answer["records"][1]["Opportunities"], Json::Null);
    let custom =
        fixture.first("SELECT (SELECT Name FROM Invoices__r) FROM Account WHERE Name = 'blue'");
    assert_eq!(custom[0]["records"][0]["Name"], "I1");
}

#[test]
fn polymorphic_references_show_the_real_type() {
    let fixture = fixture();
    let answer = fixture.admin("SELECT Who.Name, What.Type, What.Name, Owner.Name FROM Task WHERE What.Type = 'Account'").unwrap();
    let row = &answer["records"][0];
    assert_eq!(row["Who"]["Name"], "Ann Ash");
    assert_eq!(row["Who"]["attributes"]["type"], "Contact");
    assert_eq!(row["What"]["Type"], "Account");
    assert_eq!(row["What"]["Name"], "Acme");
    assert_eq!(row["Owner"]["attributes"]["type"], "User");
}

// proves SFB-QRY-7, SFB-QRY-8, SFB-SOQL-6
#[test]
fn aggregates_group_count_and_name_their_results() {
    let fixture = fixture();
    let rows = |text: &str| {
        fixture
            .admin(text)
            .unwrap_or_else(|error| panic!("{text}: {}", error.entry.message))["records"]
            .clone()
    };
    let attributes = json!({"type": "AggregateResult"});
    assert_eq!(
        rows(
            "SELECT StageName, COUNT(Id), SUM(Amount) total, AVG(Amount) FROM Opportunity GROUP BY StageName ORDER BY StageName"
        ),
        json!([
            {"attributes": attributes, "StageName": "Closed Won", "expr0": 2, "total": 30.0, "expr1": 30.0},
            {"attributes": attributes, "StageName": "Prospecting", "expr0": 1, "total": 10.0, "expr1": 10.0},
            {"attributes": attributes, "StageName": "Qualification", "expr0": 1, "total": 5.0, "expr1": 5.0},
        ])
    );
    assert_eq!(
        rows(
            "SELECT MAX(CloseDate), MIN(Name), COUNT_DISTINCT(StageName), COUNT(Amount) FROM Opportunity"
        ),
        json!([{"attributes": attributes, "expr0": "2026-11-18", "expr1": "Four", "expr2": 3, "expr3": 3}])
    );
    assert_eq!(
        rows("SELECT SUM(Amount), COUNT(Id) FROM Opportunity WHERE Name = 'nothing'"),
        json!([{"attributes": attributes, "expr0": null, "expr1": 0}])
    );
    assert_eq!(
        rows(
            "SELECT Account.Name n, COUNT(Id) c FROM Contact GROUP BY Account.Name HAVING COUNT(Id) > 0 ORDER BY COUNT(Id) DESC, Account.Name NULLS LAST LIMIT 1"
        ),
        json!([{"attributes": attributes, "n": "Acme", "c": 1}])
    );
    assert_eq!(
        rows(
            "SELECT CALENDAR_YEAR(CloseDate) y FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate) ORDER BY CALENDAR_YEAR(CloseDate)"
        ),
        json!([{"attributes": attributes, "y": 2025}, {"attributes": attributes, "y": 2026}])
    );
    assert_eq!(
        fixture
            .admin("SELECT COUNT() FROM Opportunity WHERE Amount != null")
            .unwrap(),
        json!({"totalSize": 3, "done": true, "records": []})
    );
}

// proves SFB-VAL-4
#[test]
fn large_amounts_are_printed_the_java_way() {
    let fixture = fixture();
    let asker = fixture.asker(&Access::administrator(&fixture.schema));
    let found = run(
        &fixture.schema,
        &fixture.state,
        &asker,
        "SELECT AnnualRevenue FROM Account WHERE Name = 'blue'",
    )
    .unwrap();
    assert!(
        String::from_utf8(fixture.page(&found))
            .unwrap()
            .contains("\"AnnualRevenue\":1.39E8")
    );
}
