//! Evaluation against hand-made records whose answer is known beforehand.

use chrono::TimeZone;
use serde_json::{Map, Value as Json, json};

use super::*;
use crate::org::access::{SALES_JUNIOR, SERVICE};
use crate::org::dml::{Body, Draft, WriteContext};

const QUERY_TIME: (i32, u32, u32) = (2026, 11, 18);

struct Fixture {
    schema: Schema,
    state: Arc<State>,
    user: Id,
}

fn now() -> DateTime<Utc> {
    let (year, month, day) = QUERY_TIME;
    Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).unwrap()
}

fn map(value: Json) -> Map<String, Json> {
    value.as_object().unwrap().clone()
}

/// Four accounts, three contacts, four opportunities; nothing else but the seeded users.
fn fixture() -> Fixture {
    let schema = Schema::built_in().unwrap();
    let seeded = crate::org::seed::seed(&schema);
    let mut state = State::new(&schema);
    for name in ["User", "Profile", "Group"] {
        let object = schema.object(name).unwrap();
        for record in seeded.live(object) {
            state.put(object, record.as_ref().clone());
        }
    }
    let user = Id::generate(*b"005", 1);
    let context = WriteContext {
        user,
        access: Access::administrator(&schema),
        now: now(),
        client: None,
        auto_assign: false,
    };
    let mut draft = Draft::new(&schema, state, context);
    let mut create = |object: &str, fields: Json| -> String {
        let fields = map(fields);
        draft
            .create(schema.object(object).unwrap(), &Body::from(&fields))
            .unwrap()
            .to_string()
    };
    let acme = create(
        "Account",
        json!({"Name": "Acme", "Industry": "Energy", "AnnualRevenue": 100, "NumberOfEmployees": 5}),
    );
    let blue = create(
        "Account",
        json!({"Name": "blue", "Industry": "Banking", "AnnualRevenue": 139_000_000, "ParentId": acme, "BillingCity": "Lyon", "BillingCountry": "France"}),
    );
    create(
        "Account",
        json!({"Name": "Cobalt_1", "Industry": "Energy", "Description": "Long"}),
    );
    create("Account", json!({"Name": "D'Arc 100%"}));
    let ann = create(
        "Contact",
        json!({"FirstName": "Ann", "LastName": "Ash", "AccountId": acme, "Email": "ann@acme.example"}),
    );
    create(
        "Contact",
        json!({"LastName": "Birk", "AccountId": blue, "Birthdate": "1990-02-28"}),
    );
    create("Contact", json!({"LastName": "Cole"}));
    for (name, stage, amount, close) in [
        ("One", "Prospecting", Some(10), "2026-11-18"),
        ("Two", "Closed Won", Some(30), "2026-10-31"),
        ("Three", "Closed Won", None, "2026-11-17"),
        ("Four", "Qualification", Some(5), "2025-12-31"),
    ] {
        create(
            "Opportunity",
            json!({"Name": name, "StageName": stage, "Amount": amount, "CloseDate": close, "AccountId": acme}),
        );
    }
    create(
        "Invoice__c",
        json!({"Name": "I1", "Invoice_Number__c": "N1", "Payment_Methods__c": "Card;Cheque", "Account__c": blue}),
    );
    create(
        "Task",
        json!({"Subject": "Call", "WhatId": acme, "WhoId": ann}),
    );
    let change = draft.finish().unwrap();
    let mut state = State::new(&schema);
    for name in ["User", "Profile", "Group"] {
        let object = schema.object(name).unwrap();
        for record in seeded.live(object) {
            state.put(object, record.as_ref().clone());
        }
    }
    // Going through the change proves that a replay gives the same records.
    let text = serde_json::to_string(&change).unwrap();
    state.apply(&schema, &serde_json::from_str(&text).unwrap());
    Fixture {
        schema,
        state: Arc::new(state),
        user,
    }
}

impl Fixture {
    fn ask(&self, access: &Arc<Access>, text: &str) -> Result<Json, ApiError> {
        let asker = Asker {
            user: self.user,
            access: Arc::clone(access),
            now: now(),
            base: "/b".to_owned(),
        };
        let found = run(&self.schema, &self.state, &asker, text)?;
        let mut out = Vec::new();
        found.write_page(&mut out, &self.schema, "/b", 0, found.rows(), None);
        Ok(serde_json::from_slice(&out).unwrap())
    }

    fn admin(&self, text: &str) -> Result<Json, ApiError> {
        self.ask(&Access::administrator(&self.schema), text)
    }

    /// The first selected field of all rows.
    fn first(&self, text: &str) -> Vec<Json> {
        let answer = self
            .admin(text)
            .unwrap_or_else(|error| panic!("{text}: {}", error.entry.message));
        let rows = answer["records"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row.as_object().unwrap().values().nth(1).unwrap().clone())
            .collect()
    }
}

#[test]
fn conditions_select_the_rows_that_the_platform_would() {
    let fixture = fixture();
    for (condition, expected) in [
        ("Account WHERE Name = 'ACME'", "Acme"),
        ("Account WHERE Name != 'acme'", "blue,Cobalt_1,D'Arc 100%"),
        ("Account WHERE Industry = null", "D'Arc 100%"),
        ("Account WHERE Industry != 'Energy'", "blue,D'Arc 100%"),
        ("Account WHERE Industry != null", "Acme,blue,Cobalt_1"),
        ("Account WHERE AnnualRevenue > 100", "blue"),
        ("Account WHERE AnnualRevenue <= 100", "Acme"),
        (
            "Account WHERE NOT AnnualRevenue > 100",
            "Acme,Cobalt_1,D'Arc 100%",
        ),
        ("Account WHERE Name LIKE 'a%'", "Acme"),
        ("Account WHERE Name LIKE '%t\\_1'", "Cobalt_1"),
        ("Account WHERE Name LIKE '%100\\%'", "D'Arc 100%"),
        ("Account WHERE Name = 'D\\'Arc 100%'", "D'Arc 100%"),
        ("Account WHERE (NOT Name LIKE '%e')", "Cobalt_1,D'Arc 100%"),
        (
            "Account WHERE Industry IN ('energy', 'Banking')",
            "Acme,blue,Cobalt_1",
        ),
        (
            "Account WHERE Industry NOT IN ('Energy')",
            "blue,D'Arc 100%",
        ),
        ("Account WHERE Industry NOT IN ('Energy', null)", "blue"),
        ("Account WHERE Parent.Name = 'Acme'", "blue"),
        (
            "Account WHERE Parent.Name != 'Acme'",
            "Acme,Cobalt_1,D'Arc 100%",
        ),
        (
            "Account WHERE Name = 'Acme' OR (Industry = 'Energy' AND Name != 'Acme')",
            "Acme,Cobalt_1",
        ),
        (
            "Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Email != null)",
            "Acme",
        ),
        (
            "Account WHERE Id NOT IN (SELECT AccountId FROM Contact)",
            "Cobalt_1,D'Arc 100%",
        ),
        (
            "Account WHERE IsDeleted = null",
            "Acme,blue,Cobalt_1,D'Arc 100%",
        ),
        ("Contact WHERE Account.Parent.Industry = 'Energy'", "Birk"),
        ("Opportunity WHERE CloseDate = TODAY", "One"),
        ("Opportunity WHERE CloseDate = YESTERDAY", "Three"),
        ("Opportunity WHERE CloseDate = LAST_MONTH", "Two"),
        (
            "Opportunity WHERE CloseDate = THIS_QUARTER",
            "One,Two,Three",
        ),
        ("Opportunity WHERE CloseDate < THIS_YEAR", "Four"),
        ("Opportunity WHERE CloseDate = LAST_N_DAYS:1", "One,Three"),
        ("Opportunity WHERE CloseDate = LAST_N_YEARS:1", "Four"),
        ("Opportunity WHERE CloseDate > 2026-11-17", "One"),
        (
            "Opportunity WHERE CreatedDate = TODAY",
            "One,Two,Three,Four",
        ),
        (
            "Opportunity WHERE CreatedDate > 2026-11-18T13:00:00+01:00",
            "",
        ),
        (
            "Opportunity WHERE CreatedDate >= 2026-11-18T13:00:00+01:00 AND IsWon = true",
            "Two,Three",
        ),
        ("Opportunity WHERE CALENDAR_YEAR(CloseDate) = 2025", "Four"),
        (
            "Invoice__c WHERE Payment_Methods__c INCLUDES ('Cheque;Card', 'Direct debit')",
            "I1",
        ),
        ("Invoice__c WHERE Payment_Methods__c EXCLUDES ('Card')", ""),
        ("Invoice__c WHERE Payment_Methods__c = 'Cheque;Card'", "I1"),
        ("Invoice__c WHERE Account__r.Parent.Name = 'Acme'", "I1"),
    ] {
        let (object, rest) = condition.split_once(' ').unwrap();
        let key = if object == "Contact" {
            "LastName"
        } else {
            "Name"
        };
        let found = fixture.first(&format!("SELECT {key} FROM {object} {rest}"));
        let names: Vec<&str> = found.iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(names.join(","), expected, "{condition}");
    }
}

#[test]
fn order_and_cut_follow_the_platform() {
    let fixture = fixture();
    for (clauses, expected) in [
        ("ORDER BY Amount", "Three,Four,One,Two"),
        ("ORDER BY Amount DESC", "Three,Two,One,Four"),
        ("ORDER BY Amount DESC NULLS LAST", "Two,One,Four,Three"),
        ("ORDER BY StageName, Name DESC", "Two,Three,One,Four"),
        ("ORDER BY Name LIMIT 2 OFFSET 1", "One,Three"),
        ("ORDER BY Name LIMIT 0", ""),
        (
            "ORDER BY Account.Name, CALENDAR_YEAR(CloseDate), Name",
            "Four,One,Three,Two",
        ),
    ] {
        let found = fixture.first(&format!("SELECT Name FROM Opportunity {clauses}"));
        let names: Vec<&str> = found.iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(names.join(","), expected, "{clauses}");
    }
}

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

#[test]
fn large_amounts_are_printed_the_java_way() {
    let fixture = fixture();
    let access = Access::administrator(&fixture.schema);
    let asker = Asker {
        user: fixture.user,
        access,
        now: now(),
        base: "/b".to_owned(),
    };
    let found = run(
        &fixture.schema,
        &fixture.state,
        &asker,
        "SELECT AnnualRevenue FROM Account WHERE Name = 'blue'",
    )
    .unwrap();
    let mut out = Vec::new();
    found.write_page(&mut out, &fixture.schema, "/b", 0, 1, None);
    assert!(
        String::from_utf8(out)
            .unwrap()
            .contains("\"AnnualRevenue\":1.39E8")
    );
}

#[test]
fn errors_have_the_code_and_the_words_of_the_platform() {
    let fixture = fixture();
    for (text, code, words) in [
        (
            "SELECT Id, Foo__c FROM Account",
            "INVALID_FIELD",
            "\n           ^\nERROR at Row:1:Column:12\nNo such column 'Foo__c' on entity 'Account'.",
        ),
        (
            "SELECT Id FROM Nothing",
            "INVALID_TYPE",
            "sObject type 'Nothing' is not supported.",
        ),
        (
            "SELECT Foo.Name FROM Account",
            "INVALID_FIELD",
            "Didn't understand relationship 'Foo' in field path.",
        ),
        (
            "SELECT (SELECT Id FROM Foos) FROM Account",
            "INVALID_TYPE",
            "Didn't understand relationship 'Foos' in FROM part",
        ),
        (
            "SELECT Id, id FROM Account",
            "INVALID_FIELD",
            "duplicate field selected: id",
        ),
        (
            "SELECT Id FROM Account WHERE Id = 'abc'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid ID field: abc",
        ),
        (
            "SELECT Id FROM Account WHERE Id LIKE '001%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator on id field",
        ),
        (
            "SELECT Id FROM Account WHERE Description = 'x'",
            "INVALID_FIELD",
            "field 'Description' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Account WHERE AnnualRevenue = '5'",
            "INVALID_FIELD",
            "value of filter criterion for field 'AnnualRevenue' must be of type double and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Account WHERE CreatedDate = 2026-01-01",
            "INVALID_FIELD",
            "must be of type dateTime and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Account ORDER BY Description",
            "MALFORMED_QUERY",
            "field 'Description' can not be sorted in a query call",
        ),
        (
            "SELECT Name, COUNT(Id) FROM Account",
            "MALFORMED_QUERY",
            "Field must be grouped or aggregated: Name",
        ),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY Industry ORDER BY Name",
            "MALFORMED_QUERY",
            "Ordered field must be grouped or aggregated: Name",
        ),
        (
            "SELECT AnnualRevenue FROM Account GROUP BY AnnualRevenue",
            "MALFORMED_QUERY",
            "field 'AnnualRevenue' can not be grouped in a query call",
        ),
        (
            "SELECT SUM(Name) FROM Account",
            "MALFORMED_QUERY",
            "field Name does not support aggregate operator SUM",
        ),
        (
            "SELECT COUNT(Id) FROM Account LIMIT 5",
            "MALFORMED_QUERY",
            "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
        ),
        (
            "SELECT Id FROM Account OFFSET 2001",
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Maximum SOQL offset allowed is 2000",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'a' OR Id IN (SELECT AccountId FROM Contact)",
            "MALFORMED_QUERY",
            "Semi join sub-selects are only allowed at the top level WHERE expressions",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Account)",
            "MALFORMED_QUERY",
            "The inner and outer selects should not be on the same object type",
        ),
        (
            "SELECT FIELDS(ALL) FROM Account",
            "MALFORMED_QUERY",
            "The SOQL FIELDS function must have a LIMIT of at most 200",
        ),
        (
            "SELECT FIELDS(CUSTOM) FROM Account LIMIT 1",
            "MALFORMED_QUERY",
            "must result in at least one field being selected.",
        ),
        (
            "SELECT Name n FROM Account",
            "MALFORMED_QUERY",
            "only aggregate expressions use field aliasing",
        ),
        (
            "SELECT Id FROM Account FOR VIEW",
            "MALFORMED_QUERY",
            "FOR VIEW is not supported by this practice org",
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Name END FROM Task",
            "MALFORMED_QUERY",
            "TYPEOF is not supported by this practice org",
        ),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY ROLLUP(Industry)",
            "MALFORMED_QUERY",
            "GROUP BY ROLLUP is not supported by this practice org",
        ),
        (
            "SELECT Id FROM Account WHERE",
            "MALFORMED_QUERY",
            "unexpected token",
        ),
    ] {
        let error = fixture.admin(text).expect_err(text);
        assert_eq!(error.entry.code, code, "{text}: {}", error.entry.message);
        assert!(
            error.entry.message.contains(words),
            "{text}: {}",
            error.entry.message
        );
        assert_eq!(error.status, 400, "{text}");
    }
}

#[test]
fn a_field_without_permission_is_as_if_it_did_not_exist() {
    let fixture = fixture();
    let ben = Access::for_profile(&fixture.schema, SALES_JUNIOR);
    for text in [
        "SELECT AnnualRevenue FROM Account",
        "SELECT Id FROM Account WHERE AnnualRevenue > 1",
        "SELECT Id FROM Account ORDER BY AnnualRevenue",
        "SELECT SUM(AnnualRevenue) FROM Account",
        "SELECT Account.AnnualRevenue FROM Contact",
        "SELECT (SELECT AnnualRevenue FROM ChildAccounts) FROM Account",
    ] {
        let error = fixture.ask(&ben, text).expect_err(text);
        assert!(
            error
                .entry
                .message
                .contains("No such column 'AnnualRevenue' on entity 'Account'"),
            "{text}: {}",
            error.entry.message
        );
    }
    let all = fixture
        .ask(&ben, "SELECT FIELDS(ALL) FROM Account LIMIT 1")
        .unwrap();
    assert!(all["records"][0].get("AnnualRevenue").is_none());
    let service = Access::for_profile(&fixture.schema, SERVICE);
    let error = fixture
        .ask(&service, "SELECT Id FROM Invoice__c")
        .expect_err("no sight of invoices");
    assert_eq!(error.entry.code, "INVALID_TYPE");
    let error = fixture
        .ask(&service, "SELECT (SELECT Id FROM Invoices__r) FROM Account")
        .expect_err("nor as children");
    assert_eq!(error.entry.code, "INVALID_TYPE");
}

#[test]
fn aliases_and_the_old_join_form_are_understood() {
    let fixture = fixture();
    assert_eq!(
        fixture.first("SELECT a.Name FROM Account a WHERE a.Industry = 'Banking'"),
        ["blue"]
    );
    assert_eq!(
        fixture.first("SELECT c.LastName FROM Contact c, c.Account a WHERE a.Name = 'blue'"),
        ["Birk"]
    );
    assert_eq!(
        fixture.first("SELECT Account.Name FROM Account WHERE Account.Name = 'blue'"),
        ["blue"]
    );
    assert_eq!(
        fixture.first("SELECT toLabel(Status) FROM Task"),
        ["Not Started"]
    );
    assert_eq!(
        fixture.first("SELECT Name FROM Account USING SCOPE mine ORDER BY Name LIMIT 1"),
        ["Acme"]
    );
}
