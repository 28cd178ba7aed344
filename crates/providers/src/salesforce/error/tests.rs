//! The refusals of Salesforce as a table: code and text in, kind, who must act and hint out.

use super::*;
use crate::salesforce::testing::{raw, refusal, response};
use ErrorKind::{
    ProviderForbidden, ProviderLimit, ProviderNotFound, ProviderRejected, ProviderUnavailable,
    ReconnectNeeded, Stale,
};
use WhoMustAct::{Caller, Nobody, Operator, Person, ProviderAdmin};
use serde_json::json;

#[rustfmt::skip] // a table: one row per refusal
const CODES: &[(u16, &str, &str, ErrorKind, WhoMustAct, &str)] = &[
    (401, "INVALID_SESSION_ID", "Session expired or invalid", ReconnectNeeded, Person, "Reconnect"),
    (401, "INVALID_AUTH_HEADER", "INVALID_JWT_FORMAT", ReconnectNeeded, Person, "Reconnect"),
    (403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", ProviderForbidden, ProviderAdmin, "API Enabled"),
    (403, "API_CURRENTLY_DISABLED", "API is currently disabled", ProviderForbidden, ProviderAdmin, "API"),
    (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", ProviderLimit, ProviderAdmin, "24 hours"),
    (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.", ProviderLimit, Nobody, "at the same time"),
    (403, "INSUFFICIENT_ACCESS", "insufficient access rights on object id", ProviderForbidden, ProviderAdmin, "permission"),
    (403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", ProviderForbidden, ProviderAdmin, "permission"),
    (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id: 500", ProviderForbidden, ProviderAdmin, "other record"),
    (403, "FUNCTIONALITY_NOT_ENABLED", "off", ProviderForbidden, ProviderAdmin, "switched on"),
    (403, "SOMETHING_NEW", "no", ProviderForbidden, ProviderAdmin, "permission"),
    (404, "NOT_FOUND", "The requested resource does not exist", ProviderNotFound, Caller, "may not see"),
    (404, "ENTITY_IS_DELETED", "entity is deleted", ProviderNotFound, Person, "recycle bin"),
    (400, "ENTITY_IS_DELETED", "entity is deleted", ProviderNotFound, Person, "recycle bin"),
    (410, "UNSUPPORTED_API_VERSION", "gone", ProviderRejected, Operator, "newer Gatelodge"),
    (412, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE", "changed", Stale, Caller, "Propose the change again"),
    (412, "SOMETHING_ELSE", "changed", Stale, Caller, "Propose the change again"),
    (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred.", ProviderUnavailable, Nobody, "later"),
    (503, "SERVER_UNAVAILABLE", "Server Unavailable", ProviderUnavailable, Nobody, "later"),
    (400, "MALFORMED_QUERY", "unexpected token: 'FROM'", ProviderRejected, Caller, "caret"),
    (400, "INVALID_FIELD", "No such column 'Foo__c' on entity 'Bar__c'.", ProviderRejected, Caller, "field-level security"),
    (400, "INVALID_TYPE", "sObject type 'X' is not supported.", ProviderRejected, Caller, "salesforce_list_objects"),
    (400, "INVALID_QUERY_LOCATOR", "invalid query locator", ProviderRejected, Caller, "again without cursor"),
    (400, "QUERY_TIMEOUT", "Your query request was running for too long.", ProviderRejected, Caller, "Narrow"),
    (400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ProviderRejected, Caller, "required"),
    (400, "STRING_TOO_LONG", "Billing City: data value too large", ProviderRejected, Caller, "Shorten"),
    (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Status: bad value", ProviderRejected, Caller, "salesforce_describe_object"),
    (400, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: X", ProviderRejected, ProviderAdmin, "field-level security"),
    (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Amount must be positive", ProviderRejected, Caller, "validation rule"),
    (400, "DUPLICATES_DETECTED", "Use one of these records?", ProviderRejected, Caller, "duplicate rule"),
    (400, "DUPLICATE_VALUE", "duplicate value found", ProviderRejected, Caller, "unique"),
    (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", ProviderRejected, Nobody, "Nothing was saved"),
    (400, "ENTITY_IS_LOCKED", "This record is locked.", ProviderRejected, ProviderAdmin, "locked"),
    (400, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", ProviderLimit, ProviderAdmin, "storage"),
    (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "T: execution of BeforeInsert", ProviderRejected, ProviderAdmin, "automation"),
    (400, "DELETE_FAILED", "associated with the following cases", ProviderRejected, Caller, "depend"),
    (400, "SOMETHING_NEW", "no", ProviderRejected, Caller, "message"),
];

#[test]
fn codes_become_kinds_and_hints() {
    // proves SF-8, SF-11, CON-15
    for (status, code, message, kind, who, hint) in CODES.iter().copied() {
        let error = read(&refusal(status, code, message, &["Foo"]));
        assert_eq!(error.kind(), kind, "{code}");
        let given = error.hint().unwrap();
        assert_eq!(given.who_must_act, who, "{code}");
        assert!(given.text.contains(hint), "{code}: {}", given.text);
        let detail = error.provider().unwrap();
        assert_eq!((detail.status, detail.code.as_str()), (status, code));
        assert_eq!(detail.message, message);
        assert_eq!(detail.fields, ["Foo"]);
        assert_eq!(
            detail.request_id.as_deref(),
            Some("0123456789abcdef0123456789abcdef")
        );
    }
}

#[test]
fn the_missing_permission_is_named_with_its_place() {
    // proves CON-15
    let error = read(&refusal(403, "API_DISABLED_FOR_ORG", "x", &[]));
    let text = &error.hint().unwrap().text;
    for words in [
        "\"API Enabled\"",
        "Setup > ",
        "Profiles",
        "Permission Sets",
        "System Permissions",
    ] {
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(error.retry(), Retry::AfterAction);
}

// proves SFB-ERR-29
#[test]
fn what_can_be_repeated_says_so() {
    let retry = |status, code| read(&refusal(status, code, "x", &[])).retry();
    assert_eq!(retry(400, "UNABLE_TO_LOCK_ROW"), Retry::Later);
    assert_eq!(retry(503, "SERVER_UNAVAILABLE"), Retry::Later);
    assert_eq!(retry(400, "INVALID_FIELD"), Retry::Never);
    assert_eq!(
        retry(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        Retry::Never
    );
}

#[test]
fn the_caret_is_kept() {
    let text =
        "\nSELECT Id, Foo__c FROM Bar__c\n           ^\nERROR at Row:1:Column:12\nNo such column";
    let error = read(&refusal(400, "INVALID_FIELD", text, &[]));
    assert!(error.message().contains(text));
    assert_eq!(error.provider().unwrap().message, text);
}

#[test]
fn other_forms_of_answer_are_read_too() {
    let html = read(&raw(503, "<html><title>Down</title></html>"));
    assert_eq!(html.kind(), ProviderUnavailable);
    assert_eq!(html.provider().unwrap().code, "HTTP_503");
    assert!(!html.message().contains("html"), "{html}");

    let plain = read(&raw(403, "Bad_OAuth_Token"));
    assert_eq!(plain.provider().unwrap().message, "Bad_OAuth_Token");

    let empty = read(&raw(404, ""));
    assert_eq!(empty.kind(), ProviderNotFound);

    let several = read(&raw(
        300,
        r#"["/services/data/v66.0/sobjects/Account/001"]"#,
    ));
    assert_eq!(several.provider().unwrap().code, "MULTIPLE_CHOICES");

    let one = read(&response(
        404,
        &json!({"errorCode": "NOT_FOUND", "message": "none"}),
    ));
    assert_eq!(one.provider().unwrap().code, "NOT_FOUND");

    let two = read(&response(
        400,
        &json!([{"statusCode": "A", "message": "a", "fields": ["X"]},
                {"errorCode": "B", "message": "b", "fields": ["X", "Y"]}]),
    ));
    let detail = two.provider().unwrap();
    assert_eq!(
        (detail.code.as_str(), detail.message.as_str()),
        ("A", "a\nb")
    );
    assert_eq!(detail.fields, ["X", "Y"]);
}

/// Every code that a write can be refused with (SOAP API Developer Guide, `StatusCode`; REST API Developer
/// Guide, "Status Codes and Error Responses").
const OF_WRITES: &[&str] = &[
    "REQUIRED_FIELD_MISSING",
    "STRING_TOO_LONG",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    "INVALID_EMAIL_ADDRESS",
    "INVALID_FIELD_FOR_INSERT_UPDATE",
    "INVALID_CROSS_REFERENCE_KEY",
    "INVALID_TYPE_ON_FIELD_IN_RECORD",
    "NUMBER_OUTSIDE_VALID_RANGE",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    "FIELD_INTEGRITY_EXCEPTION",
    "FIELD_FILTER_VALIDATION_EXCEPTION",
    "DUPLICATE_VALUE",
    "DUPLICATE_EXTERNAL_ID",
    "DUPLICATES_DETECTED",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "CANNOT_EXECUTE_FLOW_TRIGGER",
    "DELETE_FAILED",
    "DEPENDENCY_EXISTS",
    "CANNOT_UPDATE_CONVERTED_LEAD",
    "CANNOT_REPARENT_RECORD",
    "CIRCULAR_DEPENDENCY",
    "ENTITY_IS_LOCKED",
    "ENTITY_IS_ARCHIVED",
    "ENTITY_IS_DELETED",
    "INACTIVE_OWNER_OR_USER",
    "TRANSFER_REQUIRES_READ",
    "STORAGE_LIMIT_EXCEEDED",
    "LIMIT_EXCEEDED",
    "INVALID_STATUS",
    "MERGE_FAILED",
    "UNDELETE_FAILED",
    "UNABLE_TO_LOCK_ROW",
    "INVALID_TYPE_FOR_OPERATION",
    "TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET",
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "PROCESSING_HALTED",
    "MALFORMED_ID",
    "INVALID_FIELD",
    "JSON_PARSER_ERROR",
    "INSUFFICIENT_ACCESS",
    "INSUFFICIENT_ACCESS_OR_READONLY",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
    "TXN_SECURITY_METERING_ERROR",
    "API_DISABLED_FOR_ORG",
    "REQUEST_LIMIT_EXCEEDED",
    "APEX_ERROR",
    "UNKNOWN_EXCEPTION",
];

#[test]
fn every_refusal_of_a_write_says_what_to_do_and_who_must() {
    // proves SF-11
    for code in OF_WRITES {
        let record = of_record(code, "words", Vec::new());
        assert!(record.hint.len() > 20, "{code}: {}", record.hint);
        assert_ne!(record.hint, hints::REJECTED, "{code}");
        let whole = read(&ProviderResponse {
            status: 400,
            headers: Vec::new(),
            body: format!(r#"[{{"message":"words","errorCode":"{code}"}}]"#).into(),
        });
        assert_eq!(
            whole.hint().unwrap().who_must_act,
            record.who_must_act,
            "{code}"
        );
    }
    for (code, who) in [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Caller),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", ProviderAdmin),
        ("CANNOT_EXECUTE_FLOW_TRIGGER", ProviderAdmin),
        ("TXN_SECURITY_METERING_ERROR", ProviderAdmin),
        ("UNABLE_TO_LOCK_ROW", Nobody),
    ] {
        assert_eq!(
            of_record(code, "words", Vec::new()).who_must_act,
            who,
            "{code}"
        );
    }
}
