//! Files over HTTP: versions, documents, links, attachments.

use serde_json::{Value, json};

use crate::rest_support::{ADMIN, Rest};
use crate::support::{org, org_in};

/// `a,b\n1,2\n` as base64.
const CSV: &str = "YSxiCjEsMgo=";

async fn version(rest: &Rest<'_>, id: &str) -> Value {
    rest.get(&format!("/sobjects/ContentVersion/{id}"))
        .await
        .expect(200)
        .body
}

// proves SFB-FILE-1, SFB-FILE-2, SFB-FILE-4, SFB-FILE-6, SFB-FILE-7
#[tokio::test]
async fn a_version_makes_its_document_and_links() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let account = rest.first_id("SELECT Id FROM Account LIMIT 1").await;
    let body = json!({"PathOnClient": "C:\\lists\\Prices 2026.csv", "VersionData": CSV, "FirstPublishLocationId": account});
    let id = rest
        .post("/sobjects/ContentVersion", body)
        .await
        .expect(201)
        .id();
    assert!(id.starts_with("068"), "{id}");
    let first = version(&rest, &id).await;
    let document = first["ContentDocumentId"].as_str().unwrap().to_owned();
    assert!(document.starts_with("069"), "{document}");
    for (field, value) in [
        ("Title", json!("Prices 2026")),
        ("FileExtension", json!("csv")),
        ("FileType", json!("CSV")),
        ("ContentSize", json!(8)),
        ("VersionNumber", json!("1")),
        ("IsLatest", json!(true)),
        (
            "VersionData",
            json!(format!(
                "/services/data/v66.0/sobjects/ContentVersion/{id}/VersionData"
            )),
        ),
    ] {
        assert_eq!(first[field], value, "{field}");
    }
    let bytes = rest
        .get(&format!("/sobjects/ContentVersion/{id}/VersionData"))
        .await
        .expect(200);
    assert_eq!(
        (bytes.raw.as_str(), &bytes.headers["content-type"]),
        ("a,b\n1,2\n", &"application/octetstream".parse().unwrap())
    );
    let links = rest
        .records(&format!("SELECT LinkedEntityId, ShareType FROM ContentDocumentLink WHERE ContentDocumentId = '{document}'"))
        .await;
    let links: Vec<(&Value, &Value)> = links
        .iter()
        .map(|link| (&link["LinkedEntityId"], &link["ShareType"]))
        .collect();
    assert_eq!(
        links,
        [
            (&first["OwnerId"], &json!("I")),
            (&json!(account), &json!("V"))
        ]
    );

    let body = json!({"Title": "Second", "PathOnClient": "new.txt", "VersionData": "aGk=", "ContentDocumentId": document});
    let next = rest
        .post("/sobjects/ContentVersion", body)
        .await
        .expect(201)
        .id();
    let second = version(&rest, &next).await;
    assert_eq!(
        (
            &second["VersionNumber"],
            &second["FileType"],
            &second["IsLatest"]
        ),
        (&json!("2"), &json!("TEXT"), &json!(true))
    );
    assert_eq!(version(&rest, &id).await["IsLatest"], false);
    let found = rest
        .get(&format!("/sobjects/ContentDocument/{document}"))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (
            &found["LatestPublishedVersionId"],
            &found["Title"],
            &found["ContentSize"]
        ),
        (&json!(next), &json!("Second"), &json!(2))
    );
}

// proves SFB-FILE-6: the checksum is that of RFC 1321
#[tokio::test]
async fn the_checksum_is_md5() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let body = json!({"PathOnClient": "a", "VersionData": "YWJj"});
    let id = rest
        .post("/sobjects/ContentVersion", body)
        .await
        .expect(201)
        .id();
    let found = version(&rest, &id).await;
    assert_eq!(found["Checksum"], "900150983cd24fb0d6963f7d28e17f72");
    assert_eq!(
        (&found["FileExtension"], &found["FileType"]),
        (&Value::Null, &json!("UNKNOWN"))
    );
}

// proves SFB-FILE-5, SFB-FILE-9
#[tokio::test]
async fn a_file_comes_in_parts_with_its_bytes_as_they_are() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let account = rest.first_id("SELECT Id FROM Account LIMIT 1").await;
    for (object, entity, fields, part) in [
        (
            "ContentVersion",
            "entity_content",
            json!({"PathOnClient": "q.csv"}),
            "VersionData",
        ),
        (
            "Attachment",
            "entity_attachment",
            json!({"Name": "q.csv", "ParentId": account, "ContentType": "text/csv"}),
            "Body",
        ),
    ] {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"{entity}\"\r\nContent-Type: application/json\r\n\r\n{fields}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"q.csv\"\r\nContent-Type: text/csv\r\n\r\n\
             x;y\r\n\r\n--b--\r\n"
        );
        let kind = [("content-type", "multipart/form-data; boundary=\"b\"")];
        let made = rest
            .send(
                "POST",
                &format!("/v66.0/sobjects/{object}"),
                &kind,
                Some(body),
            )
            .await;
        let id = made.expect(201).id();
        let bytes = rest
            .get(&format!("/sobjects/{object}/{id}/{part}"))
            .await
            .expect(200);
        assert_eq!(bytes.raw, "x;y\r\n", "{object}");
        if object == "Attachment" {
            assert_eq!(bytes.headers["content-type"], "text/csv");
            let row = rest
                .get(&format!("/sobjects/Attachment/{id}?fields=BodyLength,Body"))
                .await
                .expect(200)
                .body;
            assert_eq!(row["BodyLength"], 5);
            assert_eq!(
                row["Body"],
                format!("/services/data/v66.0/sobjects/Attachment/{id}/Body")
            );
        }
    }
}

// proves SFB-FILE-8, SFB-FILE-2
#[tokio::test]
async fn a_file_goes_with_its_document_and_what_is_missing_is_told() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let body = json!({"PathOnClient": "a.csv", "VersionData": CSV});
    let id = rest
        .post("/sobjects/ContentVersion", body)
        .await
        .expect(201)
        .id();
    let document = version(&rest, &id).await["ContentDocumentId"]
        .as_str()
        .unwrap()
        .to_owned();
    let alone = rest
        .delete(&format!("/sobjects/ContentVersion/{id}"))
        .await
        .expect(400);
    assert_eq!(alone.code(), "INVALID_TYPE_FOR_OPERATION");
    rest.delete(&format!("/sobjects/ContentDocument/{document}"))
        .await
        .expect(204);
    rest.get(&format!("/sobjects/ContentVersion/{id}/VersionData"))
        .await
        .expect(404);
    for (body, code, message) in [
        (
            json!({"PathOnClient": "a.csv"}),
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [VersionData]",
        ),
        (
            json!({"Title": "a", "VersionData": CSV}),
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [PathOnClient]",
        ),
        (
            json!({"PathOnClient": "a.csv", "VersionData": "no base64!"}),
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
            "Version Data: value not of required type: base64",
        ),
    ] {
        let reply = rest
            .post("/sobjects/ContentVersion", body)
            .await
            .expect(400);
        assert_eq!((reply.code(), reply.message()), (code, message));
    }
}

// proves SFB-FILE-1, SFB-BULK-18, SFB-BULK-20: bytes outlive a restart, and are nothing for bulk jobs
#[tokio::test]
async fn bytes_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_in(folder.path()).await;
    let rest = org.rest(ADMIN).await;
    let body = json!({"PathOnClient": "a.csv", "VersionData": CSV});
    let id = rest
        .post("/sobjects/ContentVersion", body)
        .await
        .expect(201)
        .id();
    org.running.shutdown().await;
    let org = org_in(folder.path()).await;
    let rest = org.rest(ADMIN).await;
    let bytes = rest
        .get(&format!("/sobjects/ContentVersion/{id}/VersionData"))
        .await
        .expect(200);
    assert_eq!(bytes.raw, "a,b\n1,2\n");
    for (soql, code, message) in [
        (
            "SELECT VersionData FROM ContentVersion",
            "FUNCTIONALITY_NOT_ENABLED",
            "Selecting binary data not supported in Bulk Query",
        ),
        (
            "SELECT Id FROM Attachment",
            "INVALIDENTITY",
            "Entity 'Attachment' is not supported by the Bulk API.",
        ),
    ] {
        let reply = rest
            .post("/jobs/query", json!({"operation": "query", "query": soql}))
            .await
            .expect(400);
        assert_eq!((reply.code(), reply.message()), (code, message));
    }
}

// proves SFB-FILE-3
#[tokio::test]
async fn links_are_asked_for_by_document_or_by_record() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    for open in [
        "SELECT Id FROM ContentDocumentLink",
        "SELECT Id FROM ContentDocumentLink WHERE ShareType = 'V'",
        "SELECT Id FROM ContentDocumentLink WHERE LinkedEntityId != '001000000000000AAA'",
    ] {
        let refused = rest.query(open).await.expect(400);
        assert_eq!(refused.code(), "MALFORMED_QUERY", "{open}");
        let text = refused.message();
        assert!(
            text.ends_with(
                "Implementation restriction: ContentDocumentLink requires a filter by a single Id on ContentDocumentId \
                 or LinkedEntityId using the equals operator or multiple Id's using the IN operator."
            ),
            "{text}"
        );
    }
    for narrow in [
        "LinkedEntityId = '001000000000000AAA'",
        "ContentDocumentId IN ('069000000000000AAA', '069000000000001AAA')",
        "Id = '06A000000000000AAA'",
    ] {
        let rows = rest
            .records(&format!(
                "SELECT Id FROM ContentDocumentLink WHERE {narrow}"
            ))
            .await;
        assert_eq!(rows, Vec::<Value>::new(), "{narrow}");
    }
}
