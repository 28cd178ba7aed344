//! Limits and rules of whole statements.

use super::*;

#[test]
fn queries_nest_to_a_depth_that_depends_on_the_version() {
    // proves SFB-SOQL-36
    let fixture = fixture();
    let nested = |depth: usize| {
        let mut text = "SELECT Id FROM ChildAccounts".to_owned();
        for _ in 2..depth {
            text = format!("SELECT Id, ({text}) FROM ChildAccounts");
        }
        format!("SELECT Id, ({text}) FROM Account")
    };
    let mut asker = fixture.asker(&Access::administrator(&fixture.schema));
    for (version, deepest, words) in [
        (66, 5, "more than 4 levels away from the root entity object"),
        (58, 5, "more than 4 levels away from the root entity object"),
        (57, 2, "more than 1 level away from the root entity object"),
    ] {
        asker.version = version;
        assert!(
            fixture.ask_as(&asker, &nested(deepest)).is_ok(),
            "{version}"
        );
        let error = fixture
            .ask_as(&asker, &nested(deepest + 1))
            .expect_err("too deep");
        assert_eq!(error.entry.code, "MALFORMED_QUERY");
        assert!(
            error.entry.message.ends_with(words),
            "{}",
            error.entry.message
        );
    }
    let blue = fixture
        .first("SELECT (SELECT Name, (SELECT Name FROM Invoices__r) FROM ChildAccounts) FROM Account WHERE Name = 'Acme'");
    assert_eq!(
        blue[0]["records"][0]["Invoices__r"]["records"][0]["Name"],
        "I1"
    );
}

#[test]
fn rules_of_subqueries_and_selections() {
    // proves SFB-SOQL-7, SFB-SOQL-9, SFB-SOQL-22, SFB-SOQL-36
    let fixture = fixture();
    let many = vec!["(SELECT Id FROM Contacts)"; 21].join(", ");
    let users: Vec<String> = ["Owner", "CreatedBy", "LastModifiedBy"]
        .iter()
        .flat_map(|first| {
            ["CreatedBy", "LastModifiedBy", "Manager"].map(|second| format!("{first}.{second}"))
        })
        .flat_map(|path| {
            [
                "CreatedBy",
                "LastModifiedBy",
                "Manager",
                "Profile",
                "UserRole",
            ]
            .map(|third| format!("{path}.{third}.Name"))
        })
        .collect();
    let wide = users.join(", ");
    for (text, words) in [
        (
            format!("SELECT {many} FROM Account"),
            "Only 20 child relationships can be queried",
        ),
        (
            format!("SELECT {wide} FROM Account"),
            "Only 55 relationships to parents can be queried",
        ),
        (
            "SELECT (SELECT Id FROM Contacts LIMIT 1 OFFSET 1) FROM Account".to_owned(),
            "OFFSET in a subquery needs LIMIT 1 in the outer query",
        ),
        (
            "SELECT (SELECT COUNT(Id) FROM Contacts) FROM Account".to_owned(),
            "Aggregates are not allowed in a child subquery",
        ),
        (
            "SELECT FIELDS(ALL) FROM Account LIMIT 201".to_owned(),
            "The SOQL FIELDS function must have a LIMIT of at most 200",
        ),
        (
            "SELECT FIELDS(CUSTOM) FROM Account WHERE Id = '001000000000001'".to_owned(),
            "'FIELDS(...)' expansion function must result in at least one field being selected.",
        ),
        (
            "SELECT FIELDS(ALL), COUNT(Id) FROM Account GROUP BY Name LIMIT 1".to_owned(),
            "only fields and aggregates are allowed in a grouped query",
        ),
        (
            "SELECT Id FROM Account WHERE (NOT Id IN (SELECT AccountId FROM Contact))".to_owned(),
            "Semi join sub-selects are only allowed at the top level WHERE expressions",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Case))".to_owned(),
            "Nesting of semi join sub-selects is not supported",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Case) AND Id IN (SELECT AccountId FROM Order)".to_owned(),
            "Maximum 2 semi join sub-selects are allowed",
        ),
        (
            "SELECT Id FROM Contact WHERE AccountId IN (SELECT Account.ParentId FROM Opportunity)".to_owned(),
            "The inner select field 'Opportunity.ParentId' cannot have more than one level of relationships",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT WhatId FROM Task)".to_owned(),
            "Entity 'Task' is not supported for semi join inner selects",
        ),
        (
            "SELECT Id FROM Account WHERE AnnualRevenue > USD5000".to_owned(),
            "A currency literal (the org has one currency) is not supported by this practice org",
        ),
        (
            "SELECT COUNT() FROM Account ORDER BY Name".to_owned(),
            "Ordering is not allowed with COUNT()",
        ),
    ] {
        let error = fixture.admin(&text).expect_err(&text);
        assert_eq!(error.entry.code, "MALFORMED_QUERY", "{text}");
        assert!(
            error.entry.message.ends_with(words),
            "{text}: {}",
            error.entry.message
        );
    }
}

#[test]
fn what_subqueries_and_selections_allow() {
    // proves SFB-SOQL-7, SFB-SOQL-36
    let fixture = fixture();
    let children = fixture.first(
        "SELECT (SELECT Name FROM a.Opportunities ORDER BY Name LIMIT 1 OFFSET 1) FROM Account a WHERE Name = 'Acme' LIMIT 1",
    );
    assert_eq!(children[0]["records"][0]["Name"], "One");
    let acme = fixture.first("SELECT Id FROM Account WHERE Name = 'Acme'")[0].clone();
    let text = format!(
        "SELECT FIELDS(ALL) FROM Account WHERE Id IN ({})",
        acme.to_string().replace('"', "'")
    );
    assert_eq!(fixture.admin(&text).unwrap()["totalSize"], 1);
    let mut old = fixture.asker(&Access::administrator(&fixture.schema));
    old.version = 50;
    let error = fixture
        .ask_as(&old, "SELECT FIELDS(STANDARD) FROM Account")
        .expect_err("younger than the version");
    assert!(error.entry.message.ends_with("unexpected token: 'FIELDS'"));
}

#[test]
fn deleted_rows_are_only_there_when_asked_for() {
    // proves SFB-QRY-9
    let mut fixture = fixture();
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
    record.set(accounts, "IsDeleted", crate::org::Value::Bool(true));
    Arc::make_mut(&mut fixture.state).put(accounts, record);
    let mut asker = fixture.asker(&Access::administrator(&fixture.schema));
    let contact = "SELECT Account.Name, LastName FROM Contact WHERE LastName = 'Birk'";
    let ask = |asker: &Asker, text: &str| fixture.ask_as(asker, text).unwrap();
    assert_eq!(ask(&asker, "SELECT COUNT() FROM Account")["totalSize"], 3);
    assert_eq!(
        ask(&asker, "SELECT Id FROM Account WHERE Name = 'blue'")["totalSize"],
        0
    );
    assert_eq!(ask(&asker, contact)["records"][0]["Account"], Json::Null);
    asker.deleted = true;
    assert_eq!(ask(&asker, "SELECT COUNT() FROM Account")["totalSize"], 4);
    let found = ask(&asker, "SELECT IsDeleted FROM Account WHERE Name = 'blue'");
    assert_eq!(found["records"][0]["IsDeleted"], true);
    assert_eq!(
        ask(&asker, contact)["records"][0]["Account"]["Name"],
        "blue"
    );
}

#[test]
fn too_many_groups_are_refused() {
    // proves SFB-SOQL-28, SFB-ERR-49
    let mut fixture = fixture();
    let accounts = fixture.schema.object("Account").unwrap();
    let state = Arc::make_mut(&mut fixture.state);
    for number in 0..2_000 {
        let mut record = Record::empty(accounts, state.next_id(accounts));
        record.set(
            accounts,
            "Name",
            crate::org::Value::text(format!("Group {number}")),
        );
        state.put(accounts, record);
    }
    let text = "SELECT Name, COUNT(Id) FROM Account GROUP BY Name";
    let error = fixture.admin(text).expect_err("too many");
    assert_eq!(
        (error.entry.code, error.entry.message.as_str()),
        (
            "EXCEEDED_ID_LIMIT",
            "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
        )
    );
    let fewer = fixture.admin(&format!("{text} LIMIT 2000")).unwrap();
    assert_eq!(fewer["totalSize"], 2_000);
}

#[test]
fn two_long_texts_make_small_pages() {
    // proves SFB-QRY-3, SFB-QRY-16
    let fixture = fixture();
    let asker = fixture.asker(&Access::administrator(&fixture.schema));
    for (text, size) in [
        ("SELECT Id, Description FROM Case", 2_000),
        ("SELECT Id, Description, Comments FROM Case", 200),
        ("SELECT COUNT() FROM Case", 2_000),
    ] {
        let found = run(&fixture.schema, &fixture.state, &asker, text).unwrap();
        assert_eq!(found.page_size(&fixture.schema, 2_000), size, "{text}");
    }
}
