//! Sealed approvals against somebody who has the whole database and every call of the keeper, but neither its key
//! nor its folder.

use crate::{
    bench::Bench,
    write::{approval, store},
};
use gatelodge_keeper_client::{Keeper, PasskeyHolder, SendWrite};
use gatelodge_model::{Approval, Clock, ErrorKind, UserId};

const COPY: &str = "CREATE TABLE kept AS SELECT * FROM approval_records";
const BACK: &str = "DELETE FROM approval_records; INSERT INTO approval_records SELECT * FROM kept";

async fn refused(bench: &Bench, call: &SendWrite) -> (ErrorKind, String) {
    let error = bench.send(call).await.unwrap_err().error;
    assert_eq!(bench.writes(), 0);
    (error.kind(), error.message().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_stands_for_a_passkey() {
    // proves P2, P4
    let (bench, mut first, _) = Bench::sealed().await;
    let other = bench.proposed(|_| {}).await;
    let assertion = bench.assertion(&other, &mut first).await;
    let of_other = bench.accept(&other, Some(assertion)).await.unwrap();
    let kinds = [
        (None, "no passkey confirmed"),
        (of_other, "not what the keeper sealed"),
        (Some(vec![1; 200]), "not what the keeper sealed"),
        (Some(Vec::new()), "not what the keeper sealed"),
    ];
    for (evidence, words) in kinds {
        let call = bench.proposed(|_| {}).await;
        let planted = Approval {
            evidence,
            ..approval(&bench, &call)
        };
        store(&bench, &planted).await;
        let (kind, message) = refused(&bench, &call).await;
        assert_eq!(kind, ErrorKind::ApprovalMissing);
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_approves_through_their_own_connection_only() {
    // proves P4, P9: the owner is inside the sealed credential, whatever the rows say
    let (bench, _, _) = Bench::sealed().await;
    let user = UserId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let colleague = PasskeyHolder {
        user,
        ..bench.holder()
    };
    let (mut theirs, _) = bench.enrolled(colleague).await;
    let call = bench
        .proposed(|proposal| proposal.requester.on_behalf_of = user)
        .await;
    let terms = bench.keeper.approval_terms(colleague, call.digest).await;
    let accept = gatelodge_keeper_client::AcceptApproval {
        organization: call.organization,
        proposal: call.proposal,
        digest: call.digest,
        user,
        assertion: Some(theirs.get(&terms.unwrap().request.unwrap())),
    };
    let mut planted = approval(&bench, &call);
    planted.evidence = bench.keeper.accept_approval(accept).await.unwrap();
    if let gatelodge_model::Allowed::ByPerson { user: approver, .. } = &mut planted.allowed {
        *approver = user;
    }
    store(&bench, &planted).await;
    let (kind, message) = refused(&bench, &call).await;
    assert_eq!(kind, ErrorKind::ApprovalMissing);
    assert!(message.contains("not the approver's own"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_or_damaging_records_never_switches_off() {
    // proves P4: whatever is done to the records, writes end with an integrity error, also after a restart
    let harm = [
        "DELETE FROM approval_records",
        "UPDATE approval_records SET record = x'00'",
        "UPDATE approval_records SET generation = generation + 1",
        "UPDATE approval_records SET generation = generation - 1",
        "UPDATE approval_records SET subject_id = randomblob(16)",
        "UPDATE approval_records SET organization_id = randomblob(16)",
        "DELETE FROM data_keys WHERE purpose = 'credentials'",
    ];
    for statement in harm {
        for restarted in [false, true] {
            let (mut bench, mut first, _) = Bench::sealed().await;
            let call = bench.proposed(|_| {}).await;
            bench.approve(&call, &mut first).await;
            let harmed = bench.proposed(|_| {}).await;
            store(&bench, &approval(&bench, &harmed)).await;
            bench.sql(statement).await;
            if restarted {
                bench.keeper = bench.another_keeper().await;
            }
            let (kind, message) = refused(&bench, &harmed).await;
            let keys_cached = statement.contains("data_keys") && !restarted;
            let expected = if keys_cached {
                ErrorKind::ApprovalMissing
            } else {
                ErrorKind::Integrity
            };
            assert_eq!(kind, expected, "{statement}: {message}");
            if !keys_cached {
                assert_eq!(
                    refused(&bench, &call).await.0,
                    ErrorKind::Integrity,
                    "{statement}"
                );
                let terms = bench
                    .keeper
                    .approval_terms(bench.holder(), call.digest)
                    .await;
                assert_eq!(terms.unwrap_err().error.kind(), ErrorKind::Integrity);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_of_the_records_is_noticed() {
    // proves P4: rows from before sealing, and from before a passkey was removed
    let bench = Bench::connected().await;
    let console = bench.console();
    console.set_sealed(bench.organization, true).await.unwrap();
    console.set_sealed(bench.organization, false).await.unwrap();
    bench.sql(COPY).await;
    console.set_sealed(bench.organization, true).await.unwrap();
    bench.sql(BACK).await;
    let call = bench.proposed(|_| {}).await;
    store(&bench, &approval(&bench, &call)).await;
    let (kind, message) = refused(&bench, &call).await;
    assert_eq!(kind, ErrorKind::Integrity);
    assert!(message.contains("older"), "{message}");

    let (bench, mut first, mut second) = Bench::sealed().await;
    bench.sql(COPY).await;
    let console = bench.console();
    console.revoke(bench.holder(), "Laptop").await.unwrap();
    let call = bench.proposed(|_| {}).await;
    let request = bench
        .keeper
        .approval_terms(bench.holder(), call.digest)
        .await;
    let request = request.unwrap().request.unwrap();
    bench.sql(BACK).await;
    for passkey in [&mut first, &mut second] {
        let answer = passkey.get(&request);
        let error = bench.accept(&call, Some(answer)).await.unwrap_err().error;
        assert_eq!(error.kind(), ErrorKind::Integrity);
    }
    // the operator, who restored it on purpose, says so
    console.accept(bench.organization).await.unwrap();
    let answer = second.get(&request);
    bench.accept(&call, Some(answer)).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_cannot_be_exchanged_for_each_other() {
    // proves P4: a record opens at its own place only
    let (bench, _, _) = Bench::sealed().await;
    let user = UserId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let mallory = PasskeyHolder {
        user,
        ..bench.holder()
    };
    let (mut theirs, _) = bench.enrolled(mallory).await;
    let call = bench.proposed(|_| {}).await;
    let request = bench.keeper.approval_terms(mallory, call.digest).await;
    let answer = theirs.get(&request.unwrap().request.unwrap());
    let hex = |user: UserId| user.as_uuid().simple().to_string();
    bench
        .sql(&format!(
            "UPDATE approval_records SET record = (SELECT record FROM approval_records WHERE subject_id = x'{0}'), \
             generation = (SELECT generation FROM approval_records WHERE subject_id = x'{0}') WHERE subject_id = x'{1}'",
            hex(user),
            hex(bench.user),
        ))
        .await;
    let error = bench.accept(&call, Some(answer)).await.unwrap_err().error;
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_with_a_passkey_is_sent_once_whatever_is_set_back() {
    // proves P4
    let (mut bench, mut first, _) = Bench::sealed().await;
    bench
        .sql("CREATE TABLE before AS SELECT * FROM approvals")
        .await;
    let call = bench.proposed(|_| {}).await;
    bench.approve(&call, &mut first).await;
    bench
        .sql("CREATE TABLE old AS SELECT * FROM approvals")
        .await;
    assert_eq!(bench.send(&call).await.unwrap().status, 200);
    for restarted in [false, true] {
        if restarted {
            bench.keeper = bench.another_keeper().await;
        }
        bench
            .sql("DELETE FROM approvals; INSERT INTO approvals SELECT * FROM old")
            .await;
        let error = bench.send(&call).await.unwrap_err().error;
        assert!(
            error.message().contains("sent these bytes before"),
            "{error}"
        );
    }
    assert_eq!(bench.writes(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_written_sends_nothing() {
    // proves R9: no ledger, no write
    let (bench, mut first, _) = Bench::sealed().await;
    let call = bench.proposed(|_| {}).await;
    bench.approve(&call, &mut first).await;
    // a file of another form where the day's page belongs
    let day = (bench.clock.now() + chrono::TimeDelta::minutes(10)).date_naive();
    std::fs::create_dir(bench.keeper_folder.path().join(format!("spent-{day}"))).unwrap();
    assert_eq!(refused(&bench, &call).await.0, ErrorKind::Misconfigured);
}
