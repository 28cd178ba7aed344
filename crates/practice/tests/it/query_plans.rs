//! What `/query` tells about a statement: plans, columns, errors.

use serde_json::{Value, json};

use crate::rest_support::{ADMIN, Rest};
use crate::support::org;

async fn asked(rest: &Rest<'_>, how: &str, soql: &str) -> Value {
    let encoded: String = url::form_urlencoded::byte_serialize(soql.as_bytes()).collect();
    rest.get(&format!("/query?{how}{encoded}"))
        .await
        .expect(200)
        .body
}

#[tokio::test]
async fn a_plan_names_the_index_or_the_scan() {
    // proves SFB-QRY-12
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let explain = async |soql: &str| asked(&admin, "explain=", soql).await;
    let rows = admin
        .query("SELECT COUNT() FROM Account")
        .await
        .expect(200)
        .body["totalSize"]
        .clone();
    let text = "SELECT Id FROM Account";
    let note = |field: &str| {
        json!({
            "description": "Not considering filter for optimization because unindexed",
            "fields": [field],
            "tableEnumOrId": "Account",
        })
    };
    assert_eq!(
        explain(text).await,
        json!({
            "plans": [{
                "cardinality": rows,
                "fields": [],
                "leadingOperationType": "TableScan",
                "notes": [note("IsDeleted")],
                "relativeCost": 1.0,
                "sobjectCardinality": rows,
                "sobjectType": "Account",
            }],
            "sourceQuery": text,
        })
    );
    let id = admin.first_id("SELECT Id FROM Account LIMIT 1").await;
    let indexed = explain(&format!(
        "SELECT Name FROM Account WHERE Id = '{id}' AND Industry = 'Energy'"
    ))
    .await;
    let plan = &indexed["plans"][0];
    assert_eq!(
        (
            &plan["leadingOperationType"],
            &plan["fields"],
            &plan["cardinality"]
        ),
        (&json!("Index"), &json!(["Id"]), &json!(1))
    );
    assert_eq!(plan["notes"], json!([note("Industry"), note("IsDeleted")]));
    assert!(plan["relativeCost"].as_f64().unwrap() < 0.1);
    assert_eq!(indexed["plans"][1]["leadingOperationType"], "TableScan");
    let wrong = admin
        .get("/query/?explain=SELECT+Foo+FROM+Account")
        .await
        .expect(400);
    assert_eq!(wrong.code(), "INVALID_FIELD");
}

fn column(name: &str, changes: Value) -> Value {
    let mut made = json!({
        "aggregate": false,
        "apexType": "String",
        "booleanType": false,
        "columnName": name,
        "custom": false,
        "displayName": name,
        "foreignKeyName": null,
        "insertable": false,
        "joinColumns": [],
        "numberType": false,
        "textType": false,
        "updatable": false,
    });
    for (key, value) in changes.as_object().unwrap() {
        made[key] = value.clone();
    }
    made
}

#[tokio::test]
async fn columns_are_described_as_the_command_line_of_the_vendor_reads_them() {
    // proves SFB-QRY-11
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let columns = async |soql: &str| asked(&admin, "columns=true&q=", soql).await;
    let id = column("Id", json!({"apexType": "Id"}));
    let name = column("Name", json!({"textType": true}));
    assert_eq!(
        columns("SELECT id, name FROM Contact").await,
        json!({
            "columnMetadata": [id, name],
            "entityName": "Contact",
            "groupBy": false,
            "idSelected": true,
            "keyPrefix": "003",
        })
    );
    let children = column(
        "Contacts",
        json!({
            "aggregate": true,
            "apexType": null,
            "joinColumns": [column("LastName", json!({"textType": true, "insertable": true, "updatable": true}))],
        }),
    );
    let owner = column(
        "Owner",
        json!({
            "apexType": null,
            "foreignKeyName": "OwnerId",
            "joinColumns": [name],
        }),
    );
    assert_eq!(
        columns("SELECT Owner.Name, (SELECT LastName FROM Contacts) FROM Account").await,
        json!({
            "columnMetadata": [owner, children],
            "entityName": "Account",
            "groupBy": false,
            "idSelected": false,
            "keyPrefix": "001",
        })
    );
    let account = column(
        "AccountId",
        json!({"apexType": "Id", "insertable": true, "updatable": true}),
    );
    let average = column(
        "expr0",
        json!({"aggregate": true, "apexType": null, "displayName": "avg(Amount)", "numberType": true}),
    );
    assert_eq!(
        columns("SELECT AccountId, AVG(Amount) FROM Opportunity GROUP BY AccountId").await,
        json!({
            "columnMetadata": [account, average],
            "entityName": "Opportunity",
            "groupBy": true,
            "idSelected": false,
            "keyPrefix": "006",
        })
    );
}

#[tokio::test]
async fn errors_of_statements_have_text_caret_and_place() {
    // proves SFB-ERR-2, SFB-QRY-10, SFB-SOQL-15, SFB-SOQL-18, SFB-SOQL-30
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for (soql, code, message) in [
        (
            "SELECT Id, Foo__c FROM Account",
            "INVALID_FIELD",
            "\nSELECT Id, Foo__c FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'Foo__c' on entity 'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
        ),
        (
            "SELECT Id FROM Bar__c",
            "INVALID_TYPE",
            "\nSELECT Id FROM Bar__c\n               ^\nERROR at Row:1:Column:16\nsObject type 'Bar__c' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
        ),
        (
            "SELECT Foo.Name FROM Account",
            "INVALID_FIELD",
            "\nSELECT Foo.Name FROM Account\n       ^\nERROR at Row:1:Column:8\nDidn't understand relationship 'Foo' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.",
        ),
        (
            "SELECT Id FROM Account WHERE Id = 'abc'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "\nSELECT Id FROM Account WHERE Id = 'abc'\n                                  ^\nERROR at Row:1:Column:35\ninvalid ID field: abc",
        ),
        (
            "SELECT Id FROM Account WHERE CreatedDate > 2026-01-01",
            "INVALID_FIELD",
            "\nSELECT Id FROM Account WHERE CreatedDate > 2026-01-01\n                                           ^\nERROR at Row:1:Column:44\nvalue of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Account OFFSET 2001",
            "NUMBER_OUTSIDE_VALID_RANGE",
            "\nSELECT Id FROM Account OFFSET 2001\n                              ^\nERROR at Row:1:Column:31\nMaximum SOQL offset allowed is 2000",
        ),
    ] {
        let reply = admin.query(soql).await.expect(400);
        assert_eq!(
            reply.body,
            json!([{"message": message, "errorCode": code}]),
            "{soql}"
        );
    }
    for path in ["/query", "/query/", "/query?q=", "/queryAll"] {
        let reply = admin.get(path).await.expect(400);
        assert_eq!(
            reply.body,
            json!([{"message": "A query string has to be specified", "errorCode": "MALFORMED_QUERY"}]),
            "{path}"
        );
    }
    let spelled = admin
        .get("/query/?q=SELECT%20Id+FROM%20Account+LIMIT+1")
        .await
        .expect(200);
    assert_eq!(spelled.body["totalSize"], 1);
}
