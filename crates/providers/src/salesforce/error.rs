//! Refusals of the REST API: kept whole (code, message, fields, request id) and explained
//! ("REST API Developer Guide, Status Codes and Error Responses").
//!
//! Must not know: which tool asked.

mod hints;
mod oauth;
mod redact;

pub(super) use oauth::explain as explain_oauth;

use gatelodge_model::{Error, ErrorKind, ProviderDetail, Retry, WhoMustAct};
use gatelodge_provider::ProviderResponse;
use serde::Deserialize;

const PROVIDER: &str = "salesforce";

/// How much of a foreign message is passed on.
const MESSAGE_LIMIT: usize = 4_000;

/// One entry of Salesforce's array. Connect resources send a single one without the array.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    message: String,
    #[serde(alias = "statusCode")]
    error_code: String,
    #[serde(default)]
    fields: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Many(Vec<Entry>),
    One(Entry),
}

/// Reads a refusal.
pub(super) fn read(response: &ProviderResponse) -> Error {
    let status = response.status;
    let entries = match serde_json::from_slice(&response.body) {
        Ok(Body::Many(entries)) if !entries.is_empty() => entries,
        Ok(Body::One(entry)) => vec![entry],
        _ => vec![without_entry(response)],
    };
    let code = entries[0].error_code.clone();
    let texts: Vec<&str> = entries.iter().map(|entry| entry.message.as_str()).collect();
    let message = redact::tokens(&shortened(&texts.join("\n")));
    let mut fields: Vec<String> = Vec::new();
    for field in entries
        .iter()
        .flat_map(|entry| entry.fields.iter().flatten())
    {
        if !fields.contains(field) {
            fields.push(field.clone());
        }
    }
    let judged = judge(status, &code, &message);
    let detail = ProviderDetail {
        provider: PROVIDER.to_owned(),
        status,
        code: code.clone(),
        message: message.clone(),
        fields,
        request_id: request_id(response),
    };
    Error::new(
        judged.kind,
        format!("Salesforce answered {code}: {message}"),
    )
    .with_retry(judged.retry.unwrap_or(judged.kind.default_retry()))
    .with_hint(judged.who, judged.hint)
    .with_provider(detail)
}

/// The id of the request, for Salesforce's support.
fn request_id(response: &ProviderResponse) -> Option<String> {
    ["x-request-id", "x-sfdc-request-id"]
        .into_iter()
        .find_map(|name| response.header(name))
        .filter(|id| id.len() <= 100 && id.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(str::to_owned)
}

/// An answer that is not in Salesforce's form: an edge server's page, or plain text of the identity service.
fn without_entry(response: &ProviderResponse) -> Entry {
    let text = String::from_utf8_lossy(&response.body);
    let text = text.trim().trim_matches('"');
    let message = if response.status == 300 {
        "Several records have this external id.".to_owned()
    } else if text.is_empty() {
        "The answer has no text.".to_owned()
    } else if text.starts_with('<') || text.starts_with(['{', '[']) {
        "The answer is a page instead of data.".to_owned()
    } else {
        text.chars().take(200).collect()
    };
    let error_code = if response.status == 300 {
        "MULTIPLE_CHOICES".to_owned()
    } else {
        format!("HTTP_{}", response.status)
    };
    Entry {
        message,
        error_code,
        fields: None,
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MESSAGE_LIMIT {
        text.to_owned()
    } else {
        let mut cut: String = text.chars().take(MESSAGE_LIMIT).collect();
        cut.push_str(" […]");
        cut
    }
}

/// What a refusal means for us.
struct Judged {
    kind: ErrorKind,
    retry: Option<Retry>,
    who: WhoMustAct,
    hint: &'static str,
}

fn judge(status: u16, code: &str, message: &str) -> Judged {
    if let Some(known) = hints::find(code, message) {
        return known;
    }
    let (kind, who, hint) = match status {
        401 => (
            ErrorKind::ReconnectNeeded,
            WhoMustAct::Person,
            hints::RECONNECT,
        ),
        403 => (
            ErrorKind::ProviderForbidden,
            WhoMustAct::ProviderAdmin,
            hints::ACCESS,
        ),
        404 => (
            ErrorKind::ProviderNotFound,
            WhoMustAct::Caller,
            hints::NOT_FOUND,
        ),
        412 => (ErrorKind::Stale, WhoMustAct::Caller, hints::STALE),
        414 | 431 => (
            ErrorKind::ProviderRejected,
            WhoMustAct::Caller,
            hints::TOO_LONG,
        ),
        420 | 429 | 500.. => (
            ErrorKind::ProviderUnavailable,
            WhoMustAct::Nobody,
            hints::DOWN,
        ),
        _ => (
            ErrorKind::ProviderRejected,
            WhoMustAct::Caller,
            hints::REJECTED,
        ),
    };
    Judged {
        kind,
        retry: None,
        who,
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{raw, refusal, response};
    use serde_json::json;

    #[test]
    fn codes_become_kinds_and_hints() {
        // proves SF-8, SF-11, CON-15
        use ErrorKind::{
            ProviderForbidden, ProviderLimit, ProviderNotFound, ProviderRejected,
            ProviderUnavailable, ReconnectNeeded, Stale,
        };
        use WhoMustAct::{Caller, Nobody, Operator, Person, ProviderAdmin};
        for (status, code, message, kind, who, hint) in [
            (
                401,
                "INVALID_SESSION_ID",
                "Session expired or invalid",
                ReconnectNeeded,
                Person,
                "Reconnect",
            ),
            (
                401,
                "INVALID_AUTH_HEADER",
                "INVALID_JWT_FORMAT",
                ReconnectNeeded,
                Person,
                "Reconnect",
            ),
            (
                403,
                "API_DISABLED_FOR_ORG",
                "The REST API is not enabled for this Organization.",
                ProviderForbidden,
                ProviderAdmin,
                "API Enabled",
            ),
            (
                403,
                "API_CURRENTLY_DISABLED",
                "API is currently disabled",
                ProviderForbidden,
                ProviderAdmin,
                "API",
            ),
            (
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded.",
                ProviderLimit,
                ProviderAdmin,
                "24 hours",
            ),
            (
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "ConcurrentPerOrgLongTxn Limit exceeded.",
                ProviderLimit,
                Nobody,
                "at the same time",
            ),
            (
                403,
                "INSUFFICIENT_ACCESS",
                "insufficient access rights on object id",
                ProviderForbidden,
                ProviderAdmin,
                "permission",
            ),
            (
                403,
                "INSUFFICIENT_ACCESS_OR_READONLY",
                "insufficient access rights on object id",
                ProviderForbidden,
                ProviderAdmin,
                "permission",
            ),
            (
                400,
                "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
                "insufficient access rights on cross-reference id: 500",
                ProviderForbidden,
                ProviderAdmin,
                "other record",
            ),
            (
                403,
                "FUNCTIONALITY_NOT_ENABLED",
                "off",
                ProviderForbidden,
                ProviderAdmin,
                "switched on",
            ),
            (
                403,
                "SOMETHING_NEW",
                "no",
                ProviderForbidden,
                ProviderAdmin,
                "permission",
            ),
            (
                404,
                "NOT_FOUND",
                "The requested resource does not exist",
                ProviderNotFound,
                Caller,
                "may not see",
            ),
            (
                404,
                "ENTITY_IS_DELETED",
                "entity is deleted",
                ProviderNotFound,
                Person,
                "recycle bin",
            ),
            (
                400,
                "ENTITY_IS_DELETED",
                "entity is deleted",
                ProviderNotFound,
                Person,
                "recycle bin",
            ),
            (
                410,
                "UNSUPPORTED_API_VERSION",
                "gone",
                ProviderRejected,
                Operator,
                "newer Gatelodge",
            ),
            (
                412,
                "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
                "changed",
                Stale,
                Caller,
                "Propose the change again",
            ),
            (
                412,
                "SOMETHING_ELSE",
                "changed",
                Stale,
                Caller,
                "Propose the change again",
            ),
            (
                500,
                "UNKNOWN_EXCEPTION",
                "An unexpected error occurred.",
                ProviderUnavailable,
                Nobody,
                "later",
            ),
            (
                503,
                "SERVER_UNAVAILABLE",
                "Server Unavailable",
                ProviderUnavailable,
                Nobody,
                "later",
            ),
            (
                400,
                "MALFORMED_QUERY",
                "unexpected token: 'FROM'",
                ProviderRejected,
                Caller,
                "caret",
            ),
            (
                400,
                "INVALID_FIELD",
                "No such column 'Foo__c' on entity 'Bar__c'.",
                ProviderRejected,
                Caller,
                "field-level security",
            ),
            (
                400,
                "INVALID_TYPE",
                "sObject type 'X' is not supported.",
                ProviderRejected,
                Caller,
                "salesforce_list_objects",
            ),
            (
                400,
                "INVALID_QUERY_LOCATOR",
                "invalid query locator",
                ProviderRejected,
                Caller,
                "again without cursor",
            ),
            (
                400,
                "QUERY_TIMEOUT",
                "Your query request was running for too long.",
                ProviderRejected,
                Caller,
                "Narrow",
            ),
            (
                400,
                "REQUIRED_FIELD_MISSING",
                "Required fields are missing: [LastName]",
                ProviderRejected,
                Caller,
                "required",
            ),
            (
                400,
                "STRING_TOO_LONG",
                "Billing City: data value too large",
                ProviderRejected,
                Caller,
                "Shorten",
            ),
            (
                400,
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                "Status: bad value",
                ProviderRejected,
                Caller,
                "salesforce_describe_object",
            ),
            (
                400,
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                "Unable to create/update fields: X",
                ProviderRejected,
                ProviderAdmin,
                "field-level security",
            ),
            (
                400,
                "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                "Amount must be positive",
                ProviderRejected,
                Caller,
                "validation rule",
            ),
            (
                400,
                "DUPLICATES_DETECTED",
                "Use one of these records?",
                ProviderRejected,
                Caller,
                "duplicate rule",
            ),
            (
                400,
                "DUPLICATE_VALUE",
                "duplicate value found",
                ProviderRejected,
                Caller,
                "unique",
            ),
            (
                400,
                "UNABLE_TO_LOCK_ROW",
                "unable to obtain exclusive access",
                ProviderRejected,
                Nobody,
                "Nothing was saved",
            ),
            (
                400,
                "ENTITY_IS_LOCKED",
                "This record is locked.",
                ProviderRejected,
                ProviderAdmin,
                "locked",
            ),
            (
                400,
                "STORAGE_LIMIT_EXCEEDED",
                "storage limit exceeded",
                ProviderLimit,
                ProviderAdmin,
                "storage",
            ),
            (
                400,
                "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                "T: execution of BeforeInsert",
                ProviderRejected,
                ProviderAdmin,
                "automation",
            ),
            (
                400,
                "DELETE_FAILED",
                "associated with the following cases",
                ProviderRejected,
                Caller,
                "depend",
            ),
            (
                400,
                "SOMETHING_NEW",
                "no",
                ProviderRejected,
                Caller,
                "message",
            ),
        ] {
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
        let text = "\nSELECT Id, Foo__c FROM Bar__c\n           ^\nERROR at Row:1:Column:12\nNo such column";
        let error = read(&refusal(400, "INVALID_FIELD", text, &[]));
        assert!(error.message().contains(text));
        assert_eq!(error.provider().unwrap().message, text);
    }

    #[test]
    fn other_forms_of_answer_are_read_too() {
        let html = read(&raw(503, "<html><title>Down</title></html>"));
        assert_eq!(html.kind(), ErrorKind::ProviderUnavailable);
        assert_eq!(html.provider().unwrap().code, "HTTP_503");
        assert!(!html.message().contains("html"), "{html}");

        let plain = read(&raw(403, "Bad_OAuth_Token"));
        assert_eq!(plain.provider().unwrap().message, "Bad_OAuth_Token");

        let empty = read(&raw(404, ""));
        assert_eq!(empty.kind(), ErrorKind::ProviderNotFound);

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
}
