//! Rows that are refused, with the code, the words and the fields of the platform.

use serde_json::{Value, json};

use crate::rest_support::ADMIN;
use crate::support::org;

/// Object, body, code, message, fields; no fields means that the answer has none.
const BAD_ROWS: [(&str, &str, &str, &str, Option<&str>); 22] = [
    (
        "Contact",
        r#"{"FirstName": "A"}"#,
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [LastName]",
        Some("LastName"),
    ),
    (
        "Account",
        r#"{"Name": "A", "foo": 1}"#,
        "INVALID_FIELD",
        "No such column 'foo' on sobject of type Account",
        None,
    ),
    (
        "Account",
        r#"{"Name": "A", "Id": "x"}"#,
        "INVALID_FIELD",
        "The Id field should not be specified in the sobject data.",
        Some("Id"),
    ),
    (
        "Account",
        r#"{"Name": "A", "BillingCity": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysilio"}"#,
        "STRING_TOO_LONG",
        "Billing City: data value too large: Llanfairpwllgwyngyllgogerychwyrndrobwllllantysilio (max length=40)",
        Some("BillingCity"),
    ),
    (
        "Account",
        r#"{"Name": "A", "CleanStatus": "Odd"}"#,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Clean Status: bad value for restricted picklist field: Odd",
        Some("CleanStatus"),
    ),
    (
        "Contact",
        r#"{"LastName": "A", "Email": "x"}"#,
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: x",
        Some("Email"),
    ),
    (
        "Account",
        r#"{"Name": "A", "AnnualRevenue": "abc"}"#,
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "Annual Revenue: value not of required type: abc",
        Some("AnnualRevenue"),
    ),
    (
        "Account",
        r#"{"Name":"A","NumberOfEmployees":true}"#,
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of int from VALUE_TRUE value true or request may be missing a required field at [line:1, column:37]",
        None,
    ),
    (
        "Account",
        r#"{"Name":5}"#,
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of string from VALUE_NUMBER_INT value 5 or request may be missing a required field at [line:1, column:10]",
        None,
    ),
    (
        "Account",
        r#"{"Name":["A"]}"#,
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of string from START_ARRAY value [ or request may be missing a required field at [line:1, column:14]",
        None,
    ),
    (
        "Lead",
        r#"{"LastName":"A","Company":"A","IsConverted":"maybe"}"#,
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of boolean from VALUE_STRING value maybe or request may be missing a required field at [line:1, column:52]",
        None,
    ),
    (
        "Contact",
        r#"{"LastName":"A","Birthdate":"2026-13-01"}"#,
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of date from VALUE_STRING value 2026-13-01 or request may be missing a required field at [line:1, column:41]",
        None,
    ),
    (
        "Event",
        r#"{"Subject":"A","StartDateTime":"soon"}"#,
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of datetime from VALUE_STRING value soon or request may be missing a required field at [line:1, column:38]",
        None,
    ),
    (
        "Contact",
        r#"{"LastName": "A", "AccountId": "abc"}"#,
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: abc",
        Some("AccountId"),
    ),
    (
        "Contact",
        r#"{"LastName": "A", "AccountId": "005gL0000000001"}"#,
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: 005gL0000000001QAA",
        Some("AccountId"),
    ),
    (
        "Contact",
        r#"{"LastName": "A", "AccountId": "001gL00000zzzzz"}"#,
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        Some("AccountId"),
    ),
    (
        "Account",
        r#"{"Name": "A", "CreatedDate": "2020-01-01"}"#,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: CreatedDate. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
        Some("CreatedDate"),
    ),
    (
        "Invoice__c",
        r#"{"Total__c": 1}"#,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: Total__c. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
        Some("Total__c"),
    ),
    (
        "Account",
        r#"{"Name": "A", "NumberOfEmployees": 1000000000}"#,
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Employees: value outside of valid range on numeric field: 1000000000",
        Some("NumberOfEmployees"),
    ),
    (
        "Invoice__c",
        r#"{"Tax_Percent__c": 1000}"#,
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Tax: value outside of valid range on numeric field: 1000",
        Some("Tax_Percent__c"),
    ),
    (
        "Organization",
        r#"{"Name": "A"}"#,
        "INVALID_TYPE_FOR_OPERATION",
        "entity type Organization does not support create",
        None,
    ),
    (
        "Account",
        r#"{"Owner": {"Username": "nobody@northwind-practice.example"}, "Name": "A"}"#,
        "INVALID_FIELD",
        "Foreign key external ID: nobody@northwind-practice.example not found for field Username in entity User",
        Some(""),
    ),
];

// proves SFB-ERR-1, SFB-ERR-10, SFB-ERR-11, SFB-ERR-12, SFB-ERR-13, SFB-ERR-14, SFB-ERR-15, SFB-ERR-16
// proves SFB-ERR-17, SFB-ERR-18, SFB-ERR-19, SFB-ERR-27
// proves SFB-ERR-44, SFB-ERR-45, SFB-ERR-46, SFB-OBJ-5
#[tokio::test]
async fn bad_rows_get_the_errors_of_the_platform() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for (object, body, code, message, fields) in BAD_ROWS {
        let path = format!("/v66.0/sobjects/{object}");
        let reply = admin.send("POST", &path, &[], Some(body.to_owned())).await;
        let mut error = json!({"message": message, "errorCode": code});
        if let Some(field) = fields {
            let fields: Vec<&str> = Some(field)
                .filter(|field| !field.is_empty())
                .into_iter()
                .collect();
            error["fields"] = json!(fields);
        }
        assert_eq!(
            (reply.status.as_u16(), reply.body),
            (400, json!([error])),
            "{body}"
        );
    }
}

// proves SFB-ERR-21
#[tokio::test]
async fn a_unique_value_names_the_record_that_has_it() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let number = json!({"Invoice_Number__c": "UNIQUE-1"});
    let first = admin
        .post("/sobjects/Invoice__c", number)
        .await
        .expect(201)
        .id();
    let again = json!({"Invoice_Number__c": "unique-1"});
    let reply = admin.post("/sobjects/Invoice__c", again).await.expect(400);
    let message = format!(
        "duplicate value found: Invoice_Number__c duplicates value on record with id: {}",
        &first[..15]
    );
    assert_eq!(
        reply.body,
        json!([{"message": message, "errorCode": "DUPLICATE_VALUE", "fields": ["Invoice_Number__c"]}])
    );
}

// proves SFB-ERR-24
#[tokio::test]
async fn a_record_in_use_says_by_what() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let create = async |object: &str, body: Value| {
        let path = format!("/sobjects/{object}");
        admin.post(&path, body).await.expect(201).id()
    };
    let account = create("Account", json!({"Name": "Parent"})).await;
    let case = create("Case", json!({"Subject": "S", "AccountId": account})).await;
    let case = admin
        .get(&format!("/sobjects/Case/{case}"))
        .await
        .expect(200)
        .body;
    let reply = admin
        .delete(&format!("/sobjects/Account/{account}"))
        .await
        .expect(400);
    let message = format!(
        "Your attempt to delete Parent could not be completed because it is associated with the following cases.: {}\n",
        case["CaseNumber"].as_str().unwrap()
    );
    assert_eq!(
        reply.body,
        json!([{"message": message, "errorCode": "DELETE_FAILED", "fields": []}])
    );
}

// proves SFB-ERR-11, SFB-REST-3, SFB-OBJ-11
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
