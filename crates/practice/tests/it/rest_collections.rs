//! Many rows in one call: collections and trees.

use serde_json::{Value, json};

use crate::rest_support::{ADMIN, Rest};
use crate::support::org;

const ROLLED_BACK: &str = "Record rolled back because not all records were valid and the request was using AllOrNone header";

fn account(name: &str) -> Value {
    json!({"attributes": {"type": "Account"}, "Name": name})
}

fn rolled_back() -> Value {
    json!({"success": false, "errors": [{
        "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": ROLLED_BACK, "fields": [],
    }]})
}

async fn create(rest: &Rest<'_>, all_or_none: bool, records: Value) -> Value {
    let body = json!({"allOrNone": all_or_none, "records": records});
    rest.post("/composite/sobjects", body)
        .await
        .expect(200)
        .body
}

fn id(result: &Value) -> &str {
    result["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id in {result}"))
}

// proves SFB-COMP-7, SFB-COMP-8
#[tokio::test]
async fn rows_are_created_in_order_with_a_result_each() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let bad =
        json!({"attributes": {"type": "Contact"}, "LastName": "B", "AccountId": "001gL00000zzzzz"});
    let records = json!([account("One"), bad, account("Two")]);
    let results = create(&admin, false, records.clone()).await;
    assert_eq!(
        results[0],
        json!({"id": id(&results[0]), "success": true, "errors": []})
    );
    let refused = json!({"success": false, "errors": [{
        "statusCode": "INVALID_CROSS_REFERENCE_KEY",
        "message": "invalid cross reference id",
        "fields": ["AccountId"],
    }]});
    assert_eq!(results[1], refused);
    assert_eq!(results[2]["success"], true);
    let results = create(&admin, true, records).await;
    assert_eq!(results, json!([rolled_back(), refused, rolled_back()]));
    assert_eq!(
        admin
            .records("SELECT Id FROM Account WHERE Name IN ('One', 'Two')")
            .await
            .len(),
        2
    );
}

// proves SFB-COMP-9, SFB-COMP-15
#[tokio::test]
async fn a_collection_has_limits() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let most: Vec<Value> = (0..200)
        .map(|number| account(&format!("Many {number}")))
        .collect();
    let results = create(&admin, false, json!(most)).await;
    assert!(
        results
            .as_array()
            .unwrap()
            .iter()
            .all(|result| result["success"] == true)
    );
    let more: Vec<Value> = (0..201).map(|_| account("M")).collect();
    let reply = admin
        .post("/composite/sobjects", json!({"records": more}))
        .await
        .expect(400);
    let words = "record limit reached. cannot submit more than 200 records in this operation";
    assert_eq!(
        reply.body,
        json!([{"message": words, "errorCode": "EXCEEDED_ID_LIMIT"}])
    );
    let lead = json!({"attributes": {"type": "Lead"}, "LastName": "L", "Company": "C"});
    let mixed: Vec<Value> = (0..11)
        .map(|number| {
            if number % 2 == 0 {
                account("M")
            } else {
                lead.clone()
            }
        })
        .collect();
    let reply = admin
        .post("/composite/sobjects", json!({"records": mixed}))
        .await
        .expect(400);
    let words =
        "The number of object chunks exceeds the limit of 10. Put records of one type together.";
    assert_eq!(
        reply.body,
        json!([{"message": words, "errorCode": "LIMIT_EXCEEDED"}])
    );
    for (records, code) in [
        (json!([{"Name": "A"}]), "INVALID_INPUT"),
        (json!([{"attributes": {"type": "Nope"}}]), "INVALID_TYPE"),
        (
            json!([{"attributes": {"type": "Contact"}, "LastName": "A", "Birthdate": "x"}]),
            "JSON_PARSER_ERROR",
        ),
        (json!("A"), "INVALID_INPUT"),
    ] {
        let reply = admin
            .post("/composite/sobjects", json!({"records": records}))
            .await
            .expect(400);
        assert_eq!(reply.code(), code, "{}", reply.raw);
    }
}

// proves SFB-COMP-10, SFB-COMP-16, SFB-COMP-22
#[tokio::test]
async fn rows_are_changed_read_and_deleted_by_id() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let made = create(&admin, false, json!([account("A"), account("B")])).await;
    let (a, b) = (id(&made[0]), id(&made[1]));
    let row = |id: &str| json!({"attributes": {"type": "Account"}, "id": id, "Site": "S"});
    let body = json!({"records": [row(a), {"attributes": {"type": "Account"}, "Site": "S"}, row("garbage"), row("001gL00000zzzzz"), {
        "attributes": {"type": "Account"}, "Id": b, "Site": "S"}]});
    let results = admin
        .patch("/composite/sobjects", body)
        .await
        .expect(200)
        .body;
    assert_eq!(results[0], json!({"id": a, "success": true, "errors": []}));
    let error = |code: &str, message: &str, fields: Value| json!({"success": false, "errors": [{"statusCode": code, "message": message, "fields": fields}]});
    assert_eq!(
        results[1],
        error(
            "MISSING_ARGUMENT",
            "Id not specified in an update call",
            json!([])
        )
    );
    assert_eq!(
        results[2],
        error("MALFORMED_ID", "malformed id garbage", json!(["Id"]))
    );
    assert_eq!(
        results[3],
        error(
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            json!([])
        )
    );
    assert_eq!(results[4], json!({"id": b, "success": true, "errors": []}));
    let url = format!("/composite/sobjects/Account?ids={b},001gL00000zzzzz,{a}&fields=Id,Site");
    let rows = admin.get(&url).await.expect(200).body;
    assert_eq!(
        (&rows[0]["Id"], &rows[1], &rows[2]["Site"]),
        (&json!(b), &json!(null), &json!("S"))
    );
    let all = admin
        .delete(&format!(
            "/composite/sobjects?ids={a},001gL00000zzzzz&allOrNone=true"
        ))
        .await
        .expect(200);
    assert_eq!(
        all.body,
        json!([
            rolled_back(),
            error(
                "INVALID_CROSS_REFERENCE_KEY",
                "invalid cross reference id",
                json!([])
            )
        ])
    );
    let gone = admin
        .delete(&format!("/composite/sobjects?ids={a},{a}"))
        .await
        .expect(200)
        .body;
    assert_eq!(gone[0], json!({"id": a, "success": true, "errors": []}));
    assert_eq!(
        gone[1],
        error("ENTITY_IS_DELETED", "entity is deleted", json!([]))
    );
    let body = json!({"ids": [a, b], "fields": ["name"]});
    let rows = admin
        .post("/composite/sobjects/Account", body)
        .await
        .expect(200)
        .body;
    assert_eq!((&rows[0], &rows[1]["Name"]), (&json!(null), &json!("B")));
    for (body, code) in [
        (json!({"ids": [a], "fields": ["Nope"]}), "INVALID_FIELD"),
        (json!({"ids": ["x"], "fields": ["Id"]}), "MALFORMED_ID"),
        (json!({"ids": [a]}), "INVALID_INPUT"),
        (
            json!({"ids": vec![a; 2001], "fields": ["Id"]}),
            "EXCEEDED_ID_LIMIT",
        ),
    ] {
        let reply = admin
            .post("/composite/sobjects/Account", body)
            .await
            .expect(400);
        assert_eq!(reply.code(), code);
    }
}

// proves SFB-COMP-17, SFB-ERR-19
#[tokio::test]
async fn rows_are_upserted_by_external_id() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let path = "/composite/sobjects/Invoice__c/Invoice_Number__c";
    let row = |number: &str, amount: Value| json!({"attributes": {"type": "Invoice__c"}, "Invoice_Number__c": number, "Amount__c": amount});
    let records = json!([row("C-1", json!(1)), row("C-2", json!(2))]);
    let made = admin
        .patch(path, json!({"records": records}))
        .await
        .expect(200)
        .body;
    assert_eq!(
        made[0],
        json!({"id": id(&made[0]), "success": true, "errors": [], "created": true})
    );
    let records = json!([row("c-1", json!(10)), row("C-3", json!(3)), row("C-4", json!("many")), {"Amount__c": 1}]);
    let body = json!({"allOrNone": true, "records": records});
    let results = admin.patch(path, body).await.expect(200).body;
    let flags: Vec<&Value> = (0..4).map(|index| &results[index]["created"]).collect();
    assert_eq!(flags, [false, true, true, false]);
    assert_eq!(results[0]["errors"][0]["message"], ROLLED_BACK);
    assert_eq!(
        results[2]["errors"][0]["statusCode"],
        "INVALID_TYPE_ON_FIELD_IN_RECORD"
    );
    assert_eq!(
        results[3]["errors"][0]["message"],
        "Invoice_Number__c not specified"
    );
    let body =
        json!({"records": [row("C-5", json!(1)), row("c-5", json!(2)), row("C-1", json!(7))]});
    let results = admin.patch(path, body).await.expect(200).body;
    let twice = json!({"statusCode": "DUPLICATE_EXTERNAL_ID", "message": "Duplicate external id specified: C-5", "fields": ["Invoice_Number__c"]});
    assert_eq!(results[0]["errors"], json!([twice]));
    assert_eq!(results[1]["success"], false);
    assert_eq!(
        results[2],
        json!({"id": id(&made[0]), "success": true, "errors": [], "created": false})
    );
    let by_id = json!({"records": [{"attributes": {"type": "Invoice__c"}, "Id": id(&made[1]), "Amount__c": 9}]});
    let results = admin
        .patch("/composite/sobjects/Invoice__c/Id", by_id)
        .await
        .expect(200)
        .body;
    assert_eq!(results[0]["created"], false);
    let saved = admin.records("SELECT Amount__c FROM Invoice__c WHERE Invoice_Number__c LIKE 'C-_' ORDER BY Invoice_Number__c").await;
    let amounts: Vec<&Value> = saved.iter().map(|row| &row["Amount__c"]).collect();
    assert_eq!(amounts, [&json!(7.0), &json!(9.0)]);
    let wrong = admin
        .patch("/composite/sobjects/Account/Sic", json!({"records": []}))
        .await
        .expect(404);
    assert_eq!(wrong.code(), "NOT_FOUND");
}

// proves SFB-COMP-6, SFB-COMP-18
#[tokio::test]
async fn a_tree_is_saved_as_a_whole() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let contact = |name: &str, email: &str| json!({"attributes": {"type": "Contact", "referenceId": name}, "LastName": name, "Email": email});
    let tree = |contacts: Value| {
        json!({"records": [{
            "attributes": {"type": "Account", "referenceId": "root"},
            "Name": "Tree",
            "Contacts": {"records": contacts},
        }]})
    };
    let bad = tree(json!([
        contact("c1", "c1@t.example"),
        contact("c2", "none")
    ]));
    let reply = admin.post("/composite/tree/Account", bad).await.expect(400);
    let error = json!({"statusCode": "INVALID_EMAIL_ADDRESS", "message": "Email: invalid email address: none", "fields": ["Email"]});
    assert_eq!(
        reply.body,
        json!({"hasErrors": true, "results": [{"referenceId": "c2", "errors": [error]}]})
    );
    assert_eq!(
        admin
            .records("SELECT Id FROM Account WHERE Name = 'Tree'")
            .await
            .len(),
        0
    );
    let good = tree(json!([
        contact("c1", "c1@t.example"),
        contact("c2", "c2@t.example")
    ]));
    let reply = admin
        .post("/composite/tree/Account", good)
        .await
        .expect(201);
    let results = &reply.body["results"];
    assert_eq!(reply.body["hasErrors"], false);
    assert_eq!(
        results[0],
        json!({"referenceId": "root", "id": id(&results[0])})
    );
    let saved = admin
        .records("SELECT AccountId FROM Contact WHERE LastName IN ('c1', 'c2')")
        .await;
    assert!(saved.len() == 2 && saved.iter().all(|row| row["AccountId"] == id(&results[0])));
    let same = tree(json!([contact("root", "a@t.example")]));
    let reply = admin
        .post("/composite/tree/Account", same)
        .await
        .expect(400);
    assert_eq!(
        reply.body["results"][0]["errors"][0]["message"],
        "Duplicate ReferenceId provided in the request."
    );
    let mut deep = json!({"attributes": {"type": "Account", "referenceId": "r0"}, "Name": "deep"});
    for level in 1..6 {
        deep = json!({"attributes": {"type": "Account", "referenceId": format!("r{level}")}, "Name": "deep", "ChildAccounts": {"records": [deep]}});
    }
    let reply = admin
        .post("/composite/tree/Account", json!({"records": [deep]}))
        .await
        .expect(400);
    assert_eq!(
        reply.body["results"][0]["errors"][0]["message"],
        "The number of levels in the request exceeds the limit of 5."
    );
    let many: Vec<Value> = (0..201)
        .map(|number| json!({"attributes": {"type": "Account", "referenceId": format!("r{number}")}, "Name": "n"}))
        .collect();
    let reply = admin
        .post("/composite/tree/Account", json!({"records": many}))
        .await
        .expect(400);
    assert_eq!(
        reply.body["results"][0]["errors"][0]["message"],
        "The number of records in the request exceeds the limit of 200."
    );
}
