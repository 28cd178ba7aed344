//! The taken-over web role: a program that has every call of the keeper and the whole database, but neither the
//! keeper's key nor its folder. With sealed approvals it writes nothing at the provider; in both cases it gets no
//! token, and no more records than the budget of the hour.
//!
//! Every attempt must fail for the reason that it is meant to fail for.

pub(crate) mod intruder;
mod plunder;

use gatelodge_keeper_client::{
    AcceptApproval, BeginCeremony, CeremonyPurpose, CompleteAuthorization, ContinueCeremony,
    PasskeyHolder, SaveOAuthApp, SealedKind, SecretChange, Viewer,
};
use gatelodge_model::{
    Allowed, AuthorizationFlowId, ErrorKind, OAuthAppId, ProposalId, SealedId, Secret, UserId,
};
use gatelodge_provider::ReadRequest;
use gatelodge_testkit::authenticator::SoftPasskey;
use intruder::Intruder;

/// The words of a refusal that nothing allows the write.
const MISSING: ErrorKind = ErrorKind::ApprovalMissing;
const INTEGRITY: ErrorKind = ErrorKind::Integrity;
const REFUSED: ErrorKind = ErrorKind::PasskeyRefused;

// proves P2, P4, P5, P9, P13, S9: who takes over the web server still cannot write to the CRM
#[tokio::test]
async fn with_sealed_approvals_it_writes_nothing() {
    let mut intruder = Intruder::in_sealed_hub().await;
    rows(&mut intruder).await;
    assertions(&mut intruder).await;
    passkeys(&mut intruder).await;
    reads(&mut intruder).await;
    other_calls(&mut intruder).await;
    replays(&mut intruder).await;
    // last, because nothing works any more afterwards
    records(&mut intruder).await;
    assert!(intruder.attempts >= 40, "{} attempts", intruder.attempts);
    assert_eq!(intruder.writes_arrived(), 1, "only the member's own");
    let tokens = intruder.tokens_seen();
    assert!(tokens.is_empty(), "{tokens:?}");
    intruder.stop().await;
}

/// Rows that say yes.
#[expect(clippy::too_many_lines, reason = "one list, attempt by attempt")]
async fn rows(intruder: &mut Intruder) {
    let call = intruder.freeze(|_| {}).await;
    intruder
        .expect("no row", &call, MISSING, "No approval")
        .await;
    intruder.plant(&call, None).await;
    intruder
        .expect("a planted row", &call, MISSING, "no passkey confirmed")
        .await;
    for (name, evidence) in [
        ("empty evidence", Vec::new()),
        ("random evidence", vec![7; 240]),
        (
            "evidence of another proposal",
            intruder.stolen_evidence.clone(),
        ),
    ] {
        let call = intruder.freeze(|_| {}).await;
        intruder.plant(&call, Some(evidence)).await;
        intruder
            .expect(name, &call, MISSING, "not what the keeper sealed")
            .await;
    }
    // the very row of an approval that was sent, under another proposal
    let call = intruder.freeze(|_| {}).await;
    intruder.plant(&call, None).await;
    intruder
        .sql("UPDATE approvals SET evidence = (SELECT evidence FROM approvals WHERE evidence IS NOT NULL LIMIT 1)")
        .await;
    intruder
        .expect(
            "copied evidence",
            &call,
            MISSING,
            "not what the keeper sealed",
        )
        .await;
    let call = intruder.freeze(|_| {}).await;
    let rule = Allowed::ByPolicy {
        rule: "direct".to_owned(),
    };
    intruder.plant_as(&call, rule, None).await;
    intruder
        .expect("a rule", &call, MISSING, "No rule is enough")
        .await;
    let call = intruder.freeze(|_| {}).await;
    intruder.plant_for(&call, intruder.second).await;
    intruder
        .expect("another approver", &call, MISSING, "Somebody else")
        .await;
    let call = intruder.freeze(|_| {}).await;
    intruder.plant(&call, None).await;
    intruder
        .sql("UPDATE proposals SET status = 'approved'")
        .await;
    intruder
        .expect("statuses set", &call, MISSING, "no passkey confirmed")
        .await;
    intruder.sql("UPDATE users SET role = 'owner'").await;
    intruder
        .sql("UPDATE organizations SET policy = '{\"writes\":\"allow\"}'")
        .await;
    intruder
        .expect(
            "roles and policy set",
            &call,
            MISSING,
            "no passkey confirmed",
        )
        .await;
    let call = intruder
        .freeze(|frozen| frozen.expires_at = frozen.created_at + chrono::TimeDelta::days(3650))
        .await;
    intruder.plant(&call, None).await;
    intruder
        .expect(
            "a proposal for ten years",
            &call,
            MISSING,
            "longer than any",
        )
        .await;
    let second = intruder.second;
    let call = intruder
        .freeze(|frozen| frozen.requester.on_behalf_of = second)
        .await;
    intruder.plant_for(&call, second).await;
    intruder
        .sql("UPDATE connections SET user_id = (SELECT id FROM users WHERE email LIKE 'second%')")
        .await;
    intruder
        .expect(
            "the connection given away",
            &call,
            MISSING,
            "not the approver's own",
        )
        .await;
    // what is sealed does not change after it was approved
    let mut call = intruder.freeze(|_| {}).await;
    call.digest = intruder.sent.digest;
    intruder
        .expect(
            "another hash",
            &call,
            ErrorKind::ProposalChanged,
            "not the one",
        )
        .await;
    let mut call = intruder.sent.clone();
    call.sealed = intruder.freeze(|_| {}).await.sealed;
    intruder
        .expect(
            "other bytes under an approved hash",
            &call,
            ErrorKind::ProposalChanged,
            "not the one",
        )
        .await;
    let mut call = intruder.sent.clone();
    call.proposal = ProposalId::from_uuid(intruder.fresh());
    intruder
        .expect(
            "an approved hash under another name",
            &call,
            ErrorKind::ProposalChanged,
            "another proposal",
        )
        .await;
    let mut call = intruder.freeze(|_| {}).await;
    call.sealed = intruder.seal(SealedKind::Outcome).await;
    intruder
        .expect("an outcome as a proposal", &call, ErrorKind::NotFound, "")
        .await;
    let call = intruder
        .freeze(|frozen| "evil.example".clone_into(&mut frozen.host))
        .await;
    intruder
        .expect(
            "another host",
            &call,
            ErrorKind::ProposalChanged,
            "another host",
        )
        .await;
    let call = intruder
        .freeze(|frozen| "005000000000000".clone_into(&mut frozen.account.user_id))
        .await;
    intruder
        .expect(
            "another account",
            &call,
            ErrorKind::ProposalChanged,
            "another account",
        )
        .await;
}

/// Assertions that it makes, keeps or bends.
async fn assertions(intruder: &mut Intruder) {
    let call = intruder.freeze(|_| {}).await;
    let accept = |assertion: Option<String>, user: UserId| AcceptApproval {
        organization: call.organization,
        proposal: call.proposal,
        digest: call.digest,
        user,
        assertion,
    };
    let member = intruder.member;
    let own = intruder.own_assertion(&call).await;
    let kept = intruder.kept_assertion.clone();
    let tries = [
        (
            "no assertion",
            accept(None, member),
            ErrorKind::PasskeyNeeded,
            "",
        ),
        (
            "its own passkey",
            accept(Some(own.clone()), member),
            REFUSED,
            "not enrolled",
        ),
        (
            "a person without passkeys",
            accept(Some(own), intruder.second),
            REFUSED,
            "not enrolled",
        ),
        (
            "the member's older assertion",
            accept(Some(kept), member),
            REFUSED,
            "something else",
        ),
        (
            "nonsense",
            accept(Some("{}".to_owned()), member),
            REFUSED,
            "",
        ),
    ];
    for (name, accept, kind, words) in tries {
        let answer = intruder.keeper.accept_approval(accept).await;
        intruder.judge(name, answer, kind, words);
    }
    let replayed = AcceptApproval {
        proposal: intruder.sent.proposal,
        digest: intruder.sent.digest,
        ..accept(Some(intruder.kept_assertion.clone()), member)
    };
    let answer = intruder.keeper.accept_approval(replayed).await;
    intruder.judge("the same assertion again", answer, REFUSED, "counter");
}

/// Ways to get a passkey of its own in.
#[expect(clippy::too_many_lines, reason = "one list, attempt by attempt")]
async fn passkeys(intruder: &mut Intruder) {
    let member = PasskeyHolder {
        organization: intruder.sent.organization,
        user: intruder.member,
    };
    let second = PasskeyHolder {
        user: intruder.second,
        ..member
    };
    let begin = |holder, purpose| BeginCeremony {
        holder,
        user_name: "intruder".to_owned(),
        display_name: "Intruder".to_owned(),
        purpose,
    };
    let enrol = |code: &str| CeremonyPurpose::Enrol {
        name: "Mine".to_owned(),
        code: Secret::new(code),
    };
    let add = || CeremonyPurpose::Add {
        name: "Mine".to_owned(),
    };
    let used = intruder.used_code.clone();
    let tries = [
        (
            "a guessed code",
            begin(member, enrol("AAAAAA-AAAAAA-AAAAAA-AAAAAA")),
            REFUSED,
            "code",
        ),
        ("no code", begin(member, enrol("")), REFUSED, "code"),
        (
            "the member's used code",
            begin(member, enrol(used.expose())),
            REFUSED,
            "code",
        ),
        (
            "a code of somebody else",
            begin(second, enrol(used.expose())),
            REFUSED,
            "code",
        ),
        (
            "a person without passkeys",
            begin(second, add()),
            ErrorKind::PasskeyNeeded,
            "fewer",
        ),
        (
            "sealing as nobody",
            begin(second, CeremonyPurpose::SealApprovals),
            ErrorKind::PasskeyNeeded,
            "no enrolled",
        ),
    ];
    for (name, begin, kind, words) in tries {
        let answer = intruder.keeper.begin_ceremony(begin).await;
        intruder.judge(name, answer, kind, words);
    }
    // it begins for the member, and agrees to it itself
    let mut mine = SoftPasskey::new(&intruder.origin, "localhost");
    let begun = intruder
        .keeper
        .begin_ceremony(begin(member, add()))
        .await
        .unwrap();
    let step = |holder, state: &[u8], answer: String| ContinueCeremony {
        holder,
        state: state.to_vec(),
        answer,
    };
    let answer = mine.create(&begun.options);
    let next = intruder
        .keeper
        .continue_ceremony(step(member, &begun.state, answer.clone()))
        .await;
    let gatelodge_keeper_client::CeremonyProgress::Next(witness) = next.unwrap() else {
        panic!("a passkey was planted");
    };
    let tries = [
        (
            "its new passkey as a witness",
            step(member, &witness.state, mine.get(&witness.options)),
            "not enrolled",
        ),
        (
            "an assertion for a proposal as a witness",
            step(member, &witness.state, intruder.kept_assertion.clone()),
            "something else",
        ),
        (
            "a step of one person for another",
            step(second, &begun.state, answer),
            "no step",
        ),
        (
            "a state that it made",
            step(member, &[1; 300], String::new()),
            "no step",
        ),
        (
            "a sealed record as a state",
            step(member, &intruder.stolen_evidence, String::new()),
            "no step",
        ),
    ];
    for (name, step, words) in tries {
        let answer = intruder.keeper.continue_ceremony(step).await;
        intruder.judge(name, answer, REFUSED, words);
    }
    let remove = CeremonyPurpose::Remove {
        passkey: intruder.member_passkey.clone(),
    };
    let removing = intruder
        .keeper
        .begin_ceremony(begin(member, remove))
        .await
        .unwrap();
    let answer = mine.get(&removing.options);
    let answer = intruder
        .keeper
        .continue_ceremony(step(member, &removing.state, answer))
        .await;
    intruder.judge(
        "removing with its own passkey",
        answer,
        REFUSED,
        "not enrolled",
    );
}

/// Reads that would write, or leave for elsewhere.
async fn reads(intruder: &mut Intruder) {
    let data = "/services/data/v62.0/sobjects/Account";
    let mut started = ReadRequest::get(data);
    started.start = Some(r#"{"Name":"Planted"}"#.to_owned());
    let mut job = ReadRequest::get("/services/data/v62.0/jobs/ingest");
    job.start = Some(r#"{"object":"Account","operation":"insert"}"#.to_owned());
    let tries = [
        ("a record as a read", started, ErrorKind::EgressDenied),
        ("an ingest job as a read", job, ErrorKind::EgressDenied),
        (
            "another host",
            ReadRequest::get("//evil.example/"),
            ErrorKind::EgressDenied,
        ),
        (
            "an address as a path",
            ReadRequest::get("http://169.254.169.254/latest"),
            ErrorKind::EgressDenied,
        ),
    ];
    for (name, request, kind) in tries {
        let call = intruder.read(request);
        let answer = intruder.keeper.read(call).await;
        intruder.judge(name, answer, kind, "");
    }
    let mut overridden = ReadRequest::get(format!("{data}/{}", intruder.account));
    overridden.query = vec![("_HttpMethod".to_owned(), "DELETE".to_owned())];
    let call = intruder.read(overridden);
    // a GET stays a GET, whatever its query says
    let before = intruder.writes_arrived();
    let answer = intruder.keeper.read(call).await;
    intruder.hear(&answer);
    assert_eq!(intruder.writes_arrived(), before);
    plunder::plunder(intruder).await;
}

/// Everything else that it can ask.
async fn other_calls(intruder: &mut Intruder) {
    let organization = intruder.sent.organization;
    let complete = CompleteAuthorization {
        organization,
        flow: AuthorizationFlowId::from_uuid(intruder.fresh()),
        code: Secret::new("guessed"),
        expected: None,
    };
    let answer = intruder.keeper.complete_authorization(complete).await;
    intruder.judge(
        "a flow that nobody began",
        answer,
        ErrorKind::StateInvalid,
        "",
    );
    let answer = intruder.begin_at("https://evil.example").await;
    intruder.judge(
        "a sign-in host of its own",
        answer,
        ErrorKind::EgressDenied,
        "",
    );
    let app = SaveOAuthApp {
        organization,
        app: OAuthAppId::from_uuid(intruder.fresh()),
        provider: "nowhere".to_owned(),
        client_id: "x".to_owned(),
        client_secret: SecretChange::Keep,
    };
    let answer = intruder.keeper.save_oauth_app(app).await;
    intruder.hear(&answer);
    // credentials and OAuth apps cannot be had as customers' data
    intruder
        .sql(
            "INSERT INTO sealed_records (organization_id, id, kind, user_id, record, created_at) \
             SELECT organization_id, connection_id, 'proposal', connection_id, record, updated_at FROM credentials",
        )
        .await;
    let credential = SealedId::from_uuid(intruder.connection.as_uuid());
    let answer = intruder
        .keeper
        .open(organization, credential, Viewer::Execution)
        .await;
    intruder.judge("a credential as a proposal", answer, INTEGRITY, "");
    let call = intruder.freeze(|_| {}).await;
    intruder
        .sql(
            "UPDATE credentials SET record = (SELECT record FROM sealed_records WHERE kind = 'proposal' LIMIT 1), \
             generation = generation + 1",
        )
        .await;
    intruder.restart().await;
    let answer = intruder.keeper.write(call).await;
    intruder.judge("a credential of its own", answer, INTEGRITY, "");
    intruder.sql_back("credentials").await;
}

/// What was approved once, once more.
async fn replays(intruder: &mut Intruder) {
    let sent = intruder.sent.clone();
    intruder.sql_back("approvals").await;
    intruder
        .expect("sent again", &sent, MISSING, "used already")
        .await;
    intruder.sql("UPDATE approvals SET spent_at = NULL").await;
    intruder
        .expect(
            "marks taken away",
            &sent,
            MISSING,
            "sent these bytes before",
        )
        .await;
    intruder.restart().await;
    intruder.sql("UPDATE approvals SET spent_at = NULL").await;
    intruder
        .expect(
            "marks taken away after a restart",
            &sent,
            MISSING,
            "sent these bytes before",
        )
        .await;
    intruder.sql_back("approvals").await;
    intruder.sql("UPDATE approvals SET spent_at = NULL").await;
    intruder
        .sql("UPDATE proposals SET status = 'approved', settled_at = NULL")
        .await;
    intruder
        .expect("rows of before", &sent, MISSING, "sent these bytes before")
        .await;
    intruder.sql("UPDATE approvals SET spent_at = NULL").await;
    let again = intruder.sealed_again().await;
    intruder
        .expect(
            "the same bytes sealed anew",
            &again,
            MISSING,
            "sent these bytes before",
        )
        .await;
}

/// The keeper's own records.
async fn records(intruder: &mut Intruder) {
    let harm = [
        ("records deleted", "DELETE FROM approval_records"),
        (
            "records of before sealing",
            "DELETE FROM approval_records; INSERT INTO approval_records SELECT * FROM before_approval_records",
        ),
        (
            "records emptied",
            "UPDATE approval_records SET record = x'00'",
        ),
        (
            "generations raised",
            "UPDATE approval_records SET generation = generation + 100",
        ),
        (
            "generations lowered",
            "UPDATE approval_records SET generation = 0",
        ),
        (
            "records given to nobody",
            "UPDATE approval_records SET subject_id = randomblob(16)",
        ),
        (
            "a proposal as a record",
            "UPDATE approval_records SET record = (SELECT record FROM sealed_records WHERE kind = 'proposal' LIMIT 1)",
        ),
        (
            "a credential as a record",
            "UPDATE approval_records SET record = (SELECT record FROM credentials LIMIT 1)",
        ),
    ];
    for (name, statement) in harm {
        intruder.sql_back("approval_records").await;
        let call = intruder.freeze(|_| {}).await;
        intruder.plant(&call, None).await;
        intruder.sql(statement).await;
        intruder.expect(name, &call, INTEGRITY, "").await;
    }
    intruder.sql_back("approval_records").await;
    let call = intruder.freeze(|_| {}).await;
    intruder.plant(&call, None).await;
    intruder
        .sql("DELETE FROM data_keys WHERE purpose = 'credentials'; DELETE FROM approval_records")
        .await;
    intruder.restart().await;
    intruder
        .expect("keys and records deleted", &call, INTEGRITY, "")
        .await;
}

// proves P4, P13, CRED-2: without sealed approvals whoever has the database can say yes, but still gets no token, and
// nothing is sent twice
#[tokio::test]
async fn without_sealed_approvals_it_still_gets_no_token_and_sends_nothing_twice() {
    let mut intruder = Intruder::in_plain_hub().await;
    let sent = intruder.sent.clone();
    for statement in [
        "UPDATE approvals SET spent_at = NULL",
        "UPDATE proposals SET status = 'approved'; UPDATE approvals SET spent_at = NULL",
    ] {
        intruder.sql(statement).await;
        intruder
            .expect(statement, &sent, MISSING, "sent these bytes before")
            .await;
    }
    reads(&mut intruder).await;
    let tokens = intruder.tokens_seen();
    assert!(tokens.is_empty(), "{tokens:?}");
    assert_eq!(intruder.writes_arrived(), 1);
    intruder.stop().await;
}
