//! Query jobs of Bulk API 2.0 over HTTP.

use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;

use crate::rest_support::{ADMIN, BEN, Reply, Rest};
use crate::support::{org, org_in, org_with};

/// The lines of a result.
fn lines(reply: &Reply) -> Vec<&str> {
    reply.raw.lines().collect()
}

async fn results(rest: &Rest<'_>, id: &str, parameters: &str) -> Reply {
    rest.get(&format!("/jobs/query/{id}/results{parameters}"))
        .await
        .expect(200)
}

// proves SFB-BULK-2, SFB-BULK-8, SFB-BULK-15
#[tokio::test]
async fn a_query_job_is_ordered_done_and_described() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let body = json!({"operation": "query", "query": "select id, Name from account", "contentType": "CSV"});
    let made = rest.post("/jobs/query", body).await.expect(200);
    let id = made.id();
    assert!(id.starts_with("750") && id.len() == 18, "{id}");
    let user = made.body["createdById"].clone();
    let expected = json!({
        "id": id, "operation": "query", "object": "Account", "createdById": user,
        "createdDate": "2026-11-18T11:06:40.000+0000", "systemModstamp": "2026-11-18T11:06:40.000+0000",
        "state": "UploadComplete", "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": 66.0,
        "lineEnding": "LF", "columnDelimiter": "COMMA",
    });
    assert_eq!(made.body, expected);
    assert!(made.raw.contains("\"apiVersion\":66.0"), "{}", made.raw);
    let count = rest.query("SELECT COUNT() FROM Account").await.body["totalSize"].clone();
    let job = rest.wait_for("query", &id).await;
    let mut expected = expected;
    for (key, value) in [
        ("state", json!("JobComplete")),
        ("jobType", json!("V2Query")),
        ("numberRecordsProcessed", count),
        ("retries", json!(0)),
        ("totalProcessingTime", json!(0)),
        ("isPkChunkingSupported", json!(true)),
    ] {
        expected[key] = value;
    }
    assert_eq!(job, expected);
    for order in [" ORDER BY Name", " LIMIT 3"] {
        let id = rest.export(&format!("SELECT Id FROM Account{order}")).await;
        let job = rest.get(&format!("/jobs/query/{id}")).await;
        assert_eq!(job.body["isPkChunkingSupported"], false, "{order}");
    }
}

// proves SFB-BULK-5, SFB-BULK-9: pages by locator, each with the header, the last one with `null`
#[tokio::test]
async fn results_come_in_pages_and_are_those_of_the_query() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    for order in ["", " ORDER BY Name DESC, Id"] {
        let soql = format!("SELECT Name, Id, Account.Name, Owner.Name FROM Contact{order}");
        let mut expected: Vec<[Value; 4]> = Vec::new();
        let mut page = rest.query(&soql).await.expect(200).body;
        loop {
            for row in page["records"].as_array().unwrap() {
                let parent = |name: &str| row[name]["Name"].clone();
                expected.push([
                    row["Name"].clone(),
                    row["Id"].clone(),
                    parent("Account"),
                    parent("Owner"),
                ]);
            }
            let Some(next) = page["nextRecordsUrl"].as_str() else {
                break;
            };
            let next = next.strip_prefix("/services/data").unwrap().to_owned();
            page = rest.send("GET", &next, &[], None).await.expect(200).body;
        }
        let expected: Vec<String> = expected
            .iter()
            .map(|row| {
                let cells = row
                    .iter()
                    .map(|cell| format!("\"{}\"", cell.as_str().unwrap_or_default()));
                cells.collect::<Vec<_>>().join(",")
            })
            .collect();
        let id = rest.export(&soql).await;
        let mut found: Vec<String> = Vec::new();
        let mut locator = String::new();
        let mut pages = 0;
        while locator != "null" {
            let parameters = match locator.as_str() {
                "" => "?maxRecords=100".to_owned(),
                locator => format!("?maxRecords=100&locator={locator}"),
            };
            let page = results(&rest, &id, &parameters).await;
            assert_eq!(page.headers["content-type"], "text/csv");
            let rows = lines(&page);
            assert_eq!(rows[0], "\"Name\",\"Id\",\"Account.Name\",\"Owner.Name\"");
            let count: usize = page.headers["sforce-numberofrecords"]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            assert_eq!(rows.len() - 1, count);
            found.extend(rows[1..].iter().map(|row| (*row).to_owned()));
            locator = page.headers["sforce-locator"].to_str().unwrap().to_owned();
            pages += 1;
        }
        assert_eq!(found, expected, "{soql}");
        assert_eq!(pages, expected.len().div_ceil(100));
        let whole = results(&rest, &id, "").await;
        assert_eq!(whole.headers["sforce-locator"], "null");
        assert_eq!(lines(&whole).len() - 1, expected.len());
    }
}

// proves SFB-BULK-9: an empty result is its header
#[tokio::test]
async fn an_empty_result_is_a_header_and_a_wrong_locator_is_refused() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let id = rest
        .export("SELECT Id, Name FROM Account WHERE Name = 'nobody'")
        .await;
    let page = results(&rest, &id, "").await;
    assert_eq!(page.raw, "\"Id\",\"Name\"\n");
    assert_eq!(page.headers["sforce-numberofrecords"], "0");
    assert_eq!(page.headers["sforce-locator"], "null");
    for (parameters, code, message) in [
        (
            "?locator=xx",
            "INVALID_QUERY_LOCATOR",
            "invalid query locator",
        ),
        (
            "?locator=MTAwMDA",
            "INVALID_QUERY_LOCATOR",
            "invalid query locator",
        ),
        (
            "?maxRecords=0",
            "INVALID_PARAMETER",
            "maxRecords must be a number of at least 1, not '0'",
        ),
    ] {
        let reply = rest
            .get(&format!("/jobs/query/{id}/results{parameters}"))
            .await
            .expect(400);
        assert_eq!(reply.body, json!([{"errorCode": code, "message": message}]));
    }
}

// proves SFB-BULK-10
#[tokio::test]
async fn result_pages_are_listed_for_parallel_reading() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let id = rest.export("SELECT Id FROM Contact LIMIT 120").await;
    let mut address = format!("/v66.0/jobs/query/{id}/resultPages?maxRecords=20");
    let mut rows = 0;
    let mut lengths = Vec::new();
    loop {
        let answer = rest.send("GET", &address, &[], None).await.expect(200).body;
        let pages = answer["resultPages"].as_array().unwrap();
        lengths.push(pages.len());
        for page in pages {
            let path = page["resultUrl"].as_str().unwrap();
            let path = path.strip_prefix("/services/data").unwrap();
            let page = rest.send("GET", path, &[], None).await.expect(200);
            rows += lines(&page).len() - 1;
        }
        let next = answer["nextRecordsUrl"].as_str().map(str::to_owned);
        assert_eq!(answer["done"], next.is_none());
        let Some(next) = next else { break };
        next.strip_prefix("/services/data")
            .unwrap()
            .clone_into(&mut address);
    }
    assert_eq!((rows, lengths), (120, vec![5, 1]));
    let other = rest
        .send(
            "GET",
            &format!("/v65.0/jobs/query/{id}/resultPages"),
            &[],
            None,
        )
        .await;
    assert_eq!(other.expect(409).code(), "CONFLICT");
    let old = rest
        .send(
            "GET",
            &format!("/v57.0/jobs/query/{id}/resultPages"),
            &[],
            None,
        )
        .await;
    assert_eq!(old.expect(404).code(), "NOT_FOUND");
}

// proves SFB-BULK-14
#[tokio::test]
async fn query_all_exports_the_recycle_bin_too() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let id = rest
        .post(
            "/sobjects/Lead",
            json!({"LastName": "Gone", "Company": "Gone"}),
        )
        .await
        .id();
    rest.delete(&format!("/sobjects/Lead/{id}"))
        .await
        .expect(204);
    let soql = "SELECT Id, IsDeleted FROM Lead WHERE LastName = 'Gone'";
    for (operation, expected) in [
        ("query", "\"Id\",\"IsDeleted\"\n".to_owned()),
        (
            "queryAll",
            format!("\"Id\",\"IsDeleted\"\n\"{id}\",\"true\"\n"),
        ),
    ] {
        let job = rest
            .post(
                "/jobs/query",
                json!({"operation": operation, "query": soql}),
            )
            .await;
        assert_eq!(job.body["operation"], operation);
        rest.wait_for("query", &job.id()).await;
        assert_eq!(results(&rest, &job.id(), "").await.raw, expected);
    }
}

// proves SFB-BULK-16
#[tokio::test]
async fn delimiter_and_line_ending_are_those_of_the_order() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    for (name, delimiter) in [
        ("BACKQUOTE", '`'),
        ("CARET", '^'),
        ("COMMA", ','),
        ("PIPE", '|'),
        ("SEMICOLON", ';'),
        ("TAB", '\t'),
    ] {
        let body = json!({"operation": "query", "query": "SELECT Id, Name FROM Account LIMIT 1",
            "columnDelimiter": name, "lineEnding": "CRLF"});
        let job = rest.post("/jobs/query", body).await.expect(200);
        assert_eq!(
            (&job.body["columnDelimiter"], &job.body["lineEnding"]),
            (&json!(name), &json!("CRLF"))
        );
        rest.wait_for("query", &job.id()).await;
        let page = results(&rest, &job.id(), "").await;
        assert!(
            page.raw
                .starts_with(&format!("\"Id\"{delimiter}\"Name\"\r\n\"001")),
            "{}",
            page.raw
        );
        assert!(page.raw.ends_with("\"\r\n"));
    }
}

// proves SFB-BULK-6, SFB-BULK-20, SFB-BULK-11: what is refused at once, with the exact body
#[tokio::test]
async fn what_cannot_be_exported_is_refused() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let aggregate = "Aggregate functions not supported in Bulk Query";
    for (soql, code, message) in [
        (
            "SELECT COUNT() FROM Account",
            "FeatureNotEnabled",
            aggregate,
        ),
        (
            "SELECT MAX(AnnualRevenue) FROM Account",
            "FeatureNotEnabled",
            aggregate,
        ),
        (
            "SELECT Industry FROM Account GROUP BY Industry",
            "FeatureNotEnabled",
            "GROUP BY not supported in Bulk Query",
        ),
        (
            "SELECT Id FROM Account LIMIT 1 OFFSET 1",
            "FeatureNotEnabled",
            "OFFSET not supported in Bulk Query",
        ),
        (
            "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
            "FeatureNotEnabled",
            "Aggregate Relationships not supported in Bulk V2 Query with CSV content type",
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Name END FROM Task",
            "FeatureNotEnabled",
            "TYPEOF not supported in Bulk Query",
        ),
        (
            "SELECT BillingAddress FROM Account",
            "FUNCTIONALITY_NOT_ENABLED",
            "Selecting compound data not supported in Bulk Query",
        ),
        (
            "  ",
            "MALFORMED_QUERY",
            "A query string has to be specified",
        ),
    ] {
        let reply = rest
            .post("/jobs/query", json!({"operation": "query", "query": soql}))
            .await
            .expect(400);
        assert_eq!(
            reply.body,
            json!([{"errorCode": code, "message": message}]),
            "{soql}"
        );
    }
    let fields = rest
        .post(
            "/jobs/query",
            json!({"operation": "query", "query": "SELECT FIELDS(ALL) FROM Case"}),
        )
        .await;
    assert_eq!(fields.expect(400).code(), "MALFORMED_QUERY");
    let unknown = rest
        .post(
            "/jobs/query",
            json!({"operation": "query", "query": "SELECT Nmae FROM Case"}),
        )
        .await;
    assert_eq!(unknown.expect(400).code(), "INVALID_FIELD");
    for (body, code, message) in [
        (
            json!({"operation": "merge", "query": "SELECT Id FROM Case"}),
            "INVALIDOPERATION",
            "Operation 'merge' is not supported by this resource",
        ),
        (
            json!({"operation": "query", "query": "SELECT Id FROM Case", "contentType": "XML"}),
            "INVALIDJOB",
            "Content type 'XML' is not supported; use CSV",
        ),
    ] {
        let reply = rest.post("/jobs/query", body).await.expect(400);
        assert_eq!(reply.body, json!([{"errorCode": code, "message": message}]));
    }
    assert_eq!(rest.get("/jobs/query").await.body["records"], json!([]));
}

// proves SFB-BULK-7, SFB-BULK-11, SFB-BULK-21
#[tokio::test]
async fn a_job_under_way_can_be_aborted_and_then_deleted() {
    let org = org_with(|options| options.bulk_delay = Duration::from_hours(1)).await;
    let rest = org.rest(ADMIN).await;
    let id = rest.order_query("SELECT Id FROM Account").await;
    let path = format!("/jobs/query/{id}");
    let early = rest.get(&format!("{path}/results")).await.expect(400);
    let message = "Results of a job in the state UploadComplete are not available";
    assert_eq!(
        early.body,
        json!([{"errorCode": "INVALIDJOBSTATE", "message": message}])
    );
    let early = rest.delete(&path).await.expect(400);
    let message = "Error encountered when deleting the job because the job is not terminated";
    assert_eq!(
        early.body,
        json!([{"errorCode": "API_ERROR", "message": message}])
    );
    let closed = rest
        .patch(&path, json!({"state": "UploadComplete"}))
        .await
        .expect(400);
    let message = "'UploadComplete' is not a state that a job can be set to";
    assert_eq!(
        closed.body,
        json!([{"errorCode": "INVALIDJOBSTATE", "message": message}])
    );
    let aborted = rest
        .patch(&path, json!({"state": "Aborted"}))
        .await
        .expect(200);
    assert_eq!(aborted.body["state"], "Aborted");
    assert_eq!(rest.get(&path).await.body["state"], "Aborted");
    let again = rest
        .patch(&path, json!({"state": "Aborted"}))
        .await
        .expect(400);
    let message = "Aborting already Aborted Job not allowed";
    assert_eq!(
        again.body,
        json!([{"errorCode": "INVALIDJOBSTATE", "message": message}])
    );
    rest.delete(&path).await.expect(204);
    assert_eq!(rest.get(&path).await.expect(404).code(), "NOT_FOUND");
}

// proves SFB-BULK-7
#[tokio::test]
async fn a_finished_job_cannot_be_aborted() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let id = rest.export("SELECT Id FROM Account LIMIT 1").await;
    let reply = rest
        .patch(&format!("/jobs/query/{id}"), json!({"state": "Aborted"}))
        .await
        .expect(400);
    let message = "Aborting already Completed Job not allowed";
    assert_eq!(
        reply.body,
        json!([{"errorCode": "INVALIDJOBSTATE", "message": message}])
    );
    rest.delete(&format!("/jobs/query/{id}")).await.expect(204);
}

// proves SFB-BULK-12: lists with paging, filters, and whose jobs are in them
#[tokio::test]
async fn jobs_are_listed_page_by_page() {
    let org = org_with(|options| options.bulk_delay = Duration::from_hours(1)).await;
    let (admin, ben) = (org.rest(ADMIN).await, org.rest(BEN).await);
    let mut ordered = Vec::new();
    for _ in 0..1_001 {
        ordered.push(ben.order_query("SELECT Id FROM Account LIMIT 1").await);
    }
    let own = admin.order_query("SELECT Id FROM Contact LIMIT 1").await;
    ordered.push(own.clone());
    let ids = |page: &Value| -> Vec<String> {
        let records = page["records"].as_array().unwrap();
        records
            .iter()
            .map(|job| job["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = admin.get("/jobs/query").await.expect(200).body;
    assert_eq!((ids(&first).len(), &first["done"]), (1_000, &json!(false)));
    assert_eq!(first["records"][0]["jobType"], "V2Query");
    let next = first["nextRecordsUrl"].as_str().unwrap();
    assert!(
        next.starts_with("/services/data/v66.0/jobs/query?queryLocator=01g")
            && next.ends_with("-1000"),
        "{next}"
    );
    let next = next.strip_prefix("/services/data").unwrap();
    let second = admin.send("GET", next, &[], None).await.expect(200).body;
    assert_eq!(
        (&second["done"], &second["nextRecordsUrl"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!([ids(&first), ids(&second)].concat(), ordered);
    assert_eq!(admin.get(&format!("/jobs/query/{own}")).await.status, 200);
    assert_eq!(ben.get(&format!("/jobs/query/{own}")).await.status, 404);
    for (filter, count) in [
        ("jobType=V2Query", 1_000),
        ("jobType=Classic", 0),
        ("concurrencyMode=parallel", 1_000),
        ("concurrencyMode=serial", 0),
        ("isPkChunkingEnabled=true", 0),
        ("isPkChunkingEnabled=false", 1_000),
    ] {
        let page = ben
            .get(&format!("/jobs/query?{filter}"))
            .await
            .expect(200)
            .body;
        assert_eq!(ids(&page).len(), count, "{filter}");
    }
    assert_eq!(
        ben.get("/jobs/ingest").await.body,
        json!({"done": true, "records": [], "nextRecordsUrl": null})
    );
    let wrong = ben.get("/jobs/query?queryLocator=x").await.expect(400);
    assert_eq!(
        wrong.body,
        json!([{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}])
    );
}

// proves SFB-BULK-13
#[tokio::test]
async fn results_are_kept_for_seven_days() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let id = rest.export("SELECT Id FROM Account LIMIT 1").await;
    org.clock
        .advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    let rest = org.rest(ADMIN).await;
    results(&rest, &id, "").await;
    org.clock.advance(TimeDelta::seconds(1));
    assert_eq!(
        rest.get(&format!("/jobs/query/{id}/results"))
            .await
            .expect(404)
            .code(),
        "NOT_FOUND"
    );
}

// proves SFB-BULK-19
#[tokio::test]
async fn the_allowance_of_query_jobs_is_kept() {
    let org = org_with(|options| options.daily_bulk_queries = 1).await;
    let rest = org.rest(ADMIN).await;
    let limit = |body: &Value| body["DailyBulkV2QueryJobs"].clone();
    assert_eq!(
        limit(&rest.get("/limits").await.body),
        json!({"Max": 1, "Remaining": 1})
    );
    rest.export("SELECT Id FROM Account LIMIT 1").await;
    assert_eq!(
        limit(&rest.get("/limits").await.body),
        json!({"Max": 1, "Remaining": 0})
    );
    let order = json!({"operation": "query", "query": "SELECT Id FROM Account LIMIT 1"});
    let reply = rest.post("/jobs/query", order.clone()).await.expect(400);
    let message = "Max bulk v2 query jobs (1) per 24 hrs has been reached (2).";
    assert_eq!(
        reply.body,
        json!([{"errorCode": "LIMIT_EXCEEDED", "message": message}])
    );
    org.clock.advance(TimeDelta::days(1));
    let rest = org.rest(ADMIN).await;
    rest.post("/jobs/query", order).await.expect(200);
}

// proves SFB-BULK-31: a result shows the moment of the order, also after a restart
#[tokio::test]
async fn a_result_is_a_snapshot_that_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_in(folder.path()).await;
    let rest = org.rest(ADMIN).await;
    let id = rest.export("SELECT Id FROM Lead").await;
    let before = results(&rest, &id, "").await.raw;
    rest.post(
        "/sobjects/Lead",
        json!({"LastName": "Later", "Company": "Later"}),
    )
    .await
    .expect(201);
    assert_eq!(results(&rest, &id, "").await.raw, before);
    org.running.shutdown().await;
    let org = org_in(folder.path()).await;
    let rest = org.rest(ADMIN).await;
    assert_eq!(rest.wait_for("query", &id).await["state"], "JobComplete");
    assert_eq!(results(&rest, &id, "").await.raw, before);
    let more = rest.export("SELECT Id FROM Lead").await;
    assert_ne!(more, id);
    assert_eq!(
        results(&rest, &more, "").await.raw.lines().count(),
        before.lines().count() + 1
    );
}
