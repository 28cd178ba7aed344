//! What people are told: the doctor's panel, notices, webhooks.

use super::{
    made::{connection, frame, now},
    write::sample,
};
use crate::{
    pages::{
        notices::{NoticeRow, NoticesPage},
        webhooks::{WebhookCard, WebhooksPage},
    },
    parts::{Doctor, Section},
    text::visible,
};
use gatelodge_core::{Diagnosis, WebhookView};
use gatelodge_model::{
    AttentionReason, Connection, ConnectionStatus, Environment, Message, MessageState, NoticeId,
    NoticeKind, OrganizationId, ProviderDetail, ReasonCode, Role, UserId, Way, WebhookId,
    WebhookTarget, WhoMustAct,
    clock::testing::{FixedClock, SeededRandom},
};

fn blocked() -> Diagnosis {
    Diagnosis {
        reason: ReasonCode::AppBlocked,
        title: ReasonCode::AppBlocked.title_at("Salesforce"),
        what: ReasonCode::AppBlocked.what_happened("Salesforce"),
        to_do: "Unblock the app, then let me use it.".to_owned(),
        who: WhoMustAct::ProviderAdmin,
        place: Some(
            "Salesforce: Setup > Connected Apps OAuth Usage > this app > Unblock".to_owned(),
        ),
        message: Some("Hello,\n\nGatelodge cannot use Salesforce for me.\n".to_owned()),
        host: Some("login.salesforce.com".to_owned()),
        evidence: Some(ProviderDetail {
            provider: "salesforce".to_owned(),
            status: 400,
            code: "OAUTH_APP_BLOCKED".to_owned(),
            message: "this app is <b>blocked</b> by admin".to_owned(),
            fields: Vec::new(),
            request_id: Some("4a2".to_owned()),
        }),
        since: now(),
        seen_at: now(),
        grants: None,
    }
}

#[test]
fn the_doctor_says_who_must_act_and_looks_again_until_all_is_well() {
    // proves CON-13, CON-15, O15, U1
    let attention = ConnectionStatus::Attention(AttentionReason::AppBlocked);
    let connection = connection(Environment::Production, attention);
    let doctor = |looks| {
        Doctor::of(
            &connection,
            "Salesforce",
            Some(&blocked()),
            looks,
            true,
            now(),
        )
        .to_string()
    };
    let html = doctor(0);
    for needed in [
        "Your Salesforce administrator",
        "Connected Apps OAuth Usage",
        "OAUTH_APP_BLOCKED",
        "app_blocked",
        "login.salesforce.com",
        "data-copy=\"doctor-message\"",
        "looks=1",
        "delay:3s",
        "/check\"",
        "aria-live=\"polite\"",
    ] {
        assert!(html.contains(needed), "{needed}: {html}");
    }
    assert!(!html.contains("<b>blocked") && !html.contains("Reconnect Salesforce"));
    assert!(doctor(7).contains("delay:120s"));
    assert!(!doctor(20).contains("hx-get"), "no page looks for ever");
    let well = Connection {
        status: ConnectionStatus::Active,
        ..connection
    };
    let html = Doctor::of(&well, "Salesforce", None, 2, true, now()).to_string();
    assert!(html.contains("Salesforce works again") && !html.contains("hx-get"));
    let quiet = Doctor::of(&well, "Salesforce", None, 0, true, now()).to_string();
    assert!(!quiet.contains("panel"), "{quiet}");
}

#[test]
fn notices_are_read_and_mail_is_a_choice() {
    // proves U1
    let row = |unread| NoticeRow {
        id: "ntc_1".to_owned(),
        kind: NoticeKind::ProposalWaits.in_words(),
        title: visible("salesforce_update_record waits for <b>you</b>"),
        body: visible("Agent A wants to run it."),
        href: "/approvals/prp_1".to_owned(),
        at: crate::text::moment(now(), now()),
        unread,
    };
    let page = |rows, unread| NoticesPage {
        frame: frame(Role::Member, 0)
            .with_unread(unread)
            .at(Section::Notices),
        rows,
        unread,
        older: None,
        mail_possible: true,
        mail_wanted: true,
    };
    assert!(sample("notices-0", &page(Vec::new(), 0)).contains("Nothing needs you"));
    let html = sample("notices", &page(vec![row(true), row(false)], 1));
    for needed in [
        "Mark all 1 as read",
        "Switch mail off",
        "1<span class=\"visually-hidden\"> unread",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
    assert!(!html.contains("<b>you"));
}

#[test]
fn deliveries_are_judged_and_the_secret_is_not_there() {
    // proves R18, U1: dead letters are seen
    let (clock, random) = (FixedClock::at(0), SeededRandom::new(3));
    let organization = OrganizationId::generate(&clock, &random);
    let id = WebhookId::generate(&clock, &random);
    let message = |state, status, error: Option<&str>| Message {
        notice: NoticeId::generate(&clock, &random),
        organization,
        way: Way::Webhook(id),
        state,
        tries: 2,
        created_at: now(),
        next_try_at: now(),
        last_status: status,
        last_error: error.map(str::to_owned),
        ended_at: None,
    };
    let view = WebhookView {
        target: WebhookTarget {
            id,
            organization,
            name: "On call".to_owned(),
            url: "https://hooks.example.com/…".to_owned(),
            fingerprint: "ab12".to_owned(),
            enabled: true,
            created_by: UserId::generate(&clock, &random),
            created_at: now(),
        },
        messages: vec![
            message(MessageState::Dead, Some(500), Some("HTTP 500 <i>")),
            message(MessageState::Delivered, Some(204), None),
            message(MessageState::Waiting, None, Some("no answer")),
        ],
    };
    let page = WebhooksPage {
        frame: frame(Role::Admin, 0).at(Section::Webhooks),
        cards: vec![WebhookCard::of(&view, now())],
        dead: Vec::new(),
        name: String::new(),
        url: String::new(),
        error: None,
        panel: None,
    };
    let html = sample("webhooks", &page);
    for needed in [
        "Last message given up",
        "Delivered",
        "To be tried again",
        "HTTP 204",
        "Send a test",
        "Yes, remove",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
    assert!(!html.contains("<i>") && !html.contains("whsec_"));
}
