//! Rows by other ways than their id: relationships, methods in disguise, methods that a resource lacks.

use serde_json::{Value, json};

use crate::rest_support::ADMIN;
use crate::support::org;

// proves SFB-OBJ-12, SFB-OBJ-19
#[tokio::test]
async fn relationships_lead_to_the_parent_and_to_the_children() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let account = admin
        .post("/sobjects/Account", json!({"Name": "P"}))
        .await
        .expect(201)
        .id();
    let contact = admin
        .post(
            "/sobjects/Contact",
            json!({"LastName": "C", "AccountId": account}),
        )
        .await
        .expect(201)
        .id();
    let up = format!("/sobjects/Contact/{contact}/Account");
    let parent = admin
        .get(&format!("{up}?fields=Name"))
        .await
        .expect(200)
        .body;
    let url = format!("/services/data/v66.0/sobjects/Account/{account}");
    assert_eq!(
        parent,
        json!({"attributes": {"type": "Account", "url": url}, "Name": "P"})
    );
    admin.patch(&up, json!({"Name": "P2"})).await.expect(204);
    let records: Vec<Value> = (0..200)
        .map(|number| json!({"attributes": {"type": "Contact"}, "LastName": format!("L{number}"), "AccountId": account}))
        .collect();
    admin
        .post("/composite/sobjects", json!({"records": records}))
        .await
        .expect(200);
    let down = format!("/v66.0/sobjects/Account/{account}/contacts?fields=LastName");
    let small = [("Sforce-Query-Options", "batchSize=200")];
    let first = admin
        .send("GET", &down, &small, None)
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&first["totalSize"], &first["done"]),
        (&json!(201), &json!(false))
    );
    assert_eq!(first["records"].as_array().unwrap().len(), 200);
    let next = first["nextRecordsUrl"]
        .as_str()
        .unwrap()
        .strip_prefix("/services/data")
        .unwrap();
    let last = admin.send("GET", next, &[], None).await.expect(200).body;
    assert_eq!(
        (last["records"].as_array().unwrap().len(), &last["done"]),
        (1, &json!(true))
    );
    let reply = admin
        .delete(&format!("/sobjects/Account/{account}/Contacts"))
        .await
        .expect(405);
    assert_eq!(
        reply.message(),
        "HTTP Method 'DELETE' not allowed. Allowed are HEAD,GET"
    );
    admin
        .get(&format!("/sobjects/Account/{account}/Parent"))
        .await
        .expect(404);
    admin
        .get(&format!("/sobjects/Account/{account}/Nothing"))
        .await
        .expect(404);
    let other = admin
        .post("/sobjects/Account", json!({"Name": "O"}))
        .await
        .expect(201)
        .id();
    admin
        .patch(
            &format!("/sobjects/Account/{account}"),
            json!({"ParentId": other}),
        )
        .await
        .expect(204);
    admin
        .delete(&format!("/sobjects/Account/{account}/Parent"))
        .await
        .expect(204);
    admin
        .get(&format!("/sobjects/Account/{other}"))
        .await
        .expect(404);
}

// proves SFB-REST-17
#[tokio::test]
async fn a_resource_names_the_methods_it_has() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for (method, path, allowed) in [
        ("PUT", "/sobjects/Account", "HEAD,GET,POST"),
        (
            "POST",
            "/sobjects/Account/001gL0000000001",
            "HEAD,GET,PATCH,DELETE",
        ),
        (
            "POST",
            "/sobjects/Invoice__c/Invoice_Number__c/A",
            "HEAD,GET,PATCH,DELETE",
        ),
        ("DELETE", "/sobjects/Account/describe", "HEAD,GET"),
        ("POST", "/query", "HEAD,GET"),
        ("POST", "/limits", "HEAD,GET"),
        ("GET", "/composite/batch", "POST"),
        ("GET", "/composite/sobjects", "POST,PATCH,DELETE"),
        ("DELETE", "/composite/sobjects/Account", "HEAD,GET,POST"),
    ] {
        let reply = admin
            .send(method, &format!("/v66.0{path}"), &[], Some("{}".to_owned()))
            .await
            .expect(405);
        let words = format!("HTTP Method '{method}' not allowed. Allowed are {allowed}");
        assert_eq!(
            reply.body,
            json!([{"message": words, "errorCode": "METHOD_NOT_ALLOWED"}])
        );
        assert_eq!(reply.headers["allow"], allowed);
    }
}

// proves SFB-REST-8, SFB-OBJ-20
#[tokio::test]
async fn methods_come_in_disguise_and_the_id_resource_takes_rows() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let id = admin
        .post("/sobjects/Account/Id", json!({"Name": "By id"}))
        .await
        .expect(201)
        .id();
    let path = format!("/sobjects/Account/{id}");
    admin
        .post(
            &format!("{path}?_HttpMethod=PATCH"),
            json!({"Name": "Other"}),
        )
        .await
        .expect(204);
    let head = admin
        .send("HEAD", &format!("/v66.0{path}"), &[], None)
        .await
        .expect(200);
    assert!(head.raw.is_empty() && head.headers.contains_key("etag"));
    let changed = admin
        .patch(
            &format!("/sobjects/Account/Id/{id}"),
            json!({"Name": "Third"}),
        )
        .await
        .expect(200);
    assert_eq!(
        changed.body,
        json!({"id": id, "success": true, "errors": [], "created": false})
    );
    admin
        .patch(
            "/sobjects/Account/Id/001gL00000zzzzz",
            json!({"Name": "None"}),
        )
        .await
        .expect(404);
    admin
        .post(&format!("{path}?_HttpMethod=DELETE"), json!({}))
        .await
        .expect(204);
    let again = admin.delete(&path).await.expect(404);
    assert_eq!(
        again.body,
        json!([{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}])
    );
}
