//! Writes: exactly what was approved, once.

use crate::{
    bench::{Bench, Otherwise},
    provider::SLUG,
    server::{Reply, Server},
};
use gatelodge_keeper_client::{Keeper, KeeperResult, SealRequest, SealedKind, SendWrite};
use gatelodge_model::{
    Actor, Allowed, Approval, AuditOutcome, Clock, CredentialPlace, Digest, Effect, Environment,
    ErrorKind, ExternalAccount, Face, FieldDiff, FrozenProposal, FrozenRequest, NewAuditEvent,
    OrganizationId, Preview, ProposalId, RecordChange, RequestId, Requester, SessionId,
    connection::AttentionReason,
};
use gatelodge_provider::ProviderResponse;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;

pub(crate) fn frozen(bench: &Bench) -> FrozenProposal {
    let now = bench.clock.now();
    FrozenProposal {
        format: 1,
        proposal: ProposalId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        organization: bench.organization,
        connection: bench.connection,
        provider: SLUG.to_owned(),
        account: ExternalAccount {
            organization_id: "O1".to_owned(),
            organization_name: None,
            user_id: "U1".to_owned(),
            username: "ada@small.test".to_owned(),
            display_name: None,
        },
        environment: Environment::Practice,
        host: format!("127.0.0.1:{}", bench.server.base.port().unwrap()),
        tool: "small_update_account".parse().unwrap(),
        effect: Effect::Write,
        tool_schema: Digest::ZERO,
        arguments: json!({"name": "Ada"}),
        request: FrozenRequest {
            method: "PATCH".to_owned(),
            path: "/data/account/1?strict=true".to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: Some(r#"{ "Name":"Ada" }"#.to_owned()),
            credential: CredentialPlace::Header,
        },
        record_versions: Vec::new(),
        preview: Preview::FieldDiff(FieldDiff {
            change: RecordChange::Update,
            object: "Account".to_owned(),
            object_label: "Account".to_owned(),
            record: None,
            fields: Vec::new(),
            notes: Vec::new(),
        }),
        requester: Requester {
            agent: None,
            name: "Ada".to_owned(),
            on_behalf_of: bench.user,
        },
        reason: None,
        supersedes: None,
        created_at: now,
        expires_at: now + std::time::Duration::from_mins(10),
    }
}

pub(crate) async fn seal(bench: &Bench, frozen: &FrozenProposal, kind: SealedKind) -> SendWrite {
    let (bytes, digest) = frozen.freeze().unwrap();
    let sealed = bench
        .keeper
        .seal(SealRequest {
            organization: bench.organization,
            kind,
            user: frozen.requester.on_behalf_of,
            agent: None,
            bytes,
        })
        .await
        .unwrap();
    SendWrite {
        organization: bench.organization,
        proposal: frozen.proposal,
        sealed,
        digest,
        request_id: RequestId::generate(bench.clock.as_ref(), bench.random.as_ref()),
    }
}

/// What is stored when a person says yes.
pub(crate) fn approval(bench: &Bench, call: &SendWrite) -> Approval {
    Approval {
        organization: call.organization,
        proposal: call.proposal,
        digest: call.digest,
        allowed: Allowed::ByPerson {
            user: bench.user,
            session: SessionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
            nonce: "mark".to_owned(),
        },
        evidence: None,
        approved_at: bench.clock.now(),
        spent_at: None,
    }
}

/// Stores it, as the hub does.
pub(crate) async fn store(bench: &Bench, approval: &Approval) {
    let unit = bench.store.begin(approval.organization).await.unwrap();
    unit.approvals().insert(approval).await.unwrap();
    let told = NewAuditEvent {
        organization: approval.organization,
        actor: Actor::System,
        via: Face::Job,
        request: RequestId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        action: "proposal.approved",
        target: approval.proposal.to_string(),
        outcome: AuditOutcome::Success,
        detail: json!({}),
    };
    unit.commit(vec![told]).await.unwrap();
}

pub(crate) async fn write(
    bench: &Bench,
    frozen: &FrozenProposal,
) -> KeeperResult<ProviderResponse> {
    let call = seal(bench, frozen, SealedKind::Proposal).await;
    store(bench, &approval(bench, &call)).await;
    bench.keeper.write(call).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_the_approved_request_is_sent() {
    // proves APR-4, P2
    let bench = Bench::connected().await;
    let response = write(&bench, &frozen(&bench)).await.unwrap();
    assert_eq!(response.status, 200);
    let script = bench.server.script();
    let [(method, path, headers, body)] = &script.calls[..] else {
        panic!("one request was sent");
    };
    assert_eq!(method, "PATCH");
    assert_eq!(path, "/data/account/1?strict=true");
    assert_eq!(body, br#"{ "Name":"Ada" }"#);
    assert_eq!(headers["content-type"], "application/json");
    assert!(!headers.contains_key("x-client"), "nothing is added");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_drift_sends_nothing() {
    // proves P2, P9, APR-4
    let bench = Bench::connected().await;
    let mut cases: Vec<(&str, FrozenProposal, ErrorKind)> = Vec::new();
    let mut add = |name, kind, change: fn(&mut FrozenProposal)| {
        let mut proposal = frozen(&bench);
        change(&mut proposal);
        cases.push((name, proposal, kind));
    };
    let drift = ErrorKind::ProposalChanged;
    add("provider", drift, |proposal| {
        proposal.provider = "other".to_owned();
    });
    add("host", drift, |proposal| {
        proposal.host = "evil.example".to_owned();
    });
    add("environment", drift, |proposal| {
        proposal.environment = Environment::Production;
    });
    add("user", drift, |proposal| {
        proposal.account.user_id = "U2".to_owned();
    });
    add("account", drift, |proposal| {
        proposal.account.organization_id = "O2".to_owned();
    });
    add("method", drift, |proposal| {
        proposal.request.method = "GET".to_owned();
    });
    add("path", ErrorKind::EgressDenied, |proposal| {
        proposal.request.path = "//evil.example/x".to_owned();
    });
    add("header", ErrorKind::EgressDenied, |proposal| {
        proposal
            .request
            .headers
            .push(("host".to_owned(), "evil.example".to_owned()));
    });
    add("expiry", ErrorKind::Expired, |proposal| {
        proposal.expires_at = proposal.created_at;
    });
    for (name, proposal, kind) in cases {
        let failure = write(&bench, &proposal).await.unwrap_err();
        assert_eq!(failure.error.kind(), kind, "{name}");
    }

    let honest = frozen(&bench);
    let call = seal(&bench, &honest, SealedKind::Proposal).await;
    let mut other_hash = call.clone();
    other_hash.digest = Digest::ZERO;
    let mut other_proposal = call.clone();
    other_proposal.proposal = frozen(&bench).proposal;
    let mut other_kind = call.clone();
    other_kind.sealed = seal(&bench, &honest, SealedKind::Outcome).await.sealed;
    let mut foreign = call;
    foreign.organization = OrganizationId::generate(bench.clock.as_ref(), bench.random.as_ref());
    for (call, kind) in [
        (other_hash, drift),
        (other_proposal, drift),
        (other_kind, ErrorKind::NotFound),
        (foreign, ErrorKind::NotFound),
    ] {
        let failure = bench.keeper.write(call).await.unwrap_err();
        assert_eq!(failure.error.kind(), kind);
    }
    assert!(bench.server.script().calls.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_is_repeated_only_after_a_401() {
    // proves R8, R7
    let bench = Bench::connected().await;
    bench.server.script().expire();
    assert_eq!(write(&bench, &frozen(&bench)).await.unwrap().status, 200);
    assert_eq!(bench.server.script().calls.len(), 2);
    assert_eq!(bench.server.refreshes(), 1);
    bench.server.script().expire();
    bench.server.reply(Reply::Answer(
        400,
        r#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#,
    ));
    let failure = write(&bench, &frozen(&bench)).await.unwrap_err();
    assert_eq!(failure.attention, Some(AttentionReason::GrantEnded));
    assert_ne!(failure.error.kind(), ErrorKind::UnknownOutcome);
}

/// A server that reads whole requests, counts them, and hangs up without a word.
async fn silent() -> (Url, tokio::sync::mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut read = Vec::new();
            let identity = loop {
                let mut piece = [0; 4096];
                let count = socket.read(&mut piece).await.unwrap();
                read.extend_from_slice(&piece[..count]);
                let text = String::from_utf8_lossy(&read);
                if text.starts_with("GET /me") && text.ends_with("\r\n\r\n") {
                    break true;
                }
                if count == 0 || text.ends_with(r#"{ "Name":"Ada" }"#) {
                    break false;
                }
            };
            if identity {
                let body = r#"{"organization_id":"O1","user_id":"U1","username":"ada"}"#;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                socket.write_all(answer.as_bytes()).await.unwrap();
            } else if !read.is_empty() {
                sender.send(()).unwrap();
            }
        }
    });
    (base, receiver)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_an_unknown_outcome() {
    // proves R8, R9: the server read the request and hung up; it is not sent again
    let (base, mut arrived) = silent().await;
    let bench = Bench::open_otherwise(Otherwise {
        practice: vec![base.clone()],
        ..Otherwise::default()
    })
    .await;
    bench
        .server
        .reply(Reply::GrantWith(json!({"instance_url": base.as_str()})));
    bench.try_connect(None).await.unwrap();
    let mut proposal = frozen(&bench);
    proposal.host = format!("127.0.0.1:{}", base.port().unwrap());
    let failure = write(&bench, &proposal).await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::UnknownOutcome);
    arrived.recv().await.unwrap();
    assert!(arrived.try_recv().is_err(), "one request arrived");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_never_left_is_an_ordinary_failure() {
    // proves R8: nobody listens there
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let bench = Bench::open_otherwise(Otherwise {
        practice: vec![base.clone()],
        ..Otherwise::default()
    })
    .await;
    bench.try_connect(None).await.unwrap();
    drop(listener);
    // The org moves to the dead host at the next refresh (R19).
    bench.server.script().expire();
    bench
        .server
        .reply(Reply::GrantWith(json!({"instance_url": base.as_str()})));
    let failure = bench.read("/data/one").await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::ProviderUnavailable);
    let mut proposal = frozen(&bench);
    proposal.host = format!("127.0.0.1:{}", base.port().unwrap());
    let failure = write(&bench, &proposal).await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::ProviderUnavailable);
    assert!(failure.error.to_string().contains("Nothing was sent"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_does_not_follow_the_account_to_another_host() {
    // proves R19, P9: the host is part of what was approved, whether the old one sends away or refuses the token
    let elsewhere = Server::start().await;
    for path in ["/data/redirect", "/data/account/1"] {
        let bench = Bench::open_otherwise(Otherwise {
            practice: vec![elsewhere.base.clone()],
            ..Otherwise::default()
        })
        .await;
        bench.try_connect(None).await.unwrap();
        bench.clock.advance_millis(61_000);
        if path != "/data/redirect" {
            bench.server.script().expire();
        }
        let moved = json!({"instance_url": elsewhere.base.as_str()});
        bench.server.reply(Reply::GrantWith(moved));
        let mut proposal = frozen(&bench);
        path.clone_into(&mut proposal.request.path);
        let failure = write(&bench, &proposal).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::ProposalChanged);
        assert_eq!(bench.server.script().calls.len(), 1);
        // one that was made before the hub knew it is refused too
        let failure = write(&bench, &frozen(&bench)).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::ProposalChanged);
        assert_eq!(elsewhere.traffic(), 0);
    }
}
