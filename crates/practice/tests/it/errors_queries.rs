//! Queries that are refused, with the whole body of the answer.

use serde_json::json;

use crate::rest_support::ADMIN;
use crate::support::org;

const FIELD: &str = "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.";
const ENTITY: &str = "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.";
const RELATIONSHIP: &str = "If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.";

/// Statement, code, column of the caret, reason.
fn cases() -> Vec<(&'static str, &'static str, usize, String)> {
    let plain = |text: &str| text.to_owned();
    vec![
        (
            "SELECT Id, Foo__c FROM Account",
            "INVALID_FIELD",
            12,
            format!("No such column 'Foo__c' on entity 'Account'. {FIELD}"),
        ),
        (
            "SELECT Id FROM Nothing",
            "INVALID_TYPE",
            16,
            format!("sObject type 'Nothing' is not supported. {ENTITY}"),
        ),
        (
            "SELECT Foo.Name FROM Account",
            "INVALID_FIELD",
            8,
            format!("Didn't understand relationship 'Foo' in field path. {RELATIONSHIP}"),
        ),
        (
            "SELECT Id, (SELECT Id FROM Foos) FROM Account",
            "INVALID_TYPE",
            28,
            format!(
                "Didn't understand relationship 'Foos' in FROM part of query call. {RELATIONSHIP}"
            ),
        ),
        (
            "SELECT Id FROM Account WHERE",
            "MALFORMED_QUERY",
            29,
            plain("unexpected token: '<EOF>'"),
        ),
        (
            "SELECT FROM Account",
            "MALFORMED_QUERY",
            8,
            plain("unexpected token: 'FROM'"),
        ),
        (
            "SELECT Id FROM Account WHERE Id = 'abc'",
            "INVALID_QUERY_FILTER_OPERATOR",
            35,
            plain("invalid ID field: abc"),
        ),
        (
            "SELECT Id FROM Account WHERE Id LIKE '001%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            30,
            plain("invalid operator on id field"),
        ),
        (
            "SELECT Id, Id FROM Account",
            "INVALID_FIELD",
            12,
            plain("duplicate field selected: Id"),
        ),
        (
            "SELECT Id FROM Account OFFSET 2001",
            "NUMBER_OUTSIDE_VALID_RANGE",
            31,
            plain("Maximum SOQL offset allowed is 2000"),
        ),
        (
            "SELECT Id FROM Account WHERE Description = 'x'",
            "INVALID_FIELD",
            30,
            plain("field 'Description' can not be filtered in a query call"),
        ),
        (
            "SELECT Id FROM Account WHERE AnnualRevenue = '5'",
            "INVALID_FIELD",
            46,
            plain(
                "value of filter criterion for field 'AnnualRevenue' must be of type double and should not be enclosed in quotes",
            ),
        ),
        (
            "SELECT Name, COUNT(Id) FROM Account",
            "MALFORMED_QUERY",
            8,
            plain("Field must be grouped or aggregated: Name"),
        ),
    ]
}

// proves SFB-ERR-2, SFB-ERR-3, SFB-ERR-4, SFB-ERR-5, SFB-ERR-6, SFB-ERR-48
#[tokio::test]
async fn refused_queries_show_the_place_and_the_reason() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for (soql, code, column, reason) in cases() {
        let reply = admin.query(soql).await.expect(400);
        let caret = " ".repeat(column - 1);
        let message = format!("\n{soql}\n{caret}^\nERROR at Row:1:Column:{column}\n{reason}");
        assert_eq!(
            reply.body,
            json!([{ "message": message, "errorCode": code }])
        );
    }
}
