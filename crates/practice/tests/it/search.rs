//! Searches over HTTP: statements, parameters, and what user interfaces ask beside them.

use serde_json::{Value, json};

use crate::rest_support::{ADMIN, BEN, Reply, Rest};
use crate::support::org;

async fn find(rest: &Rest<'_>, statement: &str) -> Reply {
    let encoded: String = url::form_urlencoded::byte_serialize(statement.as_bytes()).collect();
    rest.get(&format!("/search?q={encoded}")).await
}

async fn found(rest: &Rest<'_>, statement: &str) -> Vec<Value> {
    let answer = find(rest, statement).await.expect(200).body;
    answer["searchRecords"].as_array().unwrap().clone()
}

/// Three contacts with an unusual name, and an account.
async fn people(rest: &Rest<'_>) -> Vec<String> {
    let mut ids = Vec::new();
    for (first, last, city) in [
        ("Zora", "Quillfeather", "Lyon"),
        ("Zeno", "Quillfeather", "Paris"),
        ("Zora", "Quillstone", "Paris"),
    ] {
        let body = json!({"FirstName": first, "LastName": last, "MailingCity": city,
            "Email": format!("{first}@{last}.example").to_lowercase()});
        ids.push(rest.post("/sobjects/Contact", body).await.expect(201).id());
    }
    let account = json!({"Name": "Quillworks 50% + more"});
    ids.push(
        rest.post("/sobjects/Account", account)
            .await
            .expect(201)
            .id(),
    );
    ids
}

#[tokio::test]
async fn terms_groups_and_clauses_choose_the_records() {
    // proves SFB-SOSL-3, SFB-SOSL-4, SFB-SOSL-5
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let ids = people(&admin).await;
    for (statement, expected) in [
        ("FIND {zora quillfeather}", vec![0]),
        (
            "FIND {zora OR zeno} IN NAME FIELDS RETURNING Contact",
            vec![0, 1, 2],
        ),
        ("FIND {zora AND NOT quillstone} RETURNING Contact", vec![0]),
        (
            "FIND {(zora OR zeno) AND quillfeather} RETURNING Contact",
            vec![0, 1],
        ),
        ("FIND {\"Zora Quill\"} RETURNING Contact", vec![0, 2]),
        (
            "FIND {quill*} RETURNING Account, Contact(Id ORDER BY Name DESC)",
            vec![3, 2, 0, 1],
        ),
        ("FIND {quillst?ne}", vec![2]),
        ("FIND {zora} IN EMAIL FIELDS RETURNING Contact", vec![0, 2]),
        (
            "FIND {quillfeather} IN PHONE FIELDS RETURNING Contact",
            vec![],
        ),
        ("FIND {quillworks} IN SIDEBAR FIELDS", vec![3]),
        ("FIND {50% \\+ more} RETURNING Account", vec![3]),
        (
            "FIND {quill*} RETURNING Contact(Id WHERE MailingCity = 'Paris' ORDER BY FirstName)",
            vec![1, 2],
        ),
        (
            "FIND {quill*} RETURNING Contact(Id ORDER BY Name LIMIT 1 OFFSET 1)",
            vec![0],
        ),
        (
            "FIND {quill*} RETURNING Contact(Id ORDER BY Name), Account LIMIT 2",
            vec![1, 0],
        ),
        (
            "FIND {quill*} RETURNING Contact(Id ORDER BY Name) WITH DIVISION = 'Global' WITH SPELL_CORRECTION = false LIMIT 1",
            vec![1],
        ),
    ] {
        let rows = found(&admin, statement).await;
        let places: Vec<usize> = rows
            .iter()
            .map(|row| {
                ids.iter()
                    .position(|id| row["Id"] == json!(id))
                    .unwrap_or(99)
            })
            .collect();
        assert_eq!(places, expected, "{statement}");
    }
    let bare = &found(&admin, "FIND {zeno quillfeather}").await[0];
    let url = format!("/services/data/v66.0/sobjects/Contact/{}", ids[1]);
    assert_eq!(
        *bare,
        json!({"attributes": {"type": "Contact", "url": url}, "Id": ids[1]})
    );
}

#[tokio::test]
async fn versions_and_metadata_change_the_shape() {
    // proves SFB-SOSL-1, SFB-SOSL-9
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let path = "/search?q=FIND+%7Bnothingatall%7D";
    let old = admin
        .send("GET", &format!("/v36.0{path}"), &[], None)
        .await
        .expect(200);
    assert_eq!(old.body, json!([]));
    let new = admin
        .send("GET", &format!("/v37.0{path}"), &[], None)
        .await
        .expect(200);
    assert_eq!(new.body, json!({"searchRecords": []}));
    let statement =
        "FIND {nothingatall} RETURNING Account(Id, Name), Contact WITH METADATA = 'LABELS'";
    let labelled = find(&admin, statement).await.expect(200).body;
    assert_eq!(
        labelled,
        json!({
            "searchRecords": [],
            "metadata": {"entityMetadata": [
                {"entityName": "Account", "fieldMetadata": [
                    {"name": "Id", "label": "Account ID"},
                    {"name": "Name", "label": "Account Name"},
                ]},
                {"entityName": "Contact", "fieldMetadata": [{"name": "Id", "label": "Contact ID"}]},
            ]},
        })
    );
}

#[tokio::test]
async fn what_searches_refuse() {
    // proves SFB-SOSL-2, SFB-SOSL-6, SFB-SOSL-8
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let none = "No search term found. The search term must be enclosed in braces.";
    for path in ["/search", "/search?q=", "/search?q=acme"] {
        assert_eq!(
            admin.get(path).await.expect(400).body,
            json!([{"message": none, "errorCode": "MALFORMED_SEARCH"}]),
            "{path}"
        );
    }
    for (statement, code, message) in [
        (
            "FIND {John|jane_gray@uoa.edu} RETURNING Contact",
            "MALFORMED_SEARCH",
            "\nFIND {John|jane_gray@uoa.edu} RETURNING Contact\n         ^\nERROR at Row:1:Column:10\nline 1:10 mismatched character '|' expecting '}'",
        ),
        (
            "FIND {a}",
            "MALFORMED_SEARCH",
            "\nFIND {a}\n      ^\nERROR at Row:1:Column:7\nsearch term must be longer than one character: a",
        ),
        (
            "FIND {acme} RETURNING Foo",
            "INVALID_TYPE",
            "\nFIND {acme} RETURNING Foo\n                      ^\nERROR at Row:1:Column:23\nsObject type 'Foo' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
        ),
        (
            "FIND {acme} RETURNING Profile",
            "INVALID_TYPE_FOR_OPERATION",
            "\nFIND {acme} RETURNING Profile\n                      ^\nERROR at Row:1:Column:23\nentity type Profile does not support search",
        ),
        (
            "FIND {acme} RETURNING Account, account",
            "MALFORMED_SEARCH",
            "\nFIND {acme} RETURNING Account, account\n                               ^\nERROR at Row:1:Column:32\nduplicate object in RETURNING: account",
        ),
        (
            "FIND {acme} RETURNING Account(Id LIMIT 1 OFFSET 1), Contact",
            "MALFORMED_SEARCH",
            "\nFIND {acme} RETURNING Account(Id LIMIT 1 OFFSET 1), Contact\n                                                ^\nERROR at Row:1:Column:49\nOFFSET is only allowed with a single object in RETURNING",
        ),
        (
            "FIND {acme} LIMIT 2001",
            "MALFORMED_SEARCH",
            "\nFIND {acme} LIMIT 2001\n                  ^\nERROR at Row:1:Column:19\nThe limit of a search is at most 2000",
        ),
        (
            "FIND {acme} WITH SNIPPET",
            "MALFORMED_SEARCH",
            "WITH SNIPPET is not supported by this practice org",
        ),
        (
            "FIND {acme} WITH HIGHLIGHT",
            "MALFORMED_SEARCH",
            "WITH HIGHLIGHT is not supported by this practice org",
        ),
    ] {
        assert_eq!(
            find(&admin, statement).await.expect(400).body,
            json!([{"message": message, "errorCode": code}]),
            "{statement}"
        );
    }
    let ben = org.rest(BEN).await;
    let hidden = find(&ben, "FIND {acme} RETURNING Account(AnnualRevenue)").await;
    assert_eq!(hidden.expect(400).code(), "INVALID_FIELD");
}

#[tokio::test]
async fn parameters_and_bodies_search_for_plain_text() {
    // proves SFB-SOSL-7
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let ids = people(&admin).await;
    let rows = |reply: Reply| {
        let body = reply.expect(200).body;
        body["searchRecords"].as_array().unwrap().clone()
    };
    let one = rows(
        admin
            .get("/parameterizedSearch/?q=Zeno&sobject=Contact&Contact.fields=id,name&Contact.limit=10&Contact.where=MailingCity+%3D+'Paris'&Contact.orderBy=Name&in=NAME&spellCorrection=true&overallLimit=5")
            .await,
    );
    assert_eq!((one.len(), &one[0]["Id"]), (1, &json!(ids[1])));
    assert_eq!(one[0]["Name"], "Zeno Quillfeather");
    let several = rows(
        admin
            .get("/parameterizedSearch?q=Quill*&sobject=Contact&sobject=Account&fields=Id&defaultLimit=1")
            .await,
    );
    assert!(several.is_empty(), "a star is text here: {several:?}");
    let special = rows(
        admin
            .get("/parameterizedSearch?q=50%25+%2B+more&sobject=Account")
            .await,
    );
    assert_eq!(special[0]["Id"], json!(ids[3]));
    let wanted = json!({
        "q": "Quillfeather", "fields": ["Id"], "in": "NAME", "overallLimit": 5, "offset": 1,
        "sobjects": [{"name": "Contact", "fields": ["Id", "FirstName"], "orderBy": "FirstName", "limit": 5}],
        "spellCorrection": true, "metadata": "LABELS",
    });
    let answer = admin
        .post("/parameterizedSearch", wanted)
        .await
        .expect(200)
        .body;
    assert_eq!(
        (
            answer["searchRecords"].as_array().unwrap().len(),
            &answer["searchRecords"][0]["FirstName"]
        ),
        (1, &json!("Zora"))
    );
    assert_eq!(
        answer["metadata"]["entityMetadata"][0]["entityName"],
        "Contact"
    );
    for (query, code) in [
        ("", "MALFORMED_SEARCH"),
        ("?q=", "MALFORMED_SEARCH"),
        ("?q=acme&in=TOES", "ILLEGAL_QUERY_PARAMETER_VALUE"),
        ("?q=acme&overallLimit=2001", "ILLEGAL_QUERY_PARAMETER_VALUE"),
        (
            "?q=acme&sobject=Account&defaultLimit=x",
            "ILLEGAL_QUERY_PARAMETER_VALUE",
        ),
        (
            "?q=acme&sobject=Account&fields=a%20b",
            "ILLEGAL_QUERY_PARAMETER_VALUE",
        ),
        ("?q=acme&metadata=ALL", "ILLEGAL_QUERY_PARAMETER_VALUE"),
        ("?q=acme&sobject=Account&snippet=100", "MALFORMED_SEARCH"),
        ("?q=acme&updateTracking=true", "MALFORMED_SEARCH"),
        ("?q=acme&sobject=Foo", "INVALID_TYPE"),
    ] {
        let reply = admin.get(&format!("/parameterizedSearch{query}")).await;
        assert_eq!(reply.expect(400).code(), code, "{query}");
    }
}

#[tokio::test]
async fn scope_layout_and_suggestions() {
    // proves SFB-SOSL-10
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let ids = people(&admin).await;
    let scope = admin.get("/search/scopeOrder").await.expect(200).body;
    assert_eq!(
        scope[0],
        json!({"type": "Account", "url": "/services/data/v66.0/sobjects/Account/describe"})
    );
    let layouts = admin
        .get("/search/layout?q=Account,Contact")
        .await
        .expect(200)
        .body;
    assert_eq!(layouts.as_array().unwrap().len(), 2);
    assert_eq!(
        (&layouts[0]["objectType"], &layouts[0]["limitRows"]),
        (&json!("Account"), &json!(25))
    );
    assert_eq!(
        layouts[0]["searchColumns"][0],
        json!({"field": "Account.Name", "format": null, "label": "Account Name", "name": "Name"})
    );
    let unknown = admin.get("/search/layout?q=Foo").await.expect(400);
    assert_eq!(unknown.code(), "INVALID_TYPE");
    let path = "/search/suggestions?q=Zo&sobject=Contact&where=LastName+LIKE+'Quill%25'";
    let some = admin
        .get(&format!("{path}&limit=1&fields=Email"))
        .await
        .expect(200)
        .body;
    let url = format!("/services/data/v66.0/sobjects/Contact/{}", ids[0]);
    assert_eq!(
        some,
        json!({
            "autoSuggestResults": [{
                "attributes": {"type": "Contact", "url": url},
                "Id": ids[0],
                "Name": "Zora Quillfeather",
                "Email": "zora@quillfeather.example",
            }],
            "hasMoreResults": true,
        })
    );
    let all = admin.get(path).await.expect(200).body;
    assert_eq!(
        (
            all["autoSuggestResults"].as_array().unwrap().len(),
            &all["hasMoreResults"]
        ),
        (2, &json!(false))
    );
    for query in ["?q=Z&sobject=Contact", "?q=Zo&sobject=Contact&limit=0"] {
        let reply = admin.get(&format!("/search/suggestions{query}")).await;
        assert_eq!(reply.expect(400).code(), "ILLEGAL_QUERY_PARAMETER_VALUE");
    }
}
