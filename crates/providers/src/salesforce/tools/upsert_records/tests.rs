//! What `salesforce_upsert_records` prepares, sends and makes of answers.

use super::*;
use crate::salesforce::testing::{ME, Scripted, batch, freeze, page, response};
use serde_json::{Value, json};

const ACCOUNT: &str = "001dM00003jU9GxQAK";
const ID: &str = "a01dM00003jU9GxQAK";
const BEFORE: &str = "2026-05-01T07:25:37.000+0000";
const AFTER: &str = "2026-05-02T10:00:05.000+0000";

fn invoice(id: &str, key: &str, amount: u32, version: &str) -> Value {
    json!({"attributes": {"type": "Invoice__c"}, "Id": id, "Name": "INV-1", "External_Id__c": key,
        "Amount__c": amount, "Account__c": ACCOUNT, "SystemModstamp": version,
        "LastModifiedDate": version, "LastModifiedById": ME, "CreatedById": ME})
}

fn found(records: &[Value]) -> Scripted {
    Scripted::org().on("query", page(records))
}

fn input(records: Value) -> Input {
    let input =
        json!({"object": "Invoice__c", "external_id_field": "external_id__c", "records": records});
    serde_json::from_value(input).unwrap()
}

fn two() -> Value {
    json!([{"External_Id__c": "A-1", "Amount__c": 7}, {"external_id__c": "B-2", "Amount__c": 8, "Account__c": ACCOUNT}])
}

async fn frozen() -> FrozenProposal {
    // Salesforce finds external ids in any case.
    let org = found(&[invoice(ID, "a-1", 5, BEFORE)]);
    let prepared = UpsertRecords.prepare(&org, input(two())).await.unwrap();
    assert!(
        org.last_query("q")
            .unwrap()
            .ends_with("FROM Invoice__c WHERE External_Id__c IN ('A-1', 'B-2')")
    );
    freeze("salesforce_upsert_records", prepared)
}

#[tokio::test]
async fn what_happens_to_each_record_is_known_before() {
    // proves SF-7, SF-9, APR-1, APR-2
    let frozen = frozen().await;
    assert_eq!(
        frozen.request.path,
        "/services/data/v66.0/composite/sobjects/Invoice__c/External_Id__c"
    );
    let body: Value = serde_json::from_str(frozen.request.body.as_deref().unwrap()).unwrap();
    assert_eq!(
        body["records"],
        json!([
            {"attributes": {"type": "Invoice__c"}, "External_Id__c": "A-1", "Amount__c": 7},
            {"attributes": {"type": "Invoice__c"}, "External_Id__c": "B-2", "Amount__c": 8, "Account__c": ACCOUNT},
        ])
    );
    let batch = batch(&frozen.preview);
    assert_eq!(batch.records[0].change, RecordChange::Update);
    assert_eq!(batch.records[0].fields[0].before, json!(5));
    assert_eq!(batch.records[1].change, RecordChange::Create);
    assert_eq!(frozen.record_versions.len(), 1);
}

#[tokio::test]
async fn a_record_that_came_into_being_makes_it_stale() {
    // proves APR-4
    let frozen = frozen().await;
    let same = found(&[invoice(ID, "a-1", 5, BEFORE)]);
    let now = UpsertRecords
        .current_versions(&same, &frozen)
        .await
        .unwrap();
    assert_eq!(now, frozen.record_versions);
    let more = found(&[
        invoice("a01dM00003kRs59QAC", "B-2", 8, BEFORE),
        invoice(ID, "a-1", 5, BEFORE),
    ]);
    let now = UpsertRecords
        .current_versions(&more, &frozen)
        .await
        .unwrap();
    assert_eq!(now.len(), 2);
}

#[tokio::test]
async fn answers_and_lost_answers_are_read() {
    let frozen = frozen().await;
    let items = json!([{"id": ID, "success": true, "errors": [], "created": false},
        {"id": "a01dM00003kRs59QAC", "success": true, "errors": [], "created": true}]);
    let outcome = UpsertRecords
        .interpret(&frozen, &response(200, &items))
        .unwrap();
    let created: Vec<_> = outcome
        .records
        .iter()
        .map(|record| record.created)
        .collect();
    assert_eq!(created, [Some(false), Some(true)]);
    let done = found(&[
        invoice(ID, "A-1", 7, AFTER),
        invoice("a01dM00003kRs59QAC", "B-2", 8, AFTER),
    ]);
    let Reconciled::Happened { result, .. } =
        UpsertRecords.reconcile(&done, &frozen).await.unwrap()
    else {
        panic!("both are there")
    };
    assert_eq!(result["records"][1]["created"], true);
    let before = found(&[invoice(ID, "A-1", 5, BEFORE)]);
    assert!(matches!(
        UpsertRecords.reconcile(&before, &frozen).await.unwrap(),
        Reconciled::NotSeen { .. }
    ));
}

#[tokio::test]
async fn keys_are_there_once_and_find_one_record() {
    for (records, field) in [
        (json!([{"Amount__c": 7}]), "records[0].External_Id__c"),
        (
            json!([{"External_Id__c": "A"}, {"External_Id__c": "a"}]),
            "records[1].External_Id__c",
        ),
        (
            json!([{"External_Id__c": "A", "Amount__c": 7}, {"External_Id__c": "B", "Amount__c": 7}]),
            "records[1]",
        ),
    ] {
        let org = found(&[invoice(ID, "A", 5, BEFORE)]);
        let error = UpsertRecords
            .prepare(&org, input(records.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.field(), Some(field), "{records}: {error}");
    }
    let twice = found(&[
        invoice(ID, "A", 5, BEFORE),
        invoice(ACCOUNT, "A", 5, BEFORE),
    ]);
    let given = json!([{"External_Id__c": "A", "Amount__c": 7}]);
    let error = UpsertRecords
        .prepare(&twice, input(given))
        .await
        .unwrap_err();
    assert!(error.message().contains("several records"), "{error}");
}
