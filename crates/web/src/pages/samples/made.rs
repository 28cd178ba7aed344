//! Made-up values.

use crate::parts::Frame;
use gatelodge_core::{Live, Review};
use gatelodge_model::{
    Agent, AgentAccess, AgentId, Asks, Connection, ConnectionId, ConnectionStatus, CredentialPlace,
    Digest, Effect, Environment, ExternalAccount, ExtraScopes, FieldChange, FieldDiff,
    FrozenProposal, FrozenRequest, OAuthApp, OAuthAppId, OrganizationId, Preview, Proposal,
    ProposalId, ProposalStatus, RecordChange, RecordRef, Requester, Role, SealedId, Serves,
    Timestamp, UserId,
    clock::testing::{FixedClock, SeededRandom},
};
use serde_json::{Value, json};
use std::sync::LazyLock;

static CLOCK: FixedClock = FixedClock::at(1_800_000_000_000);
static RANDOM: SeededRandom = SeededRandom::new(42);
static OWNER: LazyLock<UserId> = LazyLock::new(|| UserId::generate(&CLOCK, &RANDOM));
static ORGANIZATION: LazyLock<OrganizationId> =
    LazyLock::new(|| OrganizationId::generate(&CLOCK, &RANDOM));

pub(super) const LONG_NAME: &str =
    "Maximilian-Alexander von und zu Hohenstein-Wittgenstein-Berleburg der Jüngere";
pub(super) const RIGHT_TO_LEFT: &str = "شركة النور للتجارة";
pub(super) const HOSTILE: &str = "<script>alert(1)</script>\u{202E}live\u{200B} \u{0410}cme";

pub(super) fn now() -> Timestamp {
    Timestamp::from_timestamp_millis(1_800_000_000_000).unwrap()
}

pub(super) fn ago(minutes: i64) -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000 - minutes * 60, 0).unwrap()
}

pub(super) fn frame(role: Role, waiting: u64) -> Frame {
    Frame::new("Harbour Lights Trading", "Ada Brandt", role, waiting)
}

pub(super) fn user() -> UserId {
    *OWNER
}

pub(super) fn organization() -> OrganizationId {
    *ORGANIZATION
}

pub(super) fn account() -> ExternalAccount {
    ExternalAccount {
        organization_id: "00DHu000003FKQyMAO".into(),
        organization_name: Some("Harbour Lights Trading".into()),
        user_id: "005Hu00000BqYzWIAV".into(),
        username: "ada.brandt@harbourlights.example".into(),
        display_name: Some("Ada Brandt".into()),
    }
}

pub(super) fn connection(environment: Environment, status: ConnectionStatus) -> Connection {
    Connection {
        id: ConnectionId::generate(&CLOCK, &RANDOM),
        organization: organization(),
        user: user(),
        provider: "salesforce".into(),
        oauth_app: OAuthAppId::generate(&CLOCK, &RANDOM),
        environment,
        status,
        account: Some(account()),
        host: Some("harbourlights.my.salesforce.com".into()),
        granted_scopes: vec!["api".into(), "refresh_token".into()],
        created_at: ago(60 * 24 * 12),
        status_changed_at: ago(60 * 24 * 3),
        version: 1,
    }
}

pub(super) fn app() -> OAuthApp {
    OAuthApp {
        id: OAuthAppId::generate(&CLOCK, &RANDOM),
        organization: organization(),
        provider: "salesforce".into(),
        name: "Gatelodge at Harbour Lights".into(),
        client_id: "3MVG9example.client.id".into(),
        secret_fingerprint: Some("9f2c41aa".into()),
        auth_base_url: None,
        environment: None,
        serves: Serves::Organization,
        asks: Asks::default(),
        scopes: ExtraScopes::default(),
        enabled: true,
        created_at: ago(60 * 24 * 20),
        updated_at: ago(60 * 24 * 2),
    }
}

pub(super) fn agent(name: &str, revoked: bool) -> Agent {
    Agent {
        id: AgentId::generate(&CLOCK, &RANDOM),
        organization: organization(),
        user: user(),
        name: name.into(),
        access: AgentAccess::ReadAndPropose,
        token_digest: Digest::ZERO,
        token_prefix: "gla_Zk3q".into(),
        created_at: ago(60 * 24 * 9),
        last_used_at: (!revoked).then(|| ago(4)),
        revoked_at: revoked.then(|| ago(60)),
    }
}

pub(super) fn change(api_name: &str, label: &str, before: Value, after: Value) -> FieldChange {
    FieldChange::compare(api_name.into(), label.into(), before, after)
}

pub(super) fn everyday_diff() -> FieldDiff {
    FieldDiff {
        change: RecordChange::Update,
        object: "Account".into(),
        object_label: "Account".into(),
        record: Some(RecordRef {
            id: "001Hu00003ABCDEIA5".into(),
            name: Some("Nordkai Logistik GmbH".into()),
        }),
        fields: vec![
            change("Rating", "Account Rating", json!("Warm"), json!("Hot")),
            change(
                "Phone",
                "Account Phone",
                json!("+49 40 555 0100"),
                json!("+49 40 555 0177"),
            ),
            change(
                "AnnualRevenue",
                "Annual Revenue",
                json!(null),
                json!(12_500_000),
            ),
            change("Fax", "Account Fax", json!("+49 40 555 0101"), json!(null)),
            change(
                "BillingCity",
                "Billing City",
                json!("Hamburg"),
                json!("Hamburg"),
            ),
            change("Active__c", "Active", json!(true), json!(true)),
        ],
        notes: vec!["Assignment rules will run.".into()],
    }
}

pub(super) fn review(diff: FieldDiff, environment: Environment, status: ProposalStatus) -> Review {
    let fields: serde_json::Map<String, Value> = diff
        .fields
        .iter()
        .map(|field| (field.api_name.clone(), field.after.clone()))
        .collect();
    let arguments = json!({ "object": diff.object, "fields": fields });
    review_of(Preview::FieldDiff(diff), arguments, environment, status)
}

/// A review of any preview.
pub(super) fn review_of(
    preview: Preview,
    arguments: Value,
    environment: Environment,
    status: ProposalStatus,
) -> Review {
    let connection = connection(environment, ConnectionStatus::Active);
    let id = ProposalId::generate(&CLOCK, &RANDOM);
    let frozen = FrozenProposal {
        format: 1,
        proposal: id,
        organization: organization(),
        connection: connection.id,
        provider: "salesforce".into(),
        account: account(),
        environment,
        host: "harbourlights.my.salesforce.com".into(),
        tool: "salesforce_update_record".parse().unwrap(),
        effect: Effect::Write,
        tool_schema: Digest::ZERO,
        arguments,
        request: FrozenRequest {
            method: "PATCH".into(),
            path: "/x".into(),
            headers: Vec::new(),
            body: None,
            credential: CredentialPlace::Header,
        },
        record_versions: Vec::new(),
        preview,
        requester: Requester {
            agent: None,
            name: "Claude on Ada's laptop".into(),
            on_behalf_of: user(),
        },
        reason: Some(
            "The customer called and confirmed the new number and next year's budget.".into(),
        ),
        supersedes: None,
        created_at: ago(7),
        expires_at: ago(-60 * 23),
    };
    let (_, digest) = frozen.freeze().unwrap();
    let decided = status != ProposalStatus::Pending;
    let proposal = Proposal {
        id,
        organization: organization(),
        connection: connection.id,
        user: user(),
        agent: None,
        tool: frozen.tool.clone(),
        status,
        digest,
        sealed: SealedId::generate(&CLOCK, &RANDOM),
        sealed_outcome: None,
        created_at: ago(7),
        expires_at: ago(-60 * 23),
        decided_at: decided.then(|| ago(2)),
        decided_by: decided.then(user),
        note: None,
        superseded_by: None,
        executing_since: decided.then(|| ago(2)),
        settled_at: status.is_settled().then(|| ago(1)),
        version: 1,
    };
    Review {
        proposal,
        frozen,
        connection,
        outcome: None,
        live: if decided { Live::NotNeeded } else { Live::Same },
        nonce: "nonce-of-the-page".into(),
        record_url:
            "https://harbourlights.lightning.force.com/lightning/r/Account/001Hu00003ABCDEIA5/view"
                .parse()
                .ok(),
        editable: !decided,
        passkey: gatelodge_core::PasskeyDemand::None,
        demands: gatelodge_model::policy::Demands::default(),
        confirmed: false,
    }
}
