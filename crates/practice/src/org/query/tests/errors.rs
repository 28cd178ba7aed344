//! What is refused, and with which words.

use super::*;
use crate::org::access::{SALES_JUNIOR, SERVICE};

/// Statement, code, and words of the message.
const REFUSED: [(&str, &str, &str); 24] = [
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
        "duplicate field selected: Id",
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
        "Semi join sub-selects are not allowed with the 'OR' operator",
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
        "SELECT Id FROM Account UPDATE VIEWSTAT",
        "MALFORMED_QUERY",
        "UPDATE VIEWSTAT is only allowed for articles, not for Account",
    ),
    (
        "SELECT Id FROM Account WHERE",
        "MALFORMED_QUERY",
        "unexpected token",
    ),
];

// proves SFB-SOQL-5, SFB-SOQL-13, SFB-SOQL-15, SFB-SOQL-18, SFB-SOQL-21, SFB-SOQL-22, SFB-SOQL-23, SFB-SOQL-27, SFB-SOQL-30
#[test]
fn errors_have_the_code_and_the_words_of_the_platform() {
    let fixture = fixture();
    for (text, code, words) in REFUSED {
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

// proves SFB-DESC-1, SFB-SOQL-32
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
