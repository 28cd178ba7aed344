//! The review page of many records: before the decision, and after one that some records did not survive.

use super::{
    made::{HOSTILE, change, frame, now, review_of},
    write::sample,
};
use crate::{pages::review_view, parts::Section};
use gatelodge_core::Review;
use gatelodge_model::{
    Batch, BatchRecord, Environment, Outcome, Preview, ProposalStatus, RecordChange, RecordRef,
    Role,
};
use serde_json::{Value, json};

fn batch(count: u32) -> Batch {
    let records = (1..=count)
        .map(|number| BatchRecord {
            change: RecordChange::Update,
            record: Some(RecordRef {
                id: format!("001Hu0000{number:0>6}IA5"),
                name: Some(if number == 150 {
                    HOSTILE.to_owned()
                } else {
                    format!("Nordkai Logistik {number} GmbH")
                }),
            }),
            fields: vec![
                change("Rating", "Account Rating", json!("Warm"), json!("Hot")),
                change(
                    "AnnualRevenue",
                    "Annual Revenue",
                    json!(number * 1000),
                    json!(number * 1000 + 500),
                ),
                change("Phone", "Account Phone", Value::Null, json!("+49 731 5550")),
                change("Type", "Account Type", json!("Customer"), json!("Customer")),
            ],
        })
        .collect();
    Batch {
        object: "Account".into(),
        object_label: "Accounts".into(),
        all_or_none: false,
        records,
        notes: vec!["Assignment rules will not run.".into()],
    }
}

fn of(count: u32, status: ProposalStatus) -> Review {
    let mut review = review_of(
        Preview::Batch(batch(count)),
        json!({}),
        Environment::Production,
        status,
    );
    review.record_url = None;
    review.editable = false;
    review
}

fn shown(name: &str, review: &Review) -> String {
    let frame = frame(Role::Member, 3).at(Section::Approvals);
    sample(name, &review_view::page(frame, review, now()))
}

#[test]
fn two_hundred_records_are_shown_whole_before_they_are_decided() {
    // proves APR-2, APR-3, P6, P7, U1
    let html = shown("review-batch", &of(200, ProposalStatus::Pending));
    for needed in [
        "Update 200 records: Accounts",
        "200 records: 200 change",
        "If one is refused, the others are saved all the same.",
        "total 20,100,000 → 20,200,000",
        "200 changed",
        "Records 11 to 60",
        "Records 161 to 200",
        "I have opened and read the 190 folded records.",
        "name=\"folded\" value=\"190\"",
        "name=\"read_all\" value=\"yes\" required",
        "Approve and run",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
    for number in 1..=200 {
        let id = format!("001Hu0000{number:0>6}IA5");
        assert!(html.contains(&id), "{id}");
    }
    assert!(!html.contains("Edit values"));
    assert!(!html.contains("<script>alert"));
}

#[test]
fn a_few_records_need_no_fold() {
    let html = shown("review-batch-few", &of(3, ProposalStatus::Pending));
    assert!(!html.contains("read_all") && !html.contains("Records 11"));
}

#[test]
fn refusals_of_a_part_are_said_with_their_records() {
    // proves APR-4, SF-11
    let mut review = of(3, ProposalStatus::Done);
    let result = json!({"object": "Account", "total": 3, "succeeded": 2, "failed": 1, "records": [
        {"number": 1, "id": "001Hu0000000001IA5", "success": true},
        {"number": 2, "success": false, "errors": [{"code": "ENTITY_IS_LOCKED",
            "message": "This record is locked.", "hint": "Wait for its end.", "who_must_act": "provider_admin"}]},
        {"number": 3, "id": "001Hu0000000003IA5", "success": true}]});
    review.outcome = Some(Outcome {
        result: Some(result),
        error: None,
        provider_request_id: Some("7f1c-2".into()),
        evidence: None,
    });
    let html = shown("review-batch-done", &review);
    for needed in [
        "Done in part",
        "2 of 3 records were saved. 1 was refused",
        "ENTITY_IS_LOCKED",
        "Wait for its end.",
        "Nordkai Logistik 2 GmbH",
        "2 records were saved",
        "7f1c-2",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
}
