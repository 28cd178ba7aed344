//! Jobs of the first Bulk API over HTTP, in XML and in JSON.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::rest_support::{ADMIN, MARIA, Rest};
use crate::support::{TestOrg, org, org_in, org_with};

const XML: &str = "application/xml; charset=utf-8";
const JSON: &str = "application/json";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
const SPACE: &str = "xmlns=\"http://www.force.com/2009/06/asyncapi/dataload\"";
/// So many looks at a batch are enough for any machine.
const LOOKS: usize = 20_000;

/// A client that sends its session in the header of this interface.
struct Classic<'a> {
    org: &'a TestOrg,
    session: String,
}

/// Status, content type and text of an answer.
type Reply = (u16, String, String);

impl<'a> Classic<'a> {
    fn new(org: &'a TestOrg, rest: &Rest<'_>) -> Self {
        let session = rest.token().to_owned();
        Self { org, session }
    }

    async fn send(&self, method: Method, path: &str, kind: &str, body: &str) -> Reply {
        let request = self
            .org
            .http
            .request(method, self.org.url(&format!("/services/async/{path}")))
            .header("X-SFDC-Session", &self.session);
        let request = match kind {
            "" => request,
            kind => request.header("content-type", kind).body(body.to_owned()),
        };
        let answer = request.send().await.unwrap();
        let kind = &answer.headers()["content-type"];
        let kind = kind.to_str().unwrap().to_owned();
        (answer.status().as_u16(), kind, answer.text().await.unwrap())
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, &format!("66.0/job/{path}"), "", "")
            .await
    }

    async fn post(&self, path: &str, kind: &str, body: &str) -> Reply {
        self.send(Method::POST, &format!("66.0/job{path}"), kind, body)
            .await
    }

    /// Orders a job in JSON and gives its id.
    async fn order(&self, order: Value) -> String {
        let (status, _, text) = self.post("", JSON, &order.to_string()).await;
        assert_eq!(status, 201, "{text}");
        let job: Value = serde_json::from_str(&text).unwrap();
        job["id"].as_str().unwrap().to_owned()
    }

    /// Adds a batch to a job and gives its path.
    async fn add(&self, job: &str, kind: &str, body: &str) -> String {
        let (status, _, text) = self.post(&format!("/{job}/batch"), kind, body).await;
        assert_eq!(status, 201, "{text}");
        let id = match serde_json::from_str::<Value>(&text) {
            Ok(batch) => batch["id"].as_str().unwrap().to_owned(),
            Err(_) => inside(&text, "id").to_owned(),
        };
        assert!(id.starts_with("751"), "{id}");
        format!("{job}/batch/{id}")
    }

    /// Looks at a batch until nothing happens to it any more.
    async fn wait_for(&self, batch: &str) -> Value {
        for _ in 0..LOOKS {
            let path = format!("66.0/job/{batch}");
            let (_, _, text) = self.send(Method::GET, &path, JSON, "").await;
            let info: Value = serde_json::from_str(&text).unwrap();
            match info["state"].as_str().unwrap() {
                "Queued" | "InProgress" => tokio::task::yield_now().await,
                _ => return info,
            }
        }
        panic!("the batch {batch} does not end");
    }
}

/// The text of an element.
fn inside<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
    rest.split_once(&format!("</{name}>")).unwrap().0
}

fn error(code: &str, message: &str) -> Reply {
    let text = format!(
        "{HEAD}<error {SPACE}><exceptionCode>{code}</exceptionCode><exceptionMessage>{message}</exceptionMessage></error>"
    );
    (400, "application/xml".to_owned(), text)
}

// proves SFB-BULK-35, SFB-BULK-37, SFB-BULK-38
#[tokio::test]
async fn a_csv_job_is_told_in_xml_from_order_to_result() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let classic = Classic::new(&org, &rest);
    let order = format!(
        "{HEAD}\n<jobInfo {SPACE}>\n<operation>insert</operation><object>account</object>\
         <concurrencyMode>Serial</concurrencyMode><contentType>CSV</contentType></jobInfo>"
    );
    let (status, kind, text) = classic.post("", XML, &order).await;
    assert_eq!((status, kind.as_str()), (201, "application/xml"));
    let job = inside(&text, "id").to_owned();
    assert!(job.starts_with("750"));
    let made = inside(&text, "createdDate").to_owned();
    let person = inside(&text, "createdById").to_owned();
    let told = |state: &str, batches: usize, records: usize, failed: usize| {
        format!(
            "{HEAD}<jobInfo {SPACE}><id>{job}</id><operation>insert</operation><object>Account</object>\
             <createdById>{person}</createdById><createdDate>{made}</createdDate><systemModstamp>{made}</systemModstamp>\
             <state>{state}</state><concurrencyMode>Serial</concurrencyMode><contentType>CSV</contentType>\
             <numberBatchesQueued>0</numberBatchesQueued><numberBatchesInProgress>0</numberBatchesInProgress>\
             <numberBatchesCompleted>{batches}</numberBatchesCompleted><numberBatchesFailed>0</numberBatchesFailed>\
             <numberBatchesTotal>{batches}</numberBatchesTotal><numberRecordsProcessed>{records}</numberRecordsProcessed>\
             <numberRetries>0</numberRetries><apiVersion>66.0</apiVersion><numberRecordsFailed>{failed}</numberRecordsFailed>\
             <totalProcessingTime>0</totalProcessingTime><apiActiveProcessingTime>0</apiActiveProcessingTime>\
             <apexProcessingTime>0</apexProcessingTime></jobInfo>"
        )
    };
    assert_eq!(text, told("Open", 0, 0, 0));
    assert!(made.ends_with('Z'), "{made}");

    let first = classic
        .add(&job, "text/csv", "Name,Site\r\n\"One & all\",x\r\n,y\r\n")
        .await;
    classic.wait_for(&first).await;
    let second = classic.add(&job, "text/csv", "Name\nTwo\n").await;
    classic.wait_for(&second).await;
    let (status, _, text) = classic
        .post(
            &format!("/{job}"),
            XML,
            &format!("{HEAD}<jobInfo {SPACE}><state>Closed</state></jobInfo>"),
        )
        .await;
    assert_eq!((status, text), (200, told("Closed", 2, 3, 1)));
    assert_eq!(classic.get(&job).await.2, told("Closed", 2, 3, 1));

    let info = |batch: &str, records: usize, failed: usize| {
        let id = batch.rsplit('/').next().unwrap();
        format!(
            "<id>{id}</id><jobId>{job}</jobId><state>Completed</state><createdDate>{made}</createdDate>\
             <systemModstamp>{made}</systemModstamp><numberRecordsProcessed>{records}</numberRecordsProcessed>\
             <numberRecordsFailed>{failed}</numberRecordsFailed><totalProcessingTime>0</totalProcessingTime>\
             <apiActiveProcessingTime>0</apiActiveProcessingTime><apexProcessingTime>0</apexProcessingTime>"
        )
    };
    assert_eq!(
        classic.get(&first).await.2,
        format!(
            "{HEAD}<batchInfo {SPACE}>{}</batchInfo>",
            info(&first, 2, 1)
        )
    );
    assert_eq!(
        classic.get(&format!("{job}/batch")).await.2,
        format!(
            "{HEAD}<batchInfoList {SPACE}><batchInfo>{}</batchInfo><batchInfo>{}</batchInfo></batchInfoList>",
            info(&first, 2, 1),
            info(&second, 1, 0)
        )
    );
    let one = rest
        .first_id("SELECT Id FROM Account WHERE Name = 'One & all'")
        .await;
    let (status, kind, text) = classic.get(&format!("{first}/result")).await;
    assert_eq!((status, kind.as_str()), (200, "text/csv"));
    assert_eq!(
        text,
        format!(
            "\"Id\",\"Success\",\"Created\",\"Error\"\n\"{one}\",\"true\",\"true\",\"\"\n\
             \"\",\"false\",\"false\",\"REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --\"\n"
        )
    );
}

// proves SFB-BULK-35, SFB-BULK-38, SFB-BULK-43
#[tokio::test]
async fn a_json_job_is_told_in_json_and_its_request_read_back() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let classic = Classic::new(&org, &rest);
    let order = json!({
        "operation": "upsert", "object": "Invoice__c", "concurrencyMode": 0, "contentType": "JSON",
        "externalIdFieldName": "Invoice_Number__c",
    });
    let job = classic.order(order).await;
    let rows = r#"[{"Invoice_Number__c":"CL-1","Amount__c":12.5},{"Amount__c":1}]"#;
    let batch = classic.add(&job, JSON, rows).await;
    let info = classic.wait_for(&batch).await;
    assert_eq!(info["state"], "Completed");
    assert_eq!(info["stateMessage"], Value::Null);
    let id = rest
        .first_id("SELECT Id FROM Invoice__c WHERE Invoice_Number__c = 'CL-1' AND Amount__c = 12.5")
        .await;
    let (_, kind, text) = classic.get(&format!("{batch}/result")).await;
    assert_eq!(kind, "application/json;charset=UTF-8");
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        json!([
            { "success": true, "created": true, "id": id, "errors": [] },
            { "success": false, "created": false, "id": null, "errors": [{
                "statusCode": "MISSING_ARGUMENT", "message": "Invoice_Number__c not specified", "fields": [],
                "extendedErrorDetails": null,
            }] },
        ])
    );
    assert_eq!(classic.get(&format!("{batch}/request")).await.2, rows);
    let (_, _, list) = classic.get(&format!("{job}/batch")).await;
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list, json!({ "batchInfo": [info] }));
}

// proves SFB-BULK-39
#[tokio::test]
async fn a_query_batch_lists_results_and_each_is_read_in_the_content_of_the_job() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let classic = Classic::new(&org, &rest);
    let order = |content: &str| json!({ "operation": "query", "object": "Contact", "concurrencyMode": "Parallel", "contentType": content });
    let made = rest
        .post(
            "/sobjects/Contact",
            json!({ "LastName": "Classic", "Birthdate": "1970-01-02" }),
        )
        .await
        .expect(201)
        .id();
    let soql =
        "SELECT Id, LastName, Birthdate, Account.Name FROM Contact WHERE LastName = 'Classic'";

    let csv = classic.order(order("CSV")).await;
    let batch = classic.add(&csv, "text/csv", soql).await;
    classic.wait_for(&batch).await;
    let (_, kind, list) = classic.get(&format!("{batch}/result")).await;
    assert_eq!(kind, "application/xml");
    let result = inside(&list, "result").to_owned();
    assert!(result.starts_with("752"));
    assert_eq!(
        list,
        format!("{HEAD}<result-list {SPACE}><result>{result}</result></result-list>")
    );
    let (_, kind, text) = classic.get(&format!("{batch}/result/{result}")).await;
    assert_eq!(kind, "text/csv");
    assert_eq!(
        text,
        format!(
            "\"Id\",\"LastName\",\"Birthdate\",\"Account.Name\"\n\"{made}\",\"Classic\",\"1970-01-02\",\"\"\n"
        )
    );
    let none = classic
        .add(
            &csv,
            "text/csv",
            "SELECT Id FROM Contact WHERE LastName = 'Nobody at all'",
        )
        .await;
    classic.wait_for(&none).await;
    let (_, _, list) = classic.get(&format!("{none}/result")).await;
    let (_, _, text) = classic
        .get(&format!("{none}/result/{}", inside(&list, "result")))
        .await;
    assert_eq!(text, "Records not found for this query");

    let json = classic.order(order("JSON")).await;
    let batch = classic.add(&json, JSON, soql).await;
    classic.wait_for(&batch).await;
    let (_, _, list) = classic.get(&format!("{batch}/result")).await;
    let list: Vec<String> = serde_json::from_str(&list).unwrap();
    let (_, _, text) = classic.get(&format!("{batch}/result/{}", list[0])).await;
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        json!([{
            "attributes": { "type": "Contact", "url": format!("/services/data/v66.0/sobjects/Contact/{made}") },
            "Id": made, "LastName": "Classic", "Birthdate": 86_400_000, "Account": null,
        }])
    );
}

// proves SFB-BULK-36
#[tokio::test]
async fn errors_have_a_code_and_a_message_in_the_form_of_the_request() {
    let org = org().await;
    let rest = org.rest(MARIA).await;
    let classic = Classic::new(&org, &rest);
    let stranger = Classic {
        org: &org,
        session: "00Dxx!dead".to_owned(),
    };
    assert_eq!(
        stranger.get("750000000000001AAA").await,
        error("InvalidSessionId", "Invalid session id")
    );
    let (status, _, text) = stranger.post("", JSON, "{}").await;
    assert_eq!(
        (status, text.as_str()),
        (
            400,
            r#"{"exceptionCode":"InvalidSessionId","exceptionMessage":"Invalid session id"}"#
        )
    );
    assert_eq!(
        classic
            .send(Method::GET, "20.0/job/750000000000001AAA", "", "")
            .await,
        error("InvalidVersion", "Api version not available: 20.0")
    );
    assert_eq!(
        classic.get("750000000000001AAA").await,
        error(
            "InvalidJob",
            "Unable to find job with id: 750000000000001AAA"
        )
    );
    let job = classic
        .order(json!({ "operation": "insert", "object": "Account", "contentType": "CSV" }))
        .await;
    assert_eq!(
        classic
            .get(&format!("{job}/batch/751000000000001AAA"))
            .await,
        error(
            "InvalidBatch",
            "Unable to find batch with id: 751000000000001AAA"
        )
    );
    let order = |object: &str, more: &str| {
        format!(
            "<jobInfo {SPACE}><operation>upsert</operation><object>{object}</object>{more}</jobInfo>"
        )
    };
    assert_eq!(
        classic
            .post(
                "",
                XML,
                &order("Nothing__c", "<contentType>CSV</contentType>")
            )
            .await,
        error(
            "InvalidEntity",
            "Entity 'Nothing__c' is not supported by the Bulk API."
        )
    );
    assert_eq!(
        classic
            .post("", XML, &order("Account", "<contentType>CSV</contentType>"))
            .await,
        error(
            "InvalidJob",
            "External ID was blank for Account. An External ID must be specified for upsert."
        )
    );
    assert_eq!(
        classic.post("", XML, &order("Account", "")).await,
        error(
            "InvalidJob",
            "Content type 'XML' is not supported; use CSV or JSON"
        )
    );
    assert_eq!(
        classic.get(&format!("{job}/nothing")).await,
        error("InvalidUrl", "The requested resource does not exist")
    );
}

// proves SFB-BULK-40, SFB-BULK-42
#[tokio::test]
async fn an_empty_batch_is_refused_and_an_unreadable_one_fails_with_its_reason() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let classic = Classic::new(&org, &rest);
    let job = classic
        .order(json!({ "operation": "update", "object": "Account", "contentType": "CSV" }))
        .await;
    assert_eq!(
        classic.post(&format!("/{job}/batch"), "text/csv", "").await,
        error(
            "ClientInputError",
            "Request body of a batch cannot be empty"
        )
    );
    let batch = classic.add(&job, "text/csv", "Id,Colour\n1,2\n").await;
    let info = classic.wait_for(&batch).await;
    assert_eq!(info["state"], "Failed");
    assert_eq!(
        info["stateMessage"],
        "InvalidBatch : Field name not found : Colour"
    );
    let query = classic
        .order(json!({ "operation": "query", "object": "Account", "contentType": "CSV" }))
        .await;
    let batch = classic
        .add(&query, "text/csv", "SELECT Id FROM Account LIMIT x")
        .await;
    let info = classic.wait_for(&batch).await;
    assert_eq!(info["state"], "Failed");
    let reason = info["stateMessage"].as_str().unwrap();
    let start = "InvalidBatch : Failed to process query: MALFORMED_QUERY: ";
    assert!(reason.starts_with(start), "{reason}");
    assert_eq!(
        classic.get(&format!("{batch}/result")).await,
        error("InvalidBatch", "Batch not completed")
    );
}

// proves SFB-BULK-41
#[tokio::test]
async fn what_is_closed_takes_no_batch_and_what_is_aborted_stays_undone() {
    let org = org_with(|options| options.bulk_delay = Duration::from_hours(1)).await;
    let rest = org.rest(ADMIN).await;
    let classic = Classic::new(&org, &rest);
    let job = classic
        .order(json!({ "operation": "insert", "object": "Account", "contentType": "CSV" }))
        .await;
    let batch = classic.add(&job, "text/csv", "Name\nNever\n").await;
    let set = |state: &str| json!({ "state": state }).to_string();
    let path = format!("/{job}");
    let (status, _, _) = classic.post(&path, JSON, &set("Closed")).await;
    assert_eq!(status, 200);
    assert_eq!(
        classic
            .post(&format!("/{job}/batch"), "text/csv", "Name\nLate\n")
            .await,
        error(
            "InvalidJobState",
            "Adding a batch to a job in the state Closed not allowed"
        )
    );
    assert_eq!(inside(&classic.get(&batch).await.2, "state"), "Queued");
    let (_, _, text) = classic.post(&path, JSON, &set("Aborted")).await;
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["state"], "Aborted");
    assert_eq!(
        inside(&classic.get(&batch).await.2, "state"),
        "NotProcessed"
    );
    let (status, _, text) = classic.post(&path, JSON, &set("Closed")).await;
    assert_eq!(
        (status, text.as_str()),
        (
            400,
            r#"{"exceptionCode":"InvalidJobState","exceptionMessage":"Closing already Aborted Job not allowed"}"#
        )
    );
}

// proves SFB-BULK-43
#[tokio::test]
async fn jobs_and_batches_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let before = org_in(folder.path()).await;
    let rest = before.rest(ADMIN).await;
    let classic = Classic::new(&before, &rest);
    let job = classic
        .order(json!({ "operation": "insert", "object": "Account", "contentType": "CSV" }))
        .await;
    let batch = classic.add(&job, "text/csv", "Name\nLasting\n").await;
    classic.wait_for(&batch).await;
    let (told, result) = (
        classic.get(&job).await,
        classic.get(&format!("{batch}/result")).await,
    );
    assert_eq!(result.0, 200);
    let session = classic.session.clone();
    before.running.shutdown().await;

    let after = org_in(folder.path()).await;
    let classic = Classic {
        org: &after,
        session,
    };
    let again = classic.get(&job).await;
    assert_eq!(
        inside(&again.2, "numberRecordsProcessed"),
        inside(&told.2, "numberRecordsProcessed")
    );
    assert_eq!(classic.get(&format!("{batch}/result")).await, result);
    let (_, _, request) = classic.get(&format!("{batch}/request")).await;
    assert_eq!(request, "Name\nLasting\n");
}
