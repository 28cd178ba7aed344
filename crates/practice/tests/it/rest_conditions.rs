//! Requests that depend on what the client already has.

use chrono::TimeDelta;
use serde_json::json;

use crate::rest_support::{ADMIN, Reply};
use crate::support::org;

fn header(reply: &Reply, name: &str) -> String {
    reply.headers[name].to_str().unwrap().to_owned()
}

fn body(name: &str) -> String {
    json!({"Name": name}).to_string()
}

// proves SFB-REST-15, SFB-REST-16, SFB-REST-20
#[tokio::test]
async fn a_row_is_read_again_only_when_it_changed() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let id = admin
        .post("/sobjects/Account", json!({"Name": "A"}))
        .await
        .expect(201)
        .id();
    let path = format!("/v66.0/sobjects/Account/{id}");
    let read = async |headers: &[(&str, &str)], status: u16| {
        admin.send("GET", &path, headers, None).await.expect(status)
    };
    let first = read(&[("accept-encoding", "identity")], 200).await;
    let tag = header(&first, "etag");
    let modified = header(&first, "last-modified");
    assert!(
        tag.starts_with('"') && tag.ends_with("=\"") && tag.len() == 30,
        "{tag}"
    );
    let known = read(&[("if-none-match", &tag)], 304).await;
    assert!(known.raw.is_empty());
    let compressed = format!("{}--gzip\"", tag.trim_end_matches('"'));
    read(&[("if-none-match", &compressed)], 304).await;
    read(&[("if-none-match", "\"other\", *")], 304).await;
    read(
        &[
            ("if-none-match", "\"other\""),
            ("if-modified-since", &modified),
        ],
        200,
    )
    .await;
    read(&[("if-modified-since", &modified)], 304).await;
    read(
        &[("if-unmodified-since", &modified), ("if-match", &tag)],
        200,
    )
    .await;
    let refused = read(&[("if-match", "\"other\"")], 412).await;
    let words = "The record does not have the tag given in If-Match";
    assert_eq!(
        refused.body,
        json!([{"message": words, "errorCode": "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE"}])
    );
    // A read takes no notice of what it cannot understand.
    read(
        &[("if-modified-since", "yesterday"), ("if-match", "bare")],
        200,
    )
    .await;
    org.clock.advance(TimeDelta::seconds(2));
    admin
        .send("PATCH", &path, &[("if-match", &tag)], Some(body("B")))
        .await
        .expect(204);
    read(&[("if-none-match", &tag)], 200).await;
    read(&[("if-modified-since", &modified)], 200).await;
    read(&[("if-unmodified-since", &modified)], 412).await;
    let stale = admin
        .send("PATCH", &path, &[("if-match", &tag)], Some(body("C")))
        .await
        .expect(412);
    assert_eq!(stale.message(), words);
    let current = header(&read(&[("accept-encoding", "identity")], 200).await, "etag");
    let same = admin
        .send(
            "PATCH",
            &path,
            &[("if-none-match", &current)],
            Some(body("C")),
        )
        .await
        .expect(412);
    assert_eq!(same.message(), "The record was not modified");
    for (name, value) in [("if-match", "bare"), ("if-unmodified-since", "yesterday")] {
        let reply = admin
            .send("PATCH", &path, &[(name, value)], Some(body("C")))
            .await
            .expect(400);
        assert_eq!(reply.code(), "INVALID_HEADER");
    }
    assert_eq!(org.writers(&id).len(), 2);
    admin
        .send("DELETE", &path, &[("if-match", "\"other\"")], None)
        .await
        .expect(204);
}

// proves SFB-REST-21
#[tokio::test]
async fn other_rows_have_a_date_only_and_metadata_have_both() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let user = admin.first_id("SELECT Id FROM User LIMIT 1").await;
    let row = admin
        .get(&format!("/sobjects/User/{user}"))
        .await
        .expect(200);
    assert!(row.headers.contains_key("last-modified") && !row.headers.contains_key("etag"));
    for path in ["/sobjects", "/sobjects/Account/describe"] {
        let path = format!("/v66.0{path}");
        let plain = [("accept-encoding", "identity")];
        let full = admin.send("GET", &path, &plain, None).await.expect(200);
        let tag = header(&full, "etag");
        assert_eq!(tag.len(), 10, "{tag}");
        let known = [("if-none-match", tag.as_str())];
        admin.send("GET", &path, &known, None).await.expect(304);
        let modified = header(&full, "last-modified");
        let since = [("if-modified-since", modified.as_str())];
        admin.send("GET", &path, &since, None).await.expect(304);
        let before = [("if-modified-since", "Mon, 02 Nov 2026 10:00:00 GMT")];
        admin.send("GET", &path, &before, None).await.expect(200);
        // Clients get the name of the day wrong.
        let wrong_day = [("if-modified-since", "Mon, 03 Nov 2026 10:00:00 GMT")];
        admin.send("GET", &path, &wrong_day, None).await.expect(200);
    }
}
