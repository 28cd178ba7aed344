//! What an upload is refused for, shows, sends, and makes of answers.

use super::*;
use crate::salesforce::testing::{Scripted, Unreachable, diff, freeze, page, response};

const ACCOUNT: &str = "001dM00003jU9GxQAK";
const VERSION: &str = "068dM00003jU9GxQAK";
const DOCUMENT: &str = "069dM00003jU9GxQAK";

async fn prepared(input: Value) -> Result<PreparedWrite> {
    let account = json!({"attributes": {"type": "Account"}, "Id": ACCOUNT, "Name": "Acme"});
    let org = Scripted::org().on(
        &format!("sobjects/Account/{ACCOUNT}"),
        response(200, &account),
    );
    UploadFile
        .prepare(&org, serde_json::from_value(input).unwrap())
        .await
}

async fn frozen() -> FrozenProposal {
    let input = json!({"file_name": "prices.csv", "content": "a,b\n1,2\n", "record": ACCOUNT, "object": "account"});
    freeze("salesforce_upload_file", prepared(input).await.unwrap())
}

#[tokio::test]
async fn name_size_hash_content_and_place_are_shown() {
    // proves SF-16a, APR-1, APR-2
    let frozen = frozen().await;
    assert_eq!(frozen.request.path, "/services/data/v66.0/composite");
    let body: Value = serde_json::from_str(frozen.request.body.as_deref().unwrap()).unwrap();
    assert_eq!(
        body["compositeRequest"][0]["body"],
        json!({"Title": "prices", "PathOnClient": "prices.csv", "FirstPublishLocationId": ACCOUNT,
            "VersionData": "YSxiCjEsMgo="})
    );
    assert_eq!(
        body["compositeRequest"][1]["url"],
        "/services/data/v66.0/sobjects/ContentVersion/@{version.id}?fields=ContentDocumentId"
    );
    let diff = diff(&frozen.preview);
    assert_eq!(diff.fields.last().unwrap().after, "a,b\n1,2\n");
    assert_eq!(
        diff.notes,
        [
            "Size: 8 bytes.",
            "SHA-256: 492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470.",
            &format!("It is attached to Account “Acme” ({ACCOUNT})."),
        ]
    );
}

#[tokio::test]
async fn both_ids_are_answered() {
    // proves SF-16a
    let frozen = frozen().await;
    let saved = json!({"id": VERSION, "success": true, "errors": []});
    let whole = |second: Value| {
        let body = json!({"compositeResponse": [
            {"body": saved, "httpHeaders": {}, "httpStatusCode": 201, "referenceId": "version"}, second]});
        response(200, &body)
    };
    let found = json!({"body": {"ContentDocumentId": DOCUMENT}, "httpHeaders": {}, "httpStatusCode": 200, "referenceId": "document"});
    let output = UploadFile.interpret(&frozen, &whole(found)).unwrap();
    assert_eq!(output.content_version_id, VERSION);
    assert_eq!(output.content_document_id.as_deref(), Some(DOCUMENT));
    assert_eq!(output.size, 8);
    let lost = json!({"body": [{"errorCode": "NOT_FOUND", "message": "x"}], "httpHeaders": {}, "httpStatusCode": 404, "referenceId": "document"});
    let output = UploadFile.interpret(&frozen, &whole(lost)).unwrap();
    assert_eq!(output.content_document_id, None);

    let refused = json!({"compositeResponse": [{"body": [{"errorCode": "STORAGE_LIMIT_EXCEEDED",
        "message": "storage limit exceeded"}], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": "version"}]});
    let error = UploadFile
        .interpret(&frozen, &response(200, &refused))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProviderLimit);
    let odd = UploadFile
        .interpret(&frozen, &response(200, &json!([])))
        .unwrap_err();
    assert_eq!(odd.kind(), ErrorKind::UnknownOutcome);
}

#[tokio::test]
async fn a_lost_answer_is_found_by_name_and_size() {
    let frozen = frozen().await;
    let file = json!({"Id": VERSION, "ContentDocumentId": DOCUMENT});
    let look = async |records: &[Value]| {
        let org = Scripted::org().on("query", page(records));
        let told = UploadFile.reconcile(&org, &frozen).await.unwrap();
        (told, org.last_query("q").unwrap())
    };
    let (told, asked) = look(std::slice::from_ref(&file)).await;
    assert!(
        asked.ends_with("AND Title = 'prices' AND PathOnClient = 'prices.csv' AND ContentSize = 8")
    );
    assert!(
        matches!(told, Reconciled::Happened { result, .. } if result["content_document_id"] == DOCUMENT)
    );
    assert!(matches!(look(&[]).await.0, Reconciled::NotSeen { .. }));
    assert!(matches!(
        look(&[file.clone(), file]).await.0,
        Reconciled::Unclear { .. }
    ));
}

#[tokio::test]
async fn wrong_input_never_becomes_a_proposal() {
    for (input, field) in [
        (json!({"file_name": "a.txt"}), "content"),
        (json!({"file_name": "a.txt", "content": ""}), "content"),
        (
            json!({"file_name": "a.txt", "content": "x", "content_base64": "eA=="}),
            "content",
        ),
        (
            json!({"file_name": "a.txt", "content_base64": "%"}),
            "content_base64",
        ),
        (
            json!({"file_name": "a.txt", "content": "x".repeat(LARGEST + 1)}),
            "content",
        ),
        (
            json!({"file_name": "../a.txt", "content": "x"}),
            "file_name",
        ),
        (
            json!({"file_name": "a.txt", "content": "x", "record": ACCOUNT}),
            "object",
        ),
        (
            json!({"file_name": "a.txt", "content": "x", "object": "Account", "document_id": DOCUMENT}),
            "record",
        ),
        (
            json!({"file_name": "a.txt", "content": "x", "document_id": ACCOUNT}),
            "id",
        ),
    ] {
        let parsed = serde_json::from_value(input.clone()).unwrap();
        let error = UploadFile.prepare(&Unreachable, parsed).await.unwrap_err();
        assert_eq!(error.field(), Some(field), "{field}");
    }
    let binary = prepared(json!({"file_name": "a.bin", "content_base64": "AP8="}))
        .await
        .unwrap();
    let Preview::FieldDiff(diff) = binary.preview else {
        panic!("a diff")
    };
    assert_eq!(
        diff.fields[2].after,
        "No text. It begins with the bytes 00 ff …"
    );
}
