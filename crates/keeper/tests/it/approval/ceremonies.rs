//! How passkeys come and go, and that no single party plants one: not a page, not the database, not one gesture.

use super::holder::{ceremony, passkey};
use crate::{authenticator::SoftPasskey, bench::Bench};
use gatelodge_keeper_client::{
    Ceremony, CeremonyProgress, CeremonyPurpose, CeremonyStep, Keeper, PasskeyHolder,
};
use gatelodge_model::{Error, ErrorKind, Secret, UserId};

fn add() -> CeremonyPurpose {
    CeremonyPurpose::Add {
        name: "Third".to_owned(),
    }
}

async fn count(bench: &Bench) -> usize {
    let ring = bench.keeper.passkeys(bench.holder()).await.unwrap();
    ring.passkeys.len()
}

async fn begin(bench: &Bench, purpose: CeremonyPurpose) -> Result<Ceremony, Error> {
    let begin = ceremony(bench.holder(), purpose);
    bench
        .keeper
        .begin_ceremony(begin)
        .await
        .map_err(|failure| failure.error)
}

async fn refusal(bench: &Bench, state: &[u8], answer: String) -> Error {
    let refused = bench.go_on(bench.holder(), state.to_vec(), answer).await;
    refused.unwrap_err().error
}

/// Begins to add a passkey, up to the first confirmation.
async fn offered(bench: &Bench, third: &mut SoftPasskey) -> Ceremony {
    let begun = begin(bench, add()).await.unwrap();
    assert_eq!(begun.step, CeremonyStep::Create);
    let answer = third.create(&begun.options);
    let next = bench.go_on(bench.holder(), begun.state, answer).await;
    let CeremonyProgress::Next(next) = next.unwrap() else {
        panic!("two passkeys must agree first");
    };
    assert_eq!(next.step, CeremonyStep::Confirm { number: 1, of: 2 });
    next
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_enrols_two_passkeys_of_its_person_and_no_more() {
    // proves P5
    let bench = Bench::connected().await;
    let (code, until) = bench.console().allow(bench.holder()).await.unwrap();
    let ring = bench.keeper.passkeys(bench.holder()).await.unwrap();
    assert_eq!((ring.passkeys.len(), ring.code_until), (0, Some(until)));
    let wrong = Secret::new("AAAAAA-AAAAAA-AAAAAA-AAAAAA");
    let user = UserId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let other = PasskeyHolder {
        user,
        ..bench.holder()
    };
    for (holder, code) in [(bench.holder(), &wrong), (other, &code)] {
        let refused = bench.enrol_with(holder, &mut passkey(), "No", code).await;
        let refused = refused.unwrap_err().error;
        assert_eq!(refused.kind(), ErrorKind::PasskeyRefused, "{refused}");
    }
    // as people type it
    let typed = Secret::new(format!(
        " {} ",
        code.expose().to_lowercase().replace('-', " ")
    ));
    for name in ["Laptop", "Key ring"] {
        let done = bench
            .enrol_with(bench.holder(), &mut passkey(), name, &typed)
            .await;
        assert!(
            matches!(done, Ok(CeremonyProgress::Enrolled(_))),
            "{done:?}"
        );
    }
    let refused = bench
        .enrol_with(bench.holder(), &mut passkey(), "No", &code)
        .await;
    assert_eq!(refused.unwrap_err().error.kind(), ErrorKind::PasskeyRefused);
    assert_eq!(count(&bench).await, 2);
    let listed = bench.console().list(bench.holder()).await.unwrap();
    let names: Vec<&str> = listed
        .passkeys
        .iter()
        .map(|key| key.name.as_str())
        .collect();
    assert_eq!(names, ["Laptop", "Key ring"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_ends_with_its_time_and_with_the_next_one() {
    // proves P5
    let bench = Bench::connected().await;
    let (old, _) = bench.console().allow(bench.holder()).await.unwrap();
    let (new, _) = bench.console().allow(bench.holder()).await.unwrap();
    let refused = bench
        .enrol_with(bench.holder(), &mut passkey(), "No", &old)
        .await;
    assert_eq!(refused.unwrap_err().error.kind(), ErrorKind::PasskeyRefused);
    // begun in time, ended late
    let purpose = CeremonyPurpose::Enrol {
        name: "Late".to_owned(),
        code: new.clone(),
    };
    bench.clock.advance_millis(28 * 60_000);
    let begun = begin(&bench, purpose).await.unwrap();
    let answer = passkey().create(&begun.options);
    bench.clock.advance_millis(3 * 60_000);
    let refused = refusal(&bench, &begun.state, answer).await;
    assert_eq!(refused.kind(), ErrorKind::PasskeyRefused, "{refused}");
    let refused = bench
        .enrol_with(bench.holder(), &mut passkey(), "No", &new)
        .await;
    assert_eq!(refused.unwrap_err().error.kind(), ErrorKind::PasskeyRefused);
    assert_eq!(count(&bench).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_passkey_takes_two_that_are_enrolled() {
    // proves P5: one gesture that somebody was tricked into plants nothing
    let (bench, mut first, mut second) = Bench::sealed().await;
    let mut third = passkey();
    let ask = offered(&bench, &mut third).await;
    let answer = first.get(&ask.options);
    let CeremonyProgress::Next(again) = bench
        .go_on(bench.holder(), ask.state.clone(), answer.clone())
        .await
        .unwrap()
    else {
        panic!("one is not enough");
    };
    assert_eq!(again.step, CeremonyStep::Confirm { number: 2, of: 2 });
    assert_eq!(count(&bench).await, 2);
    // the same passkey a second time, the passkey to be added, and the first answer once more
    for answer in [first.get(&again.options), third.get(&again.options), answer] {
        let refused = refusal(&bench, &again.state, answer).await;
        assert!(refused.message().contains("not enrolled"), "{refused}");
    }
    let done = bench
        .go_on(
            bench.holder(),
            again.state.clone(),
            second.get(&again.options),
        )
        .await;
    assert!(
        matches!(done, Ok(CeremonyProgress::Enrolled(_))),
        "{done:?}"
    );
    assert_eq!(count(&bench).await, 3);
    // the ceremony is over
    let refused = refusal(&bench, &again.state, second.get(&again.options)).await;
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    let call = bench.proposed(|_| {}).await;
    bench.approve(&call, &mut third).await;
    assert_eq!(bench.send(&call).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_one_passkey_needs_the_console() {
    // proves P5
    let bench = Bench::connected().await;
    let (code, _) = bench.console().allow(bench.holder()).await.unwrap();
    let (mut only, holder) = (passkey(), bench.holder());
    bench
        .enrol_with(holder, &mut only, "Only", &code)
        .await
        .unwrap();
    let refused = begin(&bench, add()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PasskeyNeeded);
    assert!(refused.hint().unwrap().text.contains("passkeys allow"));
    let remove = CeremonyPurpose::Remove {
        passkey: only.id_text(),
    };
    assert_eq!(
        begin(&bench, remove).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    let gone = bench.console().revoke(holder, "Only").await.unwrap();
    assert_eq!(gone.id, only.id_text());
    assert_eq!(count(&bench).await, 0);
    // the code that was good for one more ended with it
    let refused = bench.enrol_with(holder, &mut passkey(), "No", &code).await;
    assert_eq!(refused.unwrap_err().error.kind(), ErrorKind::PasskeyRefused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_passkey_approves_nothing_more() {
    // proves P4: also not what it approved before and was not sent yet
    let (bench, mut first, mut second) = Bench::sealed().await;
    let approved = bench.proposed(|_| {}).await;
    bench.approve(&approved, &mut second).await;
    let remove = CeremonyPurpose::Remove {
        passkey: second.id_text(),
    };
    let ask = begin(&bench, remove).await.unwrap();
    assert_eq!(ask.step, CeremonyStep::Confirm { number: 1, of: 1 });
    // what was asked for a proposal does not remove, and the other way round
    let call = bench.proposed(|_| {}).await;
    let for_a_proposal = bench.assertion(&call, &mut first).await;
    let refused = refusal(&bench, &ask.state, for_a_proposal).await;
    assert!(refused.message().contains("something else"), "{refused}");
    let for_removing = first.get(&ask.options);
    let refused = bench.accept(&call, Some(for_removing.clone())).await;
    let refused = refused.unwrap_err().error;
    assert!(refused.message().contains("something else"), "{refused}");
    let done = bench.go_on(bench.holder(), ask.state, for_removing).await;
    assert!(matches!(done, Ok(CeremonyProgress::Removed(_))), "{done:?}");
    let refused = bench.send(&approved).await.unwrap_err().error;
    assert!(refused.message().contains("was removed"), "{refused}");
    assert_eq!(bench.writes(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_counts_for_its_person_and_its_time() {
    // proves P4, P5
    let (bench, _, _) = Bench::sealed().await;
    let user = UserId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let other = PasskeyHolder {
        user,
        ..bench.holder()
    };
    bench.enrolled(other).await;
    let mut third = passkey();
    let begun = begin(&bench, add()).await.unwrap();
    let answer = third.create(&begun.options);
    let foreign = bench
        .go_on(other, begun.state.clone(), answer.clone())
        .await;
    assert!(foreign.unwrap_err().error.message().contains("no step"));
    for changed in 0..begun.state.len() {
        let mut state = begun.state.clone();
        state[changed] ^= 1;
        let refused = refusal(&bench, &state, answer.clone()).await;
        assert!(refused.message().contains("no step"), "{refused}");
    }
    bench.clock.advance_millis(6 * 60_000);
    let late = refusal(&bench, &begun.state, answer).await;
    assert_eq!(late.kind(), ErrorKind::Expired);
    assert_eq!(count(&bench).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approvals_are_sealed_by_a_passkey_and_unsealed_by_the_console_only() {
    // proves P5
    let bench = Bench::connected().await;
    let refused = begin(&bench, CeremonyPurpose::SealApprovals).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::PasskeyNeeded);
    let (mut first, _) = bench.enrolled(bench.holder()).await;
    let ask = begin(&bench, CeremonyPurpose::SealApprovals).await.unwrap();
    let done = bench
        .go_on(bench.holder(), ask.state, first.get(&ask.options))
        .await;
    assert_eq!(done.unwrap(), CeremonyProgress::Sealed);
    assert!(bench.keeper.passkeys(bench.holder()).await.unwrap().sealed);
    let call = bench.proposed(|_| {}).await;
    let refused = bench.accept(&call, None).await.unwrap_err().error;
    assert_eq!(refused.kind(), ErrorKind::PasskeyNeeded);
    let console = bench.console();
    assert!(console.is_sealed(bench.organization).await.unwrap());
    assert!(console.set_sealed(bench.organization, false).await.unwrap());
    assert!(!console.set_sealed(bench.organization, false).await.unwrap());
    assert_eq!(bench.accept(&call, None).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_proves_who_one_is_and_changes_nothing() {
    // proves APR-8
    let bench = Bench::connected().await;
    let refused = begin(&bench, CeremonyPurpose::ProveAgain).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::PasskeyNeeded);
    let (mut first, _) = bench.enrolled(bench.holder()).await;
    let seal = begin(&bench, CeremonyPurpose::SealApprovals).await.unwrap();
    let ask = begin(&bench, CeremonyPurpose::ProveAgain).await.unwrap();
    let other = begin(&bench, CeremonyPurpose::ProveAgain).await.unwrap();
    // what is signed for one thing serves nothing else, not even the same thing another time
    let answer = first.get(&ask.options);
    for state in [&seal.state, &other.state] {
        let error = refusal(&bench, state, answer.clone()).await;
        assert_eq!(error.kind(), ErrorKind::PasskeyRefused);
    }
    let done = bench.go_on(bench.holder(), ask.state, answer).await;
    assert_eq!(done.unwrap(), CeremonyProgress::Proved);
    assert!(!bench.keeper.passkeys(bench.holder()).await.unwrap().sealed);
}
