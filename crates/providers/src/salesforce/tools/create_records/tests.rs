//! What `salesforce_create_records` prepares, sends and makes of answers.

use super::*;
use crate::salesforce::testing::{Scripted, batch, freeze, header, page, refusal, response};
use gatelodge_model::{ErrorKind, WhoMustAct};
use serde_json::{Value, json};

async fn frozen(all_or_none: bool) -> FrozenProposal {
    let input = json!({"object": "Contact", "all_or_none": all_or_none,
        "records": [{"LastName": "Lovelace", "Email": "a@x.example"}, {"lastname": "Hopper"}]});
    let input = serde_json::from_value(input).unwrap();
    let prepared = CreateRecords
        .prepare(&Scripted::org(), input)
        .await
        .unwrap();
    freeze("salesforce_create_records", prepared)
}

fn answer(items: &Value) -> ProviderResponse {
    response(200, items)
}

#[tokio::test]
async fn one_request_holds_every_record_that_is_shown() {
    // proves SF-6, SF-9, SF-15, APR-1, APR-2
    let frozen = frozen(false).await;
    assert_eq!(frozen.request.method, "POST");
    assert_eq!(
        frozen.request.path,
        "/services/data/v66.0/composite/sobjects"
    );
    assert_eq!(
        frozen.request.body.as_deref(),
        Some(
            r#"{"allOrNone":false,"records":[{"attributes":{"type":"Contact"},"LastName":"Lovelace","Email":"a@x.example"},{"attributes":{"type":"Contact"},"LastName":"Hopper"}]}"#
        )
    );
    assert_eq!(header(&frozen.request, "Sforce-Auto-Assign"), Some("TRUE"));
    let batch = batch(&frozen.preview);
    assert_eq!(
        (batch.object.as_str(), batch.object_label.as_str()),
        ("Contact", "Contacts")
    );
    assert_eq!(batch.records[1].fields[0].after, json!("Hopper"));
    assert_eq!(batch.records[1].change, RecordChange::Create);
}

#[tokio::test]
async fn each_record_has_its_own_ending() {
    // proves SF-6, SF-11
    let items = json!([
        {"id": "003dM00003jU9Gx", "success": true, "errors": []},
        {"success": false, "errors": [{"statusCode": "INVALID_EMAIL_ADDRESS",
            "message": "Email: invalid email address: x", "fields": ["Email"]}]},
    ]);
    let outcome = CreateRecords
        .interpret(&frozen(false).await, &answer(&items))
        .unwrap();
    assert_eq!(
        (outcome.total, outcome.succeeded, outcome.failed),
        (2, 1, 1)
    );
    assert_eq!(outcome.records[0].id.as_deref(), Some("003dM00003jU9GxQAK"));
    let refused = &outcome.records[1];
    assert!(!refused.success && refused.id.is_none() && refused.number == 2);
    assert_eq!(refused.errors[0].hint, "Give a complete e-mail address.");
    assert_eq!(refused.errors[0].who_must_act, WhoMustAct::Caller);
    assert_eq!(
        serde_json::to_value(refused).unwrap(),
        json!({"number": 2, "success": false, "errors": [{"code": "INVALID_EMAIL_ADDRESS",
            "message": "Email: invalid email address: x", "fields": ["Email"],
            "hint": "Give a complete e-mail address.", "who_must_act": "caller"}]})
    );
}

#[tokio::test]
async fn a_batch_that_saved_nothing_failed() {
    let back = json!({"success": false, "errors": [{"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "message": "Record rolled back because not all records were valid and the request was using AllOrNone header", "fields": []}]});
    let cause = json!({"success": false, "errors": [{"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "message": "Say more", "fields": ["Email"]}]});
    let error = CreateRecords
        .interpret(&frozen(true).await, &answer(&json!([back, cause])))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProviderRejected);
    let detail = error.provider().unwrap();
    assert_eq!(detail.code, "FIELD_CUSTOM_VALIDATION_EXCEPTION");
    assert_eq!(detail.fields, ["Email"]);
    assert!(error.message().starts_with(
        "Salesforce refused all 2 records; nothing was saved.\nRecord 2: FIELD_CUSTOM_VALIDATION_EXCEPTION: Say more\nRecord 1: ALL_OR_NONE"
    ));
    let whole = refusal(
        403,
        "REQUEST_LIMIT_EXCEEDED",
        "TotalRequests Limit exceeded.",
        &[],
    );
    let error = CreateRecords
        .interpret(&frozen(true).await, &whole)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProviderLimit);
    for odd in [json!([]), json!([back]), json!("x")] {
        let error = CreateRecords
            .interpret(&frozen(true).await, &answer(&odd))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownOutcome, "{odd}");
    }
}

#[tokio::test]
async fn lost_answers_are_found_again_record_by_record() {
    let frozen = frozen(false).await;
    let lovelace = json!({"Id": "003dM00003jU9Gx", "LastName": "Lovelace", "Email": "a@x.example"});
    let hopper = json!({"Id": "003dM00003kRs59", "LastName": "Hopper", "Email": null});
    let other = json!({"Id": "003dM00003kS5tZ", "LastName": "Other"});
    let look = async |records: &[Value]| {
        let org = Scripted::org().on("query", page(records));
        CreateRecords.reconcile(&org, &frozen).await.unwrap()
    };
    let Reconciled::Happened { result, .. } =
        look(&[hopper.clone(), other.clone(), lovelace.clone()]).await
    else {
        panic!("both are there")
    };
    assert_eq!(result["succeeded"], 2);
    assert_eq!(result["records"][0]["id"], "003dM00003jU9GxQAK");
    assert!(matches!(look(&[other]).await, Reconciled::NotSeen { .. }));
    let Reconciled::Unclear { evidence } = look(std::slice::from_ref(&lovelace)).await else {
        panic!("one is there")
    };
    assert!(evidence.contains("As proposed: records 1."), "{evidence}");
    assert!(
        evidence.contains("perhaps refused: records 2."),
        "{evidence}"
    );
    let twice = look(&[hopper.clone(), lovelace, hopper]).await;
    assert!(matches!(twice, Reconciled::Unclear { .. }));
}

#[tokio::test]
async fn wrong_records_never_become_a_proposal() {
    for (input, field) in [
        (json!({"object": "Contact", "records": []}), "records"),
        (
            json!({"object": "Contact", "records": [{"LastName": "L"}, {"LastName": "L", "Emial": "x"}]}),
            "records[1].Emial",
        ),
        (
            json!({"object": "Nonsense", "records": [{"LastName": "L"}]}),
            "object",
        ),
    ] {
        let parsed = serde_json::from_value(input.clone()).unwrap();
        let error = CreateRecords
            .prepare(&Scripted::org(), parsed)
            .await
            .unwrap_err();
        assert_eq!(error.field(), Some(field), "{input}");
    }
}
