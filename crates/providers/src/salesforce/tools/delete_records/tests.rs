//! What `salesforce_delete_records` prepares, sends and makes of answers.

use super::*;
use crate::salesforce::testing::{Scripted, batch, freeze, page, response};
use serde_json::{Value, json};

const A: &str = "001dM00003jU9GxQAK";
const B: &str = "001dM00003kRs59QAC";

fn account(id: &str, name: &str) -> Value {
    json!({"attributes": {"type": "Account"}, "Id": id, "Name": name, "Phone": "1",
        "SystemModstamp": "2026-05-01T07:25:37.000+0000"})
}

fn org() -> Scripted {
    Scripted::org().on("query", page(&[account(A, "Acme"), account(B, "Beta")]))
}

async fn frozen() -> FrozenProposal {
    let input =
        json!({"object": "Account", "records": [{"Id": A}, {"Id": B}], "all_or_none": true});
    let prepared = DeleteRecords
        .prepare(&org(), serde_json::from_value(input).unwrap())
        .await
        .unwrap();
    freeze("salesforce_delete_records", prepared)
}

#[tokio::test]
async fn every_record_is_shown_whole_before_it_goes() {
    // proves SF-6, APR-1, APR-2
    let frozen = frozen().await;
    assert_eq!(frozen.request.method, "DELETE");
    assert_eq!(
        frozen.request.path,
        format!("/services/data/v66.0/composite/sobjects?ids={A},{B}&allOrNone=true")
    );
    assert_eq!(frozen.request.body, None);
    let batch = batch(&frozen.preview);
    let shown: Vec<_> = batch.records[1]
        .fields
        .iter()
        .map(|field| field.api_name.as_str())
        .collect();
    assert_eq!(shown, ["Name", "Phone"]);
    assert!(batch.all_or_none && batch.notes[1].contains("Contacts"));
    assert_eq!(frozen.record_versions.len(), 2);
}

#[tokio::test]
async fn answers_and_lost_answers_are_read() {
    let frozen = frozen().await;
    let items =
        json!([{"id": A, "success": true, "errors": []}, {"id": B, "success": true, "errors": []}]);
    let outcome = DeleteRecords
        .interpret(&frozen, &response(200, &items))
        .unwrap();
    assert_eq!((outcome.succeeded, outcome.failed), (2, 0));
    assert!(matches!(
        DeleteRecords.reconcile(&org(), &frozen).await.unwrap(),
        Reconciled::NotSeen { .. }
    ));
    let gone = Scripted::org().on("query", page(&[]));
    assert!(matches!(
        DeleteRecords.reconcile(&gone, &frozen).await.unwrap(),
        Reconciled::Happened { .. }
    ));
    let half = Scripted::org().on("query", page(&[account(B, "Beta")]));
    let Reconciled::Unclear { evidence } = DeleteRecords.reconcile(&half, &frozen).await.unwrap()
    else {
        panic!("one is gone")
    };
    assert!(evidence.contains("As proposed: records 1."), "{evidence}");
}

#[tokio::test]
async fn other_members_have_no_meaning() {
    let input = json!({"object": "Account", "records": [{"Id": A}, {"Id": B, "Phone": "1"}]});
    let error = DeleteRecords
        .prepare(&org(), serde_json::from_value(input).unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.field(), Some("records[1].Phone"));
}
