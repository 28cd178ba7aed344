//! The review page's content, made from the frozen bytes: what the person decides about.
//!
//! Must not know: the hub or requests. The requester's words never stand where ours do (security case P6).

use crate::{
    parts::{
        Badge, EnvironmentBadge, ErrorPanel, Frame, Moments, Tone,
        batch::{BatchEnd, BatchView},
        diff::Diff,
        proposal_words,
        timeline::Entry,
    },
    text::{Moment, Visible, moment, one_line, visible},
};
use askama::Template;
use gatelodge_core::{Live, PasskeyDemand, Review};
use gatelodge_model::{
    Batch, Environment, FieldDiff, FrozenProposal, Outcome, Preview, Proposal, ProposalStatus,
    RecordChange, Timestamp, policy::Demands,
};
use url::Url;

/// What the live look found.
#[derive(Debug, Clone)]
pub(crate) enum LiveWords {
    Same,
    Changed(Visible),
    Unavailable(Visible),
    NotNeeded,
}

/// What will change.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    One(Diff),
    Many(BatchView),
}

impl Change {
    /// How many folds a person opens before approving.
    pub(crate) const fn folded(&self) -> usize {
        match self {
            Self::One(diff) => diff.folded,
            Self::Many(batch) => batch.folded(),
        }
    }

    /// What a person confirms to have read.
    pub(crate) fn confirmation(&self) -> Option<String> {
        match self {
            Self::One(diff) => diff.confirmation(),
            Self::Many(batch) => batch.confirmation(),
        }
    }
}

/// How it ended.
#[derive(Clone)]
pub(crate) struct OutcomeView {
    pub(crate) error: Option<ErrorPanel>,
    /// The provider's answer as text.
    pub(crate) answer: Option<Visible>,
    /// Record by record, where there were many.
    pub(crate) batch: Option<BatchEnd>,
    pub(crate) evidence: Option<Visible>,
    pub(crate) provider_request_id: Option<Visible>,
}

/// Whether approving takes a passkey.
#[derive(Debug, Clone)]
pub(crate) enum PasskeyWords {
    NotNeeded,
    /// What the script asks the browser for, as JSON.
    Asked(String),
    NotEnrolled,
    Unclear(Visible),
}

/// What the person can still do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offers {
    pub(crate) decide: bool,
    pub(crate) approve: bool,
    pub(crate) edit: bool,
}

#[derive(Template)]
#[template(path = "review.html")]
pub(crate) struct ReviewPage {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) title: Visible,
    pub(crate) badge: Badge,
    pub(crate) meaning: String,
    pub(crate) environment: EnvironmentBadge,
    pub(crate) where_sentence: &'static str,
    pub(crate) object_label: Visible,
    pub(crate) object: Visible,
    pub(crate) verb: &'static str,
    /// How many records, where there are many.
    pub(crate) records: Option<String>,
    pub(crate) record_name: Option<Visible>,
    pub(crate) record_id: Option<Visible>,
    pub(crate) record_url: Option<String>,
    pub(crate) record_host: Visible,
    pub(crate) requester: Visible,
    pub(crate) for_whom: Visible,
    pub(crate) account: Visible,
    pub(crate) account_name: Option<Visible>,
    pub(crate) host: Visible,
    pub(crate) tool: String,
    pub(crate) asked: Moment,
    pub(crate) expires: Moment,
    pub(crate) digest: String,
    pub(crate) digest_short: String,
    pub(crate) nonce: String,
    pub(crate) change: Change,
    pub(crate) notes: Vec<Visible>,
    pub(crate) reason: Option<Visible>,
    pub(crate) note: Option<Visible>,
    pub(crate) live: LiveWords,
    pub(crate) passkey: PasskeyWords,
    /// What approving takes by a rule, in words.
    pub(crate) demand: Option<String>,
    pub(crate) offers: Offers,
    pub(crate) running: bool,
    pub(crate) outcome: Option<OutcomeView>,
    pub(crate) supersedes: Option<String>,
    pub(crate) superseded_by: Option<String>,
    pub(crate) timeline: Moments,
}

/// The page of a review.
pub(crate) fn page(frame: Frame, review: &Review, now: Timestamp) -> ReviewPage {
    let (subject, shown) = match &review.frozen.preview {
        Preview::FieldDiff(diff) => (of_diff(diff), true),
        Preview::Batch(batch) => (of_batch(batch), true),
        _ => (of_diff(&nothing_to_show()), false),
    };
    of_subject(frame, review, subject, now, shown)
}

/// What the page is about.
struct Subject {
    object: Visible,
    object_label: Visible,
    verb: &'static str,
    records: Option<String>,
    record_name: Option<Visible>,
    record_id: Option<Visible>,
    change: Change,
    notes: Vec<Visible>,
}

fn of_diff(diff: &FieldDiff) -> Subject {
    let record = diff.record.as_ref();
    Subject {
        object: visible(&diff.object),
        object_label: visible(&diff.object_label),
        verb: proposal_words::verb(diff.change),
        records: None,
        record_name: record
            .and_then(|record| record.name.as_deref())
            .map(visible),
        record_id: record.map(|record| visible(&record.id)),
        change: Change::One(Diff::of(diff)),
        notes: diff.notes.iter().map(|note| visible(note)).collect(),
    }
}

fn of_batch(batch: &Batch) -> Subject {
    Subject {
        object: visible(&batch.object),
        object_label: visible(&batch.object_label),
        verb: proposal_words::batch_verb(batch),
        records: Some(crate::parts::batch::counts(batch)),
        record_name: None,
        record_id: None,
        change: Change::Many(BatchView::of(batch)),
        notes: batch.notes.iter().map(|note| visible(note)).collect(),
    }
}

/// A preview of a kind that this version cannot show: nothing may be approved that cannot be seen.
fn nothing_to_show() -> FieldDiff {
    FieldDiff {
        change: RecordChange::Update,
        object: String::new(),
        object_label: String::new(),
        record: None,
        fields: Vec::new(),
        notes: vec![
            "This version of Gatelodge cannot show this change, so it cannot be approved here."
                .to_owned(),
        ],
    }
}

fn of_subject(
    frame: Frame,
    review: &Review,
    subject: Subject,
    now: Timestamp,
    shown: bool,
) -> ReviewPage {
    let Review {
        proposal,
        frozen,
        connection,
        outcome,
        live,
        nonce,
        record_url,
        editable,
        passkey,
        demands,
        confirmed,
    } = review;
    let pending = proposal.status == ProposalStatus::Pending && proposal.expires_at > now;
    let stale = matches!(live, Live::Changed { .. });
    let digest = proposal.digest.to_string();
    let outcome = outcome
        .as_ref()
        .map(|outcome| outcome_view(frozen, outcome));
    let partly = outcome
        .as_ref()
        .and_then(|outcome| outcome.batch.as_ref())
        .filter(|end| !end.refused.is_empty());
    ReviewPage {
        id: proposal.id.to_string(),
        title: one_line(&proposal_words::headline(&frozen.preview), 200),
        badge: if proposal.status == ProposalStatus::Pending && !pending {
            proposal_words::badge(ProposalStatus::Expired)
        } else if partly.is_some() {
            Badge::new(Tone::Attention, "Done in part")
        } else {
            proposal_words::badge(proposal.status)
        },
        meaning: partly.map_or_else(
            || proposal_words::meaning(proposal.status).to_owned(),
            |end| format!("Approved and sent. {}", end.words),
        ),
        environment: EnvironmentBadge(frozen.environment),
        where_sentence: where_sentence(frozen.environment, proposal.status),
        object_label: subject.object_label,
        object: subject.object,
        verb: subject.verb,
        records: subject.records,
        record_name: subject.record_name,
        record_id: subject.record_id,
        record_url: record_url.as_ref().map(ToString::to_string),
        record_host: one_line(
            record_url
                .as_ref()
                .and_then(Url::host_str)
                .unwrap_or_default(),
            200,
        ),
        requester: one_line(&frozen.requester.name, 120),
        for_whom: frame.person.clone(),
        account: one_line(&frozen.account.username, 160),
        account_name: connection
            .account
            .as_ref()
            .and_then(|account| account.organization_name.as_deref())
            .map(|name| one_line(name, 120)),
        host: one_line(&frozen.host, 200),
        tool: frozen.tool.to_string(),
        asked: moment(proposal.created_at, now),
        expires: moment(proposal.expires_at, now),
        digest_short: digest.chars().take(12).collect(),
        digest,
        nonce: nonce.clone(),
        change: subject.change,
        notes: subject.notes,
        reason: frozen.reason.as_deref().map(visible),
        note: proposal.note.as_deref().map(visible),
        live: live_words(live),
        passkey: passkey_words(passkey),
        demand: demand_words(*demands, *confirmed),
        offers: Offers {
            decide: pending,
            approve: pending
                && shown
                && !stale
                && can_confirm(passkey)
                && (!demands.four_eyes || *confirmed),
            edit: pending && *editable,
        },
        running: matches!(
            proposal.status,
            ProposalStatus::Approved | ProposalStatus::Executing
        ),
        outcome,
        supersedes: frozen.supersedes.map(|id| id.to_string()),
        superseded_by: proposal.superseded_by.map(|id| id.to_string()),
        timeline: timeline(proposal, now),
        frame,
    }
}

const fn where_sentence(environment: Environment, status: ProposalStatus) -> &'static str {
    let pending = matches!(status, ProposalStatus::Pending);
    match (environment, pending) {
        (Environment::Production, true) => "This changes real company data.",
        (Environment::Sandbox, true) => "This changes a sandbox, not real company data.",
        (Environment::Practice, true) => "This changes the practice org; no real data is touched.",
        (Environment::Production, false) => "Real company data.",
        (Environment::Sandbox, false) => "A sandbox, not real company data.",
        (Environment::Practice, false) => "The practice org; no real data.",
    }
}

fn live_words(live: &Live) -> LiveWords {
    match live {
        Live::Same => LiveWords::Same,
        Live::Changed { detail } => LiveWords::Changed(visible(detail)),
        Live::Unavailable { error } => LiveWords::Unavailable(visible(error.message())),
        Live::NotNeeded => LiveWords::NotNeeded,
    }
}

/// What a rule of the organization wants besides the yes.
fn demand_words(demands: Demands, confirmed: bool) -> Option<String> {
    let look = match (demands.four_eyes, confirmed) {
        (false, _) => "",
        (true, true) => "Another administrator has confirmed it. ",
        (true, false) => {
            "A rule wants a second person: another administrator confirms it under Policy, Second looks; then you can approve. "
        }
    };
    let proof = if demands.step_up {
        "A rule wants a sign-in that is at most five minutes old: you are asked for it."
    } else {
        ""
    };
    let words = format!("{look}{proof}");
    (!words.is_empty()).then(|| words.trim_end().to_owned())
}

fn passkey_words(passkey: &PasskeyDemand) -> PasskeyWords {
    match passkey {
        PasskeyDemand::None => PasskeyWords::NotNeeded,
        PasskeyDemand::Asked(options) => PasskeyWords::Asked(options.to_string()),
        PasskeyDemand::NotEnrolled => PasskeyWords::NotEnrolled,
        PasskeyDemand::Unclear { error } => PasskeyWords::Unclear(visible(error.message())),
    }
}

const fn can_confirm(passkey: &PasskeyDemand) -> bool {
    matches!(passkey, PasskeyDemand::None | PasskeyDemand::Asked(_))
}

fn outcome_view(frozen: &FrozenProposal, outcome: &Outcome) -> OutcomeView {
    let batch = match (&frozen.preview, &outcome.result) {
        (Preview::Batch(batch), Some(result)) => BatchEnd::of(batch, result),
        _ => None,
    };
    OutcomeView {
        batch,
        error: outcome.error.as_ref().map(ErrorPanel::kept),
        answer: outcome.result.as_ref().map(crate::parts::diff::shown),
        evidence: outcome.evidence.as_deref().map(visible),
        provider_request_id: outcome.provider_request_id.as_deref().map(visible),
    }
}

fn timeline(proposal: &Proposal, now: Timestamp) -> Moments {
    let mut entries = vec![Entry {
        at: moment(proposal.created_at, now),
        what: "Proposed",
        detail: None,
    }];
    let mut add = |at: Option<Timestamp>, what: &'static str| {
        if let Some(at) = at {
            entries.push(Entry {
                at: moment(at, now),
                what,
                detail: None,
            });
        }
    };
    let decision = match proposal.status {
        ProposalStatus::Rejected => "Rejected by you",
        ProposalStatus::Superseded => "Replaced by your edit",
        _ => "Approved by you",
    };
    add(proposal.decided_at, decision);
    add(proposal.executing_since, "Sent");
    let ending = match proposal.status {
        ProposalStatus::Done => Some("Done"),
        ProposalStatus::Failed => Some("Refused by the provider"),
        ProposalStatus::Unknown => Some("Answer lost"),
        ProposalStatus::Stale => Some("Stale, not sent"),
        ProposalStatus::Expired => Some("Expired"),
        _ => None,
    };
    if let Some(ending) = ending {
        add(proposal.settled_at, ending);
    }
    Moments { entries }
}
