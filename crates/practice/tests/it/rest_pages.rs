//! The small resources: layouts, list views, tabs and menus, limits, and what is not here.

use serde_json::{Value, json};

use crate::rest_support::{ADMIN, BEN, MARIA};
use crate::support::org;

fn names<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item[key].as_str().unwrap()).collect()
}

/// The fields of a layout section.
fn fields(section: &Value) -> Vec<String> {
    let rows = section["layoutRows"].as_array().unwrap().iter();
    rows.flat_map(|row| row["layoutItems"].as_array().unwrap())
        .map(|item| {
            item["layoutComponents"][0]["value"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

// proves SFB-OBJ-21
#[tokio::test]
async fn layouts_show_what_the_person_may_see() {
    let org = org().await;
    let (admin, ben) = (org.rest(ADMIN).await, org.rest(BEN).await);
    let path = "/sobjects/Account/describe/layouts";
    let all = admin.get(path).await.expect(200).body;
    let layout = &all["layouts"][0];
    assert_eq!(all["recordTypeSelectorRequired"], json!([false]));
    assert!(layout["id"].as_str().unwrap().starts_with("00h"));
    assert!(
        layout["buttonLayoutSection"].is_object()
            && layout["quickActionList"]["quickActionListItems"].is_array()
    );
    let shown = fields(&layout["detailLayoutSections"][0]);
    let editable = fields(&layout["editLayoutSections"][0]);
    let has = |list: &[String], name: &str| list.iter().any(|known| known == name);
    assert!(has(&shown, "AnnualRevenue") && has(&shown, "CreatedDate"));
    assert!(has(&editable, "AnnualRevenue") && !has(&editable, "CreatedDate"));
    let lists = names(&layout["relatedLists"], "name");
    assert!(lists.contains(&"Contacts") && lists.contains(&"Invoices__r"));
    let less = ben.get(path).await.expect(200).body;
    assert!(!has(
        &fields(&less["layouts"][0]["detailLayoutSections"][0]),
        "AnnualRevenue"
    ));
    let master = all["recordTypeMappings"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    assert_eq!(
        (&master["master"], &master["layoutId"]),
        (&json!(true), &layout["id"])
    );
    let one = admin
        .get(&format!("{path}/012000000000000AAA"))
        .await
        .expect(200)
        .body;
    assert_eq!(&one, layout);
    admin
        .get(&format!("{path}/012gL00000zzzzz"))
        .await
        .expect(404);
    let user = admin
        .get("/sobjects/User/describe/namedLayouts/UserAlt")
        .await
        .expect(200)
        .body;
    assert!(user["layouts"][0]["detailLayoutSections"].is_array());
    let approval = admin
        .get("/sobjects/Account/describe/approvalLayouts")
        .await
        .expect(200)
        .body;
    assert_eq!(approval, json!({"approvalLayouts": []}));
    admin
        .get("/sobjects/Organization/describe/layouts")
        .await
        .expect(404);
}

// proves SFB-OBJ-22
#[tokio::test]
async fn compact_layouts_begin_with_the_name() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let compact = admin
        .get("/sobjects/Account/describe/compactLayouts")
        .await
        .expect(200)
        .body;
    let layout = &compact["compactLayouts"][0];
    assert_eq!(
        (&layout["objectType"], &layout["id"]),
        (&json!("Account"), &json!(null))
    );
    assert_eq!(
        layout["fieldItems"][0]["layoutComponents"][0]["value"],
        "Name"
    );
    assert!(compact["recordTypeCompactLayoutMappings"].is_array());
    let several = admin
        .get("/compactLayouts?q=account,Contact")
        .await
        .expect(200)
        .body;
    assert_eq!(&several["Account"], layout);
    assert_eq!(several["Contact"]["objectType"], "Contact");
    admin.get("/compactLayouts?q=Nope").await.expect(404);
    assert_eq!(
        admin.get("/compactLayouts").await.expect(400).code(),
        "MISSING_ARGUMENT"
    );
}

// proves SFB-OBJ-23
#[tokio::test]
async fn list_views_are_listed_described_and_run() {
    let org = org().await;
    let maria = org.rest(MARIA).await;
    let list = maria
        .get("/sobjects/Account/listviews")
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&list["sobjectType"], &list["done"], &list["size"]),
        (&json!("Account"), &json!(true), &json!(2))
    );
    assert_eq!(
        names(&list["listviews"], "label"),
        ["All Accounts", "My Accounts"]
    );
    let tail = |url: &Value| {
        url.as_str()
            .unwrap()
            .strip_prefix("/services/data/v66.0")
            .unwrap()
            .to_owned()
    };
    let (all, mine) = (&list["listviews"][0], &list["listviews"][1]);
    assert_eq!(maria.get(&tail(&all["url"])).await.expect(200).body, *all);
    let described = maria.get(&tail(&all["describeUrl"])).await.expect(200).body;
    assert_eq!(described["id"], all["id"]);
    assert_eq!(described["columns"][0]["fieldNameOrPath"], "Name");
    let query = described["query"].as_str().unwrap();
    assert!(
        query.starts_with("SELECT Name, ")
            && query.ends_with("ORDER BY Name ASC NULLS FIRST, Id ASC NULLS FIRST")
    );
    let rows = maria.records(&format!("{query} LIMIT 3")).await;
    let results = maria
        .get(&format!("{}?limit=3", tail(&all["resultsUrl"])))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&results["size"], &results["done"], &results["label"]),
        (&json!(3), &json!(false), &json!("All Accounts"))
    );
    for (row, record) in rows.iter().zip(results["records"].as_array().unwrap()) {
        assert_eq!(
            record["columns"][0],
            json!({"fieldNameOrPath": "Name", "value": row["Name"]})
        );
    }
    let own = maria
        .get(&format!("{}?limit=2000", tail(&mine["resultsUrl"])))
        .await
        .expect(200)
        .body;
    let counted = maria
        .query("SELECT COUNT() FROM Account USING SCOPE mine")
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&own["size"], &own["done"]),
        (&counted["totalSize"], &json!(true))
    );
    let plans = maria
        .get(&format!("/query/?explain={}", all["id"].as_str().unwrap()))
        .await
        .expect(200)
        .body;
    assert_eq!(plans["plans"][0]["sobjectType"], "Account");
    let wrong = maria
        .get(&format!("{}?limit=x", tail(&all["resultsUrl"])))
        .await
        .expect(400);
    assert_eq!(wrong.code(), "ILLEGAL_QUERY_PARAMETER_VALUE");
    maria
        .get("/sobjects/Account/listviews/00BgL0000zzzzzz")
        .await
        .expect(404);
    let recent = maria
        .get("/sobjects/Account/listviews/recent")
        .await
        .expect(200)
        .body;
    assert_eq!(recent["size"], 0);
}

// proves SFB-OBJ-24
#[tokio::test]
async fn menus_name_the_objects_that_people_work_with() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let tabs = admin.get("/tabs").await.expect(200).body;
    assert!(names(&tabs, "name").contains(&"standard-Account"));
    assert!(names(&tabs, "name").contains(&"Invoice__c"));
    let theme = admin.get("/theme").await.expect(200).body;
    let item = &theme["themeItems"][0];
    assert!(item["colors"][0]["color"].is_string() && item["icons"][0]["width"].is_u64());
    for kind in ["AppSwitcher", "Salesforce1"] {
        let menu = admin
            .get(&format!("/appMenu/{kind}"))
            .await
            .expect(200)
            .body;
        assert!(menu["appMenuItems"][0]["label"].is_string());
    }
    for path in ["/quickActions", "/sobjects/Account/quickActions"] {
        assert_eq!(admin.get(path).await.expect(200).body, json!([]));
    }
}

// proves SFB-PEER-5, SFB-HOST-5
#[tokio::test]
async fn what_is_not_here_is_plainly_not_found() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let expected =
        json!([{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]);
    for path in [
        "/tooling/query?q=SELECT+Id+FROM+ApexClass",
        "/metadata/deployRequest",
        "/ui-api/object-info",
        "/chatter/feeds",
        "/connect/organization",
        "/actions/standard",
        "/process/approvals",
        "/support",
        "/nouns",
        "/graphql",
        "/appMenu/Other",
        "/wave",
        "/event/eventSchema",
    ] {
        assert_eq!(admin.get(path).await.expect(404).body, expected, "{path}");
    }
    let resources = admin.get("").await.expect(200).body;
    for (name, path) in resources.as_object().unwrap() {
        let path = path.as_str().unwrap();
        if name == "identity" {
            assert!(path.starts_with(org.running.url()));
        } else {
            assert_eq!(path, format!("/services/data/v66.0/{name}"));
        }
    }
}

// proves SFB-OBJ-2, SFB-LIM-6
#[tokio::test]
async fn basic_information_and_limits_follow_what_was_done() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let remember = [("Sforce-Mru", "updateMru=true")];
    let body = Some(json!({"Name": "Recent Ltd"}).to_string());
    let id = admin
        .send("POST", "/v66.0/sobjects/Account", &remember, body)
        .await
        .expect(201)
        .id();
    let page = admin.get("/sobjects/Account").await.expect(200).body;
    assert_eq!(page["objectDescribe"]["name"], "Account");
    let url = format!("/services/data/v66.0/sobjects/Account/{id}");
    let item =
        json!({"attributes": {"type": "Account", "url": url}, "Id": id, "Name": "Recent Ltd"});
    assert_eq!(page["recentItems"], json!([item]));
    let left = async || {
        let limits = admin.get("/limits").await.expect(200).body;
        limits["DailyApiRequests"]["Remaining"].as_u64().unwrap()
    };
    let before = left().await;
    assert_eq!(left().await, before - 1);
    let job = json!({"object": "Account", "operation": "insert"});
    let job = admin.post("/jobs/ingest", job).await.expect(200).id();
    let csv = [("content-type", "text/csv")];
    let upload = format!("/v66.0/jobs/ingest/{job}/batches");
    admin
        .send("PUT", &upload, &csv, Some("Name\nA\n".to_owned()))
        .await
        .expect(201);
    let close = json!({"state": "UploadComplete"});
    admin
        .patch(&format!("/jobs/ingest/{job}"), close)
        .await
        .expect(200);
    let limits = admin.get("/limits").await.expect(200).body;
    assert_eq!(
        limits["DailyBulkApiBatches"],
        json!({"Max": 15_000, "Remaining": 14_999})
    );
    let limits = limits.as_object().unwrap();
    for (name, limit) in limits {
        assert!(
            limit["Max"].as_u64() >= limit["Remaining"].as_u64(),
            "{name}"
        );
    }
    for name in [
        "DailyBulkApiBatches",
        "DailyBulkV2QueryJobs",
        "FileStorageMB",
        "SingleEmail",
        "DailyStreamingApiEvents",
    ] {
        assert!(limits.contains_key(name), "{name}");
    }
    org.clock.advance(chrono::TimeDelta::hours(24));
    let admin = org.rest(ADMIN).await;
    let reply = admin.get("/limits").await.expect(200);
    assert_eq!(reply.headers["sforce-limit-info"], "api-usage=1/15000");
}
