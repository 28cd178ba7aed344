//! Lists, forms and errors.

use super::{
    made::{
        HOSTILE, LONG_NAME, RIGHT_TO_LEFT, account, agent, ago, app, connection, everyday_diff,
        frame, now, organization, review, user,
    },
    write::sample,
};
use crate::{
    fault,
    pages::{
        agents::{AgentCreatedPage, AgentRow, AgentsPage},
        approvals::ApprovalsPage,
        audit::{AuditPage, Verdict},
        audit_wish::Wish,
        connect::{ConnectForm, ConnectPage, GoPage, option_view, scope_rows},
        connection::{ConnectionPage, ReviewPlace, timeline},
        connections::{Card, ConnectionsPage},
        home::HomePage,
        link::SetPasswordPage,
        people::{self, PeoplePage},
        settings::{SessionRow, SettingsPage},
        sign_in::SignInPage,
        snippets::{mcp_address, snippets},
        styleguide,
    },
    parts::{
        CopyField, Doctor, Flash, Frame, InboxRow, Section,
        audit_row::{AuditRow, Names},
        scopes::Granted,
    },
    text::{one_line, visible},
};
use gatelodge_core::{AuditVerification, ConnectOption, LoginChoice, PeopleList, ScopeView};
use gatelodge_model::{
    Actor, AttentionReason, AuditEvent, AuditEventId, AuditOutcome, ConnectionStatus, Digest,
    Environment, Error, ErrorKind, Face, ProposalStatus, RequestId, Role, Secret, Session,
    SessionId, User, WhoMustAct,
    clock::testing::{FixedClock, SeededRandom},
};
use serde_json::json;

fn inbox(count: usize) -> Vec<InboxRow> {
    (0..count)
        .map(|number| {
            let mut diff = everyday_diff();
            let environment = [
                Environment::Production,
                Environment::Sandbox,
                Environment::Practice,
            ][number % 3];
            if let Some(record) = &mut diff.record {
                record.name = Some(
                    [LONG_NAME, "Nordkai Logistik GmbH", RIGHT_TO_LEFT, HOSTILE][number % 4].into(),
                );
            }
            let review = review(diff, environment, ProposalStatus::Pending);
            InboxRow::of(&review.proposal, Some(&review.frozen), now())
        })
        .collect()
}

fn scopes() -> Vec<ScopeView> {
    vec![
        ScopeView {
            name: "api".into(),
            reason: "To read and change records with your rights.".into(),
            tools: vec!["salesforce_query".into(), "salesforce_update_record".into()],
        },
        ScopeView {
            name: "refresh_token".into(),
            reason: "To stay connected while you are away.".into(),
            tools: Vec::new(),
        },
    ]
}

#[test]
fn the_inbox_with_none_one_and_a_thousand() {
    // proves U1, U2
    for (name, count) in [
        ("approvals-0", 0),
        ("approvals-1", 1),
        ("approvals-1000", 1_000),
    ] {
        let page = ApprovalsPage {
            frame: frame(Role::Member, count as u64).at(Section::Approvals),
            rows: inbox(count),
            decided: false,
            older: (count > 50).then(|| "/approvals?show=waiting&before=x".to_owned()),
        };
        let html = sample(name, &page);
        assert_eq!(html.matches("data-row").count(), count);
        assert_eq!(html.contains("Nothing waits for you"), count == 0);
        assert!(!html.contains("<script>alert"));
        assert!(
            !html.contains("/approve\""),
            "nothing can be approved from the list"
        );
    }
}

#[test]
fn the_start_page_leads_on() {
    let new = HomePage {
        frame: frame(Role::Member, 0).at(Section::Home),
        waiting: Vec::new(),
        attention: Vec::new(),
        ran: Vec::new(),
        has_connection: false,
        has_agent: false,
        connects: true,
    };
    assert!(sample("home-new", &new).contains("Connect an account"));
    let lost = connection(
        Environment::Production,
        ConnectionStatus::Attention(AttentionReason::GrantEnded),
    );
    let done = review(everyday_diff(), Environment::Sandbox, ProposalStatus::Done);
    let busy = HomePage {
        frame: frame(Role::Owner, 12).at(Section::Home),
        waiting: inbox(3),
        attention: vec![Card::of(&lost, "Salesforce", now())],
        ran: vec![InboxRow::of(&done.proposal, Some(&done.frozen), now())],
        has_connection: true,
        has_agent: true,
        connects: true,
    };
    // proves CON-13
    let html = sample("home", &busy);
    assert!(
        html.contains("Disconnected: reconnect needed") && html.contains("Reconnect Salesforce")
    );
}

#[test]
fn connections_show_status_account_and_environment() {
    // proves CON-1, CON-11
    let cards = |list: &[(Environment, ConnectionStatus)]| {
        list.iter()
            .map(|(environment, status)| {
                Card::of(&connection(*environment, *status), "Salesforce", now())
            })
            .collect()
    };
    let at = |cards| ConnectionsPage {
        frame: frame(Role::Member, 1).at(Section::Connections),
        cards,
        connects: true,
    };
    assert!(sample("connections-0", &at(Vec::new())).contains("No account connected yet"));
    let html = sample(
        "connections",
        &at(cards(&[
            (Environment::Production, ConnectionStatus::Active),
            (Environment::Sandbox, ConnectionStatus::Limited),
            (
                Environment::Practice,
                ConnectionStatus::Attention(AttentionReason::AppBlocked),
            ),
            (Environment::Sandbox, ConnectionStatus::Disconnected),
        ])),
    );
    for needed in [
        "PRODUCTION",
        "SANDBOX",
        "PRACTICE",
        "Connected, limited",
        "enable offline refresh",
        "ada.brandt@",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
}

#[test]
fn a_connection_tells_what_was_granted_and_where_to_revoke() {
    let connection = connection(Environment::Production, ConnectionStatus::Limited);
    let event = audit_event("connection.begun", &connection.id.to_string());
    let page = ConnectionPage {
        frame: frame(Role::Member, 0)
            .at(Section::Connections)
            .saying(Some("connected")),
        card: Card::of(&connection, "Salesforce", now()),
        connects: true,
        scopes: vec![
            crate::parts::ScopeRow::new(
                "api",
                "To read and change records.",
                &["salesforce_query".into()],
                Granted::Yes,
            ),
            crate::parts::ScopeRow::new("refresh_token", "To stay connected.", &[], Granted::No),
        ],
        show_granted: true,
        review: vec![ReviewPlace {
            audience: "You",
            title: visible("Review or revoke"),
            path: visible("Settings > Personal Information > Connections > OAuth Connected Apps"),
        }],
        residency: Some(visible("Data stays in your Salesforce instance.")),
        about: "/providers/salesforce".into(),
        budget: None,
        share: None,
        unconfirmed: None,
        timeline: timeline([event].iter(), now()),
        doctor: Doctor::of(&connection, "Salesforce", None, 0, true, now()),
        grants: Some(5),
        shown_there: Vec::new(),
    };
    let html = sample("connection", &page);
    assert!(
        html.contains("Not granted")
            && html.contains("OAuth Connected Apps")
            && html.contains("Sign-in begun")
    );
}

#[test]
fn connecting_shows_scopes_with_reasons_before_anybody_leaves() {
    // proves CON-2, CON-8
    let choice = |value: &str, label: &str, environment| LoginChoice {
        value: value.into(),
        label: label.into(),
        environment,
    };
    let option = ConnectOption {
        app: app(),
        provider: "salesforce".into(),
        provider_name: "Salesforce".into(),
        choices: vec![
            choice(
                "https://login.salesforce.com",
                "Production",
                Environment::Production,
            ),
            choice(
                "https://test.salesforce.com",
                "Sandbox",
                Environment::Sandbox,
            ),
            choice(
                "http://localhost:4801",
                "Practice org on this computer",
                Environment::Practice,
            ),
        ],
        asks_login_host: true,
        kept_values: false,
        because: "For you: \u{201c}Gatelodge\u{201d}, because it is the organization's.".into(),
        scopes: scopes(),
    };
    let form = ConnectForm::default();
    let mut page = ConnectPage {
        frame: frame(Role::Member, 0).at(Section::Connections),
        options: vec![option_view(&option, &form, None)],
        off: Vec::new(),
        reconnect: None,
        panel: None,
        show_granted: false,
    };
    let html = sample("connect", &page);
    for needed in [
        "most important choice",
        "To stay connected while you are away.",
        "salesforce_query",
        "My Domain",
        "https://test.salesforce.com",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
    assert!(!html.contains(" checked"), "the choice is the person's");
    page.options[0].error = Some("Write https:// before the host.".into());
    assert!(sample("connect-error", &page).contains("aria-invalid"));
    page.options.clear();
    assert!(sample("connect-0", &page).contains("Ask an administrator"));
    let go = GoPage {
        frame: frame(Role::Member, 0).at(Section::Connections),
        provider: "Salesforce".into(),
        app_name: one_line("Gatelodge at Harbour Lights", 120),
        host: one_line("login.salesforce.com", 200),
        authorize_url: "https://login.salesforce.com/services/oauth2/authorize?a=1&b=2".into(),
        scopes: scope_rows(&scopes()),
        show_granted: false,
    };
    assert!(sample("go", &go).contains("authorize?a=1&#38;b=2"));
}

#[test]
fn agents_with_none_and_many_and_a_token_once() {
    let page = |rows: Vec<AgentRow>| AgentsPage {
        frame: frame(Role::Member, 0).at(Section::Agents),
        rows,
        connects: true,
        mcp: CopyField::line("mcp-address", "MCP address", "https://gate.example/mcp"),
        name: String::new(),
        read_only: false,
        name_error: None,
        panel: None,
    };
    assert!(sample("agents-0", &page(Vec::new())).contains("No agent yet"));
    let rows = [
        ("Claude on my laptop", false),
        (LONG_NAME, false),
        (HOSTILE, true),
        (RIGHT_TO_LEFT, false),
    ]
    .map(|(name, revoked)| AgentRow::of(&agent(name, revoked), now()));
    let html = sample("agents", &page(rows.to_vec()));
    assert!(
        html.contains("Revoked") && html.contains("gla_Zk3q…") && !html.contains("<script>alert")
    );
    let url = "https://gate.example/".parse().unwrap();
    let token = Secret::new("gla_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG");
    assert_eq!(mcp_address(&url), "https://gate.example/mcp");
    let created = AgentCreatedPage {
        frame: frame(Role::Member, 0).at(Section::Agents),
        name: one_line("Claude on my laptop", 80),
        access: "Read and propose changes",
        token: CopyField::line("agent-token", "token", token.expose()),
        snippets: snippets(&url, &token),
    };
    let html = sample("agent-created", &created);
    for client in [
        "Claude Desktop",
        "Claude Code",
        "Cursor",
        "VS Code",
        "only this once",
    ] {
        assert!(html.contains(client), "{client}");
    }
}

fn audit_event(action: &str, target: &str) -> AuditEvent {
    let (clock, random) = (FixedClock::at(1_799_999_000_000), SeededRandom::new(9));
    AuditEvent {
        id: AuditEventId::generate(&clock, &random),
        organization: organization(),
        chain: AuditEventId::generate(&clock, &random).as_uuid(),
        sequence: 1,
        at: ago(16),
        actor: Actor::User { user: user() },
        via: Face::Ui,
        request: RequestId::generate(&clock, &random),
        action: action.into(),
        target: target.into(),
        outcome: AuditOutcome::Success,
        detail: json!({ "provider": "salesforce" }),
    }
}

#[test]
fn the_audit_page_tells_who_and_verifies() {
    let names = Names {
        people: [(user(), "Ada Brandt".to_owned())].into(),
        ..Names::default()
    };
    let page = |events: &[AuditEvent], verdict| AuditPage {
        frame: frame(Role::Auditor, 0).at(Section::Audit),
        rows: events
            .iter()
            .map(|event| AuditRow::of(event, &names, now()))
            .collect(),
        groups: AuditPage::GROUPS,
        wish: Wish::default(),
        older: Some("/audit?before=x".into()),
        newest: None,
        whole: true,
        verdict,
    };
    assert!(sample("audit-0", &page(&[], None)).contains("No events"));
    let mut events: Vec<AuditEvent> = [
        "proposal.approved",
        "proposal.created",
        "tool.called",
        "session.started",
    ]
    .iter()
    .map(|action| audit_event(action, "prp_0190a1b2c3d4e5f60718293a4b5c6d7e"))
    .collect();
    events[1].target = HOSTILE.into();
    let whole = AuditVerification {
        events: 12_345,
        chains: 3,
        first_fault: None,
    };
    let html = sample("audit", &page(&events, Some(Verdict::of(&whole))));
    assert!(html.contains("Ada Brandt") && html.contains("12,345 events in 3 chains"));
    assert!(!html.contains("<script>alert"));
    let broken = AuditVerification {
        first_fault: Some("event 7 of chain 2 was changed".into()),
        ..whole
    };
    assert!(
        sample("audit-broken", &page(&events, Some(Verdict::of(&broken))))
            .contains("event 7 of chain 2")
    );
}

fn person(name: &str, role: Role, hash: Option<&str>) -> User {
    User {
        id: user(),
        organization: organization(),
        email: "ada@harbourlights.example".into(),
        name: name.into(),
        role,
        password_hash: hash.map(str::to_owned),
        created_at: ago(5_000),
        removed_at: None,
    }
}

#[test]
fn administration_pages_never_show_a_secret() {
    // proves SEC-1
    let list = PeopleList {
        people: vec![
            person("Ada Brandt", Role::Owner, Some("$argon2id$secret")),
            person(LONG_NAME, Role::Member, None),
            person(HOSTILE, Role::Auditor, None),
        ],
        total: 10_003,
        page: 1,
        pages: 201,
    };
    let people = PeoplePage::of(
        frame(Role::Admin, 0).at(Section::People),
        &list,
        people::Wish::default(),
        now(),
    );
    let html = sample("people", &people);
    assert!(html.contains("10,003 people") && html.contains("page=3"));
    assert!(
        html.contains("No password yet")
            && !html.contains("argon2id")
            && !html.contains("<script>alert")
    );
}

#[test]
fn settings_list_the_sessions() {
    let (clock, random) = (FixedClock::at(0), SeededRandom::new(3));
    let session = |agent: &str| Session {
        id: SessionId::generate(&clock, &random),
        organization: organization(),
        user: user(),
        token_digest: Digest::ZERO,
        user_agent: agent.into(),
        signed_in_at: ago(200),
        proved_at: ago(200),
        last_used_at: ago(1),
        expires_at: ago(-500),
    };
    let (here, other) = (
        session("Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0"),
        session(HOSTILE),
    );
    let page = SettingsPage {
        frame: frame(Role::Member, 0).at(Section::Settings),
        email: one_line(&account().username, 160),
        user_id: user().to_string(),
        sessions: [&here, &other]
            .map(|session| SessionRow::of(session, here.id, now()))
            .to_vec(),
        writes: true,
        administers: true,
    };
    let html = sample("settings", &page);
    assert!(html.contains("Switch all writes off"));
    assert!(html.contains("This browser") && html.matches("End session").count() == 1);
}

#[test]
fn signing_in_and_errors() {
    let page = |message: Option<&str>| SignInPage {
        next: "/approvals".into(),
        email: "ada@harbourlights.example".into(),
        message: message.map(str::to_owned),
        hint: message.map(|_| "Check both.".into()),
        flash: Flash::of("signed-out").filter(|_| message.is_none()),
    };
    assert!(sample("sign-in", &page(None)).contains("You are signed out."));
    assert!(
        sample("sign-in-error", &page(Some("E-mail or password is wrong.")))
            .contains("role=\"alert\"")
    );
    let link = SetPasswordPage::of(&person(HOSTILE, Role::Member, None), None);
    assert!(sample("set-password", &link).contains("minlength=\"12\""));
    let error = Error::new(
        ErrorKind::ProviderApprovalNeeded,
        "Salesforce says that this app is blocked.",
    )
    .with_hint(
        WhoMustAct::ProviderAdmin,
        "Allow it under Setup, Connected Apps OAuth Usage.",
    );
    let request = Some(RequestId::generate(
        &FixedClock::at(0),
        &SeededRandom::new(5),
    ));
    let signed_in: Frame = frame(Role::Member, 0);
    // proves CON-15
    let html = sample("fault", &fault::framed(&signed_in, &error, request));
    assert!(
        html.contains("Allow it under Setup")
            && html.contains("provider_admin_approval_required req_")
    );
    assert!(
        sample("fault-plain", &fault::plain(&error, request)).contains("Go to the sign-in page")
    );
    let guide = styleguide::page(frame(Role::Owner, 2));
    assert!(sample("styleguide", &guide).contains("environment-production"));
}
