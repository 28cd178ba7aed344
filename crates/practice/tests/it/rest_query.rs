//! Queries with paging, and searches, over HTTP.

use serde_json::json;

use crate::rest_support::{ADMIN, BEN, MARIA};
use crate::support::org;

// proves SFB-REST-11, SFB-QRY-1, SFB-QRY-2, SFB-QRY-4, SFB-QRY-5, SFB-LIM-4
#[tokio::test]
async fn a_long_result_is_paged_over_a_snapshot() {
    let org = org().await;
    let (admin, maria) = (org.rest(ADMIN).await, org.rest(MARIA).await);
    let small = [("Sforce-Query-Options", "batchSize=200")];
    let first = admin
        .send("GET", "/v66.0/query?q=SELECT+Id+FROM+Contact", &small, None)
        .await
        .expect(200)
        .body;
    let total = usize::try_from(first["totalSize"].as_u64().unwrap()).unwrap();
    assert_eq!(
        (&first["done"], first["records"].as_array().unwrap().len()),
        (&json!(false), 200)
    );
    let next = first["nextRecordsUrl"].as_str().unwrap().to_owned();
    assert!(
        next.starts_with("/services/data/v66.0/query/0r8") && next.ends_with("-200"),
        "{next}"
    );
    let next = next.strip_prefix("/services/data").unwrap();
    admin
        .post("/sobjects/Contact", json!({"LastName": "Later"}))
        .await
        .expect(201);
    let mut seen: Vec<String> = Vec::new();
    let mut page = first.clone();
    loop {
        seen.extend(
            page["records"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["Id"].as_str().unwrap().to_owned()),
        );
        let Some(address) = page["nextRecordsUrl"].as_str() else {
            break;
        };
        page = admin
            .send(
                "GET",
                address.strip_prefix("/services/data").unwrap(),
                &[],
                None,
            )
            .await
            .expect(200)
            .body;
    }
    assert_eq!((seen.len(), &page["done"]), (total, &json!(true)));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), total);
    assert_eq!(
        maria.send("GET", next, &[], None).await.expect(400).code(),
        "INVALID_QUERY_LOCATOR"
    );
    assert_eq!(
        admin
            .get("/query/0r8nothing-2000")
            .await
            .expect(400)
            .message(),
        "invalid query locator"
    );
    for _ in 0..10 {
        admin
            .send("GET", "/v66.0/query?q=SELECT+Id+FROM+Contact", &small, None)
            .await
            .expect(200);
    }
    assert_eq!(
        admin.send("GET", next, &[], None).await.expect(400).code(),
        "INVALID_QUERY_LOCATOR"
    );
}

// proves SFB-QRY-10, SFB-QRY-11, SFB-QRY-12
#[tokio::test]
async fn query_errors_and_plans() {
    let org = org().await;
    let ben = org.rest(BEN).await;
    let reply = ben.get("/query").await.expect(400);
    assert_eq!(
        (reply.code(), reply.message()),
        ("MALFORMED_QUERY", "A query string has to be specified")
    );
    let hidden = ben
        .query("SELECT AnnualRevenue FROM Account")
        .await
        .expect(400);
    assert_eq!(hidden.code(), "INVALID_FIELD");
    assert!(hidden.message().starts_with("\nSELECT AnnualRevenue FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'AnnualRevenue' on entity 'Account'."));
    let plan = ben
        .get("/query/?explain=SELECT+Id+FROM+Account")
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&plan["plans"][0]["sobjectType"], &plan["sourceQuery"]),
        (&json!("Account"), &json!("SELECT Id FROM Account"))
    );
    let query =
        "/query?columns=true&q=SELECT+Id,Owner.Name,(SELECT+Subject+FROM+Tasks)+FROM+Account";
    let columns = ben.get(query).await.expect(200).body;
    assert_eq!(
        (&columns["entityName"], &columns["idSelected"]),
        (&json!("Account"), &json!(true))
    );
    assert_eq!(columns["columnMetadata"][1]["foreignKeyName"], "OwnerId");
    assert_eq!(
        columns["columnMetadata"][1]["joinColumns"][0]["columnName"],
        "Name"
    );
    assert_eq!(columns["columnMetadata"][2]["aggregate"], true);
    let query = "/query?columns=true&q=SELECT+AVG(Amount)+FROM+Opportunity";
    let columns = ben.get(query).await.expect(200).body;
    assert_eq!(columns["columnMetadata"][0]["displayName"], "avg(Amount)");
    assert_eq!(columns["columnMetadata"][0]["numberType"], true);
    let long = format!(
        "/query?q=SELECT+Id+FROM+Account+WHERE+Name='{}'",
        "x".repeat(17_000)
    );
    assert_eq!(ben.get(&long).await.status.as_u16(), 414);
    let company = ben.records("SELECT Id, Name, IsSandbox, InstanceName, OrganizationType, NamespacePrefix, TrialExpirationDate FROM Organization").await;
    assert_eq!(company[0]["InstanceName"], "PRA1");
}

// proves SFB-SOSL-1, SFB-SOSL-4
#[tokio::test]
async fn searches_find_words_names_mails_and_phones() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let body = json!({"FirstName": "Zora", "LastName": "Quillfeather", "Email": "zora@quill.example", "Phone": "+1 999 1234"});
    let id = admin.post("/sobjects/Contact", body).await.expect(201).id();
    for statement in [
        "FIND {quillfeather}",
        "FIND {Quill*} IN NAME FIELDS RETURNING Contact",
        "FIND {zora AND quillfeather} RETURNING Contact(Id, Name)",
        "FIND {\"Zora Quillfeather\"} RETURNING Contact(Id), Account",
        "FIND {zora\\@quill.example} IN EMAIL FIELDS RETURNING Contact(Id WHERE Phone != null ORDER BY Name LIMIT 5)",
        "FIND {1234} IN PHONE FIELDS RETURNING Contact(Id WHERE LastName = 'Quillfeather')",
    ] {
        let statement: String =
            url::form_urlencoded::byte_serialize(statement.replace("\\@", "@").as_bytes())
                .collect();
        let found = admin
            .get(&format!("/search?q={statement}"))
            .await
            .expect(200)
            .body;
        assert_eq!(
            found["searchRecords"].as_array().unwrap().len(),
            1,
            "{statement}: {found}"
        );
        assert_eq!(found["searchRecords"][0]["Id"], json!(id));
    }
    let none = admin
        .get("/search?q=FIND+%7Bzora+AND+NOT+quillfeather%7D")
        .await
        .expect(200);
    assert_eq!(none.body, json!({"searchRecords": []}));
    let bare = admin
        .send("GET", "/v36.0/search?q=FIND+%7Bquillfeather%7D", &[], None)
        .await
        .expect(200);
    assert!(bare.body.is_array());
    assert_eq!(
        admin.get("/search?q=quillfeather").await.expect(400).code(),
        "MALFORMED_SEARCH"
    );
    assert_eq!(
        admin.get("/search").await.expect(400).code(),
        "MALFORMED_SEARCH"
    );
    let path = "/parameterizedSearch?q=Quillfeather&sobject=Contact&Contact.fields=id,name&Contact.limit=10";
    let found = admin.get(path).await.expect(200).body;
    assert_eq!(found["searchRecords"][0]["Name"], "Zora Quillfeather");
    let wanted = json!({"q": "zora@quill.example", "fields": ["Id"], "sobjects": [{"name": "Contact", "where": "Phone != null", "orderBy": "Name"}], "in": "EMAIL", "overallLimit": 5});
    let found = admin
        .post("/parameterizedSearch", wanted)
        .await
        .expect(200)
        .body;
    assert_eq!(found["searchRecords"][0]["Id"], json!(id));
    assert_eq!(
        admin.get("/parameterizedSearch").await.expect(400).code(),
        "MALFORMED_SEARCH"
    );
}

// proves SFB-COMP-23
#[tokio::test]
async fn a_query_inside_a_composite_call_has_pages_of_its_own() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let body = json!({"compositeRequest": [{
        "method": "GET",
        "url": "/services/data/v66.0/query?q=SELECT Id FROM Contact",
        "referenceId": "all",
        "httpHeaders": {"Sforce-Query-Options": "batchSize=200"},
    }]});
    let reply = admin.post("/composite", body).await.expect(200);
    let first = &reply.body["compositeResponse"][0]["body"];
    assert_eq!(first["records"].as_array().unwrap().len(), 200);
    let next = first["nextRecordsUrl"].as_str().unwrap();
    let path = next.strip_prefix("/services/data").unwrap();
    let second = admin.send("GET", path, &[], None).await.expect(200).body;
    let rest = usize::try_from(first["totalSize"].as_u64().unwrap()).unwrap() - 200;
    assert_eq!(
        (&second["done"], second["records"].as_array().unwrap().len()),
        (&json!(true), rest)
    );
}
