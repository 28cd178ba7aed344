//! Rows that are refused, with the code, the words and the fields of the platform.

use serde_json::{Value, json};

use crate::rest_support::ADMIN;
use crate::support::org;

/// Object, body, code, words of the message, fields.
const BAD_ROWS: [(&str, &str, &str, &str, &str); 15] = [
    (
        "Contact",
        r#"{"FirstName": "A"}"#,
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [LastName]",
        r#"["LastName"]"#,
    ),
    (
        "Account",
        r#"{"Name": "A", "foo": 1}"#,
        "INVALID_FIELD",
        "No such column 'foo' on sobject of type Account",
        "null",
    ),
    (
        "Account",
        r#"{"Name": "A", "Id": "x"}"#,
        "INVALID_FIELD",
        "The Id field should not be specified in the sobject data.",
        r#"["Id"]"#,
    ),
    (
        "Account",
        r#"{"Name": "A", "BillingCity": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysilio"}"#,
        "STRING_TOO_LONG",
        "(max length=40)",
        r#"["BillingCity"]"#,
    ),
    (
        "Account",
        r#"{"Name": "A", "CleanStatus": "Odd"}"#,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Clean Status: bad value for restricted picklist field: Odd",
        r#"["CleanStatus"]"#,
    ),
    (
        "Contact",
        r#"{"LastName": "A", "Email": "x"}"#,
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: x",
        r#"["Email"]"#,
    ),
    (
        "Account",
        r#"{"Name": "A", "AnnualRevenue": "abc"}"#,
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "Annual Revenue: value not of required type: abc",
        r#"["AnnualRevenue"]"#,
    ),
    (
        "Contact",
        r#"{"LastName":"A","Birthdate":"2026-13-01"}"#,
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of date from VALUE_STRING value 2026-13-01 or request may be missing a required field at [line:1, column:41]",
        "null",
    ),
    (
        "Contact",
        r#"{"LastName": "A", "AccountId": "abc"}"#,
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: abc",
        r#"["AccountId"]"#,
    ),
    (
        "Contact",
        r#"{"LastName": "A", "AccountId": "005gL0000000001"}"#,
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: 005gL0000000001",
        r#"["AccountId"]"#,
    ),
    (
        "Contact",
        r#"{"LastName": "A", "AccountId": "001gL00000zzzzz"}"#,
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        r#"["AccountId"]"#,
    ),
    (
        "Account",
        r#"{"Name": "A", "CreatedDate": "2020-01-01"}"#,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: CreatedDate. Please check the security settings",
        r#"["CreatedDate"]"#,
    ),
    (
        "Invoice__c",
        r#"{"Invoice_Number__c": "INV-2026-01001"}"#,
        "DUPLICATE_VALUE",
        "duplicate value found: Invoice_Number__c duplicates value on record with id: a00",
        r#"["Invoice_Number__c"]"#,
    ),
    (
        "Account",
        r#"{"Name": "A", "NumberOfEmployees": 1000000000}"#,
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Employees: value outside of valid range on numeric field: 1000000000",
        r#"["NumberOfEmployees"]"#,
    ),
    (
        "Organization",
        r#"{"Name": "A"}"#,
        "INVALID_TYPE_FOR_OPERATION",
        "does not support create",
        "null",
    ),
];

#[tokio::test]
async fn bad_rows_get_the_errors_of_the_platform() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for (object, body, code, message, fields) in BAD_ROWS {
        let reply = admin
            .post(
                &format!("/sobjects/{object}"),
                serde_json::from_str(body).unwrap(),
            )
            .await
            .expect(400);
        assert_eq!(reply.code(), code, "{}", reply.raw);
        assert!(reply.message().contains(message), "{}", reply.raw);
        let given = reply.body[0].get("fields").cloned().unwrap_or_default();
        assert_eq!(
            given,
            serde_json::from_str::<Value>(fields).unwrap(),
            "{}",
            reply.raw
        );
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_object_are_refused() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let send = async |body: &str| {
        admin
            .send(
                "POST",
                "/v66.0/sobjects/Account",
                &[],
                Some(body.to_owned()),
            )
            .await
            .expect(400)
    };
    for body in ["{}}", "{\"Name\"", "", "[]", "5"] {
        assert_eq!(send(body).await.code(), "JSON_PARSER_ERROR", "{body}");
    }
    let broken = send("{\"Name\":\"A\",}").await;
    let words = "Unexpected character ('}' (code 125)): was expecting double-quote to start field name at [line:1";
    assert!(broken.message().starts_with(words), "{}", broken.raw);
    let plain = [("content-type", "text/plain")];
    let reply = admin
        .send(
            "POST",
            "/v66.0/sobjects/Account",
            &plain,
            Some(json!({}).to_string()),
        )
        .await
        .expect(415);
    assert_eq!(reply.code(), "UNSUPPORTED_MEDIA_TYPE");
    let reply = admin.get("/sobjects/Account/garbage").await.expect(404);
    assert_eq!(
        reply.message(),
        "Provided external ID field does not exist or is not accessible: garbage"
    );
}
