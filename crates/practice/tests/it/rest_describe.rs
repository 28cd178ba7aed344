//! Versions, the resource map, describe answers and the small resources.

use crate::rest_support::{ADMIN, BEN, VICTOR};
use crate::support::org;

// proves SFB-HOST-1, SFB-HOST-2, SFB-HOST-5
#[tokio::test]
async fn versions_need_no_session_and_resources_do() {
    let org = org().await;
    for path in ["/services/data", "/services/data/"] {
        let response = org.http.get(org.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let versions: Vec<serde_json::Value> = response.json().await.unwrap();
        assert_eq!(versions.len(), 38);
        assert_eq!(versions[0]["url"], "/services/data/v31.0");
        assert_eq!(
            versions[37],
            serde_json::json!({"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"})
        );
    }
    let response = org
        .http
        .get(org.url("/services/data/v66.0"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    let admin = org.rest(ADMIN).await;
    let map = admin.get("").await.expect(200);
    assert_eq!(map.body["query"], "/services/data/v66.0/query");
    assert!(
        map.body["identity"]
            .as_str()
            .unwrap()
            .starts_with(&org.url("/id/00D"))
    );
    assert_eq!(
        admin
            .send("GET", "/v20.0/sobjects", &[], None)
            .await
            .expect(410)
            .code(),
        "UNSUPPORTED_API_VERSION"
    );
    assert_eq!(
        admin
            .send("GET", "/v99.0/sobjects", &[], None)
            .await
            .expect(404)
            .code(),
        "NOT_FOUND"
    );
}

// proves SFB-REST-5, SFB-REST-17, SFB-REST-18, SFB-ERR-4, SFB-PEER-1
#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_told_apart() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let lost = admin.get("/chatter/users").await.expect(404);
    assert_eq!(
        (lost.code(), lost.message()),
        ("NOT_FOUND", "The requested resource does not exist")
    );
    assert_eq!(
        admin.get("/sobjects/Nothing").await.expect(404).code(),
        "NOT_FOUND"
    );
    let wrong = admin
        .post("/query", serde_json::json!({}))
        .await
        .expect(405);
    assert_eq!(
        wrong.message(),
        "HTTP Method 'POST' not allowed. Allowed are HEAD,GET"
    );
    for path in [
        "/sobjects/",
        "/sobjects/account/",
        "/query/?q=SELECT+Id+FROM+Account+LIMIT+1",
    ] {
        admin.get(path).await.expect(200);
    }
}

// proves SFB-OBJ-1, SFB-DESC-1, SFB-ID-4
#[tokio::test]
async fn describe_shows_what_the_user_may_see() {
    let org = org().await;
    let (admin, ben) = (org.rest(ADMIN).await, org.rest(BEN).await);
    let names = |reply: &serde_json::Value| -> Vec<String> {
        reply["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let full = admin
        .get("/sobjects/Account/describe")
        .await
        .expect(200)
        .body;
    let partial = ben
        .get("/sobjects/account/describe/")
        .await
        .expect(200)
        .body;
    assert!(names(&full).contains(&"AnnualRevenue".to_owned()));
    assert!(!names(&partial).contains(&"AnnualRevenue".to_owned()));
    assert_eq!(
        (&full["deletable"], &partial["deletable"]),
        (&true.into(), &false.into())
    );
    let global = admin.get("/sobjects").await.expect(200).body;
    assert_eq!(global["maxBatchSize"], 200);
    let invoice = global["sobjects"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["name"] == "Invoice__c")
        .unwrap();
    assert_eq!(
        (&invoice["keyPrefix"], &invoice["custom"]),
        (&"a00".into(), &true.into())
    );
}

// proves SFB-ERR-7
#[tokio::test]
async fn a_user_without_api_enabled_is_told_so() {
    let org = org().await;
    let victor = org.rest(VICTOR).await;
    let reply = victor.get("/sobjects").await.expect(403);
    assert_eq!(reply.code(), "API_DISABLED_FOR_ORG");
    assert_eq!(
        reply.message(),
        "The REST API is not enabled for this Organization."
    );
}

// proves SFB-REST-26, SFB-LIM-1, SFB-LIM-5
#[tokio::test]
async fn limits_counts_and_recent_items() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let limits = admin.get("/limits").await.expect(200).body;
    assert_eq!(limits["DailyApiRequests"]["Max"], 15_000);
    assert!(limits["PermissionSets"]["CreateCustom"]["Max"].is_u64());
    let counts = admin
        .get("/limits/recordCount?sObjects=Account,User")
        .await
        .expect(200)
        .body;
    assert_eq!(counts["sObjects"].as_array().unwrap().len(), 2);
    assert_eq!(
        counts["sObjects"][1],
        serde_json::json!({"count": 9, "name": "User"})
    );
    assert_eq!(
        admin.get("/recent").await.expect(200).body,
        serde_json::json!([])
    );
    let body = serde_json::json!({"Name": "Recent Ltd"});
    admin
        .post("/sobjects/Account", body.clone())
        .await
        .expect(201);
    assert_eq!(
        admin.get("/recent").await.expect(200).body,
        serde_json::json!([])
    );
    let remember = [("Sforce-Mru", "updateMru=true")];
    let id = admin
        .send(
            "POST",
            "/v66.0/sobjects/Account",
            &remember,
            Some(body.to_string()),
        )
        .await
        .expect(201)
        .id();
    let recent = admin.get("/recent?limit=5").await.expect(200).body;
    assert_eq!(
        (&recent[0]["Id"], &recent[0]["Name"]),
        (&id.into(), &"Recent Ltd".into())
    );
    assert_eq!(
        admin.get("/recent?limit=x").await.expect(400).code(),
        "ILLEGAL_QUERY_PARAMETER_VALUE"
    );
}
