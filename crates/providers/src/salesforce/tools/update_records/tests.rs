//! What `salesforce_update_records` prepares, sends and makes of answers.

use super::*;
use crate::salesforce::testing::{ME, Scripted, batch, freeze, header, page, raw};
use gatelodge_model::{ErrorKind, RecordVersion};
use serde_json::{Value, json};

const A: &str = "001dM00003jU9GxQAK";
const B: &str = "001dM00003kRs59QAC";
const BEFORE: &str = "2026-05-01T07:25:37.000+0000";
const AFTER: &str = "2026-05-02T10:00:05.000+0000";

fn account(id: &str, name: &str, phone: &str, version: &str, by: &str) -> Value {
    json!({"attributes": {"type": "Account"}, "Id": id, "Name": name, "Phone": phone,
        "Website": null, "SystemModstamp": version, "LastModifiedDate": version, "LastModifiedById": by})
}

fn org() -> Scripted {
    // In another order than asked, as a query may answer.
    Scripted::org().on(
        "query",
        page(&[
            account(B, "Beta", "2", BEFORE, ME),
            account(A, "Acme", "1", BEFORE, ME),
        ]),
    )
}

async fn frozen() -> FrozenProposal {
    let input = json!({"object": "account", "records": [{"Id": A, "Phone": "11"}, {"id": B, "Phone": "22", "Website": "b.example"}]});
    let input = serde_json::from_value(input).unwrap();
    let prepared = UpdateRecords.prepare(&org(), input).await.unwrap();
    freeze("salesforce_update_records", prepared)
}

#[tokio::test]
async fn every_record_is_read_once_and_shown_before_and_after() {
    // proves SF-6, SF-9, APR-1, APR-2
    let input = json!({"object": "Account", "records": [{"Id": A, "Phone": "11"}, {"Id": B, "Phone": "22"}]});
    let org = org();
    UpdateRecords
        .prepare(&org, serde_json::from_value(input).unwrap())
        .await
        .unwrap();
    assert_eq!(org.requests().len(), 2, "describe and one query");
    let asked = org.last_query("q").unwrap();
    assert!(
        asked.ends_with(&format!("FROM Account WHERE Id IN ('{A}', '{B}')")),
        "{asked}"
    );

    let frozen = frozen().await;
    assert_eq!(frozen.request.method, "PATCH");
    assert_eq!(
        frozen.request.path,
        "/services/data/v66.0/composite/sobjects"
    );
    let body: Value = serde_json::from_str(frozen.request.body.as_deref().unwrap()).unwrap();
    assert_eq!(
        body["records"][1],
        json!({"attributes": {"type": "Account"}, "id": B, "Phone": "22", "Website": "b.example"})
    );
    assert_eq!(header(&frozen.request, "Sforce-Auto-Assign"), Some("FALSE"));
    let batch = batch(&frozen.preview);
    let first = &batch.records[0];
    assert_eq!(first.record.as_ref().unwrap().name.as_deref(), Some("Acme"));
    assert_eq!(
        (&first.fields[0].before, &first.fields[0].after),
        (&json!("1"), &json!("11"))
    );
    let versions: Vec<_> = frozen
        .record_versions
        .iter()
        .map(|known| known.id.as_str())
        .collect();
    assert_eq!(versions, [A, B]);
}

#[tokio::test]
async fn versions_are_compared_in_one_call() {
    // proves APR-4
    let frozen = frozen().await;
    let now = |records: &[Value]| Scripted::org().on("query", page(records));
    let same = org();
    let versions = UpdateRecords
        .current_versions(&same, &frozen)
        .await
        .unwrap();
    assert_eq!(versions, frozen.record_versions);
    assert_eq!(same.requests().len(), 1);
    let changed = now(&[
        account(A, "Acme", "1", AFTER, ME),
        account(B, "Beta", "2", BEFORE, ME),
    ]);
    let versions = UpdateRecords
        .current_versions(&changed, &frozen)
        .await
        .unwrap();
    assert_ne!(versions, frozen.record_versions);
    let gone = now(&[account(A, "Acme", "1", BEFORE, ME)]);
    let versions: Vec<RecordVersion> = UpdateRecords
        .current_versions(&gone, &frozen)
        .await
        .unwrap();
    assert_eq!(versions.len(), 1);
}

#[tokio::test]
async fn missing_records_are_named() {
    let input = json!({"object": "Account", "records": [{"Id": A, "Phone": "1"}, {"Id": "001dM00003kS5tZQAS", "Phone": "1"}]});
    let error = UpdateRecords
        .prepare(&org(), serde_json::from_value(input).unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProviderNotFound);
    assert!(
        error.message().contains("record 2 (001dM00003kS5tZQAS)"),
        "{error}"
    );
}

#[tokio::test]
async fn a_lost_answer_is_told_from_every_record() {
    let frozen = frozen().await;
    let mut done_b = account(B, "Beta", "22", AFTER, ME);
    done_b["Website"] = json!("b.example");
    let done_a = account(A, "Acme", "11", AFTER, ME);
    let look = async |records: &[Value]| {
        let org = Scripted::org().on("query", page(records));
        UpdateRecords.reconcile(&org, &frozen).await.unwrap()
    };
    let Reconciled::Happened { result, .. } = look(&[done_a.clone(), done_b.clone()]).await else {
        panic!("both hold what was sent")
    };
    assert_eq!(
        (&result["succeeded"], &result["records"][1]["id"]),
        (&json!(2), &json!(B))
    );
    assert!(matches!(
        UpdateRecords.reconcile(&org(), &frozen).await.unwrap(),
        Reconciled::NotSeen { .. }
    ));
    let others = account(A, "Acme", "11", AFTER, "005dM00000bbbbbQAA");
    for (records, words) in [
        (
            vec![done_a, account(B, "Beta", "2", BEFORE, ME)],
            "perhaps refused: records 2.",
        ),
        (
            vec![done_b.clone()],
            "Records 1: gone or no longer visible.",
        ),
        (
            vec![others, done_b],
            "Records 1: changed last by somebody else.",
        ),
    ] {
        let Reconciled::Unclear { evidence } = look(&records).await else {
            panic!("{words}")
        };
        assert!(evidence.contains(words), "{evidence}");
    }
    let lost = UpdateRecords
        .interpret(&frozen, &raw(200, "<html>"))
        .unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::UnknownOutcome);
}
