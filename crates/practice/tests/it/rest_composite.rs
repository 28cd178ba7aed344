//! Several requests in one call: `/composite`, `/composite/batch` and `/composite/graph`.

use serde_json::{Value, json};

use crate::rest_support::{ADMIN, MARIA, Reply, Rest};
use crate::support::{org, org_in};

const BASE: &str = "/services/data/v66.0";
const ROLLED_BACK: &str =
    "The transaction was rolled back since another operation in the same transaction failed.";

fn request(name: &str, method: &str, url: &str, body: Value) -> Value {
    json!({"referenceId": name, "method": method, "url": format!("{BASE}{url}"), "body": body})
}

async fn composite(rest: &Rest<'_>, all_or_none: bool, requests: Value) -> Vec<Value> {
    let body = json!({"allOrNone": all_or_none, "compositeRequest": requests});
    let reply = rest.post("/composite", body).await.expect(200);
    reply.body["compositeResponse"].as_array().unwrap().clone()
}

fn usage(reply: &Reply) -> u64 {
    let usage = reply.headers["sforce-limit-info"].to_str().unwrap();
    let used = usage.strip_prefix("api-usage=").unwrap().split('/').next();
    used.unwrap().parse().unwrap()
}

// proves SFB-COMP-1, SFB-COMP-11, SFB-LIM-3
#[tokio::test]
async fn later_requests_use_earlier_answers_and_the_whole_counts_once() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let before = usage(&admin.get("/limits").await.expect(200));
    let body = json!({"compositeRequest": [
        request("acc", "POST", "/sobjects/Account", json!({"Name": "Comp & Co", "AnnualRevenue": 139_000_000})),
        request("con", "POST", "/sobjects/Contact", json!({"LastName": "Pose", "AccountId": "@{acc.id}"})),
        request("row", "GET", "/sobjects/Account/@{acc.id}?fields=Name,AnnualRevenue", json!(null)),
        request("q", "GET", "/query?q=SELECT Id, Name FROM Contact WHERE AccountId = '@{acc.id}'", json!(null)),
        request("up", "PATCH", "/sobjects/Contact/@{q.records[0].Id}", json!({"Title": "of @{row.Name}"})),
    ]});
    let reply = admin.post("/composite", body).await.expect(200);
    assert_eq!(usage(&reply), before + 1);
    assert!(
        reply.raw.contains("\"AnnualRevenue\":1.39E8"),
        "{}",
        reply.raw
    );
    let parts = reply.body["compositeResponse"].as_array().unwrap();
    let account = parts[0]["body"]["id"].as_str().unwrap();
    assert_eq!(
        parts[0],
        json!({
            "body": {"id": account, "success": true, "errors": []},
            "httpHeaders": {"Location": format!("{BASE}/sobjects/Account/{account}")},
            "httpStatusCode": 201,
            "referenceId": "acc",
        })
    );
    assert_eq!(parts[2]["body"]["Name"], "Comp & Co");
    assert_eq!(
        parts[3]["body"]["records"][0]["Name"], "Pose",
        "{}",
        parts[3]
    );
    assert_eq!(
        parts[4],
        json!({"body": null, "httpHeaders": {}, "httpStatusCode": 204, "referenceId": "up"})
    );
    let contact = parts[1]["body"]["id"].as_str().unwrap();
    let row = admin
        .get(&format!("/sobjects/Contact/{contact}?fields=Title"))
        .await;
    assert_eq!(row.body["Title"], "of Comp & Co");
}

// proves SFB-COMP-2
#[tokio::test]
async fn all_or_none_undoes_what_went_before_a_failure() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let requests = json!([
        request("a", "POST", "/sobjects/Account", json!({"Name": "Undone"})),
        request(
            "b",
            "POST",
            "/sobjects/Contact",
            json!({"LastName": "X", "Email": "no address"})
        ),
        request("c", "POST", "/sobjects/Account", json!({"Name": "Undone"})),
    ]);
    let parts = composite(&admin, true, requests.clone()).await;
    let halted = |name: &str| {
        json!({
            "body": [{"message": ROLLED_BACK, "errorCode": "PROCESSING_HALTED"}],
            "httpHeaders": {},
            "httpStatusCode": 400,
            "referenceId": name,
        })
    };
    assert_eq!((&parts[0], &parts[2]), (&halted("a"), &halted("c")));
    let own = json!([{"message": "Email: invalid email address: no address", "errorCode": "INVALID_EMAIL_ADDRESS", "fields": ["Email"]}]);
    assert_eq!(parts[1]["body"], own);
    let find = "SELECT Id FROM Account WHERE Name = 'Undone'";
    assert_eq!(admin.records(find).await.len(), 0);
    let parts = composite(&admin, false, requests).await;
    let statuses: Vec<&Value> = parts.iter().map(|part| &part["httpStatusCode"]).collect();
    assert_eq!(statuses, [201, 400, 201]);
    assert_eq!(admin.records(find).await.len(), 2);
}

// proves SFB-COMP-3, SFB-COMP-12
#[tokio::test]
async fn a_reference_that_leads_nowhere_halts_its_request_only() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let parts = composite(
        &admin,
        false,
        json!([
            request(
                "bad",
                "POST",
                "/sobjects/Contact",
                json!({"FirstName": "No last name"})
            ),
            request(
                "then",
                "PATCH",
                "/sobjects/Contact/@{bad.id}",
                json!({"Title": "T"})
            ),
            request("free", "POST", "/sobjects/Account", json!({"Name": "Free"})),
        ]),
    )
    .await;
    let message = "Invalid reference specified. No value for bad.id found in bad.";
    assert_eq!(
        parts[1]["body"],
        json!([{"message": message, "errorCode": "PROCESSING_HALTED"}])
    );
    assert_eq!(parts[2]["httpStatusCode"], 201);
    // A field that is null can be referred to from 52.0 on.
    let requests = json!([
        request(
            "row",
            "GET",
            &format!(
                "/sobjects/Account/{}",
                parts[2]["body"]["id"].as_str().unwrap()
            ),
            json!(null)
        ),
        request(
            "copy",
            "POST",
            "/sobjects/Account",
            json!({"Name": "Copy", "Site": "@{row.Site}"})
        ),
    ]);
    let parts = composite(&admin, false, requests.clone()).await;
    assert_eq!(parts[1]["httpStatusCode"], 201);
    let body = json!({"compositeRequest": requests}).to_string();
    let old = admin
        .send("POST", "/v51.0/composite", &[], Some(body))
        .await
        .expect(200);
    assert_eq!(old.body["compositeResponse"][1]["httpStatusCode"], 400);
}

// proves SFB-COMP-13
#[tokio::test]
async fn only_a_wrong_envelope_is_an_error_of_the_whole_call() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let get = |name: &str| request(name, "GET", "/limits", json!(null));
    let message = "Provided referenceId ('a-b') must start with a letter or a number, and it can contain only \
                   letters, numbers and underscores ('_').";
    let many: Vec<Value> = (0..26).map(|number| get(&format!("r{number}"))).collect();
    let heavy: Vec<Value> = (0..6)
        .map(|number| {
            request(
                &format!("r{number}"),
                "GET",
                "/query?q=SELECT Id FROM Account",
                json!(null),
            )
        })
        .collect();
    for (requests, code, words) in [
        (json!([get("a-b")]), "INVALID_INPUT", message),
        (
            json!([get("a"), get("a")]),
            "INVALID_INPUT",
            "Duplicate referenceId provided in the request: a",
        ),
        (
            json!(many),
            "LIMIT_EXCEEDED",
            "The number of subrequests, 26, exceeds the limit of 25.",
        ),
        (
            json!(heavy),
            "LIMIT_EXCEEDED",
            "The number of query, collection and tree subrequests, 6, exceeds the limit of 5.",
        ),
        (
            json!(null),
            "INVALID_INPUT",
            "The request body needs a list with the name 'compositeRequest'.",
        ),
        (
            json!([{"method": "GET"}]),
            "INVALID_INPUT",
            "A subrequest needs the property 'referenceId' as a text.",
        ),
    ] {
        let reply = admin
            .post("/composite", json!({"compositeRequest": requests}))
            .await
            .expect(400);
        assert_eq!(reply.body, json!([{"message": words, "errorCode": code}]));
    }
    let parts = composite(
        &admin,
        false,
        json!([
            request("nested", "POST", "/composite", json!({})),
            request("nowhere", "GET", "/sobjects/Nope/describe", json!(null)),
            json!({"referenceId": "old", "method": "GET", "url": "/services/data/v20.0/limits"}),
        ]),
    )
    .await;
    let statuses: Vec<&Value> = parts.iter().map(|part| &part["httpStatusCode"]).collect();
    assert_eq!(statuses, [400, 404, 410]);
    let resources = admin.get("/composite").await.expect(200).body;
    assert_eq!(resources["graph"], format!("{BASE}/composite/graph"));
}

// proves SFB-COMP-14
#[tokio::test]
async fn a_request_brings_its_own_headers() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let mut lead = request(
        "lead",
        "POST",
        "/sobjects/Lead",
        json!({"LastName": "L", "Company": "C"}),
    );
    lead["httpHeaders"] = json!({"Sforce-Auto-Assign": "FALSE", "Authorization": "Bearer other"});
    let requests = json!([
        lead,
        request(
            "own",
            "GET",
            "/sobjects/Lead/@{lead.id}?fields=OwnerId",
            json!(null)
        ),
        request(
            "other",
            "POST",
            "/sobjects/Lead",
            json!({"LastName": "L", "Company": "C"})
        ),
        request(
            "queue",
            "GET",
            "/sobjects/Lead/@{other.id}?fields=OwnerId",
            json!(null)
        ),
    ]);
    let parts = composite(&admin, false, requests).await;
    assert!(
        parts[1]["body"]["OwnerId"]
            .as_str()
            .unwrap()
            .starts_with("005")
    );
    assert!(
        parts[3]["body"]["OwnerId"]
            .as_str()
            .unwrap()
            .starts_with("00G")
    );
}

#[tokio::test]
async fn what_a_query_views_is_remembered_after_the_writes() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let query = "/query?q=SELECT Id FROM Account WHERE Id = '@{a.id}' FOR VIEW";
    let requests = json!([
        request("a", "POST", "/sobjects/Account", json!({"Name": "Seen"})),
        request(
            "b",
            "POST",
            "/sobjects/Lead",
            json!({"LastName": "L", "Company": "C"})
        ),
        request("view", "GET", query, json!(null)),
    ]);
    let parts = composite(&admin, false, requests).await;
    assert_eq!(parts[2]["body"]["totalSize"], 1, "{parts:?}");
    let recent = admin.get("/recent?limit=1").await.expect(200).body;
    assert_eq!(recent[0]["Name"], "Seen");
}

#[tokio::test]
async fn a_composite_call_is_one_line_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_in(folder.path()).await;
    let admin = org.rest(ADMIN).await;
    let log = folder.path().join("practice-log.jsonl");
    let lines = || std::fs::read_to_string(&log).unwrap().lines().count();
    let before = lines();
    let requests = json!([
        request("a", "POST", "/sobjects/Account", json!({"Name": "A"})),
        request(
            "b",
            "POST",
            "/sobjects/Contact",
            json!({"LastName": "B", "AccountId": "@{a.id}"})
        ),
        request(
            "c",
            "PATCH",
            "/sobjects/Account/@{a.id}",
            json!({"Name": "AA"})
        ),
    ]);
    let parts = composite(&admin, true, requests).await;
    assert_eq!(parts[2]["httpStatusCode"], 204);
    assert_eq!(lines(), before + 1);
}

// proves SFB-COMP-4, SFB-COMP-19, SFB-COMP-20
#[tokio::test]
async fn a_batch_runs_requests_that_know_nothing_of_each_other() {
    let org = org().await;
    let maria = org.rest(MARIA).await;
    let requests = json!([
        {"method": "POST", "url": "v66.0/sobjects/Account", "richInput": {"Name": "Batch"}},
        {"method": "GET", "url": "v60.0/query?q=SELECT+COUNT()+FROM+Account+WHERE+Name='Batch'"},
        {"method": "GET", "url": "v67.0/limits"},
        {"method": "GET", "url": "/services/data/v66.0/limits/recordCount?sObjects=Lead"},
    ]);
    let reply = maria
        .post("/composite/batch", json!({"batchRequests": requests}))
        .await
        .expect(200);
    assert_eq!(reply.body["hasErrors"], true);
    let results = reply.body["results"].as_array().unwrap();
    assert_eq!(results[0]["statusCode"], 201);
    assert_eq!(
        results[1],
        json!({"statusCode": 200, "result": {"totalSize": 1, "done": true, "records": []}})
    );
    let newer = "The version of a batch request, 67.0, must not be above that of the batch, 66.0.";
    let refused = json!([{"message": newer, "errorCode": "UNSUPPORTED_API_VERSION"}]);
    assert_eq!(results[2], json!({"statusCode": 400, "result": refused}));
    assert_eq!(results[3]["result"]["sObjects"][0]["name"], "Lead");
    let halting = maria
        .post(
            "/composite/batch",
            json!({"haltOnError": true, "batchRequests": requests}),
        )
        .await
        .expect(200);
    let halted = json!([{"message": "Batch processing halted per request", "errorCode": "BATCH_PROCESSING_HALTED"}]);
    assert_eq!(
        halting.body["results"][3],
        json!({"statusCode": 412, "result": halted})
    );
    let many: Vec<Value> = (0..26)
        .map(|_| json!({"method": "GET", "url": "v66.0/limits"}))
        .collect();
    let reply = maria
        .post("/composite/batch", json!({"batchRequests": many}))
        .await
        .expect(400);
    assert_eq!(reply.code(), "LIMIT_EXCEEDED");
}

// proves SFB-COMP-5, SFB-COMP-21
#[tokio::test]
async fn each_graph_is_saved_or_not_on_its_own() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let graph = |id: &str, email: &str| {
        json!({"graphId": id, "compositeRequest": [
            request("acc", "POST", "/sobjects/Account", json!({"Name": id})),
            request("con", "POST", "/sobjects/Contact", json!({"LastName": "G", "Email": email, "AccountId": "@{acc.id}"})),
        ]})
    };
    let body = json!({"graphs": [graph("g1", "g@one.example"), graph("g2", "none")]});
    let reply = admin
        .post("/composite/graph", body.clone())
        .await
        .expect(200);
    let graphs = reply.body["graphs"].as_array().unwrap();
    assert_eq!(
        (&graphs[0]["graphId"], &graphs[0]["isSuccessful"]),
        (&json!("g1"), &json!(true))
    );
    assert_eq!(
        graphs[0]["graphResponse"]["compositeResponse"][1]["httpStatusCode"],
        201
    );
    assert_eq!(graphs[1]["isSuccessful"], false);
    let parts = &graphs[1]["graphResponse"]["compositeResponse"];
    assert_eq!(parts[0]["body"][0]["message"], ROLLED_BACK);
    assert_eq!(parts[1]["body"][0]["errorCode"], "INVALID_EMAIL_ADDRESS");
    let saved = admin
        .records("SELECT Name FROM Account WHERE Name IN ('g1', 'g2')")
        .await;
    assert_eq!(saved.len(), 1);
    assert_eq!(saved[0]["Name"], "g1");
    admin
        .send(
            "POST",
            "/v49.0/composite/graph",
            &[],
            Some(body.to_string()),
        )
        .await
        .expect(404);
    let query = json!({"graphs": [{"graphId": "q", "compositeRequest": [
        request("q", "GET", "/query?q=SELECT Id FROM Account", json!(null))
    ]}]});
    let reply = admin.post("/composite/graph", query).await.expect(400);
    assert!(
        reply
            .message()
            .starts_with("The URL of a graph must name an sObject resource")
    );
    let chain: Vec<Value> = (0..16)
        .map(|number| {
            let above = format!("@{{r{}.id}}", number - 1);
            let body = if number == 0 {
                json!({"Name": "c"})
            } else {
                json!({"Name": "c", "ParentId": above})
            };
            request(&format!("r{number}"), "POST", "/sobjects/Account", body)
        })
        .collect();
    let body = |nodes: &[Value]| json!({"graphs": [{"graphId": "c", "compositeRequest": nodes}]});
    let reply = admin
        .post("/composite/graph", body(&chain))
        .await
        .expect(400);
    assert_eq!(
        reply.message(),
        "The depth of a graph, 16, exceeds the limit of 15."
    );
    let reply = admin
        .post("/composite/graph", body(&chain[..15]))
        .await
        .expect(200);
    assert_eq!(reply.body["graphs"][0]["isSuccessful"], true);
}
