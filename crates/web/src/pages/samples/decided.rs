//! The review page after a decision: progress, result, failure.

use super::{
    made::{everyday_diff, frame, now, review},
    write::sample,
};
use crate::{pages::review_view, parts::Section};
use gatelodge_model::{
    Environment, Error, ErrorKind, Outcome, ProposalStatus, ProviderDetail, Role, WhoMustAct,
};
use serde_json::json;

fn outcome() -> Outcome {
    Outcome {
        result: None,
        error: None,
        provider_request_id: None,
        evidence: None,
    }
}

fn decided(
    name: &str,
    status: ProposalStatus,
    outcome: Option<Outcome>,
    note: Option<&str>,
) -> String {
    let mut review = review(everyday_diff(), Environment::Production, status);
    review.outcome = outcome;
    review.proposal.note = note.map(str::to_owned);
    sample(
        name,
        &review_view::page(
            frame(Role::Member, 0).at(Section::Approvals),
            &review,
            now(),
        ),
    )
}

#[test]
fn a_running_change_shows_progress_with_and_without_script() {
    let html = decided("review-running", ProposalStatus::Executing, None, None);
    assert!(html.contains("hx-trigger=\"load delay:2s\""));
    assert!(html.contains("<noscript><meta http-equiv=\"refresh\""));
    assert!(!html.contains("Approve and run"));
}

#[test]
fn a_done_change_shows_the_answer() {
    let result = Outcome {
        result: Some(json!({ "id": "001Hu00003ABCDEIA5", "success": true })),
        provider_request_id: Some("7f1c-2".into()),
        ..outcome()
    };
    let html = decided("review-done", ProposalStatus::Done, Some(result), None);
    assert!(html.contains("Approved and done.") && html.contains("7f1c-2"));
    assert!(html.contains("Open it at"));
    assert!(!html.contains("/approve\"") && !html.contains("/reject\""));
}

#[test]
fn a_refused_change_shows_the_providers_words() {
    // proves CON-15
    let error = Error::new(
        ErrorKind::ProviderRejected,
        "Salesforce refused the change.",
    )
    .with_hint(
        WhoMustAct::ProviderAdmin,
        "Ask for edit access to the field Annual Revenue.",
    )
    .with_provider(ProviderDetail {
        provider: "salesforce".into(),
        status: 400,
        code: "INVALID_FIELD_FOR_INSERT_UPDATE".into(),
        message: "Unable to create/update fields: AnnualRevenue.".into(),
        fields: vec!["AnnualRevenue".into()],
        request_id: None,
    });
    let html = decided(
        "review-failed",
        ProposalStatus::Failed,
        Some(Outcome {
            error: Some(error),
            ..outcome()
        }),
        None,
    );
    assert!(html.contains("INVALID_FIELD_FOR_INSERT_UPDATE"));
    assert!(html.contains("an administrator at the provider"));
}

#[test]
fn a_lost_answer_is_told_honestly() {
    let lost = Outcome {
        evidence: Some(
            "The record's last change is older than the request; look at it again in a minute."
                .into(),
        ),
        ..outcome()
    };
    let html = decided("review-unknown", ProposalStatus::Unknown, Some(lost), None);
    assert!(html.contains("We do not know whether it happened"));
    assert!(html.contains("look at it again in a minute"));
}

#[test]
fn a_rejection_keeps_its_note() {
    let html = decided(
        "review-rejected",
        ProposalStatus::Rejected,
        None,
        Some("Ask <b>them</b> for it in writing."),
    );
    assert!(html.contains("&#60;b&#62;them") && html.contains("Nothing was sent."));
}
