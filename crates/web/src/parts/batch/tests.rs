//! What a person sees of a batch.

use super::*;
use gatelodge_model::RecordRef;
use serde_json::json;

fn batch(count: usize) -> Batch {
    let records = (1..=count)
        .map(|n| BatchRecord {
            change: if n % 4 == 0 {
                RecordChange::Create
            } else {
                RecordChange::Update
            },
            record: (n % 4 != 0).then(|| RecordRef {
                id: format!("001{n}"),
                name: Some(format!("Account {n}")),
            }),
            fields: vec![
                FieldChange::compare("Amount".into(), "Amount".into(), json!(1), json!(2.5)),
                FieldChange::compare("Phone".into(), "Phone".into(), json!("x"), json!("x")),
            ],
        })
        .collect();
    Batch {
        object: "Account".into(),
        object_label: "Accounts".into(),
        all_or_none: false,
        records,
        notes: Vec::new(),
    }
}

#[test]
fn every_record_is_there_and_the_folded_ones_must_be_opened() {
    // proves P7, APR-2: 200 records, none lost
    let view = BatchView::of(&batch(200));
    let folded: usize = view.folds.iter().map(|fold| fold.records.len()).sum();
    assert_eq!((view.open.len(), folded), (OPEN, 190));
    assert_eq!(view.folds.len(), 4);
    assert_eq!(view.folds[3].summary, "Records 161 to 200");
    assert_eq!(view.folded(), 190);
    assert_eq!(
        view.confirmation().as_deref(),
        Some("I have opened and read the 190 folded records.")
    );
    assert_eq!(view.counts, "200 records: 50 are new, 150 change");
    let few = BatchView::of(&batch(3));
    assert!(few.folds.is_empty() && few.confirmation().is_none());
}

#[test]
fn fields_are_summed_over_all_records() {
    let view = BatchView::of(&batch(200));
    assert_eq!(view.sums[0].words, "200 changed");
    assert_eq!(view.sums[0].totals.as_deref(), Some("total 200 → 500"));
    assert_eq!(view.sums[1].words, "200 unchanged");
    assert_eq!(view.sums[1].totals, None);
    assert_eq!(amount(-1_234.5), "−1,234.50");
}

#[test]
fn refusals_are_said_with_their_record() {
    let result = json!({"object": "Account", "total": 3, "succeeded": 2, "failed": 1, "records": [
        {"number": 1, "id": "0011", "success": true},
        {"number": 2, "success": false, "errors": [{"code": "X", "message": "m", "hint": "h", "who_must_act": "caller"}]},
        {"number": 3, "id": "0013", "success": true}]});
    let end = BatchEnd::of(&batch(3), &result).unwrap();
    assert!(
        end.words
            .starts_with("2 of 3 records were saved. 1 was refused")
    );
    assert_eq!(end.refused[0].number, 2);
    assert_eq!(end.saved.len(), 2);
    assert!(BatchEnd::of(&batch(3), &json!({"id": "x"})).is_none());
}
