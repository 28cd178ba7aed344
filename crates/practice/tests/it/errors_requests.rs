//! Requests that are refused before any row is looked at, with the whole body of the answer.

use serde_json::{Value, json};

use crate::rest_support::{ADMIN, Reply, Rest};
use crate::support::org;

/// The body of an answer with one error of the request.
fn error(code: &str, message: &str) -> Value {
    json!([{ "message": message, "errorCode": code }])
}

/// Method, path below the version, body, status, code, message.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    u16,
    &'static str,
    &'static str,
);

async fn send(rest: &Rest<'_>, method: &str, path: &str, body: &str) -> Reply {
    let body = (!body.is_empty()).then(|| body.to_owned());
    rest.send(method, &format!("/v66.0{path}"), &[], body).await
}

async fn check(cases: &[Case]) {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for (method, path, body, status, code, message) in cases {
        let reply = send(&admin, method, path, body).await;
        assert_eq!(reply.body, error(code, message), "{method} {path}");
        reply.expect(*status);
    }
}

const LOST: &str = "The requested resource does not exist";

// proves SFB-ERR-1, SFB-ERR-4, SFB-ERR-10, SFB-OBJ-11, SFB-OBJ-15, SFB-REST-18
#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    check(&[
        ("GET", "/nothing", "", 404, "NOT_FOUND", LOST),
        ("GET", "/sobjects/Nothing__c", "", 404, "NOT_FOUND", LOST),
        ("POST", "/sobjects/Nothing__c", "{}", 404, "NOT_FOUND", LOST),
        (
            "GET",
            "/sobjects/Account/001gL00000zzzzz",
            "",
            404,
            "NOT_FOUND",
            LOST,
        ),
        (
            "GET",
            "/sobjects/Account/001gL00000zzzzz/Nothing",
            "",
            404,
            "NOT_FOUND",
            LOST,
        ),
        (
            "GET",
            "/sobjects/Account/garbage",
            "",
            404,
            "NOT_FOUND",
            "Provided external ID field does not exist or is not accessible: garbage",
        ),
        (
            "GET",
            "/sobjects/Account/Sic/1",
            "",
            404,
            "NOT_FOUND",
            "Provided external ID field does not exist or is not accessible: Sic",
        ),
        (
            "PATCH",
            "/sobjects/Account/Sic/1",
            "{}",
            404,
            "NOT_FOUND",
            "Provided external ID field does not exist or is not accessible: Sic",
        ),
    ])
    .await;
}

// proves SFB-ERR-11, SFB-ERR-44
#[tokio::test]
async fn json_that_cannot_be_read_is_told_with_its_place() {
    check(&[
        (
            "POST",
            "/sobjects/Account",
            "{\"Name\":\"A\",}",
            400,
            "JSON_PARSER_ERROR",
            "Unexpected character ('}' (code 125)): was expecting double-quote to start field name at [line:1, column:14]",
        ),
        (
            "POST",
            "/sobjects/Account",
            "{\"Name\": [1]}",
            400,
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of string from START_ARRAY value [ or request may be missing a required field at [line:1, column:13]",
        ),
        (
            "POST",
            "/sobjects/Account",
            "[]",
            400,
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of sobject from START_ARRAY value [ or request may be missing a required field at [line:1, column:1]",
        ),
        (
            "POST",
            "/sobjects/Account",
            "{\"Name\"",
            400,
            "JSON_PARSER_ERROR",
            "Unexpected end-of-input: expected close marker for Object at [line:1, column:8]",
        ),
        (
            "POST",
            "/sobjects/Contact",
            "{\"LastName\":\"A\",\"Birthdate\":\"2026-13-01\"}",
            400,
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of date from VALUE_STRING value 2026-13-01 or request may be missing a required field at [line:1, column:41]",
        ),
        (
            "POST",
            "/sobjects/Account",
            "{\n\"Name\": \"A\",\n\"NumberOfEmployees\": true}",
            400,
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of int from VALUE_TRUE value true or request may be missing a required field at [line:3, column:26]",
        ),
    ])
    .await;
}

// proves SFB-ERR-47, SFB-QRY-4, SFB-QRY-10, SFB-SOSL-2, SFB-SOSL-7
#[tokio::test]
async fn parameters_that_make_no_sense_are_named() {
    let limit = "Invalid value for the parameter limit: 'x'. Use a whole number from 1 to 200.";
    let group = "Invalid value for the parameter in: 'FEET'";
    let start = "Invalid value for the parameter start: 'yesterday'. Use the form 2026-11-02T10:00:00+00:00, with the plus sign encoded.";
    let code = "ILLEGAL_QUERY_PARAMETER_VALUE";
    check(&[
        ("GET", "/recent?limit=x", "", 400, code, limit),
        (
            "GET",
            "/parameterizedSearch?q=a1&in=FEET",
            "",
            400,
            code,
            group,
        ),
        (
            "GET",
            "/sobjects/Account/deleted?start=yesterday&end=now",
            "",
            400,
            code,
            start,
        ),
        (
            "GET",
            "/query",
            "",
            400,
            "MALFORMED_QUERY",
            "A query string has to be specified",
        ),
        (
            "GET",
            "/query/0r8x-2000",
            "",
            400,
            "INVALID_QUERY_LOCATOR",
            "invalid query locator",
        ),
        (
            "GET",
            "/query/garbage",
            "",
            400,
            "INVALID_QUERY_LOCATOR",
            "invalid query locator",
        ),
        (
            "GET",
            "/search?q=Acme",
            "",
            400,
            "MALFORMED_SEARCH",
            "No search term found. The search term must be enclosed in braces.",
        ),
        (
            "GET",
            "/parameterizedSearch",
            "",
            400,
            "MALFORMED_SEARCH",
            "The parameter q is required",
        ),
    ])
    .await;
}

// proves SFB-REST-3, SFB-REST-15, SFB-REST-17, SFB-REST-20, SFB-HOST-4
#[tokio::test]
async fn headers_methods_and_versions_that_do_not_fit_are_refused() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let id = admin
        .post("/sobjects/Account", json!({"Name": "A"}))
        .await
        .expect(201)
        .id();
    let (rows, row) = (
        "/v66.0/sobjects/Account".to_owned(),
        format!("/v66.0/sobjects/Account/{id}"),
    );
    let version = |number: &str| format!("/v{number}.0/limits");
    for (method, path, header, status, code, message) in [
        (
            "POST",
            &rows,
            ("content-type", "text/plain"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "Content type 'text/plain' is not supported by this resource. Send 'application/json'.",
        ),
        (
            "PUT",
            &rows,
            ("content-type", "application/json"),
            405,
            "METHOD_NOT_ALLOWED",
            "HTTP Method 'PUT' not allowed. Allowed are HEAD,GET,POST",
        ),
        (
            "PATCH",
            &row,
            ("if-unmodified-since", "Mon, 02 Nov 2026 10:00:00 GMT"),
            412,
            "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
            "Entity was modified after the date given in If-Unmodified-Since",
        ),
        (
            "PATCH",
            &row,
            ("if-match", "\"other\""),
            412,
            "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
            "The record does not have the tag given in If-Match",
        ),
        (
            "PATCH",
            &row,
            ("if-unmodified-since", "yesterday"),
            400,
            "INVALID_HEADER",
            "Invalid date in the header if-unmodified-since: 'yesterday'. Use the form 'Mon, 02 Nov 2026 10:00:00 GMT'.",
        ),
        (
            "GET",
            &version("30"),
            ("accept", "*/*"),
            410,
            "UNSUPPORTED_API_VERSION",
            "The API version 30.0 is retired. Use a version from 31.0 to 68.0.",
        ),
        (
            "GET",
            &version("99"),
            ("accept", "*/*"),
            404,
            "NOT_FOUND",
            LOST,
        ),
    ] {
        let body = (method != "GET").then(|| json!({"Name": "B"}).to_string());
        let reply = admin.send(method, path, &[header], body).await;
        assert_eq!(
            reply.body,
            error(code, message),
            "{method} {path} {header:?}"
        );
        reply.expect(status);
    }
}

// proves SFB-OBJ-7: an address for each record that matches
#[tokio::test]
async fn several_records_for_one_value_are_listed() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let mut expected = Vec::new();
    for _ in 0..2 {
        let body = json!({"LastName": "Twin", "Email": "twin@pair.example"}).to_string();
        let anyway = [("Sforce-Duplicate-Rule-Header", "allowSave=true")];
        let path = "/v66.0/sobjects/Contact";
        let id = admin.send("POST", path, &anyway, Some(body)).await.id();
        expected.push(format!("/services/data/v66.0/sobjects/Contact/{id}"));
    }
    let path = "/sobjects/Contact/Email/twin@pair.example";
    let read = admin.get(path).await.expect(300);
    assert_eq!(read.body, json!(expected));
    let upsert = admin.patch(path, json!({"Title": "T"})).await.expect(300);
    assert_eq!(upsert.body, json!(expected));
}
