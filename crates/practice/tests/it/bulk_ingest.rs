//! Loads of Bulk API 2.0 over HTTP.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::rest_support::{ADMIN, MARIA, Rest};
use crate::support::{org, org_in, org_with};

fn insert(object: &str) -> Value {
    json!({"operation": "insert", "object": object, "contentType": "CSV"})
}

/// Name, amount and further cells of a row that was loaded.
async fn rows(rest: &Rest<'_>, soql: &str) -> Vec<Vec<Value>> {
    let records = rest.records(soql).await;
    let cells = |record: &Value| {
        let fields = record.as_object().unwrap().iter();
        fields
            .filter(|(name, _)| *name != "attributes")
            .map(|(_, value)| value.clone())
            .collect()
    };
    records.iter().map(cells).collect()
}

// proves SFB-BULK-1, SFB-BULK-2, SFB-BULK-3, SFB-BULK-27, SFB-BULK-33
#[tokio::test]
async fn a_load_is_ordered_uploaded_done_and_its_rows_told_apart() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let made = rest
        .post("/jobs/ingest", insert("account"))
        .await
        .expect(200);
    let id = made.id();
    let mut expected = json!({
        "id": id, "operation": "insert", "object": "Account", "createdById": made.body["createdById"],
        "createdDate": made.body["createdDate"], "systemModstamp": made.body["createdDate"], "state": "Open",
        "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": 66.0,
        "contentUrl": format!("services/data/v66.0/jobs/ingest/{id}/batches"),
        "lineEnding": "LF", "columnDelimiter": "COMMA",
    });
    assert_eq!(made.body, expected);
    let upload = rest
        .upload(
            &id,
            "Name,Site,AnnualRevenue\nOne,\"a \"\"b\"\"\",912260031\n,x,1\nTwo,,\n",
        )
        .await;
    assert_eq!((upload.status.as_u16(), upload.raw.as_str()), (201, ""));
    let closed = rest.close(&id).await.expect(200);
    assert_eq!(closed.body["state"], "UploadComplete");
    let job = rest.wait_for("ingest", &id).await;
    for (key, value) in [
        ("state", json!("JobComplete")),
        ("jobType", json!("V2Ingest")),
        ("numberRecordsProcessed", json!(3)),
        ("numberRecordsFailed", json!(1)),
        ("retries", json!(0)),
        ("totalProcessingTime", json!(0)),
        ("apiActiveProcessingTime", json!(0)),
        ("apexProcessingTime", json!(0)),
    ] {
        expected[key] = value;
    }
    assert_eq!(job, expected);
    let one = rest
        .first_id("SELECT Id FROM Account WHERE Name = 'One'")
        .await;
    let two = rest
        .first_id("SELECT Id FROM Account WHERE Name = 'Two'")
        .await;
    assert_eq!(
        rest.outcome(&job, "successfulResults").await,
        format!(
            "\"sf__Id\",\"sf__Created\",\"Name\",\"Site\",\"AnnualRevenue\"\n\
             \"{one}\",\"true\",\"One\",\"a \"\"b\"\"\",\"912260031\"\n\"{two}\",\"true\",\"Two\",\"\",\"\"\n"
        )
    );
    assert_eq!(
        rest.outcome(&job, "failedResults").await,
        "\"sf__Id\",\"sf__Error\",\"Name\",\"Site\",\"AnnualRevenue\"\n\
         \"\",\"REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --\",\"\",\"x\",\"1\"\n"
    );
    assert_eq!(
        rest.outcome(&job, "unprocessedrecords").await,
        "\"Name\",\"Site\",\"AnnualRevenue\"\n"
    );
    assert_eq!(rest.get("/jobs/ingest").await.body["records"][0]["id"], id);
    rest.delete(&format!("/jobs/ingest/{id}")).await.expect(204);
    assert_eq!(
        rest.get(&format!("/jobs/ingest/{id}"))
            .await
            .expect(404)
            .code(),
        "NOT_FOUND"
    );
}

// proves SFB-BULK-4, SFB-BULK-24, SFB-BULK-25, SFB-BULK-16: an empty cell is ignored, #N/A clears, parents by key
#[tokio::test]
async fn cells_are_read_as_the_platform_reads_them() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let id = rest
        .post(
            "/sobjects/Account",
            json!({"Name": "Cells", "Site": "kept", "Phone": "1", "Fax": "2"}),
        )
        .await
        .id();
    let order = json!({"operation": "update", "object": "Account", "columnDelimiter": "SEMICOLON", "lineEnding": "CRLF"});
    let csv =
        format!("\u{feff}id;Site;PHONE;Fax;Owner.Username\r\n\r\n{id};;#N/A;\" 3 4\";{MARIA}\r\n");
    let job = rest.load(order, &csv).await;
    assert_eq!(
        (&job["state"], &job["numberRecordsFailed"]),
        (&json!("JobComplete"), &json!(0)),
        "{job}"
    );
    let soql = format!("SELECT Site, Phone, Fax, Owner.Username FROM Account WHERE Id = '{id}'");
    let row = rest.records(&soql).await.remove(0);
    assert_eq!(
        (
            &row["Site"],
            &row["Phone"],
            &row["Fax"],
            &row["Owner"]["Username"]
        ),
        (&json!("kept"), &Value::Null, &json!("3 4"), &json!(MARIA))
    );
    assert_eq!(
        rest.outcome(&job, "successfulResults").await,
        format!(
            "\"sf__Id\";\"sf__Created\";\"id\";\"Site\";\"PHONE\";\"Fax\";\"Owner.Username\"\r\n\
                 \"{id}\";\"false\";\"{id}\";\"\";\"#N/A\";\" 3 4\";\"{MARIA}\"\r\n"
        )
    );
}

// proves SFB-BULK-34
#[tokio::test]
async fn a_cell_that_does_not_fit_its_field_is_told() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let csv = "Name,Amount__c,Issue_Date__c,Disputed__c,Reminder_Time__c\n\
               good,1.5E3,2026-05-01,1,10:30:00.000Z\nnumber,x,,,\ndate,,01.05.2026,,\nflag,,,maybe,\ntime,,,,soon\n\
               large,1E30,,,\n";
    let job = rest.load(insert("Invoice__c"), csv).await;
    let failed = rest.outcome(&job, "failedResults").await;
    let errors: Vec<&str> = failed
        .lines()
        .skip(1)
        .map(|line| line.split("\",\"").nth(1).unwrap())
        .collect();
    let unreadable = |place: usize, cell: &str, kind: &str| {
        format!(
            "INVALID_FIELD:Failed to deserialize field at col {place}. Due to, '{cell}' is not a valid value for the type xsd:{kind}:--"
        )
    };
    let large = format!(
        "NUMBER_OUTSIDE_VALID_RANGE:Amount: value outside of valid range on numeric field: {:.0}:Amount__c --",
        1e30
    );
    assert_eq!(
        errors,
        [
            unreadable(1, "x", "double"),
            unreadable(2, "01.05.2026", "date"),
            unreadable(3, "maybe", "boolean"),
            unreadable(4, "soon", "time"),
            large,
        ]
    );
    let soql = "SELECT Amount__c, Issue_Date__c, Disputed__c, Reminder_Time__c FROM Invoice__c WHERE Name = 'good'";
    assert_eq!(
        rows(&rest, soql).await,
        [[
            json!(1500.0),
            json!("2026-05-01"),
            json!(true),
            json!("10:30:00.000Z")
        ]]
    );
}

// proves SFB-BULK-26, SFB-BULK-28: a file that cannot be used fails the job
#[tokio::test]
async fn a_file_that_does_not_fit_fails_the_job() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let update = json!({"operation": "update", "object": "Account"});
    for (order, csv, message, left) in [
        (
            insert("Account"),
            "Name,Nmae\na,b\n",
            "InvalidBatch : Field name not found : Nmae",
            "\"Name\",\"Nmae\"\n\"a\",\"b\"\n",
        ),
        (
            insert("Account"),
            "Name,Parent.Site\na,b\n",
            "InvalidBatch : Field name not found : Parent.Site",
            "\"Name\",\"Parent.Site\"\n\"a\",\"b\"\n",
        ),
        (
            update,
            "Name\na\n",
            "InvalidBatch : Field name not found : Id",
            "\"Name\"\n\"a\"\n",
        ),
        (
            insert("Account"),
            "Name\r\na\r\n",
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
            "\n",
        ),
        (
            insert("Account"),
            "Name,Site\nshort\n",
            "InvalidBatch : The row in line 2 has 1 columns and the header has 2",
            "\"Name\",\"Site\"\n",
        ),
    ] {
        let job = rest.load(order, csv).await;
        assert_eq!(
            (&job["state"], &job["errorMessage"]),
            (&json!("Failed"), &json!(message))
        );
        assert_eq!(job["numberRecordsProcessed"], 0);
        assert_eq!(
            rest.outcome(&job, "unprocessedrecords").await,
            left,
            "{message}"
        );
    }
}

// proves SFB-BULK-32
#[tokio::test]
async fn an_upsert_finds_its_rows_by_an_external_id() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    rest.post(
        "/sobjects/Invoice__c",
        json!({"Invoice_Number__c": "B-1", "Amount__c": 1}),
    )
    .await
    .expect(201);
    let order = json!({"operation": "upsert", "object": "Invoice__c", "externalIdFieldName": "invoice_number__C"});
    let csv = "Invoice_Number__c,Amount__c\nb-1,10\nB-2,20\n,30\nB-3,40\nB-3,50\n";
    let job = rest.load(order, csv).await;
    assert_eq!(job["externalIdFieldName"], "Invoice_Number__c");
    let created = rest.outcome(&job, "successfulResults").await;
    let created: Vec<(&str, &str)> = created
        .lines()
        .skip(1)
        .map(|line| {
            (
                line.split('"').nth(3).unwrap(),
                line.split('"').nth(5).unwrap(),
            )
        })
        .collect();
    assert_eq!(created, [("false", "b-1"), ("true", "B-2")]);
    let failed = rest.outcome(&job, "failedResults").await;
    let duplicate =
        "DUPLICATE_EXTERNAL_ID:Duplicate external id specified: B-3:Invoice_Number__c --";
    assert_eq!(
        failed,
        format!(
            "\"sf__Id\",\"sf__Error\",\"Invoice_Number__c\",\"Amount__c\"\n\
                 \"\",\"MISSING_ARGUMENT:Invoice_Number__c not specified:--\",\"\",\"30\"\n\
                 \"\",\"{duplicate}\",\"B-3\",\"40\"\n\"\",\"{duplicate}\",\"B-3\",\"50\"\n"
        )
    );
    let soql = "SELECT Invoice_Number__c, Amount__c FROM Invoice__c WHERE Invoice_Number__c LIKE 'B-%' ORDER BY Amount__c";
    assert_eq!(
        rows(&rest, soql).await,
        [[json!("B-1"), json!(10.0)], [json!("B-2"), json!(20.0)]]
    );
    let order = json!({"operation": "upsert", "object": "Account", "externalIdFieldName": "Id"});
    let known = rest.first_id("SELECT Id FROM Account LIMIT 1").await;
    let job = rest
        .load(order, &format!("Id,Name\n,New by upsert\n{known},Known\n"))
        .await;
    assert_eq!(
        (&job["numberRecordsProcessed"], &job["numberRecordsFailed"]),
        (&json!(2), &json!(0))
    );
    for (order, message) in [
        (
            json!({"operation": "upsert", "object": "Account"}),
            "External ID was blank for Account. An External ID must be specified for upsert.",
        ),
        (
            json!({"operation": "upsert", "object": "Account", "externalIdFieldName": "Phone"}),
            "Field name provided, Phone does not match an External ID, Salesforce Id, or indexed field for Account",
        ),
    ] {
        let reply = rest.post("/jobs/ingest", order).await.expect(400);
        assert_eq!(
            reply.body,
            json!([{"errorCode": "INVALIDJOB", "message": message}])
        );
    }
}

// proves SFB-BULK-30
#[tokio::test]
async fn rows_are_deleted_into_the_bin_or_for_good() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(
            rest.post(
                "/sobjects/Lead",
                json!({"LastName": "Bin", "Company": "Bin"}),
            )
            .await
            .id(),
        );
    }
    let order = json!({"operation": "delete", "object": "Lead"});
    let csv = format!(
        "Id\n{}\n{}\n\n003000000000001AAA\nnonsense\n\"\"\n",
        ids[0], ids[0]
    );
    let job = rest.load(order, &csv).await;
    assert_eq!(
        rest.outcome(&job, "successfulResults")
            .await
            .lines()
            .count(),
        2
    );
    let id = &ids[0];
    assert_eq!(
        rest.outcome(&job, "failedResults").await,
        format!(
            "\"sf__Id\",\"sf__Error\",\"Id\"\n\"{id}\",\"ENTITY_IS_DELETED:entity is deleted:--\",\"{id}\"\n\
                 \"003000000000001AAA\",\"INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--\",\"003000000000001AAA\"\n\
                 \"\",\"MALFORMED_ID:malformed id nonsense:Id --\",\"nonsense\"\n\
                 \"\",\"MISSING_ARGUMENT:Id not specified in a delete call:--\",\"\"\n"
        )
    );
    let all = |soql: &str| format!("/queryAll?q={}", soql.replace(' ', "+"));
    let bin = rest
        .get(&all(
            "SELECT Id FROM Lead WHERE LastName = 'Bin' AND IsDeleted = true",
        ))
        .await
        .expect(200);
    assert_eq!(bin.body["totalSize"], 1);
    let order = json!({"operation": "hardDelete", "object": "Lead"});
    let job = rest
        .load(order.clone(), &format!("Id\n{}\n{}\n", ids[0], ids[1]))
        .await;
    assert_eq!(
        (&job["state"], &job["numberRecordsFailed"]),
        (&json!("JobComplete"), &json!(0))
    );
    let gone = rest
        .get(&all("SELECT Id FROM Lead WHERE LastName = 'Bin'"))
        .await
        .expect(200);
    assert_eq!(gone.body["totalSize"], 0);
    let maria = org.rest(MARIA).await;
    let message = "hardDelete operation requires special user profile permission, please contact your system administrator";
    let reply = maria.post("/jobs/ingest", order).await.expect(400);
    assert_eq!(
        reply.body,
        json!([{"errorCode": "FeatureNotEnabled", "message": message}])
    );
}

// proves SFB-BULK-29
#[tokio::test]
async fn assignment_rules_run_where_the_order_names_one() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let csv = "LastName,Company\nRules,Rules\n";
    let rule = rest
        .first_id("SELECT Id FROM AssignmentRule WHERE Name = 'Inbound Leads'")
        .await;
    for (rule, owner) in [(None, "User"), (Some(rule.as_str()), "Group")] {
        let mut order = insert("Lead");
        if let Some(rule) = rule {
            order["assignmentRuleId"] = rule.into();
        }
        let job = rest.load(order, csv).await;
        assert_eq!(job["assignmentRuleId"], json!(rule).clone());
        let id = rest
            .outcome(&job, "successfulResults")
            .await
            .lines()
            .nth(1)
            .unwrap()[1..19]
            .to_owned();
        let lead = rest
            .get(&format!("/sobjects/Lead/{id}?fields=OwnerId"))
            .await
            .expect(200)
            .body;
        let prefix = if owner == "User" { "005" } else { "00G" };
        assert!(
            lead["OwnerId"].as_str().unwrap().starts_with(prefix),
            "{lead}"
        );
    }
}

// proves SFB-BULK-22
#[tokio::test]
async fn order_and_file_come_in_one_request() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let send = async |content: &str| {
        let body = format!(
            "--BOUNDARY\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n\
             {{\"object\":\"Account\",\"contentType\":\"CSV\",\"operation\":\"insert\"}}\r\n--BOUNDARY\r\n\
             Content-Type: text/csv\r\nContent-Disposition: form-data; name=\"content\"; filename=\"content\"\r\n\r\n\
             {content}\r\n--BOUNDARY--\r\n"
        );
        let kind = [("content-type", "multipart/form-data; boundary=BOUNDARY")];
        rest.send("POST", "/v66.0/jobs/ingest", &kind, Some(body))
            .await
    };
    let made = send("Name\nInline one\nInline two\n").await.expect(200);
    assert_eq!(made.body["state"], "UploadComplete");
    let job = rest.wait_for("ingest", &made.id()).await;
    assert_eq!(
        (&job["state"], &job["numberRecordsProcessed"]),
        (&json!("JobComplete"), &json!(2))
    );
    let long = send(&"x".repeat(100_001)).await.expect(400);
    let message = "The content of a multipart job has at most 100000 characters";
    assert_eq!(
        long.body,
        json!([{"errorCode": "CLIENT_INPUT_ERROR", "message": message}])
    );
    let kind = [("content-type", "multipart/form-data; boundary=B")];
    let broken = rest
        .send(
            "POST",
            "/v66.0/jobs/ingest",
            &kind,
            Some("--B--".to_owned()),
        )
        .await
        .expect(400);
    let message = "The multipart request has no part named 'job'";
    assert_eq!(
        broken.body,
        json!([{"errorCode": "INVALID_MULTIPART_REQUEST", "message": message}])
    );
}

// proves SFB-BULK-18, SFB-BULK-23, SFB-BULK-7, SFB-BULK-11, SFB-BULK-21
#[tokio::test]
async fn what_a_job_does_not_allow_is_refused() {
    let org = org_with(|options| options.bulk_delay = Duration::from_hours(1)).await;
    let rest = org.rest(ADMIN).await;
    let refused = |code: &str, message: &str| json!([{"errorCode": code, "message": message}]);
    let reply = rest
        .post("/jobs/ingest", insert("Nothing__c"))
        .await
        .expect(400);
    assert_eq!(
        reply.body,
        refused(
            "INVALIDENTITY",
            "Entity 'Nothing__c' is not supported by the Bulk API."
        )
    );
    let reply = rest
        .post(
            "/jobs/ingest",
            json!({"operation": "query", "object": "Account"}),
        )
        .await
        .expect(400);
    assert_eq!(
        reply.body,
        refused(
            "INVALIDOPERATION",
            "Operation 'query' is not supported by this resource"
        )
    );
    let id = rest
        .post("/jobs/ingest", insert("Account"))
        .await
        .expect(200)
        .id();
    let path = format!("/jobs/ingest/{id}");
    let batches = format!("/v66.0{path}/batches");
    let json_upload = rest
        .send("PUT", &batches, &[], Some("{}".to_owned()))
        .await
        .expect(415);
    let message =
        "Content type 'application/json' is not supported by this resource. Send 'text/csv'.";
    assert_eq!(json_upload.body, refused("UNSUPPORTED_MEDIA_TYPE", message));
    rest.upload(&id, "Name\na\n").await.expect(201);
    let twice = rest.upload(&id, "Name\nb\n").await.expect(400);
    let message = format!(
        "Found multiple contents for job: <{id}>, please 'Close' / 'Abort' / 'Delete' the current Job then create \
                           a new Job and make sure you only do 'PUT' once on a given Job."
    );
    assert_eq!(twice.body, refused("CLIENT_INPUT_ERROR", &message));
    let open = rest.delete(&path).await.expect(400);
    let message = "Error encountered when deleting the job because the job is not terminated";
    assert_eq!(open.body, refused("API_ERROR", message));
    rest.close(&id).await.expect(200);
    let again = rest.close(&id).await.expect(400);
    assert_eq!(
        again.body,
        refused("INVALIDJOBSTATE", "Closing already Closed Job not allowed")
    );
    let late = rest.upload(&id, "Name\nc\n").await.expect(400);
    assert_eq!(
        late.body,
        refused(
            "INVALIDJOBSTATE",
            "Uploading to a job in the state UploadComplete not allowed"
        )
    );
    let early = rest.get(&format!("{path}/failedResults")).await.expect(400);
    let message = "Results of a job in the state UploadComplete are not available";
    assert_eq!(early.body, refused("INVALIDJOBSTATE", message));
    let aborted = rest
        .patch(&path, json!({"state": "Aborted"}))
        .await
        .expect(200);
    assert_eq!(aborted.body["state"], "Aborted");
    assert_eq!(
        rest.get(&format!("{path}/unprocessedrecords"))
            .await
            .expect(200)
            .raw,
        "\"Name\"\n\"a\"\n"
    );
    rest.delete(&path).await.expect(204);
    assert_eq!(
        rest.query("SELECT COUNT() FROM Account WHERE Name = 'a'")
            .await
            .body["totalSize"],
        0
    );
}

// proves SFB-BULK-1: an upload without rows is done at once
#[tokio::test]
async fn an_empty_upload_has_no_rows() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    for operation in ["insert", "delete"] {
        let job = rest
            .load(json!({"operation": operation, "object": "Account"}), "")
            .await;
        assert_eq!(
            (&job["state"], &job["numberRecordsProcessed"]),
            (&json!("JobComplete"), &json!(0))
        );
        assert_eq!(
            rest.outcome(&job, "successfulResults").await,
            "\"sf__Id\",\"sf__Created\"\n"
        );
        assert_eq!(rest.outcome(&job, "unprocessedrecords").await, "");
    }
}

/// Takes the last lines off the log, as a kill before they were written would have left it.
fn forget_lines(folder: &Path, keep: impl Fn(&str) -> bool) -> usize {
    let path = folder.join(gatelodge_practice::persistence::LOG_NAME);
    let log = std::fs::read_to_string(&path).unwrap();
    let end = log.lines().position(|line| !keep(line)).unwrap();
    let kept: Vec<&str> = log.split_inclusive('\n').take(end).collect();
    std::fs::write(&path, kept.concat()).unwrap();
    log.lines().count() - end
}

// proves SFB-BULK-31: a kill between any two entries of the log loses nothing and writes no row twice
#[tokio::test]
async fn a_load_goes_on_where_a_kill_left_it() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_in(folder.path()).await;
    let rest = org.rest(ADMIN).await;
    let mut csv = "Invoice_Number__c,Amount__c\n".to_owned();
    for number in 0..1_050 {
        // Every fifth row is refused: it has the number of the row before it.
        let number = if number % 5 == 4 { number - 1 } else { number };
        writeln!(csv, "K-{number},{number}").unwrap();
    }
    let id = rest.begin_load(insert("Invoice__c"), &csv).await;
    let whole = rest.wait_for("ingest", &id).await;
    assert_eq!(
        (
            &whole["numberRecordsProcessed"],
            &whole["numberRecordsFailed"]
        ),
        (&json!(1_050), &json!(210))
    );
    let expected = rest.outcome(&whole, "failedResults").await;
    org.running.shutdown().await;
    let chunks = |line: &str| line.contains("\"rows\":{\"job\"");
    let seen = std::cell::Cell::new(0);
    let forgotten = forget_lines(folder.path(), |line| {
        if chunks(line) {
            seen.set(seen.get() + 1);
        }
        seen.get() < 3
    });
    // Four of six chunks and the end of the job.
    assert_eq!(forgotten, 5);
    let org = org_in(folder.path()).await;
    let rest = org.rest(ADMIN).await;
    let again = rest.wait_for("ingest", &id).await;
    assert_eq!(again["state"], "JobComplete", "{again}");
    assert_eq!(
        (
            &again["numberRecordsProcessed"],
            &again["numberRecordsFailed"]
        ),
        (&json!(1_050), &json!(210))
    );
    assert_eq!(rest.outcome(&again, "failedResults").await, expected);
    let count = rest
        .query("SELECT COUNT() FROM Invoice__c WHERE Invoice_Number__c LIKE 'K-%'")
        .await;
    assert_eq!(count.body["totalSize"], 840);
    for row in rest
        .records("SELECT Id FROM Invoice__c WHERE Invoice_Number__c LIKE 'K-%'")
        .await
    {
        assert_eq!(org.writers(row["Id"].as_str().unwrap()).len(), 1);
    }
}
