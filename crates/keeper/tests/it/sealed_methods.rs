//! What a keeper without its key answers: method by method, against the table of all methods.

use std::collections::BTreeSet;

use crate::bench::Bench;
use gatelodge_keeper_client::{
    AcceptApproval, BeginCeremony, CeremonyPurpose, CheckOAuthApp, CompleteAuthorization,
    ContinueCeremony, DeliverMail, DeliverWebhook, Keeper, KeeperResult, KeptUntil, PasskeyHolder,
    ReleaseBudget, RetireKey, RotateKeys, RotateWhat, SaveOAuthApp, SaveWebhook, SealRequest,
    SealedKind, SecretChange, SendRead, SendWrite, Viewer, wire::METHODS,
};
use gatelodge_model::{
    AuthorizationFlowId, Clock as _, Digest, ErrorKind, ProposalId, RequestId, SealedId, Secret,
    WebhookId,
};
use gatelodge_provider::ReadRequest;
use gatelodge_vault::Vault;

/// Methods that need no key and let nothing leave: they count, delete, or are the way to the key.
const ANSWER: [&str; 9] = [
    "abandon_authorization",
    "delete_oauth_app",
    "figures",
    "delete_webhook",
    "seal_state",
    "unlock",
    "key_inventory",
    "purge",
    "stored_rows",
];

fn refused<T>(name: &'static str, result: KeeperResult<T>) -> &'static str {
    let Err(failure) = result else {
        panic!("{name} was done by a sealed keeper");
    };
    assert_eq!(
        failure.error.kind(),
        ErrorKind::Sealed,
        "{name}: {failure:?}"
    );
    assert_eq!(failure.attention, None, "{name}: no connection is to blame");
    name
}

// proves V4, V3: without its key the keeper says so to everybody, uses nothing up and lets nothing leave
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one list, method by method")]
async fn every_method_answers_sealed_or_needs_no_key() {
    let bench = Bench::connected().await;
    let keeper = bench
        .keeper_with(&Vault::sealed(bench.random.clone()))
        .await;
    let (organization, connection) = (bench.organization, bench.connection);
    let asked = bench.server.script().calls.len();
    let (clock, random) = (bench.clock.as_ref(), bench.random.as_ref());
    let request_id = RequestId::generate(clock, random);
    let sealed = SealedId::generate(clock, random);
    let proposal = ProposalId::generate(clock, random);
    let webhook = WebhookId::generate(clock, random);
    let digest = Digest::of("test", &[b"x"]);
    let holder = PasskeyHolder {
        organization,
        user: bench.user,
    };
    let mut names = BTreeSet::new();
    let mut is = |name| assert!(names.insert(name), "{name} twice");
    let read = SendRead {
        organization,
        connection,
        request_id,
        agent: "test".to_owned(),
        request: ReadRequest::get("/data/a"),
    };
    is(refused("read", keeper.read(read.clone()).await));
    refused("download", keeper.download(read).await);
    let write = SendWrite {
        organization,
        proposal,
        sealed,
        digest,
        request_id,
    };
    is(refused("write", keeper.write(write).await));
    let begun = keeper.begin_authorization(bench.begin()).await;
    is(refused("begin_authorization", begun));
    let complete = CompleteAuthorization {
        organization,
        flow: AuthorizationFlowId::generate(clock, random),
        code: Secret::new("CANARY-code"),
        expected: None,
    };
    let completed = keeper.complete_authorization(complete).await;
    is(refused("complete_authorization", completed));
    is(refused(
        "revoke",
        keeper.revoke(organization, connection).await,
    ));
    is(refused(
        "probe",
        keeper.probe(organization, connection).await,
    ));
    let pending = keeper.pending_revocations(organization).await;
    is(refused("pending_revocations", pending));
    is(refused("end_due_grants", keeper.end_due_grants().await));
    let ended = keeper.end_grants_now(organization, connection).await;
    is(refused("end_grants_now", ended));
    let app = SaveOAuthApp {
        organization,
        app: bench.app,
        provider: crate::provider::SLUG.to_owned(),
        client_id: "client-2".to_owned(),
        client_secret: SecretChange::Keep,
    };
    is(refused("save_oauth_app", keeper.save_oauth_app(app).await));
    let check = CheckOAuthApp {
        organization,
        app: bench.app,
        provider: crate::provider::SLUG.to_owned(),
        login_base: "https://login.example".parse().unwrap(),
        redirect_uri: "https://hub.test/callback".to_owned(),
        extra_scopes: Vec::new(),
    };
    let checked = keeper.check_oauth_app(check).await;
    is(refused("check_oauth_app", checked));
    let seal = SealRequest {
        organization,
        kind: SealedKind::Outcome,
        user: bench.user,
        agent: None,
        bytes: Vec::new(),
    };
    is(refused("seal", keeper.seal(seal).await));
    let opened = keeper.open(organization, sealed, Viewer::Execution).await;
    is(refused("open", opened));
    let save = SaveWebhook {
        organization,
        webhook,
        url: "https://receiver.example/".parse().unwrap(),
        secret: None,
    };
    is(refused("save_webhook", keeper.save_webhook(save).await));
    let message = DeliverWebhook {
        organization,
        webhook,
        message: "msg_1".to_owned(),
        body: "{}".to_owned(),
    };
    is(refused(
        "deliver_webhook",
        keeper.deliver_webhook(message).await,
    ));
    let mail = DeliverMail {
        message: "msg_1".to_owned(),
        to: "somebody@example.com".to_owned(),
        subject: "x".to_owned(),
        text: "x".to_owned(),
    };
    is(refused("deliver_mail", keeper.deliver_mail(mail).await));
    let terms = keeper.approval_terms(holder, digest).await;
    is(refused("approval_terms", terms));
    let accept = AcceptApproval {
        organization,
        proposal,
        digest,
        user: bench.user,
        assertion: None,
    };
    is(refused(
        "accept_approval",
        keeper.accept_approval(accept).await,
    ));
    is(refused("passkeys", keeper.passkeys(holder).await));
    let begin = BeginCeremony {
        holder,
        user_name: "x".to_owned(),
        display_name: "x".to_owned(),
        purpose: CeremonyPurpose::SealApprovals,
    };
    is(refused(
        "begin_ceremony",
        keeper.begin_ceremony(begin).await,
    ));
    let step = ContinueCeremony {
        holder,
        state: vec![1],
        answer: String::new(),
    };
    is(refused(
        "continue_ceremony",
        keeper.continue_ceremony(step).await,
    ));
    let rotate = RotateKeys {
        what: RotateWhat::Kek { key_file: None },
        started_by: "a test".to_owned(),
    };
    is(refused("rotate_keys", keeper.rotate_keys(rotate).await));
    let retire = RetireKey {
        id: "none".to_owned(),
        now: false,
    };
    is(refused("retire_key", keeper.retire_key(retire).await));
    let erased = keeper.erase_organization(organization).await;
    is(refused("erase_organization", erased));
    is(refused(
        "budget",
        keeper.budget(organization, connection).await,
    ));
    let release = ReleaseBudget {
        organization,
        connection,
        by: bench.user,
    };
    is(refused(
        "release_budget",
        keeper.release_budget(release).await,
    ));
    is(refused(
        "take_budget_alerts",
        keeper.take_budget_alerts().await,
    ));

    let kept = KeptUntil {
        sealed_before: bench.clock.now(),
        calls_before: bench.clock.now(),
    };
    keeper.figures().await.unwrap();
    assert!(keeper.seal_state().await.unwrap().sealed);
    keeper.key_inventory(None).await.unwrap();
    keeper.purge(kept).await.unwrap();
    keeper.stored_rows(organization).await.unwrap();
    keeper.delete_webhook(organization, webhook).await.unwrap();
    let flow = AuthorizationFlowId::generate(clock, random);
    keeper
        .abandon_authorization(organization, flow)
        .await
        .unwrap();

    names.extend(ANSWER);
    let all: BTreeSet<_> = METHODS.iter().map(|method| method.name).collect();
    assert_eq!(names, all, "a method is missing here");
    assert_eq!(bench.server.script().calls.len(), asked, "nothing left");
    let app = keeper.delete_oauth_app(organization, bench.app).await;
    app.unwrap();
    assert!(bench.row().await.is_some(), "nothing was lost");
}
