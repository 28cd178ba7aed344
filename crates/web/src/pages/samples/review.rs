//! The review page while a decision is open.

use super::{
    made::{HOSTILE, LONG_NAME, RIGHT_TO_LEFT, change, everyday_diff, frame, now, review},
    write::sample,
};
use crate::{
    pages::{edit::EditPage, review_view},
    parts::Section,
};
use gatelodge_core::{Live, Review};
use gatelodge_model::{Environment, FieldDiff, ProposalStatus, RecordChange, RecordRef, Role};
use serde_json::json;
use std::collections::HashMap;

fn page(review: &Review) -> review_view::ReviewPage {
    review_view::page(frame(Role::Member, 3).at(Section::Approvals), review, now())
}

#[test]
fn a_change_is_shown_whole_before_it_is_decided() {
    // proves APR-2, APR-3
    let review = review(
        everyday_diff(),
        Environment::Production,
        ProposalStatus::Pending,
    );
    let html = sample("review", &page(&review));
    for needed in [
        "Nordkai Logistik GmbH",
        "001Hu00003ABCDEIA5",
        "<code><bdi>Account</bdi></code>",
        "PRODUCTION",
        "Account Rating",
        "<bdi>Warm</bdi>",
        "<bdi>Hot</bdi>",
        "Assignment rules will run.",
        "2 unchanged fields",
        "Changed",
        "Added",
        "Cleared",
        "ada.brandt@harbourlights.example",
        "7 minutes ago",
        "in 23 hours",
        "Claude on Ada&#39;s laptop",
        "Approve and run",
        "nonce-of-the-page",
        &review.proposal.digest.to_string(),
    ] {
        assert!(html.contains(needed), "{needed}");
    }
}

#[test]
fn the_environment_changes_the_look() {
    for environment in [Environment::Sandbox, Environment::Practice] {
        let review = review(everyday_diff(), environment, ProposalStatus::Pending);
        let html = sample(&format!("review-{environment}"), &page(&review));
        assert!(html.contains(&format!("environment-edge-{environment}")));
        assert!(!html.contains("PRODUCTION"));
    }
}

#[test]
fn what_a_stranger_wrote_is_seen_and_cannot_act() {
    // proves U1, U2, P6
    let mut diff = everyday_diff();
    diff.record = Some(RecordRef {
        id: "001x".into(),
        name: Some(HOSTILE.into()),
    });
    diff.object_label = HOSTILE.into();
    diff.fields = vec![
        change(
            "Name",
            HOSTILE,
            json!(HOSTILE),
            json!(format!("{HOSTILE}\n  x")),
        ),
        change(
            "City__c",
            RIGHT_TO_LEFT,
            json!(RIGHT_TO_LEFT),
            json!("حيفا"),
        ),
    ];
    diff.notes = vec![HOSTILE.into()];
    let mut review = review(diff, Environment::Production, ProposalStatus::Pending);
    review.frozen.requester.name = HOSTILE.into();
    review.frozen.reason = Some(format!(
        "{HOSTILE} Only the phone changes. <h2>Approved by Gatelodge</h2>"
    ));
    let html = sample("review-hostile", &page(&review));
    assert!(!html.contains("<script>alert") && !html.contains("<h2>Approved"));
    assert!(!html.contains(['\u{202E}', '\u{200B}']));
    assert!(html.contains("RLO") && html.contains("ZWSP") && html.contains("Cyrillic"));
    let words = html
        .find("requester&#39;s own words")
        .or_else(|| html.find("requester's own words"))
        .unwrap();
    assert!(
        html.find("What will change").unwrap() < words,
        "the requester's words come after the change"
    );
}

#[test]
fn a_crowded_change_hides_nothing() {
    // proves P7
    let mut diff = everyday_diff();
    diff.record = Some(RecordRef {
        id: "001y".into(),
        name: Some(LONG_NAME.into()),
    });
    diff.fields = (0..300)
        .map(|number| {
            change(
                &format!("Field_{number}__c"),
                &format!("Field {number}"),
                json!(number),
                json!(number + 1),
            )
        })
        .collect();
    diff.fields.push(change(
        "Description",
        "Description",
        json!("a"),
        json!("word ".repeat(500)),
    ));
    let html = sample(
        "review-crowded",
        &page(&review(diff, Environment::Sandbox, ProposalStatus::Pending)),
    );
    assert_eq!(html.matches("<code><bdi>Field_").count(), 300);
    assert!(html.contains("2,500 characters"));
    assert!(html.contains("name=\"read_all\" value=\"yes\" required"));
    assert!(html.contains("I have opened and read the 1 folded value (2,500 characters)."));
}

#[test]
fn what_changed_meanwhile_cannot_be_approved() {
    let mut review = review(
        everyday_diff(),
        Environment::Production,
        ProposalStatus::Pending,
    );
    review.live = Live::Changed {
        detail: "The record was changed since this was proposed.".into(),
    };
    let html = sample("review-stale", &page(&review));
    assert!(!html.contains("Approve and run") && html.contains("Reject"));
}

#[test]
fn creating_and_deleting_show_one_side() {
    let created = FieldDiff {
        change: RecordChange::Create,
        record: None,
        fields: vec![change(
            "LastName",
            "Last Name",
            json!(null),
            json!("Okonkwo"),
        )],
        ..everyday_diff()
    };
    let html = sample(
        "review-create",
        &page(&review(
            created,
            Environment::Sandbox,
            ProposalStatus::Pending,
        )),
    );
    assert!(
        html.contains("Okonkwo") && html.contains("a new record") && !html.contains(">Before</th>")
    );
    let mut deleted = everyday_diff();
    deleted.change = RecordChange::Delete;
    for field in &mut deleted.fields {
        field.after = json!(null);
        field.change = gatelodge_model::FieldChangeKind::Removed;
    }
    let html = sample(
        "review-delete",
        &page(&review(
            deleted,
            Environment::Production,
            ProposalStatus::Pending,
        )),
    );
    assert!(html.contains("Delete Account") && !html.contains(">After</th>"));
}

#[test]
fn values_can_be_edited_with_their_kinds() {
    // proves APR-4: editing makes a new proposal
    let review = review(
        everyday_diff(),
        Environment::Production,
        ProposalStatus::Pending,
    );
    let errors = HashMap::from([(
        "AnnualRevenue".to_owned(),
        "This must be a number.".to_owned(),
    )]);
    let page = EditPage::of(
        frame(Role::Member, 1).at(Section::Approvals),
        &review,
        None,
        &errors,
    );
    let html = sample("edit", &page);
    assert!(html.contains("name=\"value:Phone\"") && html.contains("name=\"clear:Phone\""));
    assert!(html.contains("This must be a number.") && html.contains("aria-invalid"));
}
