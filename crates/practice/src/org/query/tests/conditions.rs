//! Which rows match, and in which order.

use super::*;

// proves SFB-SOQL-13, SFB-SOQL-16, SFB-SOQL-17, SFB-SOQL-19, SFB-SOQL-20, SFB-SOQL-31
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

// proves SFB-SOQL-29, SFB-SOQL-30
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

// proves SFB-SOQL-40
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
